//! Facts in; graph, order, chunks and import checks out.

mod app;
mod chunk;
mod exports;
mod graph;
mod resolve;
mod rules;
mod styles;
#[cfg(test)]
mod tests;

pub use app::{Linked, PackageTarget, link};
pub use chunk::{Boot, BootValues, Chunk, ChunkModule, write_chunk};
pub use graph::{App, Graph, asset_url, walk};
pub use resolve::{Local, LocalPackages, NoLocalPackages};
pub use rules::{Alias, Find, PathPattern, PathScope, ResolveRules};
pub use styles::{style_factory, stylesheet};
