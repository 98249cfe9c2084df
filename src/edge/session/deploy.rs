//! Building the current version for a deployment, whose files go to R2 and stay there.

use super::{
    Session,
    build::{Remembered, UnderWay, contents},
    cache::Stored,
    tree::{Answer, Stop},
};
use crate::{
    adapters::{BoundCompiler, Bucket, WallClock},
    deployments::{content_key, manifest_key},
    packages::BoundPackages,
    runtime,
};
use futures_util::{StreamExt, stream};
use overskill_diagnostics::Diagnostic;
use overskill_flows::build::{Preview, Purpose, Source, Workshop, build};
use overskill_model::{AppId, ContentHash};
use overskill_ports::{Blobs, Clock, Fault};
use overskill_protocol::{BuildProgress, Outcome, Tier};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

/// How many contents are written at a time.
const WRITES: usize = 8;

impl Session {
    /// Builds the version that is current now, and stores what it is made of under `id`.
    pub(super) async fn deploy(
        &self,
        app: &AppId,
        id: &str,
        tier: Tier,
        hear: &dyn Fn(BuildProgress),
    ) -> Result<Answer, Stop> {
        let started = WallClock.now();
        let (version, files, sql, previous, variables, registries) = self.with(|tree| {
            tree.alive()?;
            Ok((
                tree.version,
                tree.files.clone(),
                tree.sql.clone(),
                tree.lock.clone(),
                tree.variables.clone(),
                self.registries(tree),
            ))
        })?;
        let read = |hash: &ContentHash| contents(&sql, hash);
        let cache = Stored {
            modules: &self.modules,
            sql: &sql,
            used: RefCell::default(),
            scanned: RefCell::default(),
            rates: Cell::default(),
        };
        let packages = Remembered {
            sql: &sql,
            bound: BoundPackages {
                env: &self.env,
                hear,
                rates: Cell::default(),
            },
            counts: &self.counts,
        };
        let variables: BTreeMap<String, String> = variables
            .into_iter()
            .map(|(name, value)| (String::from(name), value))
            .collect();
        let workshop = Workshop {
            compiler: &BoundCompiler::new(&self.env),
            packages: &packages,
            cache: &cache,
            clock: &WallClock,
            runtime: runtime::address(),
            registries,
            previous,
            purpose: match tier {
                Tier::Preview => Purpose::Preview,
                Tier::Production => Purpose::Production,
            },
            variables: &variables,
            hear,
        };
        let source = Source {
            files: &files,
            read: &read,
        };
        let under_way = UnderWay::begin(&self.building);
        let built = build(&source, &workshop).await;
        let mut timings = built.timings;
        let (live, count, bytes) = match &built.preview {
            None => (false, 0, 0),
            Some(preview) => {
                let started = WallClock.now();
                let bytes = self.store(app, id, preview, &read).await;
                let bytes = bytes.map_err(|fault| Stop::Fault(fault.0))?;
                timings.publish = WallClock.now() - started;
                (true, preview.files.len() as u64 + 1, bytes)
            }
        };
        drop(under_way);
        timings.total = WallClock.now() - started;
        let diagnostics: Vec<Diagnostic> = built.diagnostics;
        let outcome = Outcome::Deployed {
            version,
            live,
            files: count,
            bytes,
            timings,
            diagnostics,
        };
        Ok((outcome, Vec::new()))
    }

    /// Stores a build; its list last, so that what is listed is there. Gives the size of all of it.
    async fn store(
        &self,
        app: &AppId,
        id: &str,
        preview: &Preview,
        read: &dyn Fn(&ContentHash) -> Option<Vec<u8>>,
    ) -> Result<u64, Fault> {
        let bucket = Bucket { env: &self.env };
        let named = preview.files.values().map(|file| file.hash);
        let named: BTreeSet<ContentHash> = named.chain([preview.page]).collect();
        let puts = named.into_iter().map(|hash| {
            let bucket = &bucket;
            async move {
                let made = preview.made.get(&hash).cloned();
                let content = made.or_else(|| read(&hash));
                let content = content.ok_or_else(|| Fault(format!("{hash} is gone")))?;
                let size = content.len() as u64;
                let key = content_key(app, &hash.to_string());
                bucket.put(&key, content).await?;
                Ok::<u64, Fault>(size)
            }
        });
        let sizes: Vec<Result<u64, Fault>> = stream::iter(puts).buffered(WRITES).collect().await;
        let bytes = sizes.into_iter().sum::<Result<u64, Fault>>()?;
        let manifest = serde_json::to_vec(preview).map_err(|error| Fault(error.to_string()))?;
        bucket.put(&manifest_key(app, id), manifest).await?;
        Ok(bytes)
    }
}
