//! Writing a chunk: definitions of modules, one factory a line group, and the indexed source map over them.

use overskill_model::{ContentHash, ContentHasher};
use overskill_module::{Digest, ModuleFormat, line_terminators};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write, ops::Range, rc::Rc};

/// What a definition means, in digits that are enough to tell the versions of one module apart: FNV-1a
/// (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv) over its header and the hash of its code. Every module's is
/// asked for at every build, so it has to be quick, and nobody gains by two that are equal.
fn meant(header: &str, digest: &Digest) -> String {
    let bytes = header.bytes().chain(digest.meaning.bytes().iter().copied());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:012x}", hash >> 16 ^ hash & 0xffff)
}

/// One module as it stands in a chunk. See ARCHITECTURE.md, "The module format".
#[derive(Debug, Clone, Copy)]
pub struct ChunkModule<'a> {
    /// Its id: `/src/App.tsx`, `npm:react@19.3.1/index.js`.
    pub id: &'a str,
    /// How its factory is called.
    pub format: ModuleFormat,
    /// Whether it imports CommonJS as Node does.
    pub node_importer: bool,
    /// Whether it awaits at its top level.
    pub top_level_await: bool,
    /// Whether it updates itself by React Refresh's rules.
    pub refresh: bool,
    /// Whether it passes on names of others and does nothing else, so that it may be set up anew at any time.
    pub view: bool,
    /// Whether it is a style sheet.
    pub style: bool,
    /// Static imports, `(specifier, id)` in source order; `None` where an optional one is missing.
    pub imports: &'a [(String, Option<String>)],
    /// Dynamic imports and requires.
    pub others: &'a [(String, Option<String>)],
    /// Assets, `(specifier, url)`.
    pub urls: &'a [(String, String)],
    /// Workers, `(specifier, "module" or "classic", url)`.
    pub workers: &'a [(String, &'static str, String)],
    /// Sets of files; `None` for one that is not known.
    pub globs: &'a [Option<GlobTable>],
    /// The factory.
    pub code: &'a str,
    /// The source map of `code`, or empty.
    pub map: &'a str,
    /// What is known of `code` and `map`, where that is.
    pub digest: Option<&'a Digest>,
}

/// A set of files as a module's factory gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GlobTable {
    /// Whether its modules are among the static imports.
    #[serde(rename = "e", skip_serializing_if = "std::ops::Not::not")]
    pub eager: bool,
    /// Whether only the keys are wanted.
    #[serde(rename = "k", skip_serializing_if = "std::ops::Not::not")]
    pub keys: bool,
    /// The one export that is wanted.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// `(key, id)`, in order.
    #[serde(rename = "f")]
    pub files: Vec<(String, Option<String>)>,
}

/// A script and where its modules start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The script.
    pub code: String,
    /// The name it is served under: equal for equal code, and for no other.
    pub hash: ContentHash,
    /// An indexed source map; `None` when no module has a map.
    pub map: Option<ChunkMap>,
    /// The modules that an update may replace, in the script's order; none of packages.
    pub definitions: Vec<Definition>,
}

/// A module's place in a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its id.
    pub id: String,
    /// What it means, as hexadecimal digits: two definitions of an id with equal ones are the same to whoever runs them.
    pub meaning: String,
    /// Whether it is a style sheet.
    pub style: bool,
    /// Where it stands in the script, its line end included.
    code: Range<usize>,
    /// How many lines that is.
    lines: usize,
    /// Where its map stands in the chunk's map; empty where it has none.
    map: Range<usize>,
}

/// An indexed source map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkMap {
    /// JSON.
    pub text: String,
    /// Equal for equal texts, and for no others.
    pub hash: ContentHash,
}

/// What the app's chunk starts with when it has run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Boot {
    /// Ids of the entries, in the page's order.
    pub entries: Vec<String>,
    /// What the app sees of its environment.
    #[serde(flatten)]
    pub values: BootValues,
}

/// What an app sees of its environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BootValues {
    /// `import.meta.env`.
    pub env: BTreeMap<String, serde_json::Value>,
    /// Globals by dotted name, Vite's `define`: a value in a list of one, an empty list for
    /// `undefined`, or the dotted name of another global.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub define: BTreeMap<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Header<'a> {
    k: &'static str,
    #[serde(skip_serializing_if = "is_zero")]
    n: u8,
    #[serde(skip_serializing_if = "is_zero")]
    a: u8,
    #[serde(skip_serializing_if = "is_zero")]
    r: u8,
    #[serde(skip_serializing_if = "is_zero")]
    v: u8,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    i: &'a [(String, Option<String>)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    d: &'a [(String, Option<String>)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    u: &'a [(String, String)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    w: &'a [(String, &'static str, String)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    g: &'a [Option<GlobTable>],
}

fn is_zero(value: &u8) -> bool {
    *value == 0
}

/// What a chunk says ahead of a module's code, and what of it is asked for every time that it is written.
#[derive(Debug)]
pub(crate) struct Piece {
    head: String,
    meaning: String,
    hash: ContentHash,
    digest: Digest,
}

/// A module as it goes into a chunk.
pub(crate) struct Part<'a> {
    pub id: &'a str,
    pub style: bool,
    pub code: &'a str,
    pub map: &'a str,
    pub piece: Rc<Piece>,
}

impl Piece {
    fn new(module: &ChunkModule<'_>, named: bool) -> Self {
        let digest = match module.digest {
            Some(digest) => *digest,
            None => Digest::of(module.code, module.map),
        };
        let mut header = json(&module.header());
        let mut meaning = String::new();
        if named {
            meaning = meant(&header, &digest);
            header.pop();
            let _ = write!(header, ",\"h\":\"{meaning}\"}}");
        }
        let head = format!("[{},{header},\n", json(module.id));
        let hash = ContentHasher::new().field(&head).field(digest.code.bytes());
        Self {
            hash: hash.finish(),
            head,
            meaning,
            digest,
        }
    }
}

impl<'a> ChunkModule<'a> {
    /// As a part of a chunk of the app's own modules.
    pub(crate) fn part(&self) -> Part<'a> {
        self.named(true)
    }

    fn named(&self, named: bool) -> Part<'a> {
        Part {
            id: self.id,
            style: self.style,
            code: self.code,
            map: self.map,
            piece: Rc::new(Piece::new(self, named)),
        }
    }
}

/// Writes a chunk of `modules` in their order. Its hash is that of its code.
pub fn write_chunk(modules: &[ChunkModule<'_>]) -> Chunk {
    let parts: Vec<_> = modules.iter().map(|module| module.named(false)).collect();
    let chunk = write(&parts, "", None);
    Chunk {
        hash: ContentHash::of(chunk.code.as_bytes()),
        ..chunk
    }
}

/// Writes a chunk of the app's own modules, starting with the lines of `prelude` and ending with `boot`. Its hash is one
/// over the parts, those of modules that were hashed before by their digests.
pub(crate) fn write_app(prelude: &str, parts: &[Part<'_>], boot: &Boot) -> Chunk {
    write(parts, prelude, Some(boot))
}

fn write(modules: &[Part<'_>], prelude: &str, boot: Option<&Boot>) -> Chunk {
    let size = modules.iter().map(|module| module.code.len() + 256).sum();
    let mut code = String::with_capacity(size);
    let mut sections = Vec::new();
    let mut definitions = Vec::new();
    let mut line = 1 + line_terminators(prelude);
    let mut parts = ContentHasher::new().field(prelude);
    let mut maps = ContentHasher::new();
    code.push_str(prelude);
    code.push_str("__overskill__.define([\n");
    for module in modules {
        let Piece {
            head,
            meaning,
            hash,
            digest,
        } = &*module.piece;
        let start = code.len();
        code.push_str(head);
        parts = parts.field(hash.bytes());
        line += 1;
        if !module.map.is_empty() {
            sections.push((line, module.map));
            maps = maps
                .field((line as u64).to_le_bytes())
                .field(digest.map.bytes());
        }
        code.push_str(module.code.trim_end());
        code.push_str("],\n");
        line += digest.lines + 1;
        if !meaning.is_empty() {
            definitions.push(Definition {
                id: module.id.to_owned(),
                meaning: meaning.clone(),
                style: module.style,
                code: start..code.len(),
                lines: digest.lines + 2,
                map: 0..module.map.len(),
            });
        }
    }
    code.push_str("]);\n");
    if let Some(boot) = boot {
        let start = code.len();
        let _ = writeln!(code, "__overskill__.boot({});", json(boot));
        parts = parts.field(&code[start..]);
    }
    let (text, mut places) = indexed_map(&sections);
    for definition in &mut definitions {
        if !definition.map.is_empty() {
            definition.map = places.next().unwrap_or_default();
        }
    }
    let map = (!sections.is_empty()).then(|| ChunkMap {
        text,
        hash: maps.finish(),
    });
    Chunk {
        code,
        hash: parts.finish(),
        map,
        definitions,
    }
}

impl<'a> ChunkModule<'a> {
    fn header(&self) -> Header<'a> {
        Header {
            k: match self.format {
                ModuleFormat::Esm => "esm",
                ModuleFormat::CommonJs => "cjs",
            },
            n: self.node_importer.into(),
            a: self.top_level_await.into(),
            r: self.refresh.into(),
            v: self.view.into(),
            i: self.imports,
            d: self.others,
            u: self.urls,
            w: self.workers,
            g: self.globs,
        }
    }
}

/// A script that replaces modules of a page that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The script.
    pub code: String,
    /// Its indexed map; empty where no module has one.
    pub map: String,
}

/// The patch that brings the modules `ids`, in order, of the chunk that has `definitions`, `code` and `map`; `head` is what
/// else it says, as JSON.
pub fn patch(
    definitions: &[Definition],
    code: &str,
    map: &str,
    head: &str,
    ids: &[String],
) -> Patch {
    let mut text = format!("__overskill__.stage({head},[\n");
    let mut sections = Vec::new();
    let mut line = 1 + line_terminators(head);
    for definition in definitions {
        if ids.binary_search(&definition.id).is_err() {
            continue;
        }
        text.push_str(code.get(definition.code.clone()).unwrap_or_default());
        let map = map.get(definition.map.clone()).unwrap_or_default();
        if !map.is_empty() {
            sections.push((line + 1, map));
        }
        line += definition.lines;
    }
    text.push_str("]);\n");
    Patch {
        code: text,
        map: match sections.is_empty() {
            true => String::new(),
            false => indexed_map(&sections).0,
        },
    }
}

/// An indexed map, and where in it each section's own map stands.
fn indexed_map(sections: &[(usize, &str)]) -> (String, std::vec::IntoIter<Range<usize>>) {
    let size = sections.iter().map(|(_, section)| section.len() + 64).sum();
    let mut map = String::with_capacity(size);
    let mut places = Vec::with_capacity(sections.len());
    map.push_str("{\"version\":3,\"sections\":[");
    for (at, (line, section)) in sections.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(
            map,
            "{comma}{{\"offset\":{{\"line\":{line},\"column\":0}},\"map\":"
        );
        let start = map.len();
        map.push_str(section);
        places.push(start..map.len());
        map.push('}');
    }
    map.push_str("]}");
    (map, places.into_iter())
}

fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists always serialise")
}
