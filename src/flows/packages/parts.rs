//! What is made of a package's file other than running it: its URL, its text, a worker.

use super::{
    about,
    assets::{Kind, Query, kind},
    walk::{Edge, Node, Place, Walk},
};
use overskill_diagnostics::{Diagnostic, Span};
use overskill_module::{
    CompiledModule, Dependency, DependencyKind, Export, MARK, ModuleFacts, ProductionModule, Slot,
    Statement, StatementKind,
};
use overskill_packages::PackageDiagnostic;
use overskill_ports::{Blobs, Compiler, Http};
use std::{collections::BTreeMap, rc::Rc};

impl<B: Blobs, H: Http, C: Compiler, K> Walk<'_, B, H, C, K> {
    /// The node of an asset.
    pub(super) fn reach_asset(&mut self, place: Place) -> Edge {
        self.reach_as(place.id(), || asset(place))
    }

    /// The node of what `query` wants of a file.
    pub(super) fn reach_part(&mut self, place: Place, query: Query) -> Edge {
        let id = match (query, kind(&place.file)) {
            (Query::Url, Kind::Asset(_)) => place.id(),
            (Query::Url, _) => format!("{}?url", place.id()),
            (Query::Worker, _) => format!("{}?worker", place.id()),
            (query, _) => format!("{}{}", place.id(), query.mark()),
        };
        let place = Place {
            file: format!("{}{}", place.file, query.mark()),
            ..place
        };
        match query {
            Query::Worker => self.reach_as(id, || worker(place)),
            _ => self.reach_as(id, || asset(place)),
        }
    }

    fn reach_as(&mut self, id: String, node: impl FnOnce() -> Node) -> Edge {
        self.nodes.entry(id.clone()).or_insert_with(node);
        Edge::Module(id)
    }

    /// Says so of files that do not work by themselves.
    pub(super) fn tell_of_parts(
        &self,
        urls: &BTreeMap<Place, String>,
        entries: &BTreeMap<String, String>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) {
        for (place, text) in urls {
            let id = place.id();
            let by_app = entries.iter().find(|(_, it)| {
                let rest = it.strip_prefix(id.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
            });
            let specifier = by_app.map(|(specifier, _)| specifier.as_str());
            if self.versions.imports_others(place) {
                let message =
                    format!("`{id}` is served by itself, and imports others that it won't find.");
                let hint = "Look for a file of the package that is whole, often named `….min.js`.";
                let warning = Diagnostic::warning("package-asset-unsupported", message);
                diagnostics.push(about(specifier, warning.hint(hint)));
            }
            if place.file.ends_with(".css?inline")
                && (text.contains("url(") || text.contains("@import"))
            {
                let message = format!("The addresses in `{id}` are left as written.");
                let warning = Diagnostic::warning("package-asset-unsupported", message);
                diagnostics.push(about(specifier, warning));
            }
        }
    }
}

fn exports_default() -> Vec<Export> {
    vec![Export {
        name: "default".to_owned(),
        from: None,
    }]
}

/// A module whose default export is what is kept of a file: its URL.
fn asset(place: Place) -> Node {
    let module = CompiledModule {
        code: "function*(os){const url=os.u(\"\");os.x({default:()=>url});yield}".to_owned(),
        facts: ModuleFacts {
            exports: exports_default(),
            ..ModuleFacts::default()
        },
        ..CompiledModule::default()
    };
    Node {
        module: Some(Rc::new(module)),
        done: true,
        asset: Some(place),
        ..Node::default()
    }
}

/// A module whose default export makes a worker of a file.
fn worker(place: Place) -> Node {
    let made = "{type:\"module\",name:e?.name}";
    let body = ProductionModule {
        mark: MARK,
        slots: vec![Slot::Local, Slot::Url(0)],
        statements: vec![Statement {
            code: format!("{MARK}0{MARK}=function(e){{return new Worker({MARK}1{MARK},{made})}}"),
            kind: StatementKind::Let,
            declares: vec![0],
            ..Statement::default()
        }],
        exports: vec![("default".to_owned(), 0)],
        ..ProductionModule::default()
    };
    let url = Dependency {
        specifier: String::new(),
        kind: DependencyKind::Url,
        span: Span { start: 0, end: 0 },
        names: Vec::new(),
        whole: false,
        optional: false,
    };
    let module = CompiledModule {
        code: format!(
            "function*(os){{os.x({{default:()=>WorkerWrapper}});yield;function WorkerWrapper(e){{return new Worker(os.u(\"\"),{made})}}}}"
        ),
        production: Some(Box::new(body)),
        facts: ModuleFacts {
            dependencies: vec![url],
            exports: exports_default(),
            ..ModuleFacts::default()
        },
        ..CompiledModule::default()
    };
    Node {
        module: Some(Rc::new(module)),
        done: true,
        edges: BTreeMap::from([(0, Edge::Asset(place, String::new()))]),
        ..Node::default()
    }
}
