//! What an app takes from the packages that it imports.

use crate::graph::{App, Edge, Graph};
use overskill_module::DependencyKind;
use std::collections::{BTreeMap, BTreeSet};

impl Graph {
    /// The names that are taken from each specifier of a package, over all modules; `None` where all of it is.
    pub fn taken(&self, app: &App<'_>) -> BTreeMap<String, Option<BTreeSet<String>>> {
        let mut taken: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
        for node in self.nodes.values() {
            let Some(module) = app.modules.get(&node.path) else {
                continue;
            };
            for (dependency, edge) in module.facts.dependencies.iter().zip(&node.edges) {
                let Edge::Package(specifier) = edge else {
                    continue;
                };
                let named = dependency.kind == DependencyKind::Static
                    && !dependency.whole
                    && !module.facts.star_exports.contains(&dependency.specifier);
                let known = taken
                    .entry(specifier.clone())
                    .or_insert_with(|| Some(BTreeSet::new()));
                match known {
                    Some(names) if named => {
                        names.extend(dependency.names.iter().map(|at| at.name.clone()));
                    }
                    _ => *known = None,
                }
            }
        }
        taken
    }
}
