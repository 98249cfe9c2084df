//! Lockfiles of npm, Bun, pnpm and Yarn: which of them counts, and what it pins.

use crate::{
    Integrity, Lock, LockedPackage, Requires, bun_lock, package_lock, pnpm_lock, valid_name,
    yarn_lock,
};
use node_semver::Version;
use overskill_diagnostics::{Diagnostic, Severity};
use std::collections::BTreeMap;

/// Those that can be read, the one that is believed first first.
const READABLE: [&str; 5] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "bun.lock",
    "pnpm-lock.yaml",
    "yarn.lock",
];
/// Bun's binary form.
const BINARY: &str = "bun.lockb";

/// A lockfile's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lockfile<'a> {
    /// Its file's name, which says of what kind it is.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Which lockfile decides, of those that `there` are: that of the `packageManager` that `package.json` names (`pnpm@9`),
/// otherwise npm's, Bun's, pnpm's, Yarn's. The notes name those that don't.
pub fn choose_lockfile(
    there: &dyn Fn(&str) -> bool,
    manager: Option<&str>,
) -> (Option<&'static str>, Vec<Diagnostic>) {
    let manager = manager.and_then(|text| text.split('@').next());
    let of_manager: &[&str] = match manager {
        Some("npm") => &READABLE[..2],
        Some("bun") => &READABLE[2..3],
        Some("pnpm") => &READABLE[3..4],
        Some("yarn") => &READABLE[4..],
        _ => &[],
    };
    let mut candidates = of_manager.iter().chain(&READABLE);
    let chosen = candidates.find(|name| there(name)).copied();
    let others = READABLE.iter().chain([&BINARY]);
    let notes = others
        .filter(|name| there(name) && Some(**name) != chosen)
        .map(|name| match (*name, chosen) {
            (BINARY, None) => ignored(name, "it is binary").hint(
                "Run `bun install --save-text-lockfile`, and upload the `bun.lock` that it writes.",
            ),
            (_, Some(chosen)) => ignored(name, &format!("`{chosen}` decides")),
            (_, None) => ignored(name, "another decides"),
        })
        .collect();
    (chosen, notes)
}

fn ignored(name: &str, why: &str) -> Diagnostic {
    let message = format!("`{name}` is not used: {why}.");
    Diagnostic::new(Severity::Info, "lockfile-ignored", message)
}

impl Lockfile<'_> {
    /// What it pins. Entries that no registry can serve pin nothing; those without integrity pin the version only, and
    /// their `integrity` is empty. `declared` is what the app's `package.json` asks for.
    ///
    /// # Errors
    /// A warning, when it is no lockfile of a known version.
    pub fn parse(&self, declared: &BTreeMap<String, String>) -> Result<Lock, Box<Diagnostic>> {
        let lock = match self.name {
            "bun.lock" => bun_lock::parse(self.text),
            "pnpm-lock.yaml" => pnpm_lock::parse(self.text),
            "yarn.lock" => yarn_lock::parse(self.text, declared),
            _ => package_lock::parse(self.text),
        };
        lock.map_err(|why| {
            let warning = Diagnostic::warning(
                "lockfile-unreadable",
                format!("`{}` is not used: {why}.", self.name),
            );
            Box::new(warning.hint(match self.name {
                "bun.lock" => "Run `bun install` with Bun 1.2 or later to write it anew.",
                "pnpm-lock.yaml" => "Run `pnpm install` with pnpm 8 or later to write it anew.",
                "yarn.lock" => "Run `yarn install` to write it anew.",
                _ => "Run `npm install` with npm 7 or later to write it anew.",
            }))
        })
    }
}

/// A package as a lockfile names it; `None` where its name, version or integrity are none. No integrity at all is an
/// empty one.
pub(crate) fn pinned(
    name: &str,
    version: &str,
    integrity: Option<&str>,
    requires: Requires,
) -> Option<LockedPackage> {
    Version::parse(version).ok()?;
    let plain = version
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    let integrity = integrity.unwrap_or_default();
    let verifiable = integrity.is_empty() || Integrity::parse(integrity).is_some();
    (plain && valid_name(name) && verifiable).then(|| LockedPackage {
        name: name.to_owned(),
        version: version.to_owned(),
        tarball: LockedPackage::tarball_name(name, version),
        integrity: integrity.to_owned(),
        dependencies: BTreeMap::new(),
        requires,
    })
}

/// `name@version` of a key such as `@s/name@1.0.0`.
pub(crate) fn split_key(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((&key[..at], &key[at + 1..]))
}
