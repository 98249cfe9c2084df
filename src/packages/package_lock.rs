//! `package-lock.json`, versions 2 and 3; and what any lockfile means that says in which folder a package stands.

use crate::{Lock, LockedPackage, Requires, json::Json, lockfile::pinned};
use std::collections::BTreeMap;

const FOLDER: &str = "node_modules/";

/// Reads one.
///
/// # Errors
/// Why it is none.
pub(crate) fn parse(text: &str) -> Result<Lock, String> {
    let document = Json::parse(text).map_err(|error| error.to_string())?;
    let entries = match document.get("packages") {
        Some(Json::Map(entries)) => entries,
        _ => return Err("it has no `packages`".to_owned()),
    };
    let packages = entries
        .iter()
        .filter_map(|(place, entry)| Some((place.clone(), locked(place, entry)?)));
    Ok(placed(packages.collect()))
}

/// The lock of packages by their folder, `node_modules/a/node_modules/b`: each sees what Node would find from there.
pub(crate) fn placed(mut packages: BTreeMap<String, LockedPackage>) -> Lock {
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
    Lock { roots, packages }
}

fn locked(place: &str, entry: &Json) -> Option<LockedPackage> {
    let (_, local) = place
        .starts_with(FOLDER)
        .then(|| place.rsplit_once(FOLDER))??;
    let name = entry.text_at("name").unwrap_or(local);
    let version = entry.text_at("version")?;
    let integrity = entry.text_at("integrity");
    let from_registry = entry
        .text_at("resolved")
        .is_none_or(|url| url.starts_with("http"));
    // What comes in another's tarball is found there.
    let in_bundle = entry.get("inBundle") == Some(&Json::Bool(true));
    if in_bundle || entry.get("link").is_some() || (integrity.is_none() && !from_registry) {
        return None;
    }
    let field = |name: &str| entry.get(name).cloned().unwrap_or_default();
    let mut requires = Requires::read(
        &field("dependencies"),
        &field("optionalDependencies"),
        &field("peerDependencies"),
        &field("peerDependenciesMeta"),
    );
    requires.leave_out(&field("bundleDependencies"));
    // An empty one is damage, not absence.
    match integrity {
        Some("") => None,
        integrity => pinned(name, version, integrity, requires),
    }
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
