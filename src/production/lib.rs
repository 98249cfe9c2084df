//! The production linker: modules with marks → chunks for browsers and servers. Leaves out what nobody uses, splits at dynamic
//! imports, gives short names, and names files by their content.

mod bindings;
mod bits;
mod chunks;
mod files;
mod helpers;
mod map;
mod order;
mod program;
mod shake;
mod write;

pub use files::{Entry, Output};
pub use program::{Computed, GlobTable, Module, Target};

use program::Program;
use std::collections::BTreeMap;

/// How an app is linked.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Where the app is served, with a slash at both ends.
    pub base: &'a str,
    /// The folder of the output, without slashes.
    pub folder: &'a str,
    /// Where the first chunk is cut, in bytes of code.
    pub chunk_bytes: usize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            base: "/",
            folder: "assets",
            chunk_bytes: 500 << 10,
        }
    }
}

/// What a page or a worker starts.
#[derive(Debug, Clone)]
pub struct Start {
    /// The files' name.
    pub name: String,
    /// The ids of its modules, in order.
    pub entries: Vec<String>,
    /// For a worker, what modules call it: the id that [`Target::Worker`] has. All it needs goes into one file.
    pub worker: Option<String>,
    /// Whether its first chunk has the default export of the one entry.
    pub exports: bool,
}

/// Links. The first of the starts is the page; output and order are a function of the arguments alone.
pub fn link(
    modules: &BTreeMap<String, Module<'_>>,
    starts: &[Start],
    options: &Options<'_>,
) -> Output {
    let mut drafts = files::Drafts::default();
    for start in starts {
        let program = Program::new(modules, &start.entries);
        let live = shake::shake(&program, start.worker.is_some(), start.exports);
        let plan = chunks::plan(&program, &live, start, options);
        write::write(&program, &live, &plan, start, &mut drafts);
    }
    drafts.finish(options)
}

#[cfg(test)]
mod tests;
