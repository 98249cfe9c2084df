//! `bun.lock`, Bun's lockfile in text.

use crate::{
    Lock, LockedPackage, Requires,
    json::Json,
    jsonc,
    lockfile::{pinned, split_key},
    package_lock::placed,
};

/// Reads one.
///
/// # Errors
/// Why it is none.
pub(crate) fn parse(text: &str) -> Result<Lock, String> {
    let document = Json::parse(&jsonc::plain(text)).map_err(|error| error.to_string())?;
    let entries = match document.get("packages") {
        Some(Json::Map(entries)) => entries,
        _ => return Err("it has no `packages`".to_owned()),
    };
    let packages = entries
        .iter()
        .filter_map(|(place, entry)| Some((folder(place), locked(entry)?)));
    Ok(placed(packages.collect()))
}

/// `a/@s/b` as npm writes it: `node_modules/a/node_modules/@s/b`.
fn folder(place: &str) -> String {
    let mut folder = String::new();
    let mut inside_scope = false;
    for part in place.split('/') {
        if !folder.is_empty() {
            folder.push('/');
        }
        if !inside_scope {
            folder.push_str("node_modules/");
        }
        folder.push_str(part);
        inside_scope = !inside_scope && part.starts_with('@');
    }
    folder
}

/// `["name@version", "registry", {…}, "integrity"]`; anything else is from no registry.
fn locked(entry: &Json) -> Option<LockedPackage> {
    let Json::List(parts) = entry else {
        return None;
    };
    let [id, Json::Text(_), about, rest @ ..] = parts.as_slice() else {
        return None;
    };
    let (name, version) = split_key(id.text()?)?;
    let integrity = rest
        .first()
        .and_then(Json::text)
        .filter(|at| !at.is_empty());
    let field = |name: &str| about.get(name).cloned().unwrap_or_default();
    let mut requires = Requires::read(
        &field("dependencies"),
        &field("optionalDependencies"),
        &field("peerDependencies"),
        &Json::Null,
    );
    if let Some(Json::List(names)) = about.get("optionalPeers") {
        let names = names.iter().filter_map(Json::text);
        requires.optional_peers = names.map(str::to_owned).collect();
    }
    pinned(name, version, integrity, requires)
}
