//! Catalogs: ranges that a workspace names once, for `catalog:` to refer to.

use crate::{json::Json, yaml};
use std::collections::BTreeMap;

/// Replaces `catalog:` and `catalog:name` by what `pnpm-workspace.yaml`, or Bun's `package.json`, has under it. What they
/// don't have stays, and is refused later.
pub fn fill_in_catalogs(
    dependencies: &mut BTreeMap<String, String>,
    package_json: &str,
    workspace: Option<&str>,
) {
    if !dependencies
        .values()
        .any(|range| range.starts_with("catalog:"))
    {
        return;
    }
    let json = Json::parse(package_json).unwrap_or_default();
    let workspace = workspace.and_then(|text| yaml::parse(text).ok());
    let places: Vec<&Json> = [workspace.as_ref(), Some(&json), json.get("workspaces")]
        .into_iter()
        .flatten()
        .collect();
    for (name, range) in dependencies {
        let Some(catalog) = range.strip_prefix("catalog:") else {
            continue;
        };
        let found = places.iter().find_map(|place| {
            let named = || place.get("catalogs")?.get(catalog)?.text_at(name);
            let default = || place.get("catalog")?.text_at(name);
            match catalog {
                "" | "default" => default().or_else(named),
                _ => named(),
            }
        });
        if let Some(found) = found {
            *range = found.to_owned();
        }
    }
}
