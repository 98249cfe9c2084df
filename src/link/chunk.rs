//! Writing a chunk: definitions of modules, one factory a line group, and the indexed source map over them.

use overskill_model::{ContentHash, ContentHasher};
use overskill_module::{Digest, ModuleFormat, line_terminators};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write};

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
    /// Globals by dotted name, Vite's `define`: a value in a list of one, or the dotted name of another global.
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

/// Writes a chunk of `modules` in their order, starting with the lines of `prelude` and ending with `boot` where there
/// is one. Its hash is that of its code.
pub fn write_chunk(prelude: &str, modules: &[ChunkModule<'_>], boot: Option<&Boot>) -> Chunk {
    let chunk = write_parts(prelude, modules, boot);
    Chunk {
        hash: ContentHash::of(chunk.code.as_bytes()),
        ..chunk
    }
}

/// The same with a hash over the parts, those of modules that were hashed before by their digests.
pub(crate) fn write_parts(
    prelude: &str,
    modules: &[ChunkModule<'_>],
    boot: Option<&Boot>,
) -> Chunk {
    let size = modules.iter().map(|module| module.code.len() + 256).sum();
    let mut code = String::with_capacity(size);
    let mut sections = Vec::new();
    let mut line = 1 + line_terminators(prelude);
    let mut parts = ContentHasher::new().field(prelude);
    let mut maps = ContentHasher::new();
    code.push_str(prelude);
    code.push_str("__overskill__.define([\n");
    for module in modules {
        let header = Header {
            k: match module.format {
                ModuleFormat::Esm => "esm",
                ModuleFormat::CommonJs => "cjs",
            },
            n: module.node_importer.into(),
            a: module.top_level_await.into(),
            i: module.imports,
            d: module.others,
            u: module.urls,
            w: module.workers,
            g: module.globs,
        };
        let start = code.len();
        let _ = writeln!(code, "[{},{},", json(module.id), json(&header));
        let digest = match module.digest {
            Some(digest) => *digest,
            None => Digest {
                code: ContentHash::of(module.code.trim_end().as_bytes()),
                lines: line_terminators(module.code.trim_end()),
                map: ContentHash::of(module.map.as_bytes()),
            },
        };
        parts = parts.field(&code[start..]).field(digest.code.bytes());
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
    }
    code.push_str("]);\n");
    if let Some(boot) = boot {
        let start = code.len();
        let _ = writeln!(code, "__overskill__.boot({});", json(boot));
        parts = parts.field(&code[start..]);
    }
    let map = (!sections.is_empty()).then(|| ChunkMap {
        text: indexed_map(&sections),
        hash: maps.finish(),
    });
    Chunk {
        code,
        hash: parts.finish(),
        map,
    }
}

fn indexed_map(sections: &[(usize, &str)]) -> String {
    let size = sections.iter().map(|(_, section)| section.len() + 64).sum();
    let mut map = String::with_capacity(size);
    map.push_str("{\"version\":3,\"sections\":[");
    for (at, (line, section)) in sections.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(
            map,
            "{comma}{{\"offset\":{{\"line\":{line},\"column\":0}},\"map\":{section}}}"
        );
    }
    map.push_str("]}");
    map
}

fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists always serialise")
}
