//! Names that two `export *` of a module give: the first one is taken, which its author may not know.

use crate::{
    app::PackageTarget,
    graph::{App, Edge, Graph, Node, located},
    kinds::Role,
};
use overskill_diagnostics::Diagnostic;
use overskill_module::{CompiledModule, Dependency, DependencyKind};
use std::collections::{BTreeMap, BTreeSet};

/// Where names come from.
pub(crate) struct Origins<'a> {
    pub app: &'a App<'a>,
    pub graph: &'a Graph,
    pub packages: &'a BTreeMap<String, PackageTarget>,
}

/// Where a name is given by itself: a module's id and the name there. What packages give isn't followed any further.
#[derive(PartialEq, Eq)]
enum Origin {
    Module(String, String),
    Package,
}

impl Origins<'_> {
    /// A warning at the second of two stars by which `edge` gives `name`.
    pub fn ambiguity(&self, edge: &Edge, name: &str) -> Option<Diagnostic> {
        let (mut edge, mut name) = (edge.clone(), name.to_owned());
        let mut seen = BTreeSet::new();
        loop {
            let Edge::Module(id) = &edge else { return None };
            if !seen.insert((id.clone(), name.clone())) {
                return None;
            }
            let (node, module) = self.module(id)?;
            if let Some(export) = module.facts.exports.iter().find(|it| it.name == name) {
                let (specifier, there) = export.from.clone().filter(|(_, name)| name != "*")?;
                edge = dependency(node, module, &specifier)?.1.clone();
                name = there;
                continue;
            }
            let mut given: Vec<(&Dependency, &Edge, Origin)> = Vec::new();
            for star in &module.facts.star_exports {
                let (dependency, at) = dependency(node, module, star)?;
                let Some(origin) = self.origin(at, &name, &mut BTreeSet::new()) else {
                    continue;
                };
                let Some((first, ..)) = given.first().filter(|(.., first)| *first != origin) else {
                    given.push((dependency, at, origin));
                    continue;
                };
                let (first, second) = (&first.specifier, &dependency.specifier);
                let message = format!(
                    "`{first}` and `{second}` both export `{name}`; the one of `{first}` is taken."
                );
                let warning = Diagnostic::warning("ambiguous-export", message).hint(format!(
                    "Say which is meant: `export {{ {name} }} from \"{first}\"`, or rename one of them."
                ));
                return Some(located(self.app, &node.path, dependency.span, warning));
            }
            edge = given.first()?.1.clone();
        }
    }

    fn module(&self, id: &str) -> Option<(&Node, &CompiledModule)> {
        let node = self.graph.nodes.get(id)?;
        let module = self.app.modules.get(&node.path)?;
        (node.role == Role::Compiled).then_some((node, &**module))
    }

    /// `None` where `edge` doesn't give it.
    fn origin(
        &self,
        edge: &Edge,
        name: &str,
        seen: &mut BTreeSet<(String, String)>,
    ) -> Option<Origin> {
        let id = match edge {
            Edge::Module(id) => id,
            Edge::Package(specifier) => {
                let names = self.packages.get(specifier)?.exports.as_ref()?;
                return names.iter().any(|it| it == name).then_some(Origin::Package);
            }
            _ => return None,
        };
        if !seen.insert((id.clone(), name.to_owned())) {
            return None;
        }
        let (node, module) = self.module(id)?;
        let here = || Some(Origin::Module(id.clone(), name.to_owned()));
        match module.facts.exports.iter().find(|it| it.name == name) {
            Some(export) => match &export.from {
                Some((specifier, there)) if there != "*" => {
                    let (_, at) = dependency(node, module, specifier)?;
                    self.origin(at, there, seen).or_else(here)
                }
                _ => here(),
            },
            None if name == "default" => None,
            None => module.facts.star_exports.iter().find_map(|star| {
                let (_, at) = dependency(node, module, star)?;
                self.origin(at, name, seen)
            }),
        }
    }
}

/// A static import of a module, and where it leads.
pub(crate) fn dependency<'a>(
    node: &'a Node,
    module: &'a CompiledModule,
    specifier: &str,
) -> Option<(&'a Dependency, &'a Edge)> {
    let mut all = module.facts.dependencies.iter().zip(&node.edges);
    all.find(|(it, _)| it.kind == DependencyKind::Static && it.specifier == specifier)
}
