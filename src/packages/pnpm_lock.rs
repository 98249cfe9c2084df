//! `pnpm-lock.yaml`, versions 6 and 9.

use crate::{
    Lock, LockedPackage, Requires,
    json::Json,
    lockfile::{pinned, split_key},
    yaml,
};
use std::collections::{BTreeMap, BTreeSet};

/// Reads one.
///
/// # Errors
/// Why it is none.
pub(crate) fn parse(text: &str) -> Result<Lock, String> {
    let document =
        yaml::parse(text).map_err(|line| format!("line {line} of it is not understood"))?;
    match document.text_at("lockfileVersion") {
        Some(version) if version.starts_with("6.") || version.starts_with("9.") => {}
        _ => return Err("it is of no version that is known".to_owned()),
    }
    let none = Json::default();
    let field = |name: &str| document.get(name).unwrap_or(&none).entries();
    // Version 6 has everything in `packages`; version 9 has what is tied to what in `snapshots`.
    let described: BTreeMap<&str, &Json> = field("packages")
        .iter()
        .map(|(key, about)| (bare(key), about))
        .collect();
    let tied = match document.get("snapshots") {
        Some(snapshots) => snapshots.entries(),
        None => field("packages"),
    };
    let mut packages: BTreeMap<String, LockedPackage> = tied
        .iter()
        .filter_map(|(key, ties)| {
            let about = described.get(without_peers(bare(key)));
            let about = about.or_else(|| described.get(bare(key)))?;
            Some((bare(key).to_owned(), locked(bare(key), about, ties)?))
        })
        .collect();
    let known: BTreeSet<String> = packages.keys().cloned().collect();
    for package in packages.values_mut() {
        package.dependencies.retain(|_, key| known.contains(key));
    }
    let root = field("importers").iter().find(|(name, _)| name == ".");
    let root = root.map_or(&document, |(_, importer)| importer);
    let mut roots = BTreeMap::new();
    for kind in ["dependencies", "devDependencies", "optionalDependencies"] {
        for (name, entry) in root.get(kind).map(Json::entries).unwrap_or_default() {
            let version = entry.text_at("version").or_else(|| entry.text());
            let key = version.map(|version| target(name, version));
            if let Some(key) = key.filter(|key| known.contains(key)) {
                roots.insert(name.clone(), key);
            }
        }
    }
    Ok(Lock { roots, packages })
}

/// Version 6 has a slash in front.
fn bare(key: &str) -> &str {
    key.strip_prefix('/').unwrap_or(key)
}

/// `a@1.0.0(react@19.0.0)` → `a@1.0.0`.
fn without_peers(key: &str) -> &str {
    key.split('(').next().unwrap_or(key)
}

/// The key that `version` stands for next to `name`: a version, or another package's key.
fn target(name: &str, version: &str) -> String {
    let version = bare(version);
    match without_peers(version)
        .get(1..)
        .is_some_and(|rest| rest.contains('@'))
    {
        true => version.to_owned(),
        false => format!("{name}@{version}"),
    }
}

fn locked(key: &str, about: &Json, ties: &Json) -> Option<LockedPackage> {
    let (name, version) = split_key(without_peers(key))?;
    let integrity = about.get("resolution")?.text_at("integrity")?;
    let ranges = |field: &str| -> BTreeMap<String, String> {
        let texts = ties.get(field).map(Json::texts).unwrap_or_default();
        texts
            .into_iter()
            .map(|(local, version)| {
                let key = target(&local, &version);
                let range = match split_key(without_peers(&key)) {
                    Some((name, version)) if name == local => version.to_owned(),
                    _ => format!("npm:{}", without_peers(&key)),
                };
                (local, range)
            })
            .collect()
    };
    let optional = ranges("optionalDependencies");
    let mut dependencies = ranges("dependencies");
    dependencies.retain(|name, _| !optional.contains_key(name));
    let peers = about.get("peerDependencies").map(Json::texts);
    let peers = peers.unwrap_or_default();
    // What became of a peer stands among the dependencies; its range is what it asked for.
    dependencies.retain(|name, _| !peers.contains_key(name));
    let meta = about.get("peerDependenciesMeta");
    let optional_peers = meta.map(Json::entries).unwrap_or_default().iter();
    let requires = Requires {
        dependencies,
        optional,
        peers,
        optional_peers: optional_peers
            .filter(|(_, about)| about.get("optional") == Some(&Json::Bool(true)))
            .map(|(name, _)| name.clone())
            .collect(),
    };
    let mut package = pinned(name, version, Some(integrity), requires)?;
    for field in ["dependencies", "optionalDependencies"] {
        for (local, version) in ties.get(field).map(Json::texts).unwrap_or_default() {
            let key = target(&local, &version);
            package.dependencies.insert(local, key);
        }
    }
    Some(package)
}
