//! Builds over a compiler and packages in memory.
