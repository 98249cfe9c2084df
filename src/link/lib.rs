//! Facts in; graph, order, chunks and import checks out.

mod app;
mod assets;
mod chunk;
mod draft;
mod exports;
mod follow;
mod globs;
mod graph;
mod kept;
mod kinds;
mod known;
mod pattern;
mod production;
mod resolve;
mod rules;
mod stars;
mod styles;
mod taken;
#[cfg(test)]
mod tests;
mod wasm;
mod workers;

pub use app::{Linked, PackageTarget, Page, link};
pub use assets::{asset_url, built_sheet_url, built_url, data_url, sheet_url};
pub use chunk::{
    Boot, BootValues, Chunk, ChunkModule, Definition, GlobTable, Patch, patch, write_chunk,
};
pub use graph::{App, Graph, walk};
pub use kept::Kept;
pub use kinds::{FileFilter, Kinds};
pub use known::Resolutions;
pub use pattern::{Pattern, TooComplex};
pub use production::{Production, production};
pub use resolve::{Local, LocalPackages, NoLocalPackages};
pub use rules::{Alias, Find, PathPattern, PathScope, ResolveRules};
pub use styles::{style_factory, stylesheet};
pub use wasm::wasm_module;
pub use workers::WorkerScript;
