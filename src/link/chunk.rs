//! Writing a chunk: definitions of modules, one factory a line group, and the indexed source map over them.

use overskill_model::ContentHash;
use overskill_module::ModuleFormat;
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
    /// The factory.
    pub code: &'a str,
    /// The source map of `code`, or empty.
    pub map: &'a str,
}

/// A script and where its modules start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The script.
    pub code: String,
    /// Hash of `code`: the name it is served under.
    pub hash: ContentHash,
    /// An indexed source map, JSON; `None` when no module has a map.
    pub map: Option<String>,
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
}

fn is_zero(value: &u8) -> bool {
    *value == 0
}

/// Writes a chunk of `modules` in their order, ending with `boot` where there is one.
pub fn write_chunk(modules: &[ChunkModule<'_>], boot: Option<&Boot>) -> Chunk {
    let size = modules.iter().map(|module| module.code.len() + 256).sum();
    let mut code = String::with_capacity(size);
    let mut sections = Vec::new();
    let mut line = 1;
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
        };
        let _ = writeln!(code, "[{},{},", json(module.id), json(&header));
        line += 1;
        if !module.map.is_empty() {
            sections.push((line, module.map));
        }
        let body = module.code.trim_end();
        code.push_str(body);
        code.push_str("],\n");
        line += newlines(body) + 1;
    }
    code.push_str("]);\n");
    if let Some(boot) = boot {
        let _ = writeln!(code, "__overskill__.boot({});", json(boot));
    }
    let hash = ContentHash::of(code.as_bytes());
    let map = (!sections.is_empty()).then(|| indexed_map(&sections));
    Chunk { code, hash, map }
}

/// Line terminators as source maps count them: `\n`, `\r\n`, a lone `\r`.
fn newlines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let lone = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len())
        .filter(|at| bytes[*at] == b'\n' || lone(*at))
        .count()
}

fn indexed_map(sections: &[(usize, &str)]) -> String {
    let mut map = String::from("{\"version\":3,\"sections\":[");
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
