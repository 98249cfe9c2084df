//! The app's chunk: every module that is reached, with its specifiers tied to ids.

use crate::{
    chunk::{Boot, BootValues, Chunk, Part, write_app},
    draft::{Draft, draft},
    exports::check_names,
    graph::{App, Graph, Node},
    kept::Kept,
    kinds::Role,
    workers::{WorkerScript, WorkerUrls, worker_scripts},
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

/// What a package's specifier leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageTarget {
    /// The module's id in the packages' chunk.
    pub id: String,
    /// What it exports, where that is known.
    pub exports: Option<Vec<String>>,
    /// Its CSS, where it is a style sheet: with what it imports, and with the addresses of what it refers to.
    pub css: Option<String>,
    /// Its address, where it is an asset.
    pub url: Option<String>,
}

/// What stands around an app's chunk.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Every specifier of [`Graph::packages`] that was found.
    pub packages: Rc<BTreeMap<String, PackageTarget>>,
    /// What the app sees of its environment.
    pub values: BootValues,
    /// The addresses of the scripts that run before the app's: the runtime and the packages.
    pub scripts: Vec<String>,
}

/// A linked app.
#[derive(Debug)]
pub struct Linked {
    /// The script.
    pub chunk: Chunk,
    /// The scripts of its workers.
    pub workers: Vec<WorkerScript>,
    /// Style sheets that are asked for by URL: their addresses and their CSS.
    pub sheets: BTreeMap<String, String>,
    /// Files served under [`asset_url`](crate::asset_url).
    pub assets: BTreeSet<ModulePath>,
    /// Everything there is to say about the files that are reached.
    pub diagnostics: Vec<Diagnostic>,
}

/// Links what `graph` reached; with `kept`, what the last linking left.
pub fn link(app: &App<'_>, graph: &Rc<Graph>, page: &Page, kept: Option<&Kept>) -> Linked {
    let holds = kept.map(|kept| kept.take(graph, &page.packages));
    let holds = holds.unwrap_or_default();
    let mut diagnostics = graph.diagnostics.clone();
    if !holds.clean {
        check_names(app, graph, &page.packages, &mut diagnostics);
    }
    let mut sheets = BTreeMap::new();
    // A worker's script has its modules, too, and modules have the addresses of workers.
    let plain = graph.workers.is_empty();
    let known = |id: &str, node: &Node| {
        let module = app.modules.get(&node.path).filter(|_| plain)?;
        let scripts = node.role == Role::Compiled && module.css.is_none();
        Some((module, holds.piece(id, module).filter(|_| scripts)?))
    };
    let all: BTreeMap<&str, Draft<'_>> = graph
        .nodes
        .iter()
        .filter(|(id, node)| known(id, node).is_none())
        .map(|(id, node)| {
            let draft = draft(app, graph, id, node, &page.packages, &mut sheets);
            (id.as_str(), draft)
        })
        .collect();
    let (workers, urls) = worker_scripts(graph, &all, page);
    let ids: Vec<&String> = graph.booted.iter().collect();
    let of_workers: Vec<_> = ids
        .iter()
        .map(|id| all.get(id.as_str()).map(|draft| draft.worker_urls(&urls)))
        .collect();
    let mut pieces = HashMap::new();
    let mut parts = Vec::with_capacity(ids.len());
    for (id, of_workers) in ids.into_iter().zip(&of_workers) {
        let Some(node) = graph.nodes.get(id) else {
            continue;
        };
        let part = match (all.get(id.as_str()), of_workers) {
            (Some(draft), Some(workers)) => draft.as_module(workers).part(),
            _ => match known(id, node) {
                Some((module, piece)) => Part {
                    id,
                    style: false,
                    code: &module.code,
                    map: &module.map,
                    piece,
                },
                None => continue,
            },
        };
        if let Some(module) = app.modules.get(&node.path) {
            pieces.insert(id.clone(), (module.clone(), part.piece.clone()));
        }
        parts.push(part);
    }
    let boot = Boot {
        entries: graph.entries.clone(),
        values: page.values.clone(),
    };
    let chunk = write_app("", &parts, &boot);
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup();
    if let Some(kept) = kept {
        kept.keep(app, graph, &page.packages, diagnostics.is_empty(), pieces);
    }
    Linked {
        chunk,
        workers,
        sheets,
        assets: graph.assets.clone(),
        diagnostics,
    }
}

/// A script that defines the modules `ids` and starts `entries`.
pub(crate) fn script(
    all: &BTreeMap<&str, Draft<'_>>,
    ids: &BTreeSet<String>,
    urls: &WorkerUrls,
    entries: Vec<String>,
    page: &Page,
    prelude: &str,
) -> Chunk {
    let drafts: Vec<_> = ids.iter().filter_map(|id| all.get(id.as_str())).collect();
    let workers: Vec<_> = drafts.iter().map(|draft| draft.worker_urls(urls)).collect();
    let modules = drafts.iter().zip(&workers);
    let parts: Vec<_> = modules
        .map(|(draft, workers)| draft.as_module(workers).part())
        .collect();
    let boot = Boot {
        entries,
        values: page.values.clone(),
    };
    write_app(prelude, &parts, &boot)
}
