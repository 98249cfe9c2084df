//! Files and their names: each has a hash of its content and of the contents of all that it refers to, so that a name
//! never means two things.

use crate::{Options, map::Map, write::Part, write::quoted};
use overskill_model::{ContentHash, ContentHasher};
use std::collections::{BTreeMap, BTreeSet};

/// Something of a file that a chunk says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum File {
    /// The specifier of a chunk, by number among all.
    Chunk(usize),
    /// The specifier of a chunk of the same start, by number in it.
    Local(usize),
    /// A list of the URLs that a chunk needs when it is imported dynamically.
    Needs(usize),
    /// The URL of a worker.
    Worker(String),
}

/// A chunk without a name.
pub(crate) struct ChunkDraft {
    pub name: String,
    pub parts: Vec<Part>,
    /// What it imports, by number among all.
    pub imports: Vec<usize>,
    pub css: Vec<String>,
    /// The sources of its modules, by id, where a map is wanted.
    pub sources: BTreeMap<String, String>,
    /// What starts with it: a page, or a worker by its id.
    pub start: Option<Option<String>>,
}

/// What a page loads. Paths are from where the app is served, without a slash at their start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Its module script.
    pub script: String,
    /// Further scripts that it imports.
    pub preloads: Vec<String>,
    /// Its style sheets, in order.
    pub styles: Vec<String>,
}

/// A linked app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// Texts by path.
    pub files: BTreeMap<String, String>,
    /// One for each start that is a page, in their order.
    pub pages: Vec<Entry>,
    /// The scripts of workers, by id.
    pub workers: BTreeMap<String, String>,
}

/// All chunks of all starts.
#[derive(Default)]
pub(crate) struct Drafts(Vec<ChunkDraft>, usize);

impl Drafts {
    /// The number of the first chunk of the next start.
    pub fn next(&mut self) -> usize {
        self.1 = self.0.len();
        self.1
    }

    pub fn push(&mut self, mut draft: ChunkDraft) {
        for part in &mut draft.parts {
            if let Part::File(file) = part
                && let File::Local(at) = file
            {
                *file = File::Chunk(self.1 + *at);
            }
        }
        self.0.push(draft);
    }

    pub fn finish(self, options: &Options<'_>) -> Output {
        let drafts = self.0;
        let workers: BTreeMap<&str, usize> = drafts
            .iter()
            .enumerate()
            .filter_map(|(at, draft)| Some((draft.start.as_ref()?.as_deref()?, at)))
            .collect();
        let styles: Vec<Option<(String, String)>> =
            drafts.iter().map(|draft| sheet(draft, options)).collect();
        let closures: Vec<Vec<usize>> = (0..drafts.len()).map(|at| closure(&drafts, at)).collect();
        let first: BTreeSet<usize> = closures.first().into_iter().flatten().copied().collect();
        let needs = |chunk: usize| -> Vec<usize> {
            let all = closures[chunk].iter().copied();
            all.filter(|at| !first.contains(at)).collect()
        };
        let own: Vec<ContentHash> = drafts
            .iter()
            .map(|draft| {
                let mut hasher = ContentHasher::new().field(&draft.name);
                for part in &draft.parts {
                    hasher = match part {
                        Part::Text(text) => hasher.field(text),
                        // It makes no other code, and another map.
                        Part::From(id, line, column) => {
                            hasher.field(format!("{id}:{line}:{column}"))
                        }
                        _ => hasher.field("\0"),
                    };
                }
                hasher.finish()
            })
            .collect();
        let refers: Vec<BTreeSet<usize>> = drafts
            .iter()
            .map(|draft| {
                let parts = draft.parts.iter();
                let parts = parts.flat_map(|part| match part {
                    Part::File(File::Chunk(at) | File::Local(at)) => vec![*at],
                    Part::File(File::Needs(at)) => needs(*at),
                    Part::File(File::Worker(id)) => {
                        workers.get(id.as_str()).copied().into_iter().collect()
                    }
                    _ => Vec::new(),
                });
                parts.collect()
            })
            .collect();
        let paths: Vec<String> = (0..drafts.len())
            .map(|at| {
                let mut hasher = ContentHasher::new()
                    .field(options.base)
                    .field(own[at].bytes());
                for other in reachable(&refers, at) {
                    let css = styles[other].as_ref().map_or("", |(path, _)| path);
                    hasher = hasher.field(own[other].bytes()).field(css);
                }
                let name = &drafts[at].name;
                format!("{}/{name}-{}.js", options.folder, hasher.finish().short())
            })
            .collect();
        let url = |path: &str| quoted(&format!("{}{path}", options.base));
        let mut output = Output::default();
        for (at, draft) in drafts.iter().enumerate() {
            let mut code = String::new();
            let mut map = Map::new(&draft.sources);
            for part in &draft.parts {
                match part {
                    Part::From(id, line, column) => map.from(&code, id, *line, *column),
                    Part::Text(text) => code.push_str(text),
                    Part::File(File::Chunk(at) | File::Local(at)) => {
                        let name = paths[*at].rsplit('/').next().unwrap_or_default();
                        code.push_str(&quoted(&format!("./{name}")));
                    }
                    Part::File(File::Needs(chunk)) => {
                        let needs = needs(*chunk);
                        let sheets = needs.iter().rev().filter_map(|at| styles[*at].as_ref());
                        let sheets = sheets.map(|(path, _)| url(path));
                        let scripts = needs.iter().map(|at| url(&paths[*at]));
                        let all: Vec<String> = scripts.chain(sheets).collect();
                        code.push_str(&format!("[{}]", all.join(",")));
                    }
                    Part::File(File::Worker(id)) => {
                        let path = workers.get(id.as_str()).map(|at| &paths[*at]);
                        code.push_str(&path.map_or_else(|| "\"\"".to_owned(), |path| url(path)));
                    }
                    Part::Symbol(_) | Part::Evaluated(_) | Part::Given(..) => {}
                }
            }
            if let Some(map) = map.finish() {
                let path = format!("{}.map", paths[at]);
                let name = path.rsplit('/').next().unwrap_or_default();
                code.push_str(&format!("\n//# sourceMappingURL={name}\n"));
                output.files.insert(path, map);
            }
            output.files.insert(paths[at].clone(), code);
            if let Some((path, css)) = &styles[at] {
                output.files.insert(path.clone(), css.clone());
            }
            match &draft.start {
                Some(Some(id)) => {
                    output.workers.insert(id.clone(), paths[at].clone());
                }
                Some(None) => output.pages.push(Entry {
                    script: paths[at].clone(),
                    preloads: closures[at][1..]
                        .iter()
                        .map(|at| paths[*at].clone())
                        .collect(),
                    styles: {
                        let sheets = closures[at].iter().rev();
                        let sheets = sheets.filter_map(|at| styles[*at].as_ref());
                        sheets.map(|(path, _)| path.clone()).collect()
                    },
                }),
                None => {}
            }
        }
        output
    }
}

/// A chunk's style sheet: its path and its text.
fn sheet(draft: &ChunkDraft, options: &Options<'_>) -> Option<(String, String)> {
    let worker = matches!(draft.start, Some(Some(_)));
    let parts = draft.css.iter().map(|css| css.trim());
    let css = parts
        .filter(|css| !css.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    if css.is_empty() || worker {
        return None;
    }
    let hash = ContentHash::of(css.as_bytes()).short();
    let path = format!("{}/{}-{hash}.css", options.folder, draft.name);
    Some((path, css))
}

/// A chunk and what it imports, itself first and what is evaluated first last.
fn closure(drafts: &[ChunkDraft], chunk: usize) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::from([chunk]);
    let mut path = vec![(chunk, 0)];
    while let Some((at, next)) = path.last_mut() {
        match drafts[*at].imports.get(*next) {
            Some(import) => {
                *next += 1;
                if seen.insert(*import) {
                    path.push((*import, 0));
                }
            }
            None => {
                order.push(*at);
                path.pop();
            }
        }
    }
    order.reverse();
    order
}

fn reachable(refers: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<usize> = vec![from];
    while let Some(at) = waiting.pop() {
        if found.insert(at) {
            waiting.extend(&refers[at]);
        }
    }
    found
}
