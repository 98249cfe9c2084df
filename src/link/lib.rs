//! Facts in; graph, order, chunks and import checks out.

mod app;
mod chunk;
mod exports;
mod graph;
mod resolve;
mod styles;
#[cfg(test)]
mod tests;

pub use app::{Linked, PackageTarget, link};
pub use chunk::{Boot, Chunk, ChunkModule, write_chunk};
pub use graph::{App, Graph, asset_url, walk};
pub use resolve::Alias;
pub use styles::{style_factory, stylesheet};
