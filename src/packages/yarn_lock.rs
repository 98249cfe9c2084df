//! `yarn.lock`: Yarn 1's own format, and the YAML of later ones.

use crate::{
    Lock, LockedPackage, Requires,
    json::Json,
    lockfile::{pinned, split_key},
    yaml,
};
use std::collections::BTreeMap;

/// Entries by what was asked for, `name@range`.
type Descriptors = BTreeMap<String, String>;

/// Reads one.
///
/// # Errors
/// Why it is none.
pub(crate) fn parse(text: &str, declared: &BTreeMap<String, String>) -> Result<Lock, String> {
    let entries = match text.contains("__metadata:") {
        true => {
            let document =
                yaml::parse(text).map_err(|line| format!("line {line} of it is not understood"))?;
            document.entries().to_vec()
        }
        false => first(text)?,
    };
    let mut descriptors = Descriptors::new();
    let mut packages = BTreeMap::new();
    for (names, entry) in &entries {
        let Some(package) = locked(names, entry) else {
            continue;
        };
        let key = format!("{}@{}", package.name, package.version);
        for descriptor in names.split(", ") {
            descriptors.insert(descriptor.replace("@npm:", "@"), key.clone());
        }
        packages.insert(key, package);
    }
    if packages.is_empty() && !entries.is_empty() {
        return Err("it has no packages of a registry".to_owned());
    }
    for package in packages.values_mut() {
        let requires = &package.requires;
        let asked = requires.dependencies.iter().chain(&requires.optional);
        package.dependencies = asked
            .filter_map(|(name, range)| found(&descriptors, name, range))
            .collect();
    }
    let roots = declared
        .iter()
        .filter_map(|(name, range)| found(&descriptors, name, range))
        .collect();
    Ok(Lock { roots, packages })
}

fn found(descriptors: &Descriptors, name: &str, range: &str) -> Option<(String, String)> {
    let range = range.strip_prefix("npm:").unwrap_or(range);
    let key = descriptors.get(&format!("{name}@{range}"))?;
    Some((name.to_owned(), key.clone()))
}

fn locked(names: &str, entry: &Json) -> Option<LockedPackage> {
    let version = entry.text_at("version")?;
    let name = match entry.text_at("resolution") {
        Some(resolution) => {
            let (name, reference) = split_key(resolution)?;
            (reference.strip_prefix("npm:")? == version).then_some(name)?
        }
        None => {
            // `alias@npm:real@^1` names the real one.
            let (name, range) = split_key(names.split(", ").next()?)?;
            let real = range.strip_prefix("npm:").and_then(split_key);
            real.map_or(name, |(real, _)| real)
        }
    };
    let resolved = entry.text_at("resolved");
    let integrity = entry.text_at("integrity");
    if integrity.is_none() && resolved.is_some_and(|url| !url.starts_with("http")) {
        return None;
    }
    let ranges = |field: &str| -> Json {
        let texts = entry.get(field).map(Json::texts).unwrap_or_default();
        let plain = texts.into_iter().map(|(name, range)| {
            // Later Yarns write `npm:` in front of every range, and of aliases' packages.
            let range = match range.strip_prefix("npm:") {
                Some(rest) if split_key(rest).is_none() => rest.to_owned(),
                _ => range,
            };
            (name, Json::Text(range))
        });
        Json::Map(plain.collect())
    };
    let field = |name: &str| entry.get(name).cloned().unwrap_or_default();
    let requires = Requires::read(
        &ranges("dependencies"),
        &ranges("optionalDependencies"),
        &ranges("peerDependencies"),
        &field("peerDependenciesMeta"),
    );
    pinned(name, version, integrity, requires)
}

/// Yarn 1: keys at the margin, fields two spaces in, ranges four.
fn first(text: &str) -> Result<Vec<(String, Json)>, String> {
    let mut entries: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start_matches(' ');
        if bare.trim().is_empty() || bare.starts_with('#') {
            continue;
        }
        let wrong = || format!("line {} of it is not understood", number + 1);
        let bare = bare.trim_end();
        match line.len() - line.trim_start_matches(' ').len() {
            0 => {
                let names = bare.strip_suffix(':').ok_or_else(wrong)?;
                entries.push((names.replace('"', ""), Vec::new()));
            }
            2 => {
                let (_, fields) = entries.last_mut().ok_or_else(wrong)?;
                fields.push(match bare.strip_suffix(':') {
                    Some(section) => (section.to_owned(), Json::Map(Vec::new())),
                    None => pair(bare).ok_or_else(wrong)?,
                });
            }
            4 => {
                let section = entries.last_mut().and_then(|(_, fields)| fields.last_mut());
                match section {
                    Some((_, Json::Map(ranges))) => ranges.push(pair(bare).ok_or_else(wrong)?),
                    _ => return Err(wrong()),
                }
            }
            _ => return Err(wrong()),
        }
    }
    let entries = entries.into_iter();
    Ok(entries
        .map(|(names, fields)| (names, Json::Map(fields)))
        .collect())
}

/// `name value`, each in quotes or not.
fn pair(text: &str) -> Option<(String, Json)> {
    let (name, value) = match text.strip_prefix('"') {
        Some(rest) => rest.split_once("\" ")?,
        None => text.split_once(' ')?,
    };
    let value = value.trim().trim_matches('"');
    Some((name.to_owned(), Json::Text(value.to_owned())))
}
