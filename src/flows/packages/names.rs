//! What the modules that an app imports from packages export, as far as that is known before they run.

use super::{
    barrels::static_index,
    chunk::addressed,
    walk::{Edge, Node, Place},
};
use overskill_module::{DependencyKind, ModuleFormat};
use overskill_packages::PackageEntry;
use std::collections::{BTreeMap, BTreeSet};

/// Describes each specifier's module. One that could not be compiled has been reported, and is left out.
pub(super) fn entries(
    nodes: &BTreeMap<String, Node>,
    urls: &BTreeMap<Place, String>,
    ids: BTreeMap<String, String>,
) -> BTreeMap<String, PackageEntry> {
    ids.into_iter()
        .filter_map(|(specifier, id)| {
            let format = nodes.get(&id)?.module.as_ref()?.facts.format;
            let exports = exports(nodes, &id).map(|names| names.into_iter().collect());
            let entry = PackageEntry {
                css: css(nodes, urls, &id),
                url: nodes
                    .get(&id)
                    .and_then(|node| urls.get(node.asset.as_ref()?))
                    .cloned(),
                id,
                format,
                exports,
            };
            Some((specifier, entry))
        })
        .collect()
}

/// The text of a style sheet, with that of those it imports before it, each once.
fn css(nodes: &BTreeMap<String, Node>, urls: &BTreeMap<Place, String>, id: &str) -> Option<String> {
    nodes.get(id)?.module.as_ref()?.css.as_ref()?;
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    // `true` once what the sheet imports is written.
    let mut waiting = vec![(id, false)];
    while let Some((at, imported)) = waiting.pop() {
        let found = nodes
            .get(at)
            .and_then(|node| Some((node, node.module.as_deref()?)));
        let Some((node, module)) = found else {
            continue;
        };
        if imported {
            text.push_str(&addressed(node, module, urls).unwrap_or_default());
            text.push('\n');
        } else if seen.insert(at) {
            waiting.push((at, true));
            let edges = node.edges.iter().rev();
            waiting.extend(edges.filter_map(|(index, edge)| {
                let dependency = module.facts.dependencies.get(*index)?;
                match edge {
                    Edge::Module(id) if dependency.kind == DependencyKind::StyleImport => {
                        Some((id.as_str(), false))
                    }
                    _ => None,
                }
            }));
        }
    }
    Some(text)
}

/// `None` for CommonJS, and for what re-exports all of it.
fn exports(nodes: &BTreeMap<String, Node>, id: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![id];
    while let Some(at) = waiting.pop() {
        if !seen.insert(at) {
            continue;
        }
        let node = nodes.get(at)?;
        let module = node.module.as_ref()?;
        if module.css.is_some() {
            names.insert("default".to_owned());
            continue;
        }
        if module.facts.format == ModuleFormat::CommonJs {
            return None;
        }
        let own = module.facts.exports.iter().map(|export| &export.name);
        // `export *` leaves the default export out.
        names.extend(own.filter(|name| at == id || *name != "default").cloned());
        for star in &module.facts.star_exports {
            match node.edges.get(&static_index(module, star)?)? {
                Edge::Module(id) => waiting.push(id),
                _ => return None,
            }
        }
    }
    Some(names)
}
