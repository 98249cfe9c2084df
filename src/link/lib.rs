//! Facts in; graph, order, chunks and import checks out.

mod app;
mod chunk;
mod exports;
mod graph;
mod resolve;

pub use app::{Linked, PackageTarget, link, style_factory, stylesheet};
pub use chunk::{Boot, Chunk, ChunkModule, write_chunk};
pub use graph::{App, Graph, asset_url, walk};
pub use resolve::Alias;
