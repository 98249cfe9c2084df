//! The modules of an app's packages for the production linker.

use super::{
    chunk::{addressed, url, url_of},
    walk::{Edge, Node, Place},
};
use overskill_module::{CompiledModule, DependencyKind, ModuleFormat, ProductionModule, Statement};
use overskill_production::{Module, Target};
use std::{borrow::Cow, collections::BTreeMap};

/// By id, in order: the same modules give the same bytes.
pub(super) fn modules(
    nodes: &BTreeMap<String, Node>,
    urls: &BTreeMap<Place, String>,
) -> BTreeMap<String, Module<'static>> {
    let reached = nodes.iter().filter(|(_, node)| node.reached);
    let modules = reached.filter_map(|(id, node)| {
        let compiled = node.module.as_deref()?;
        Some((id.clone(), module(node, compiled, urls)))
    });
    modules.collect()
}

fn module(
    node: &Node,
    compiled: &CompiledModule,
    urls: &BTreeMap<Place, String>,
) -> Module<'static> {
    let facts = &compiled.facts;
    let css = addressed(node, compiled, urls);
    let body = match (&node.asset, &compiled.production) {
        (Some(place), _) => text(&url_of(place, urls)),
        (None, Some(body)) => ProductionModule::clone(body),
        (None, None) if facts.format == ModuleFormat::CommonJs => nothing(),
        (None, None) => text(""),
    };
    let dependencies = facts
        .dependencies
        .iter()
        .enumerate()
        .map(|(at, dependency)| {
            let edge = node.edges.get(&at);
            let target = match edge {
                Some(Edge::Module(id)) => Target::Module(id.clone()),
                Some(edge) => url(edge, urls).map_or(Target::Nowhere, Target::Url),
                None => Target::Nowhere,
            };
            match (dependency.kind, target) {
                // Its address is in the sheet's own text.
                (DependencyKind::StyleImport, Target::Url(_)) => {
                    (DependencyKind::Static, Target::Nowhere)
                }
                (DependencyKind::StyleImport, target) => (DependencyKind::Static, target),
                other => other,
            }
        });
    Module {
        format: facts.format,
        node_importer: node.node_importer,
        awaits: facts.top_level_await,
        // What only passes on is evaluated by nobody.
        pure: css.is_none() && (node.pure || !node.whole),
        dependencies: dependencies.collect(),
        globs: Vec::new(),
        computed: None,
        css,
        source: None,
        body: Cow::Owned(body),
    }
}

fn text(text: &str) -> ProductionModule {
    let quoted = serde_json::to_string(text).expect("a text always serialises");
    ProductionModule::of_values([("default", quoted.as_str())])
}

/// CommonJS that exports nothing.
fn nothing() -> ProductionModule {
    ProductionModule {
        mark: overskill_module::MARK,
        statements: vec![Statement {
            code: "()=>{}".to_owned(),
            ..Statement::default()
        }],
        ..ProductionModule::default()
    }
}
