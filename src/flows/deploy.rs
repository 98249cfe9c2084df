//! From a version to a deployment that is served: recorded step by step, so that whoever goes on after a crash does nothing
//! twice and leaves nothing half done.

mod collect;
mod ledger;
#[cfg(test)]
mod memory;

pub use collect::{Policy, collect};
pub use ledger::{Ledger, Wanted};

use crate::build::{Built, Preview};
use futures_util::{StreamExt, lock::Mutex, stream};
use overskill_diagnostics::Diagnostic;
use overskill_model::{AppId, ContentHash};
use overskill_ports::{Blobs, Clock, Fault};
use overskill_protocol::{DeploymentState, Timings};
use std::collections::BTreeSet;

/// How many contents are written at a time.
const WRITES: usize = 8;

/// Where the list of a deployment's files stands in R2.
pub fn manifest_key(app: &AppId, id: &str) -> String {
    format!("{}{id}.json", manifests(app))
}

/// Where the contents of an app's deployments stand in R2.
pub fn content_key(app: &AppId, hash: &str) -> String {
    format!("{}{hash}", contents(app))
}

fn manifests(app: &AppId) -> String {
    format!("apps/{app}/deployments/")
}

fn contents(app: &AppId) -> String {
    format!("apps/{app}/deployed/")
}

/// Which contents of an app's deployments the store is known to hold.
pub trait Shelf {
    /// Whether it holds this one.
    fn has(&self, hash: &ContentHash) -> bool;
    /// Notes that it does.
    fn add(&self, hash: &ContentHash);
    /// Notes that it may not.
    fn remove(&self, hash: &ContentHash);
}

/// How a deployment went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It is served.
    Live,
    /// Its author has to look at it.
    Failed,
    /// A newer one came before it, or it is gone.
    Overtaken,
    /// Another one has its key; this one never was.
    Duplicate,
    /// What it needs can't be had just now.
    Unavailable,
    /// It is being built elsewhere, and looked after later.
    Away,
}

/// Where a deployment stands when it is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// At its beginning, as far as is known.
    Begins,
    /// It is being built elsewhere.
    Away,
}

/// What is recorded of how it ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// How many files it has.
    pub files: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// How many of them were not there before.
    pub added_files: u64,
    /// Their size, in bytes.
    pub added_bytes: u64,
    /// Where the time went.
    pub timings: Timings,
    /// What its author is told.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a deployment takes.
pub struct Means<'a, L, B, S, K> {
    /// The record.
    pub ledger: &'a L,
    /// Where files go.
    pub blobs: &'a B,
    /// What is there already.
    pub shelf: &'a S,
    /// The time.
    pub clock: &'a K,
    /// Held while files are stored, and while files go.
    pub gate: &'a Mutex<()>,
}

/// Takes a deployment as far as it goes. May be called again after any failure, also of the whole process. `build` gives
/// nothing where somebody else is at it; `read` gives contents that are not made here.
///
/// # Errors
/// When the outside world fails: it is unfinished then.
pub async fn deploy<L: Ledger, B: Blobs, S: Shelf, K: Clock>(
    app: &AppId,
    wanted: &Wanted,
    stage: Stage,
    means: &Means<'_, L, B, S, K>,
    build: impl AsyncFnOnce() -> Result<Option<Built>, Fault>,
    read: impl AsyncFn(&ContentHash) -> Result<Option<Vec<u8>>, Fault>,
) -> Result<Ended, Fault> {
    let ledger = means.ledger;
    let id = &*wanted.id;
    let started = match stage {
        Stage::Begins => {
            let started = means.clock.now();
            if !ledger.open(wanted).await? {
                return Ok(Ended::Duplicate);
            }
            let building = DeploymentState::Building;
            if !ledger.advance(id, building, "its turn came").await? {
                return Ok(Ended::Overtaken);
            }
            started
        }
        Stage::Away => {
            if !ledger.stands(id).await? {
                return Ok(Ended::Overtaken);
            }
            wanted.at as f64
        }
    };
    let Some(built) = build().await? else {
        return Ok(Ended::Away);
    };
    let mut summary = Summary {
        timings: built.timings,
        diagnostics: built.diagnostics,
        ..Summary::default()
    };
    let Some(preview) = built.preview else {
        if built.retry {
            return Ok(Ended::Unavailable);
        }
        summary.timings.total = means.clock.now() - started;
        return Ok(
            match ledger.fail(id, "it does not build", &summary).await? {
                true => Ended::Failed,
                false => Ended::Overtaken,
            },
        );
    };
    let _gate = means.gate.lock().await;
    let uploading = DeploymentState::Uploading;
    if !ledger.advance(id, uploading, "it was built").await? {
        return Ok(Ended::Overtaken);
    }
    let stored = means.clock.now();
    store(app, id, &preview, means, &read, &mut summary).await?;
    summary.timings.publish = means.clock.now() - stored;
    summary.timings.total = means.clock.now() - started;
    Ok(match ledger.go_live(id, &summary).await? {
        true => Ended::Live,
        false => Ended::Overtaken,
    })
}

/// Stores a build; its list last, so that what is listed is there.
async fn store<L, B: Blobs, S: Shelf, K>(
    app: &AppId,
    id: &str,
    preview: &Preview,
    means: &Means<'_, L, B, S, K>,
    read: &impl AsyncFn(&ContentHash) -> Result<Option<Vec<u8>>, Fault>,
    summary: &mut Summary,
) -> Result<(), Fault> {
    let puts = named(preview).into_iter().map(|hash| async move {
        let content = match preview.made.get(&hash) {
            Some(made) => Some(made.clone()),
            None => read(&hash).await?,
        };
        let content = content.ok_or_else(|| Fault(format!("{hash} is gone")))?;
        let size = content.len() as u64;
        if means.shelf.has(&hash) {
            return Ok::<_, Fault>((size, false));
        }
        let key = content_key(app, &hash.to_string());
        means.blobs.put(&key, content).await?;
        means.shelf.add(&hash);
        Ok((size, true))
    });
    let done: Vec<_> = stream::iter(puts).buffered(WRITES).collect().await;
    for size in done {
        let (size, added) = size?;
        summary.bytes += size;
        summary.added_files += u64::from(added);
        summary.added_bytes += if added { size } else { 0 };
    }
    summary.files = preview.files.len() as u64 + 1;
    let manifest = serde_json::to_vec(preview).map_err(|error| Fault(error.to_string()))?;
    means.blobs.put(&manifest_key(app, id), manifest).await
}

/// What a build refers to.
fn named(preview: &Preview) -> BTreeSet<ContentHash> {
    preview.contents().collect()
}

#[cfg(test)]
mod tests;
