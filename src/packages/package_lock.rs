//! `package-lock.json`, versions 2 and 3.

use crate::{Integrity, Lock, LockedPackage, Requires, json::Json, valid_name};
use node_semver::Version;
use overskill_diagnostics::Diagnostic;
use std::collections::BTreeMap;

const FOLDER: &str = "node_modules/";

/// Reads a lockfile. Entries that no registry can serve, or that have no integrity to verify, pin nothing.
///
/// # Errors
/// A warning, when it is no lockfile of a known version.
pub fn parse_package_lock(text: &str) -> Result<Lock, Box<Diagnostic>> {
    let unreadable = |why: String| {
        let warning = Diagnostic::warning(
            "lockfile-unreadable",
            format!("`package-lock.json` is not used: {why}."),
        );
        Box::new(warning.hint("Run `npm install` with npm 7 or later to write it anew."))
    };
    let document = Json::parse(text).map_err(|error| unreadable(error.to_string()))?;
    let entries = match document.get("packages") {
        Some(Json::Map(entries)) => entries,
        _ => return Err(unreadable("it has no `packages`".to_owned())),
    };
    let mut packages: BTreeMap<String, LockedPackage> = entries
        .iter()
        .filter_map(|(place, entry)| Some((place.clone(), locked(place, entry)?)))
        .collect();
    let places: Vec<String> = packages.keys().cloned().collect();
    let known = |place: &str| places.binary_search_by(|at| at.as_str().cmp(place)).is_ok();
    for (place, package) in &mut packages {
        let requires = &package.requires;
        let names = [&requires.dependencies, &requires.optional, &requires.peers];
        package.dependencies = names
            .into_iter()
            .flat_map(BTreeMap::keys)
            .filter_map(|name| Some((name.clone(), seen_from(place, name, &known)?)))
            .collect();
    }
    let roots = places
        .iter()
        .filter_map(|place| {
            let name = place.strip_prefix(FOLDER)?;
            (!name.contains(FOLDER)).then(|| (name.to_owned(), place.clone()))
        })
        .collect();
    Ok(Lock { roots, packages })
}

fn locked(place: &str, entry: &Json) -> Option<LockedPackage> {
    let (_, local) = place
        .starts_with(FOLDER)
        .then(|| place.rsplit_once(FOLDER))??;
    let name = entry.text_at("name").unwrap_or(local);
    let version = entry.text_at("version")?;
    let integrity = entry.text_at("integrity")?;
    Version::parse(version).ok()?;
    let plain = version
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    if !plain || !valid_name(name) || Integrity::parse(integrity).is_none() {
        return None;
    }
    let field = |name: &str| entry.get(name).cloned().unwrap_or_default();
    Some(LockedPackage {
        name: name.to_owned(),
        version: version.to_owned(),
        tarball: LockedPackage::tarball_name(name, version),
        integrity: integrity.to_owned(),
        dependencies: BTreeMap::new(),
        requires: Requires::read(
            &field("dependencies"),
            &field("optionalDependencies"),
            &field("peerDependencies"),
            &field("peerDependenciesMeta"),
        ),
    })
}

/// Where Node would find `name` from a package at `place`.
fn seen_from(place: &str, name: &str, known: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut folder = Some(place);
    while let Some(at) = folder {
        let candidate = format!("{at}/{FOLDER}{name}");
        if known(&candidate) {
            return Some(candidate);
        }
        folder = at.rfind(&format!("/{FOLDER}")).map(|end| &at[..end]);
    }
    let candidate = format!("{FOLDER}{name}");
    known(&candidate).then_some(candidate)
}
