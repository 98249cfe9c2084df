//! A store in memory that can be told to fail.

use crate::{Blobs, Fault, Store};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

/// Blobs in memory.
#[derive(Default)]
pub struct MemoryBlobs {
    blobs: RefCell<BTreeMap<String, Vec<u8>>>,
    failures: Cell<usize>,
    /// How many calls still go well, where one is to fail then.
    until: Cell<Option<usize>>,
}

impl MemoryBlobs {
    /// Makes the next `count` calls fail.
    pub fn fail_next(&self, count: usize) {
        self.failures.set(count);
    }

    /// Makes one call fail, after `count` that go well.
    pub fn fail_after(&self, count: usize) {
        self.until.set(Some(count));
    }

    /// Whether the call that `fail_after` speaks of has come.
    pub fn has_failed(&self) -> bool {
        self.until.get().is_none()
    }

    /// The keys that hold something, in order.
    pub fn keys(&self) -> Vec<String> {
        self.blobs.borrow().keys().cloned().collect()
    }

    fn maybe_fail(&self) -> Result<(), Fault> {
        match self.until.get() {
            Some(0) => {
                self.until.set(None);
                return Err(Fault("the store is told to fail".to_owned()));
            }
            left => self.until.set(left.map(|left| left - 1)),
        }
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

impl Store for MemoryBlobs {
    async fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, Fault> {
        self.maybe_fail()?;
        let blobs = self.blobs.borrow();
        let held = blobs.iter().filter(|(key, _)| key.starts_with(folder));
        Ok(held
            .map(|(key, bytes)| (key.clone(), bytes.len() as u64))
            .collect())
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), Fault> {
        self.maybe_fail()?;
        for key in keys {
            self.blobs.borrow_mut().remove(&key);
        }
        Ok(())
    }
}
