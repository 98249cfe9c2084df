//! The modules that are reached, for the production linker.

use crate::{
    app::PackageTarget,
    assets::built_sheet_url,
    draft::string,
    exports::check_names,
    graph::{App, Edge, Graph, Node, WorkerEntry},
    kinds::Role,
    styles::flattened,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{
    CompiledModule, DependencyKind, GlobUse, MARK, ModuleFormat, ProductionModule, Slot, Statement,
    StatementKind,
};
use overskill_production::{Computed, GlobTable, Module, Start, Target};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// What the production linker takes, and what there is besides.
#[derive(Debug)]
pub struct Production {
    /// The app's modules, by id.
    pub modules: BTreeMap<String, Module<'static>>,
    /// The page's script, where it has one, and those of its workers.
    pub starts: Vec<Start>,
    /// Style sheets that are asked for by URL: their addresses and their CSS.
    pub sheets: BTreeMap<String, String>,
    /// Files served under [`built_url`](crate::built_url).
    pub assets: BTreeSet<ModulePath>,
    /// A server's binaries, by the name that its modules import.
    pub binaries: BTreeMap<String, ModulePath>,
    /// Everything there is to say about the files that are reached.
    pub diagnostics: Vec<Diagnostic>,
}

/// Gathers what `graph` reached.
pub fn production(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
) -> Production {
    let mut diagnostics = graph.diagnostics.clone();
    check_names(app, graph, packages, &mut diagnostics);
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup();
    let mut sheets = BTreeMap::new();
    let modules = graph.nodes.iter().map(|(id, node)| {
        let module = module(app, graph, id, node, packages, &mut sheets);
        (id.clone(), module)
    });
    let modules = modules.collect();
    let page = (!graph.entries.is_empty()).then(|| Start {
        name: "index".to_owned(),
        entries: graph.entries.clone(),
        worker: None,
        exports: false,
    });
    let workers = graph.workers.iter().map(|worker| Start {
        name: name(&worker.id),
        entries: vec![worker.id.clone()],
        worker: Some(key(worker)),
        exports: false,
    });
    Production {
        modules,
        starts: page.into_iter().chain(workers).collect(),
        sheets,
        assets: graph.assets.clone(),
        binaries: graph.binaries.clone(),
        diagnostics,
    }
}

/// What a worker is called among others: the same file may start in two ways.
fn key(worker: &WorkerEntry) -> String {
    let kind = if worker.module { "module" } else { "classic" };
    format!("{kind}:{}", worker.id)
}

fn name(id: &str) -> String {
    let file = id.rsplit('/').next().unwrap_or(id);
    let stem = file.split('.').next().unwrap_or(file);
    let plain = |each: char| {
        if each.is_ascii_alphanumeric() {
            each
        } else {
            '_'
        }
    };
    stem.chars().map(plain).collect()
}

fn module(
    app: &App<'_>,
    graph: &Graph,
    id: &str,
    node: &Node,
    packages: &BTreeMap<String, PackageTarget>,
    sheets: &mut BTreeMap<String, String>,
) -> Module<'static> {
    let mut module = Module {
        body: Cow::Owned(value("")),
        format: ModuleFormat::Esm,
        node_importer: match node.path.extension().as_str() {
            "mjs" | "mts" => true,
            "cjs" | "cts" => false,
            _ => (app.node_importer)(&node.path),
        },
        awaits: false,
        pure: true,
        dependencies: Vec::new(),
        globs: Vec::new(),
        computed: None,
        css: None,
        source: None,
    };
    let body = match (node.role, app.modules.get(&node.path)) {
        (Role::Asset, _) => value(&node.address),
        (Role::Raw, _) => {
            let text = (app.source)(&node.path).unwrap_or_else(|| "".into());
            value(text.strip_prefix('\u{feff}').unwrap_or(&text))
        }
        (Role::Worker { shared, url }, _) => {
            for edge in &node.edges {
                if let Edge::Worker(entry) = edge {
                    let target = Target::Worker(key(entry));
                    module
                        .dependencies
                        .push((DependencyKind::ModuleWorker, target));
                }
            }
            worker(shared, url)
        }
        (Role::WasmInit, _) => {
            let target = Target::Url(node.address.clone());
            module.dependencies.push((DependencyKind::Url, target));
            let code = format!("{MARK}0{MARK}=e=>{MARK}1{MARK}({MARK}2{MARK},e)");
            of_code(code, vec![Slot::Local, Slot::Wasm, Slot::Url(0)])
        }
        (Role::Unknown | Role::Binary, _) | (_, None) => value(""),
        (Role::InlineStyle, Some(_)) => value(flattened(app, graph, packages, id).trim()),
        (Role::StyleUrl, Some(_)) => {
            let css = flattened(app, graph, packages, id);
            let url = built_sheet_url(app.base, &node.path, &ContentHash::of(css.as_bytes()));
            let body = value(&url);
            sheets.insert(url, css);
            body
        }
        (Role::Compiled, Some(compiled)) => {
            tie(&mut module, node, compiled, packages);
            module.format = compiled.facts.format;
            module.awaits = compiled.facts.top_level_await;
            module.pure = false;
            let css = compiled.css.as_ref();
            module.css = css.map(|_| flattened(app, graph, packages, id));
            match &compiled.production {
                Some(body) => {
                    let mapped = body.statements.iter().any(|it| !it.places.is_empty());
                    let source = (app.source)(&node.path).filter(|_| mapped);
                    module.source = source.map(|text| text.to_string());
                    ProductionModule::clone(body)
                }
                None => value(""),
            }
        }
    };
    module.body = Cow::Owned(body);
    module
}

fn tie(
    module: &mut Module<'static>,
    node: &Node,
    compiled: &CompiledModule,
    packages: &BTreeMap<String, PackageTarget>,
) {
    let target = |edge: &Edge| match edge {
        Edge::Module(id) => Target::Module(id.clone()),
        Edge::Package(specifier) => match packages.get(specifier) {
            Some(package) => Target::Module(package.id.clone()),
            None => Target::Nowhere,
        },
        Edge::Url(url) => Target::Url(url.clone()),
        Edge::PackageUrl(specifier, suffix) => {
            let url = packages.get(specifier).and_then(|it| it.url.as_ref());
            url.map_or(Target::Nowhere, |url| Target::Url(format!("{url}{suffix}")))
        }
        Edge::Worker(entry) => Target::Worker(key(entry)),
        Edge::Sheet(_) | Edge::Nowhere => Target::Nowhere,
    };
    for (glob, files) in compiled.facts.globs.iter().zip(&node.globs) {
        let table = files.as_ref().map(|files| GlobTable {
            eager: glob.eager,
            keys: glob.wanted == GlobUse::Keys,
            import: glob.import.clone(),
            files: files
                .iter()
                .map(|(file, edge)| {
                    let id = match target(edge) {
                        Target::Module(id) => Some(id),
                        _ => None,
                    };
                    (file.key.clone(), id)
                })
                .collect(),
        });
        module.globs.push(table);
    }
    module.computed = node.computed.as_ref().map(|files| Computed {
        importer: format!("/{}", node.path),
        files: files
            .iter()
            .filter_map(|(path, edge)| match edge {
                Edge::Module(id) => Some((format!("/{path}"), id.clone())),
                _ => None,
            })
            .collect(),
    });
    for (dependency, edge) in compiled.facts.dependencies.iter().zip(&node.edges) {
        let (kind, target) = match (dependency.kind, edge) {
            // What it holds of packages' sheets that have no text of their own comes before it.
            (DependencyKind::StyleImport, Edge::Package(specifier)) => {
                let outside = packages.get(specifier).is_some_and(|it| it.css.is_none());
                let target = if outside {
                    target(edge)
                } else {
                    Target::Nowhere
                };
                (DependencyKind::Static, target)
            }
            (DependencyKind::StyleImport, _) => (DependencyKind::Static, Target::Nowhere),
            (kind, edge) => (kind, target(edge)),
        };
        module.dependencies.push((kind, target));
    }
}

/// A module whose default export is a text.
fn value(text: &str) -> ProductionModule {
    ProductionModule::of_values([("default", string(text).as_str())])
}

/// A module whose default export is slot 0, which `code` declares.
fn of_code(code: String, slots: Vec<Slot>) -> ProductionModule {
    ProductionModule {
        mark: MARK,
        slots,
        statements: vec![Statement {
            code,
            kind: StatementKind::Let,
            declares: vec![0],
            ..Statement::default()
        }],
        exports: vec![("default".to_owned(), 0)],
        ..ProductionModule::default()
    }
}

fn worker(shared: bool, url: bool) -> ProductionModule {
    let code = match (url, shared) {
        (true, _) => format!("{MARK}0{MARK}={MARK}1{MARK}"),
        (false, shared) => {
            let constructor = if shared { "SharedWorker" } else { "Worker" };
            format!(
                "{MARK}0{MARK}=function(e){{return new {constructor}({MARK}1{MARK},{{type:\"module\",name:e?.name}})}}"
            )
        }
    };
    of_code(code, vec![Slot::Local, Slot::Worker(0)])
}
