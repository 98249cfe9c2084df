//! The outside world as building packages sees it, and what it tells while it works.

use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// What building packages needs.
pub struct Supplies<'a, B, H, C, K> {
    /// The store.
    pub blobs: &'a B,
    /// The registries.
    pub http: &'a H,
    /// The compiler Worker.
    pub compiler: &'a C,
    /// For how old an answer of a registry is.
    pub clock: &'a K,
    /// How the caches did.
    pub tally: &'a Tally,
    /// Hears how far it is.
    pub hear: &'a dyn Fn(Progress),
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Choosing versions; counted in packages asked about.
    Resolve,
    /// Fetching packages.
    Fetch,
    /// Compiling their modules.
    Compile,
}

/// How far a build of packages is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// In what.
    pub phase: Phase,
    /// How many are done.
    pub done: usize,
    /// Of how many that are known of by now; more may come.
    pub total: usize,
}

/// What was found in a cache, and what wasn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rate {
    /// Found.
    pub hits: u64,
    /// Not found.
    pub misses: u64,
}

impl Rate {
    /// Counts a question.
    pub fn count(&mut self, hit: bool, times: usize) {
        match hit {
            true => self.hits += times as u64,
            false => self.misses += times as u64,
        }
    }
}

/// How the caches did during a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rates {
    /// Whole sets, by request.
    pub sets: Rate,
    /// What registries say of packages.
    pub packuments: Rate,
    /// Packages' tarballs, where they were needed at all.
    pub tarballs: Rate,
    /// What is known of a version without its tarball.
    pub versions: Rate,
    /// Compiled modules.
    pub modules: Rate,
}

/// Counts while a build runs.
#[derive(Debug, Default)]
pub struct Tally(Cell<Rates>);

impl Tally {
    /// What was counted.
    pub fn rates(&self) -> Rates {
        self.0.get()
    }

    pub(super) fn count(&self, cache: fn(&mut Rates) -> &mut Rate, hit: bool, times: usize) {
        let mut rates = self.0.get();
        cache(&mut rates).count(hit, times);
        self.0.set(rates);
    }
}
