//! What the modules that an app imports from packages export, as far as that is known before they run.

use super::walk::{Built, Edge};
use overskill_module::{DependencyKind, ModuleFormat};
use overskill_packages::PackageEntry;
use std::collections::{BTreeMap, BTreeSet};

/// Describes each specifier's module. One that could not be compiled has been reported, and is left out.
pub(super) fn entries(
    built: &BTreeMap<String, Built>,
    ids: BTreeMap<String, String>,
) -> BTreeMap<String, PackageEntry> {
    ids.into_iter()
        .filter_map(|(specifier, id)| {
            let format = built.get(&id)?.module.facts.format;
            let exports = exports(built, &id).map(|names| names.into_iter().collect());
            let entry = PackageEntry {
                id,
                format,
                exports,
            };
            Some((specifier, entry))
        })
        .collect()
}

/// `None` for CommonJS, and for what re-exports all of it.
fn exports(built: &BTreeMap<String, Built>, id: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![id];
    while let Some(at) = waiting.pop() {
        if !seen.insert(at) {
            continue;
        }
        let Built { module, edges, .. } = built.get(at)?;
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
            let dependencies = module.facts.dependencies.iter();
            let mut ties = dependencies.zip(edges);
            let (_, edge) = ties.find(|(dependency, _)| {
                dependency.kind == DependencyKind::Static && dependency.specifier == *star
            })?;
            match edge {
                Edge::Module(id) => waiting.push(id),
                Edge::Url(_) | Edge::Nowhere => return None,
            }
        }
    }
    Some(names)
}
