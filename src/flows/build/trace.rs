//! What something was made from, so that it can be used again for every tree in which that is the same.

use crate::tree::Files;
use overskill_model::{ContentHash, ModulePath};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

/// What is read of a tree while something is made from it.
#[derive(Default)]
pub(super) struct Trace {
    read: RefCell<BTreeMap<ModulePath, ContentHash>>,
    volatile: Cell<bool>,
}

impl Trace {
    /// Notes that a file's content was read.
    pub fn note(&self, path: &ModulePath, hash: &ContentHash) {
        self.read.borrow_mut().insert(path.clone(), *hash);
    }

    /// Notes that it depends on something outside the tree, if only on its failing, so that the same tree may give
    /// something else next time.
    pub fn spoil(&self) {
        self.volatile.set(true);
    }
}

/// Something made from a tree, with what it was made from: the contents that were read, and all the paths there were.
pub(super) struct Traced<T> {
    paths: Vec<ModulePath>,
    read: BTreeMap<ModulePath, ContentHash>,
    value: T,
}

impl<T> Traced<T> {
    /// Keeps `value`, unless it depends on something outside the tree.
    pub fn new(files: &Files, trace: Trace, value: T) -> Option<Self> {
        (!trace.volatile.get()).then(|| Self {
            paths: files.keys().cloned().collect(),
            read: trace.read.into_inner(),
            value,
        })
    }

    /// The value, whatever the files are.
    #[cfg(test)]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, where `files` would give the same.
    pub fn get(&self, files: &Files) -> Option<&T> {
        let same = |(path, hash): (&ModulePath, &ContentHash)| {
            files.get(path).is_some_and(|info| info.hash == *hash)
        };
        let holds = self.paths.len() == files.len()
            && self.paths.iter().eq(files.keys())
            && self.read.iter().all(same);
        holds.then_some(&self.value)
    }
}
