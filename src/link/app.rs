//! The app's chunk: every module that is reached, with its specifiers tied to ids.

use crate::{
    chunk::{Boot, BootValues, Chunk, ChunkModule, write_app},
    draft::{Draft, draft},
    exports::check_names,
    graph::{App, Graph},
    workers::{WorkerScript, WorkerUrls, worker_scripts},
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use std::{
    collections::{BTreeMap, BTreeSet},
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

/// Links what `graph` reached.
pub fn link(app: &App<'_>, graph: &Graph, page: &Page) -> Linked {
    let mut diagnostics = graph.diagnostics.clone();
    check_names(app, graph, &page.packages, &mut diagnostics);
    let mut sheets = BTreeMap::new();
    let all: BTreeMap<&str, Draft<'_>> = graph
        .nodes
        .iter()
        .map(|(id, node)| {
            let draft = draft(app, graph, id, node, &page.packages, &mut sheets);
            (id.as_str(), draft)
        })
        .collect();
    let (workers, urls) = worker_scripts(graph, &all, page);
    let entries = graph.entries.clone();
    let chunk = script(&all, &graph.booted, &urls, entries, page, "");
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup();
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
    let modules: Vec<ChunkModule<'_>> = drafts
        .iter()
        .zip(&workers)
        .map(|(draft, workers)| draft.as_module(workers))
        .collect();
    let boot = Boot {
        entries,
        values: page.values.clone(),
    };
    write_app(prelude, &modules, &boot)
}
