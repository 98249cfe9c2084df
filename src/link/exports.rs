//! Checking that what a module imports by name is there.

use crate::{
    app::PackageTarget,
    graph::{App, Edge, Graph, located},
    kinds::Role,
};
use overskill_diagnostics::{Diagnostic, LineIndex};
use overskill_module::{DependencyKind, ModuleFormat};
use std::collections::{BTreeMap, BTreeSet};

/// The names a module gives; `None` when they can't be known before it runs.
type Names = Option<BTreeSet<String>>;

/// Reports each imported name that its module doesn't export.
pub(crate) fn check_names(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
    out: &mut Vec<Diagnostic>,
) {
    let mut known: BTreeMap<String, Names> = BTreeMap::new();
    for node in graph
        .nodes
        .values()
        .filter(|node| node.role == Role::Compiled)
    {
        let Some(module) = app.modules.get(&node.path) else {
            continue;
        };
        for (dependency, edge) in module.facts.dependencies.iter().zip(&node.edges) {
            if dependency.kind != DependencyKind::Static || dependency.names.is_empty() {
                continue;
            }
            let key = match edge {
                Edge::Module(id) => id.clone(),
                Edge::Package(specifier) => format!("npm {specifier}"),
                _ => continue,
            };
            let names = known
                .entry(key)
                .or_insert_with(|| names_of(app, graph, packages, edge));
            let Some(names) = names else { continue };
            for wanted in dependency
                .names
                .iter()
                .filter(|wanted| !names.contains(&wanted.name))
            {
                let what = match wanted.name.as_str() {
                    "default" => format!("`{}` has no default export.", dependency.specifier),
                    name => format!("`{}` has no export named `{name}`.", dependency.specifier),
                };
                let error =
                    Diagnostic::error("missing-export", what).hint(suggestion(names, &wanted.name));
                out.push(match (app.source)(&node.path) {
                    Some(source) => error.at(&node.path, &LineIndex::new(&source), wanted.span),
                    None => located(app, &node.path, dependency.span, error),
                });
            }
        }
    }
}

fn suggestion(names: &BTreeSet<String>, wanted: &str) -> String {
    let alike = names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    let shown: Vec<String> = names
        .iter()
        .take(12)
        .map(|name| format!("`{name}`"))
        .collect();
    match alike {
        Some(name) => format!("Did you mean `{name}`?"),
        None if wanted == "default" && !shown.is_empty() => {
            format!("Import by name, with braces: {}.", shown.join(", "))
        }
        None if shown.is_empty() => "It exports nothing.".to_owned(),
        None if shown == ["`default`"] => {
            "It has only a default export: import it without braces.".to_owned()
        }
        None => format!("It exports {}.", shown.join(", ")),
    }
}

fn names_of(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
    edge: &Edge,
) -> Names {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![(edge.clone(), true)];
    while let Some((edge, first)) = waiting.pop() {
        match edge {
            Edge::Package(specifier) => {
                let exports = packages.get(&specifier)?.exports.as_ref()?;
                names.extend(
                    exports
                        .iter()
                        .filter(|name| first || *name != "default")
                        .cloned(),
                );
            }
            Edge::Module(id) if seen.insert(id.clone()) => {
                let node = graph.nodes.get(&id)?;
                let module = match node.role {
                    Role::Compiled => app.modules.get(&node.path)?,
                    _ => {
                        names.insert("default".to_owned());
                        continue;
                    }
                };
                // A module with errors of its own has said enough.
                if !module.is_ok() || module.facts.format == ModuleFormat::CommonJs {
                    return None;
                }
                let own = module.facts.exports.iter().map(|export| &export.name);
                names.extend(own.filter(|name| first || *name != "default").cloned());
                for star in &module.facts.star_exports {
                    let at =
                        module.facts.dependencies.iter().position(|d| {
                            d.kind == DependencyKind::Static && d.specifier == *star
                        })?;
                    waiting.push((node.edges.get(at)?.clone(), false));
                }
            }
            Edge::Module(_) => {}
            Edge::Sheet(_)
            | Edge::Url(_)
            | Edge::PackageUrl(..)
            | Edge::Worker(_)
            | Edge::Nowhere => return None,
        }
    }
    Some(names)
}
