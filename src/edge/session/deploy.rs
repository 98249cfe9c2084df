//! Building the current version for a deployment, whose files go to R2 and stay there.

use super::{
    Session,
    build::{Snapshot, UnderWay},
    tree::{Answer, Stop},
};
use crate::deployments::{content_key, manifest_key};
use futures_util::{StreamExt, stream};
use overskill_diagnostics::Diagnostic;
use overskill_flows::build::{Preview, Purpose};
use overskill_model::{AppId, ContentHash};
use overskill_platform::{Bucket, WallClock};
use overskill_ports::{Blobs, Clock, Fault};
use overskill_protocol::{BuildProgress, Outcome, Refusal, Tier};
use std::collections::BTreeSet;

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
        self.with(|tree| tree.alive())?;
        let snapshot = self.snapshot()?;
        let purpose = match tier {
            Tier::Preview => Purpose::Preview,
            Tier::Production => Purpose::Production,
        };
        let under_way = UnderWay::begin(&self.building);
        let built = self.run(&snapshot, purpose, false, hear).await;
        let mut timings = built.timings;
        if built.retry && built.preview.is_none() {
            let detail = "The app's npm packages could not be had just now.";
            return Err(Stop::Refused(Refusal::new(
                503,
                "packages-unavailable",
                detail,
            )));
        }
        // It may have been deleted meanwhile.
        self.with(|tree| tree.alive())?;
        let (live, count, bytes) = match &built.preview {
            None => (false, 0, 0),
            Some(preview) => {
                let started = WallClock.now();
                let bytes = self.store(app, id, preview, &snapshot).await;
                let bytes = bytes.map_err(|fault| Stop::Fault(fault.0))?;
                timings.publish = WallClock.now() - started;
                (true, preview.files.len() as u64 + 1, bytes)
            }
        };
        drop(under_way);
        timings.total = WallClock.now() - started;
        let diagnostics: Vec<Diagnostic> = built.diagnostics;
        let outcome = Outcome::Deployed {
            version: snapshot.version,
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
        snapshot: &Snapshot,
    ) -> Result<u64, Fault> {
        let bucket = Bucket { env: &self.env };
        let named: BTreeSet<ContentHash> = preview.contents().collect();
        let puts = named.into_iter().map(|hash| {
            let bucket = &bucket;
            async move {
                let made = preview.made.get(&hash).cloned();
                let content = made.or_else(|| snapshot.read(&hash));
                let content = content.ok_or_else(|| Fault(format!("{hash} is gone")))?;
                let size = content.len() as u64;
                let key = content_key(app, &hash.to_string());
                bucket.put(&key, content).await?;
                Ok::<u64, Fault>(size)
            }
        });
        let sizes: Vec<Result<u64, Fault>> = stream::iter(puts).buffered(WRITES).collect().await;
        let bytes = sizes.into_iter().sum::<Result<u64, Fault>>()?;
        let mut preview = preview.clone();
        if let Some(server) = &mut preview.server {
            server.variables = Some(self.sealed_variables(app, id, &snapshot.variables));
        }
        let manifest = serde_json::to_vec(&preview).map_err(|error| Fault(error.to_string()))?;
        bucket.put(&manifest_key(app, id), manifest).await?;
        Ok(bytes)
    }
}
