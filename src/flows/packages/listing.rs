//! What was chosen of npm, as the author may ask for it: every version, who asked for it, and what is there twice.

use super::Registries;
use overskill_packages::{Lock, LockedPackage};
use overskill_protocol::{AskedAs, AskedBy, ChosenPackage, PackageList};
use std::collections::{BTreeMap, BTreeSet};

/// The choice of the build of `version`. `dependencies` are what the app asks for, name to range.
pub fn listing(
    version: u64,
    lock: &Lock,
    dependencies: &BTreeMap<String, String>,
    registries: &Registries,
) -> PackageList {
    let mut packages: BTreeMap<(&str, &str), ChosenPackage> = BTreeMap::new();
    for package in lock.packages.values() {
        packages
            .entry((&package.name, &package.version))
            .or_insert_with(|| ChosenPackage {
                name: package.name.clone(),
                version: package.version.clone(),
                registry: registries.of(&package.name).url.clone(),
                integrity: package.integrity.clone(),
                asked_by: Vec::new(),
            });
    }
    let mut told = |key: &str, asker: AskedBy| {
        let package = lock.packages.get(key);
        let chosen = package.and_then(|at| packages.get_mut(&(&*at.name, &*at.version)));
        if let Some(chosen) = chosen {
            chosen.asked_by.push(asker);
        }
    };
    for (name, key) in &lock.roots {
        let asker = AskedBy {
            package: None,
            name: name.clone(),
            range: dependencies.get(name).cloned(),
            kind: AskedAs::Dependency,
        };
        told(key, asker);
    }
    for package in lock.packages.values() {
        for (name, key) in &package.dependencies {
            let (range, kind) = asked(package, name);
            let asker = AskedBy {
                package: Some(format!("{}@{}", package.name, package.version)),
                name: name.clone(),
                range,
                kind,
            };
            told(key, asker);
        }
    }
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, version) in packages.keys() {
        versions.entry(name).or_default().insert(version);
    }
    let several = versions.into_iter().filter(|(_, all)| all.len() > 1);
    let duplicates = several
        .map(|(name, all)| {
            (
                name.to_owned(),
                all.into_iter().map(str::to_owned).collect(),
            )
        })
        .collect();
    let mut packages: Vec<ChosenPackage> = packages.into_values().collect();
    for package in &mut packages {
        package.asked_by.sort();
        package.asked_by.dedup();
    }
    PackageList {
        version,
        packages,
        duplicates,
    }
}

fn asked(package: &LockedPackage, name: &str) -> (Option<String>, AskedAs) {
    let requires = &package.requires;
    let ways = [
        (&requires.dependencies, AskedAs::Dependency),
        (&requires.optional, AskedAs::Optional),
        (&requires.peers, AskedAs::Peer),
    ];
    let found = ways
        .into_iter()
        .find_map(|(ranges, kind)| Some((ranges.get(name)?.clone(), kind)));
    match found {
        Some((range, kind)) => (Some(range), kind),
        None => (None, AskedAs::Dependency),
    }
}
