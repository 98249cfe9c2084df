//! Versions: the resolver, fed with packuments.

use super::{
    LockfileText, PackageRequest, about,
    packuments::{Packuments, packument},
    supplies::{Phase, Progress, Supplies},
};
use futures_util::{StreamExt, stream};
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_packages::{Lock, Lockfile, PackageDiagnostic, Resolver, nearest, split_specifier};
use overskill_ports::{Blobs, Clock, Fault, Http};
use std::collections::{BTreeMap, BTreeSet};

/// How many are asked for at a time: each is held whole until it is parsed.
const AT_ONCE: usize = 24;
/// More packuments than any app's imports need.
const PACKUMENTS: usize = 1500;

/// Resolves what the app imports, and what its packages were found to import without asking for it.
/// What is not there may have been published since the registry was last asked; then it is asked again.
pub(super) async fn resolve<B: Blobs, H: Http, C, K: Clock>(
    request: &PackageRequest,
    hoisted: &BTreeSet<String>,
    packuments: &mut Packuments,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<(Lock, Vec<PackageDiagnostic>), Fault> {
    loop {
        let resolved = attempt(request, hoisted, packuments, supplies).await?;
        let failed = resolved.1.iter().any(|at| at.diagnostic.is_error());
        if !failed || !packuments.ask_again() {
            return Ok(resolved);
        }
    }
}

async fn attempt<B: Blobs, H: Http, C, K: Clock>(
    request: &PackageRequest,
    hoisted: &BTreeSet<String>,
    packuments: &mut Packuments,
    supplies: &Supplies<'_, B, H, C, K>,
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
        let wanted = resolver.wanted();
        if wanted.is_empty() {
            break;
        }
        let unknown: Vec<String> = wanted
            .iter()
            .filter(|name| packuments.known(name).is_none())
            .cloned()
            .collect();
        let total = fetched + unknown.len();
        if total > PACKUMENTS {
            let error = Diagnostic::error(
                "too-many-packages",
                format!("The app's imports need more than {PACKUMENTS} packages."),
            );
            diagnostics.push(about(None, error));
            return Ok((Lock::default(), diagnostics));
        }
        let insist = packuments.insist();
        let asking = unknown
            .iter()
            .map(|name| packument(request.registries.of(name), name, insist, supplies));
        let mut answers = stream::iter(asking)
            .buffered(AT_ONCE)
            .zip(stream::iter(&unknown));
        while let Some((answer, name)) = answers.next().await {
            packuments.remember(name, answer?);
            fetched += 1;
            let (phase, done) = (Phase::Resolve, fetched);
            (supplies.hear)(Progress { phase, done, total });
        }
        for name in &wanted {
            match packuments.known(name) {
                Some(Some(packument)) => resolver.supply(name, packument.clone()),
                _ => resolver.missing(name),
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
