//! Workers: each starts a script of its own, with the modules that it reaches.

use crate::{
    app::{Page, script},
    chunk::Chunk,
    draft::Draft,
    graph::{Edge, Graph, WorkerEntry},
};
use overskill_model::ContentHasher;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// The address of each worker's script.
pub(crate) type WorkerUrls = BTreeMap<WorkerEntry, String>;

/// A worker's script.
#[derive(Debug)]
pub struct WorkerScript {
    /// Where it is served.
    pub url: String,
    /// The script.
    pub chunk: Chunk,
}

/// Writes the workers that are reached. A worker's address names what it and the workers behind it are, not the bytes
/// of its script: two may start each other.
pub(crate) fn worker_scripts(
    graph: &Graph,
    all: &BTreeMap<&str, Draft<'_>>,
    page: &Page,
) -> (Vec<WorkerScript>, WorkerUrls) {
    let reached: BTreeMap<&WorkerEntry, BTreeSet<String>> = graph
        .workers
        .iter()
        .map(|entry| (entry, graph.closure([entry.id.as_str()])))
        .collect();
    // Written without addresses first: that is what a name can stand for.
    let unnamed = WorkerUrls::new();
    let hashes: BTreeMap<&WorkerEntry, String> = reached
        .iter()
        .map(|(entry, ids)| {
            let chunk = write(all, ids, &unnamed, entry, page);
            (*entry, chunk.hash.to_string())
        })
        .collect();
    let urls: WorkerUrls = reached
        .keys()
        .map(|entry| {
            let mut hasher = ContentHasher::new().field(&hashes[*entry]);
            for behind in behind(graph, &reached, entry) {
                hasher = hasher.field(&behind.id).field(&hashes[behind]);
            }
            let url = format!("/__overskill/worker-{}.js", hasher.finish().short());
            ((*entry).clone(), url)
        })
        .collect();
    let scripts = reached
        .iter()
        .map(|(entry, ids)| WorkerScript {
            url: urls[*entry].clone(),
            chunk: write(all, ids, &urls, entry, page),
        })
        .collect();
    (scripts, urls)
}

fn write(
    all: &BTreeMap<&str, Draft<'_>>,
    ids: &BTreeSet<String>,
    urls: &WorkerUrls,
    entry: &WorkerEntry,
    page: &Page,
) -> Chunk {
    let mut prelude = String::new();
    for address in &page.scripts {
        let _ = match entry.module {
            true => writeln!(prelude, "import \"{address}\";"),
            false => writeln!(prelude, "importScripts(\"{address}\");"),
        };
    }
    script(all, ids, urls, vec![entry.id.clone()], page, &prelude)
}

/// The workers that one starts, and those that they start.
fn behind<'a>(
    graph: &'a Graph,
    reached: &BTreeMap<&'a WorkerEntry, BTreeSet<String>>,
    from: &'a WorkerEntry,
) -> BTreeSet<&'a WorkerEntry> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(entry) = waiting.pop() {
        let nodes = reached[entry].iter().filter_map(|id| graph.nodes.get(id));
        for edge in nodes.flat_map(|node| &node.edges) {
            if let Edge::Worker(next) = edge
                && let Some((next, _)) = reached.get_key_value(next)
                && found.insert(*next)
            {
                waiting.push(next);
            }
        }
    }
    found
}
