//! A store in memory that can be told to fail.

use crate::{Blobs, Fault};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

/// Blobs in memory.
#[derive(Default)]
pub struct MemoryBlobs {
    blobs: RefCell<BTreeMap<String, Vec<u8>>>,
    failures: Cell<usize>,
}

impl MemoryBlobs {
    /// Makes the next `count` calls fail.
    pub fn fail_next(&self, count: usize) {
        self.failures.set(count);
    }

    /// The keys that hold something, in order.
    pub fn keys(&self) -> Vec<String> {
        self.blobs.borrow().keys().cloned().collect()
    }

    fn maybe_fail(&self) -> Result<(), Fault> {
        match self.failures.get() {
            0 => Ok(()),
            left => {
                self.failures.set(left - 1);
                Err(Fault("the store is told to fail".to_owned()))
            }
        }
    }
}

impl Blobs for MemoryBlobs {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.maybe_fail()?;
        Ok(self.blobs.borrow().get(key).cloned())
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        self.maybe_fail()?;
        self.blobs.borrow_mut().insert(key.to_owned(), bytes);
        Ok(())
    }
}
