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
    packages::{PackageRequest, PackageSheets, SheetRequest},
};
use overskill_packages::PackageSet;
use overskill_ports::{Clock, Fault};
use overskill_protocol::Timings;
use serde::{Serialize, de::DeserializeOwned};
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
        let (version, files, sql, previous) = {
            let mut slot = self.tree.borrow_mut();
            let tree = self.loaded(&mut slot)?;
            (
                tree.version,
                tree.files.clone(),
                tree.sql.clone(),
                tree.lock.clone(),
            )
        };
        let read = |hash: &overskill_model::ContentHash| {
            Parts::Blobs.read(&sql, &hash.to_string()).ok().flatten()
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
            clock: &clock,
            runtime: runtime::address(),
            registry: registry.as_deref(),
            previous,
            variables: &variables,
        };
        let under_way = UnderWay::begin(&self.building);
        let source = Source {
            files: &files,
            read: &read,
        };
        let built: Built = build(&source, &workshop).await;
        drop(under_way);
        let chosen = built.lock.is_some() && built.lock != workshop.previous;
        cache.settle();
        let started = clock.now();
        let diagnostics = built.diagnostics.clone();
        let mut timings = built.timings;
        let retry = built.retry;
        self.with(|tree| tree.publish(version, built))?;
        timings.publish = clock.now() - started;
        if retry || chosen {
            // The alarm that was set before may have gone off while this was being built.
            self.arm().await?;
        }
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
        if let Some(set) = self.known(&key) {
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

    async fn sheets(&self, request: SheetRequest) -> Result<PackageSheets, Fault> {
        let mut asked = request.clone();
        asked.request.previous = None;
        let key = asked.key().to_string();
        if let Some(sheets) = self.known(&key) {
            return Ok(sheets);
        }
        let sheets = self.bound.sheets(request).await?;
        let told = sheets.diagnostics.iter();
        if !told.clone().any(|at| at.diagnostic.is_error())
            && let Err(error) = self.keep(&key, &sheets)
        {
            worker::console_warn!("sheets of packages are not kept: {error}");
        }
        Ok(sheets)
    }
}

impl Remembered<'_> {
    fn known<A: DeserializeOwned>(&self, key: &str) -> Option<A> {
        let query = "SELECT value FROM packages WHERE key = ?";
        let rows = sql::rows(self.sql, query, vec![key.into()]).ok()?;
        serde_json::from_str(&rows.into_iter().find_map(sql::text)?).ok()
    }

    /// Keeps an answer; when there are too many, no other.
    fn keep(&self, key: &str, set: &impl Serialize) -> worker::Result<()> {
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
