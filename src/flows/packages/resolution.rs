//! Versions: the resolver, fed with packuments.

use super::{LockfileText, PackageRequest, about};
use futures_util::future::join_all;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_packages::{
    Lock, Lockfile, PackageDiagnostic, Packument, Resolver, nearest, packument_url, split_specifier,
};
use overskill_ports::{Fault, Http};
use std::collections::{BTreeMap, BTreeSet};

/// The largest packument that is read.
const PACKUMENT_BYTES: usize = 20 << 20;
/// How many are read at a time: each is held whole until it is parsed.
const AT_ONCE: usize = 12;
/// More packuments than any app's imports need.
const PACKUMENTS: usize = 1500;

/// Resolves what the app imports, and what its packages were found to import without asking for it.
pub(super) async fn resolve(
    request: &PackageRequest,
    hoisted: &BTreeSet<String>,
    http: &impl Http,
) -> Result<(Lock, Vec<PackageDiagnostic>), Fault> {
    let mut diagnostics = Vec::new();
    let (pins, stale) = pins(request, &mut diagnostics);
    let imported: BTreeSet<String> = request
        .specifiers
        .keys()
        .filter_map(|specifier| split_specifier(specifier))
        // What Node has itself is npm's only where the app says so.
        .filter(|(name, _)| {
            !overskill_packages::is_builtin(name) || request.dependencies.contains_key(*name)
        })
        .map(|(name, _)| name.to_owned())
        .chain(hoisted.iter().cloned())
        .collect();
    let resolver = Resolver::new(request.dependencies.clone(), imported.clone(), pins);
    let mut resolver = resolver.with_overrides(request.overrides.clone());
    let mut fetched = 0;
    loop {
        let mut wanted = resolver.wanted();
        if wanted.is_empty() {
            break;
        }
        wanted.truncate(AT_ONCE);
        fetched += wanted.len();
        if fetched > PACKUMENTS {
            let error = Diagnostic::error(
                "too-many-packages",
                format!("The app's imports need more than {PACKUMENTS} packages."),
            );
            diagnostics.push(about(None, error));
            return Ok((Lock::default(), diagnostics));
        }
        let answers = wanted
            .iter()
            .map(|name| packument(http, &request.registries.of(name).url, name));
        let answers = join_all(answers).await;
        for (name, answer) in wanted.iter().zip(answers) {
            match answer? {
                Some(packument) => resolver.supply(name, packument),
                None => resolver.missing(name),
            }
        }
    }
    let resolved = resolver.finish();
    let of_package = |package: &str| {
        let mut all = request.specifiers.keys();
        all.find(|at| split_specifier(at).is_some_and(|(name, _)| name == package))
    };
    for (package, diagnostic) in resolved.diagnostics {
        let specifier = package.as_deref().and_then(of_package);
        diagnostics.push(about(specifier.map(String::as_str), diagnostic));
    }
    for name in imported {
        if !request.dependencies.contains_key(&name) && resolved.lock.roots.contains_key(&name) {
            let warning = undeclared(&name, &resolved.lock, &request.dependencies);
            diagnostics.push(about(of_package(&name).map(String::as_str), warning));
        }
    }
    if let Some(lockfile) = &request.lockfile {
        diagnostics.extend(outdated(&lockfile.name, &stale, &resolved.lock));
    }
    Ok((resolved.lock, diagnostics))
}

/// What is pinned: by the lockfile, and where it says nothing or `package.json` has moved on, by an earlier build. And the
/// app's dependencies for which the lockfile doesn't do.
fn pins(
    request: &PackageRequest,
    diagnostics: &mut Vec<PackageDiagnostic>,
) -> (Option<Lock>, Vec<String>) {
    let lockfile = request.lockfile.as_ref();
    let parsed = lockfile
        .map(|LockfileText { name, text }| Lockfile { name, text }.parse(&request.dependencies));
    match parsed {
        Some(Ok(lock)) => {
            let stale = lock.stale(&request.dependencies);
            let lock = match &request.previous {
                Some(previous) => lock.or(previous, &request.dependencies),
                None => lock,
            };
            (Some(lock), stale)
        }
        Some(Err(warning)) => {
            diagnostics.push(about(None, *warning));
            (request.previous.clone(), Vec::new())
        }
        None => (request.previous.clone(), Vec::new()),
    }
}

/// Says so where the lockfile and `package.json` don't agree about what the app imports.
fn outdated(lockfile: &str, stale: &[String], lock: &Lock) -> Option<PackageDiagnostic> {
    let fresh: Vec<String> = stale
        .iter()
        .filter_map(|name| {
            let package = lock.packages.get(lock.roots.get(name)?)?;
            Some(format!("`{name}` {}", package.version))
        })
        .collect();
    if fresh.is_empty() {
        return None;
    }
    let shown = fresh.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = match fresh.len().saturating_sub(8) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let note = Diagnostic::new(
        Severity::Info,
        "lockfile-outdated",
        format!(
            "`{lockfile}` does not have what `package.json` asks for; chosen anew: {shown}{more}."
        ),
    );
    Some(about(
        None,
        note.hint("Install once with the package manager to write it anew."),
    ))
}

fn undeclared(name: &str, lock: &Lock, declared: &BTreeMap<String, String>) -> Diagnostic {
    let version = lock
        .roots
        .get(name)
        .and_then(|key| lock.packages.get(key))
        .map_or("*", |package| package.version.as_str());
    Diagnostic::warning(
        "package-undeclared",
        format!("`{name}` is imported and is not in `package.json`; version {version} is used."),
    )
    .hint(match nearest(name, declared.keys().map(String::as_str)).first() {
        Some(near) => format!(
            "Add `\"{name}\": \"^{version}\"` to `dependencies`, or import `{near}` if that is what is meant."
        ),
        None => format!("Add `\"{name}\": \"^{version}\"` to `dependencies`."),
    })
}

/// `None` when the registry has no such package.
async fn packument(
    http: &impl Http,
    registry: &str,
    name: &str,
) -> Result<Option<Packument>, Fault> {
    let url = packument_url(registry, name);
    let answer = http.get(&url, Packument::ACCEPT, PACKUMENT_BYTES).await?;
    match answer.status {
        200 => Packument::parse(name, &answer.body)
            .map(Some)
            .map_err(|why| {
                Fault(format!(
                    "the registry's answer for {name} is unreadable: {why}"
                ))
            }),
        401 | 403 | 404 | 405 | 410 | 451 => Ok(None),
        status => Err(Fault(format!("the registry answered {status} for {name}"))),
    }
}
