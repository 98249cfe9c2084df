//! Building the current version with the platform behind the ports.

use super::{
    Session,
    cache::Stored,
    parts::Parts,
    sql,
    tree::{Stop, Tree},
};
use crate::{config::sealer, packages::BoundPackages, runtime};
use overskill_diagnostics::Diagnostic;
use overskill_flows::{
    build::{Built, Packages, Purpose, Source, Workshop, build},
    metrics::{BuildOutcome, Cache, Counts},
    packages::{PackageRequest, PackageSheets, Rate, Registries, SheetRequest, listing},
    registries::{addresses, opened},
    tree::Files,
    usage::Meter,
};
use overskill_model::{AppId, ContentHash};
use overskill_packages::{Lock, PackageSet};
use overskill_platform::{BoundCompiler, WallClock, tally};
use overskill_ports::{Clock, Fault};
use overskill_protocol::{BuildProgress, Envelope, PackageList, Timings, VariableName};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};
use worker::SqlStorage;

/// How many package sets an app keeps: each change of what it imports makes one.
const PACKAGE_SETS: usize = 32;

/// What became of a version.
#[derive(Default)]
pub(super) struct Build {
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What open pages were told.
    pub(super) update: Option<Box<Envelope>>,
    pub(super) timings: Timings,
}

/// A version of the app as it was when somebody set out to build it.
pub(super) struct Snapshot {
    pub(super) version: u64,
    files: Files,
    sql: SqlStorage,
    previous: Option<Rc<Lock>>,
    written: Rc<BTreeMap<ContentHash, Vec<u8>>>,
    pub(super) variables: BTreeMap<String, String>,
    registries: Result<Registries, Box<Diagnostic>>,
}

/// What of a version has to be kept to build it later.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    version: u64,
    files: Files,
    variables: BTreeMap<String, String>,
    previous: Option<Lock>,
}

impl Kept {
    pub(super) fn new(
        version: u64,
        files: Files,
        variables: BTreeMap<VariableName, String>,
        previous: Option<Lock>,
    ) -> Self {
        let variables = variables.into_iter();
        Self {
            version,
            files,
            variables: variables
                .map(|(name, value)| (String::from(name), value))
                .collect(),
            previous,
        }
    }

    /// The contents that it refers to.
    pub(super) fn contents(&self) -> impl Iterator<Item = ContentHash> {
        self.files.values().map(|info| info.hash)
    }
}

impl Snapshot {
    /// What of it has to be kept.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            version: self.version,
            files: self.files.clone(),
            variables: self.variables.clone(),
            previous: self.previous.as_deref().cloned(),
        }
    }

    /// A content that one of its files has.
    pub(super) fn read(&self, hash: &ContentHash) -> Option<Vec<u8>> {
        match self.written.get(hash) {
            Some(bytes) => Some(bytes.clone()),
            None => contents(&self.sql, hash),
        }
    }
}

impl Session {
    /// Builds the version that is current now, and publishes it unless a newer one was built meanwhile.
    pub(super) async fn build(&self, hear: &dyn Fn(BuildProgress)) -> Result<Build, Stop> {
        let hear = |progress| {
            self.progress.set(Some(progress));
            hear(progress);
        };
        let snapshot = self.snapshot()?;
        let under_way = UnderWay::begin(&self.building);
        self.progress.set(None);
        let built = self.run(&snapshot, Purpose::Preview, true, &hear).await;
        drop(under_way);
        let started = WallClock.now();
        let diagnostics = built.diagnostics.clone();
        let mut timings = built.timings;
        let retry = built.retry;
        let now = worker::Date::now().as_millis();
        let told = self.with(|tree| tree.publish(snapshot.version, built, now))?;
        timings.publish = WallClock.now() - started;
        if let Some(told) = &told {
            // What is sent waits for what was written before it, and for nothing that is written after it.
            self.announce(&told.envelope, told.code.as_deref());
            self.with(|tree| tree.keep(told, &timings))?;
        }
        self.count(|counts| {
            let failed = diagnostics.iter().any(Diagnostic::is_error);
            let outcome = match (retry, failed) {
                (true, _) => BuildOutcome::Unavailable,
                (false, true) => BuildOutcome::Failed,
                (false, false) => BuildOutcome::Ready,
            };
            counts.build(outcome, &timings);
        });
        // The alarm that was set before may have gone off while this was being built.
        self.arm().await?;
        Ok(Build {
            diagnostics,
            update: told.map(|told| Box::new(told.envelope)),
            timings,
        })
    }

    /// The version that is current now.
    pub(super) fn snapshot(&self) -> Result<Snapshot, Stop> {
        self.with(|tree| {
            let variables = tree.variables.clone().into_iter();
            Ok(Snapshot {
                version: tree.version,
                files: tree.files.clone(),
                sql: tree.sql.clone(),
                previous: tree.lock.clone(),
                written: tree.written.clone(),
                variables: variables
                    .map(|(name, value)| (String::from(name), value))
                    .collect(),
                registries: self.registries(tree),
            })
        })
    }

    /// A version that was kept.
    pub(super) fn snapshot_of(&self, kept: &Kept) -> Result<Snapshot, Stop> {
        self.with(|tree| {
            Ok(Snapshot {
                version: kept.version,
                files: kept.files.clone(),
                sql: tree.sql.clone(),
                previous: kept.previous.clone().map(Rc::new),
                written: tree.written.clone(),
                variables: kept.variables.clone(),
                registries: self.registries(tree),
            })
        })
    }

    /// Builds a version, with the platform behind the ports; `live` is whether its pages are kept up to date.
    pub(super) async fn run(
        &self,
        snapshot: &Snapshot,
        purpose: Purpose,
        live: bool,
        hear: &dyn Fn(BuildProgress),
    ) -> Built {
        let cache = Stored {
            modules: &self.modules,
            sql: &snapshot.sql,
            used: RefCell::default(),
            scanned: RefCell::default(),
            rates: Cell::default(),
        };
        let compiler = BoundCompiler::new(&self.env);
        let packages = Remembered {
            sql: &snapshot.sql,
            bound: BoundPackages {
                env: &self.env,
                hear,
                rates: Cell::default(),
            },
            counts: &self.counts,
        };
        let workshop = Workshop {
            compiler: &compiler,
            packages: &packages,
            cache: &cache,
            memory: &self.memory,
            clock: &WallClock,
            runtime: runtime::PLAIN.address(),
            live: (purpose == Purpose::Preview && live).then(|| runtime::LIVE.address()),
            registries: snapshot.registries.clone(),
            previous: snapshot.previous.clone(),
            purpose,
            variables: &snapshot.variables,
            hear,
        };
        let read = |hash: &ContentHash| snapshot.read(hash);
        let source = Source::new(&snapshot.files, &read);
        let built = build(&source, &workshop).await;
        let spent = &built.timings;
        let spent = spent.resolve + spent.compile + spent.link + spent.publish;
        tally::count(Meter::Builds, 1.0);
        tally::count(Meter::BuildMs, spent);
        let (modules, candidates) = cache.rates.get();
        // A deployment's modules are used once; the preview's are those to be kept when there are too many.
        if live {
            cache.settle();
        }
        self.count(|counts| {
            counts.cache(Cache::Modules, modules);
            counts.cache(Cache::Candidates, candidates);
            counts.cache(Cache::TailwindDesigns, compiler.designs.get());
        });
        built
    }
}

impl Session {
    /// What the newest build chose of npm.
    pub(super) fn packages(&self, tree: &Tree) -> PackageList {
        let read = |hash: &ContentHash| contents(&tree.sql, hash);
        let source = Source::new(&tree.files, &read);
        let registries = addresses(&tree.registries.1, &self.registry().unwrap_or_default());
        let version = tree.report.version;
        match &tree.lock {
            Some(lock) => listing(version, lock, &source.dependencies(), &registries),
            None => PackageList {
                version,
                ..PackageList::default()
            },
        }
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.counts.borrow_mut());
    }

    /// Where the app's packages are, or what its author is told.
    pub(super) fn registries(&self, tree: &Tree) -> Result<Registries, Box<Diagnostic>> {
        let app = tree.app.as_ref().map_or("", AppId::as_str);
        let (registry, sealer) = (self.registry(), sealer(&self.env));
        opened(
            &tree.registries.1,
            app,
            registry.as_deref(),
            sealer.as_ref(),
        )
    }

    /// The registry of this installation.
    fn registry(&self) -> Option<String> {
        let registry = self.env.var("NPM_REGISTRY").ok().map(|var| var.to_string());
        registry.filter(|address| !address.is_empty())
    }
}

pub(super) fn contents(sql: &SqlStorage, hash: &ContentHash) -> Option<Vec<u8>> {
    Parts::Blobs.read(sql, &hash.to_string()).ok().flatten()
}

/// Counts a build while it runs, also where it is given up half-way.
pub(super) struct UnderWay<'a>(&'a Cell<usize>);

impl<'a> UnderWay<'a> {
    pub(super) fn begin(count: &'a Cell<usize>) -> Self {
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
pub(super) struct Remembered<'a> {
    pub(super) sql: &'a SqlStorage,
    pub(super) bound: BoundPackages<'a>,
    pub(super) counts: &'a RefCell<Counts>,
}

impl Packages for Remembered<'_> {
    async fn build(&self, request: PackageRequest) -> Result<PackageSet, Fault> {
        // What was chosen before is the answer's business, not the question's.
        let asked = PackageRequest {
            previous: None,
            ..request.clone()
        };
        let key = asked.key().to_string();
        let known = self.known(&key);
        let mut rate = Rate::default();
        rate.count(known.is_some(), 1);
        self.counts.borrow_mut().cache(Cache::AppPackageSets, rate);
        if let Some(set) = known {
            return Ok(set);
        }
        let started = WallClock.now();
        let set = self.bound.build(request).await;
        let mut counts = self.counts.borrow_mut();
        counts.package_build(WallClock.now() - started);
        counts.packages(&self.bound.rates.get());
        drop(counts);
        let set = set?;
        if set.is_ok()
            && let Err(error) = self.keep(&key, &set)
        {
            worker::console_warn!("a package set is not kept: {error}");
        }
        Ok(set)
    }

    async fn chunk(&self, key: &str) -> Result<Vec<u8>, Fault> {
        self.bound.chunk(key).await
    }

    async fn sheets(&self, request: SheetRequest) -> Result<PackageSheets, Fault> {
        let mut asked = request.clone();
        asked.request.previous = None;
        let key = asked.key().to_string();
        if let Some(sheets) = self.known(&key) {
            return Ok(sheets);
        }
        let sheets = self.bound.sheets(request).await?;
        let rates = self.bound.rates.get();
        self.counts.borrow_mut().packages(&rates);
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
