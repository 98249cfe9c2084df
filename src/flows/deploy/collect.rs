//! Letting go of deployments beyond what is kept, and of contents that none needs any more.

use super::{Ledger, Shelf, content_key, contents, manifest_key, manifests, named};
use crate::build::Preview;
use futures_util::lock::Mutex;
use overskill_model::{AppId, ContentHash};
use overskill_ports::{Fault, Store};
use overskill_protocol::Collected;
use std::collections::BTreeSet;

/// How many keys are deleted at a time: as many as R2 takes.
const DELETES: usize = 1000;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many of each tier besides the live one.
    pub keep: u32,
    /// Only those that were asked for at or after this time, in milliseconds since 1970.
    pub since: u64,
    /// Whether nothing is done.
    pub dry_run: bool,
}

/// Retires deployments and deletes what nothing refers to. Nothing is stored meanwhile: both hold
/// `gate`. May be called again after any
/// failure; what goes is first taken out of the record, then off the shelf, then deleted.
///
/// # Errors
/// When the outside world fails: some of it may be done then.
pub async fn collect<L: Ledger, B: Store, S: Shelf>(
    app: &AppId,
    policy: Policy,
    ledger: &L,
    store: &B,
    shelf: &S,
    gate: &Mutex<()>,
) -> Result<Collected, Fault> {
    let _gate = gate.lock().await;
    let (mut kept, beyond) = ledger.beyond(policy.keep, policy.since).await?;
    let mut retired = Vec::new();
    for id in beyond {
        match policy.dry_run || ledger.retire(&id).await? {
            true => retired.push(id),
            false => kept.push(id),
        }
    }
    let mut needed = BTreeSet::new();
    for id in &kept {
        let key = manifest_key(app, id);
        let Some(manifest) = store.get(&key).await? else {
            return Err(Fault(format!("{key} is not there: nothing is deleted")));
        };
        let preview: Preview = serde_json::from_slice(&manifest)
            .map_err(|error| Fault(format!("{key}: {error}: nothing is deleted")))?;
        needed.extend(named(&preview));
    }
    let mut told = Collected {
        dry_run: policy.dry_run,
        retired,
        ..Collected::default()
    };
    let lists: BTreeSet<String> = kept.iter().map(|id| manifest_key(app, id)).collect();
    let needed: BTreeSet<String> = needed
        .iter()
        .map(|hash| content_key(app, &hash.to_string()))
        .collect();
    let mut doomed = Vec::new();
    for folder in [manifests(app), contents(app)] {
        for (key, size) in store.list(&folder).await? {
            if lists.contains(&key) || needed.contains(&key) {
                told.kept_objects += 1;
                told.kept_bytes += size;
            } else {
                told.objects += 1;
                told.bytes += size;
                doomed.push(key);
            }
        }
    }
    if policy.dry_run {
        return Ok(told);
    }
    for keys in doomed.chunks(DELETES) {
        for key in keys {
            let hash = key.rsplit('/').next().map(ContentHash::parse);
            if let Some(Ok(hash)) = hash {
                shelf.remove(&hash);
            }
        }
        store.delete(keys.to_vec()).await?;
    }
    Ok(told)
}
