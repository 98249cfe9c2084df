//! From a request to a chunk, over a registry in memory.
