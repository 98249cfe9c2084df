//! Building the current version with the platform behind the ports.

use super::{AppSession, cache::Stored, parts::Parts, sql, tree::Stop};
use crate::{
    adapters::{BoundCompiler, WallClock},
    packages::BoundPackages,
    runtime,
};
use overskill_diagnostics::Diagnostic;
use overskill_flows::{
    build::{Built, Packages, Source, Workshop, build},
    packages::PackageRequest,
};
use overskill_packages::PackageSet;
use overskill_ports::{Clock, Fault};
use overskill_protocol::Timings;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};
use worker::SqlStorage;

/// How many package sets an app keeps: each change of what it imports makes one.
const PACKAGE_SETS: usize = 32;

impl AppSession {
    /// Builds the version that is current now, and publishes it unless a newer one was built meanwhile.
    pub(super) async fn build(&self) -> Result<(Vec<Diagnostic>, Timings), Stop> {
        let (version, files, sql, previous, written) = {
            let mut slot = self.tree.borrow_mut();
            let tree = self.loaded(&mut slot)?;
            (
                tree.version,
                tree.files.clone(),
                tree.sql.clone(),
                tree.lock.clone(),
                tree.written.clone(),
            )
        };
        let read = |hash: &overskill_model::ContentHash| match written.get(hash) {
            Some(bytes) => Some(bytes.clone()),
            None => Parts::Blobs.read(&sql, &hash.to_string()).ok().flatten(),
        };
        let cache = Stored {
            modules: &self.modules,
            sql: &sql,
            used: RefCell::default(),
            scanned: RefCell::default(),
        };
        let compiler = BoundCompiler { env: &self.env };
        let packages = Remembered {
            sql: &sql,
            bound: BoundPackages { env: &self.env },
        };
        let registry = self.env.var("NPM_REGISTRY").ok().map(|var| var.to_string());
        let registry = registry.filter(|address| !address.is_empty());
        let clock = WallClock;
        let variables = BTreeMap::new();
        let workshop = Workshop {
            compiler: &compiler,
            packages: &packages,
            cache: &cache,
            memory: &self.memory,
            clock: &clock,
            runtime: runtime::address(),
            registry: registry.as_deref(),
            previous,
            variables: &variables,
        };
        let under_way = UnderWay::begin(&self.building);
        let source = Source::new(&files, &read);
        let built: Built = build(&source, &workshop).await;
        drop(under_way);
        cache.settle();
        let started = clock.now();
        let diagnostics = built.diagnostics.clone();
        let mut timings = built.timings;
        self.with(|tree| tree.publish(version, built))?;
        timings.publish = clock.now() - started;
        // The alarm that was set before may have gone off while this was being built.
        self.arm().await?;
        Ok((diagnostics, timings))
    }
}

/// Counts a build while it runs, also where it is given up half-way.
struct UnderWay<'a>(&'a Cell<usize>);

impl<'a> UnderWay<'a> {
    fn begin(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Packages built for this app before are not asked for again.
struct Remembered<'a> {
    sql: &'a SqlStorage,
    bound: BoundPackages<'a>,
}

impl Packages for Remembered<'_> {
    async fn build(&self, request: PackageRequest) -> Result<PackageSet, Fault> {
        // What was chosen before is the answer's business, not the question's.
        let asked = PackageRequest {
            previous: None,
            ..request.clone()
        };
        let key = asked.key().to_string();
        let query = "SELECT value FROM packages WHERE key = ?";
        let known = sql::rows(self.sql, query, vec![key.as_str().into()])
            .ok()
            .and_then(|rows| rows.into_iter().find_map(sql::text))
            .and_then(|text| serde_json::from_str(&text).ok());
        if let Some(set) = known {
            return Ok(set);
        }
        let set = self.bound.build(request).await?;
        if set.is_ok()
            && let Err(error) = self.keep(&key, &set)
        {
            worker::console_warn!("a package set is not kept: {error}");
        }
        Ok(set)
    }
}

impl Remembered<'_> {
    /// Keeps a set; when there are too many, no other.
    fn keep(&self, key: &str, set: &PackageSet) -> worker::Result<()> {
        let known = sql::rows(self.sql, "SELECT key FROM packages", vec![])?;
        if known.len() >= PACKAGE_SETS {
            sql::run(self.sql, "DELETE FROM packages", vec![])?;
        }
        let values = vec![key.into(), serde_json::to_string(set)?.into()];
        sql::run(
            self.sql,
            "INSERT OR REPLACE INTO packages (key, value) VALUES (?, ?)",
            values,
        )
    }
}
