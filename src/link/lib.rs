//! Facts in; graph, order, chunks and import checks out.

mod chunk;

pub use chunk::{Boot, Chunk, ChunkModule, write_chunk};
