//! Checking that what a module imports by name is there.

use crate::{
    app::PackageTarget,
    graph::{App, Edge, Graph, located},
    kinds::Role,
    stars::{Origins, dependency},
};
use overskill_diagnostics::{Diagnostic, LineIndex};
use overskill_module::{DependencyKind, ModuleFormat};
use std::collections::{BTreeMap, BTreeSet};

/// The names that a module gives.
#[derive(Default)]
struct Names {
    values: BTreeSet<String>,
    /// Those of types, which are gone when it runs.
    types: BTreeSet<String>,
}

/// Reports each imported name that its module doesn't export, or that it exports twice.
pub(crate) fn check_names(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
    out: &mut Vec<Diagnostic>,
) {
    // `None` for names that can't be known before a module runs.
    let mut known: BTreeMap<String, Option<Names>> = BTreeMap::new();
    let origins = Origins {
        app,
        graph,
        packages,
    };
    let mut looked_at: BTreeSet<(&str, &str)> = BTreeSet::new();
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
            for wanted in &dependency.names {
                if names.values.contains(&wanted.name) {
                    if let Edge::Module(id) = edge
                        && looked_at.insert((id, &wanted.name))
                    {
                        out.extend(origins.ambiguity(edge, &wanted.name));
                    }
                    continue;
                }
                let told = match names.types.contains(&wanted.name) {
                    true => type_only(&dependency.specifier, &wanted.name),
                    false => missing(&dependency.specifier, &wanted.name, &names.values),
                };
                out.push(match (app.source)(&node.path) {
                    Some(source) => told.at(&node.path, &LineIndex::new(&source), wanted.span),
                    None => located(app, &node.path, dependency.span, told),
                });
            }
        }
    }
}

fn missing(specifier: &str, wanted: &str, names: &BTreeSet<String>) -> Diagnostic {
    let what = match wanted {
        "default" => format!("`{specifier}` has no default export."),
        name => format!("`{specifier}` has no export named `{name}`."),
    };
    Diagnostic::error("missing-export", what).hint(suggestion(names, wanted))
}

/// A file is compiled by itself, so that nothing in it says what the name is.
fn type_only(specifier: &str, name: &str) -> Diagnostic {
    let what = format!("`{name}` of `{specifier}` is a type; there is no value of that name.");
    Diagnostic::warning("type-not-marked", what).hint(format!(
        "Write `type {name}` in the braces, as in `export {{ type {name} }} from \"{specifier}\"`."
    ))
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
) -> Option<Names> {
    let mut names = Names::default();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![(edge.clone(), true)];
    while let Some((edge, first)) = waiting.pop() {
        match edge {
            Edge::Package(specifier) => {
                let exports = packages.get(&specifier)?.exports.as_ref()?;
                names.values.extend(
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
                        names.values.insert("default".to_owned());
                        continue;
                    }
                };
                // A module with errors of its own has said enough.
                if !module.is_ok() || module.facts.format == ModuleFormat::CommonJs {
                    return None;
                }
                let own = module.facts.exports.iter().map(|export| &export.name);
                let passes = |name: &&String| first || *name != "default";
                names.values.extend(own.filter(passes).cloned());
                let types = module.facts.types.iter();
                names.types.extend(types.filter(passes).cloned());
                for star in &module.facts.star_exports {
                    let (_, edge) = dependency(node, module, star)?;
                    waiting.push((edge.clone(), false));
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
