//! R2 and D1 follow the object: by its alarm, as often as it takes.

use super::{Session, parts::Parts, sql, tree::Stop};
use crate::{published, publisher, store, usage};
use overskill_flows::{
    stored::{Manifest, blob_key, folder, manifest_key},
    usage::Meter,
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::Bucket;
use overskill_ports::Blobs;
use overskill_protocol::PublisherCommand;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};
use worker::Result;

/// How long after a write the flush starts: what a stream of writes changes is flushed together, and who looks at a new
/// app first needn't share the object with it.
const DELAY: Duration = Duration::from_secs(4);
/// Longest wait between two tries.
const LONGEST: u64 = 300;

impl Session {
    /// Sees to it that the alarm will go off; before anything is written that it has to carry on.
    pub(super) async fn arm(&self) -> Result<()> {
        if !self.armed.get() {
            self.state.storage().set_alarm(DELAY).await?;
            self.armed.set(true);
        }
        Ok(())
    }

    /// One go at everything that is behind. Tries again later what fails.
    pub(super) async fn catch_up(&self) -> Result<()> {
        self.armed.set(false);
        match self.follow().await {
            Ok(()) => {
                self.failures.set(0);
                Ok(())
            }
            Err(Stop::Refused(_)) => Ok(()),
            Err(Stop::Fault(cause)) => {
                let failures = self.failures.get();
                self.failures.set(failures.saturating_add(1));
                let wait = 2_u64.saturating_pow(failures.min(16)).min(LONGEST);
                worker::console_error!(
                    "{}",
                    serde_json::json!({"event": "flush", "fault": cause, "retryInSeconds": wait})
                );
                let wait = Duration::from_secs(wait);
                self.state.storage().set_alarm(wait).await?;
                self.armed.set(true);
                Ok(())
            }
        }
    }

    async fn follow(&self) -> std::result::Result<(), Stop> {
        let (app, destroyed, behind) = self.with(|tree| {
            let behind = tree.report.version < tree.version || tree.report.retry;
            Ok((tree.app.clone(), tree.destroyed, behind))
        })?;
        let Some(app) = app else { return Ok(()) };
        if destroyed {
            return self.erase(&app).await;
        }
        if behind && self.building.get() == 0 {
            self.build(&|_| {}).await?;
        }
        self.with(|tree| tree.save())?;
        self.modules.save(&self.state.storage())?;
        self.flush(&app).await?;
        self.tell_live(&app).await?;
        self.report().await?;
        self.resume_deployments(&app).await?;
        self.tell_usage(&app).await?;
        let mut needed = self.with(|tree| tree.trim_history(&self.env))?;
        if self.building.get() == 0 {
            needed.extend(self.deploying_contents()?);
            self.with(|tree| tree.sweep(needed))?;
            let sql = self.with(|tree| Ok(tree.sql.clone()))?;
            super::cache::sweep(&sql, &self.modules)?;
        }
        self.tell_publisher(&app).await?;
        self.tell_deployers(&app).await?;
        match self.with(|tree| Ok(tree.report.retry))? {
            true => Err(Stop::Fault(
                "the build waits for something outside".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Adds what was counted to the sums. What is told and not known to be told is told again.
    async fn report(&self) -> std::result::Result<(), Stop> {
        let counts = self.counts.take();
        if counts.is_empty() {
            return Ok(());
        }
        let told = store::add_counts(&self.env, &counts).await;
        if told.is_err() {
            self.counts.borrow_mut().merge(counts);
        }
        told.map_err(stop)
    }

    /// Writes how live editing goes to D1, where that changed.
    async fn tell_live(&self, app: &AppId) -> std::result::Result<(), Stop> {
        let (live, sql) = self.with(|tree| Ok((tree.live(), tree.sql.clone())))?;
        let state = format!("{} {}", live.at.seq, live.updates);
        if sql::state(&sql, "live")?.as_deref() == Some(&*state) {
            return Ok(());
        }
        store::set_live(&self.env, app, &live).await.map_err(stop)?;
        Ok(sql::set(&sql, "live", &state)?)
    }

    async fn flush(&self, app: &AppId) -> std::result::Result<(), Stop> {
        let (manifest, sql) = self.with(|tree| {
            let manifest = Manifest {
                version: tree.version,
                files: tree.files.clone(),
                lock: tree.lock.as_deref().cloned(),
                variables: tree.variables.clone(),
                registries: tree.registries.clone(),
            };
            Ok((manifest, tree.sql.clone()))
        })?;
        let (version, files, lock) = (manifest.version, &manifest.files, &manifest.lock);
        let chosen = serde_json::to_vec(lock).map_err(|error| Stop::Fault(error.to_string()))?;
        let state = format!(
            "{version} {} {}",
            ContentHash::of(&chosen).short(),
            manifest.registries.0
        );
        if sql::state(&sql, "flushed")?.as_deref() == Some(&*state) {
            return Ok(());
        }
        let bucket = Bucket { env: &self.env };
        let fault = |fault: overskill_ports::Fault| Stop::Fault(fault.0);
        let named: BTreeSet<String> = files.values().map(|info| info.hash.to_string()).collect();
        let stored: BTreeSet<String> = sql::rows(&sql, "SELECT hash FROM flushed", vec![])?
            .into_iter()
            .filter_map(sql::text)
            .collect();
        for hash in named.difference(&stored) {
            // What a newer version dropped meanwhile comes with that version's own flush.
            let Some(bytes) = Parts::Blobs.read(&sql, hash)? else {
                return Err(Stop::Fault(format!("{hash} went while it was flushed")));
            };
            bucket
                .put(&blob_key(app, hash), bytes)
                .await
                .map_err(fault)?;
            sql::run(
                &sql,
                "INSERT OR IGNORE INTO flushed (hash) VALUES (?)",
                vec![hash.as_str().into()],
            )?;
        }
        let written =
            serde_json::to_vec(&manifest).map_err(|error| Stop::Fault(error.to_string()))?;
        bucket
            .put(&manifest_key(app), written)
            .await
            .map_err(fault)?;
        store::advance(&self.env, app, version)
            .await
            .map_err(stop)?;
        for hash in stored.difference(&named) {
            bucket
                .delete_one(&blob_key(app, hash))
                .await
                .map_err(fault)?;
            sql::run(
                &sql,
                "DELETE FROM flushed WHERE hash = ?",
                vec![hash.as_str().into()],
            )?;
        }
        sql::set(&sql, "flushed", &state)?;
        Ok(())
    }

    /// Deletes what R2 and D1 hold of a deleted app.
    async fn erase(&self, app: &AppId) -> std::result::Result<(), Stop> {
        let bucket = Bucket { env: &self.env };
        let fault = |fault: overskill_ports::Fault| Stop::Fault(fault.0);
        let _gate = self.storing.lock().await;
        bucket.delete_folder(&folder(app)).await.map_err(fault)?;
        published::forget(&self.env, app).await.map_err(stop)?;
        store::delete(&self.env, app).await.map_err(stop)?;
        self.holds(0.0, 0.0);
        self.tell(app).await?;
        // It finds that there is nothing to publish any more.
        let gone = PublisherCommand::Changed { version: 0 };
        let told = publisher::tell(&self.env, app, &gone).await;
        told.map(drop).map_err(stop)
    }

    /// Adds what the object used by itself, and what it holds, to what the app used today.
    async fn tell_usage(&self, app: &AppId) -> std::result::Result<(), Stop> {
        let (stored, held) =
            self.with(|tree| Ok((tree.stored_bytes(), tree.sql.database_size())))?;
        let deployed = usage::deployed_bytes(&self.env, app).await;
        let deployed = deployed.map_err(stop)?;
        self.holds(stored as f64 + deployed, held as f64);
        self.tell(app).await
    }

    /// Notes how much R2 and the object itself hold, in bytes.
    fn holds(&self, stored: f64, held: f64) {
        let mut used = self.used.borrow_mut();
        used.add(Meter::StoredByteDays, stored);
        used.add(Meter::ObjectByteDays, held);
    }

    /// Tells what was used; what is told and not known to be told is told again.
    async fn tell(&self, app: &AppId) -> std::result::Result<(), Stop> {
        let mut used = self.used.take();
        let told = usage::add_one(&self.env, app, &used).await;
        if told.is_err() {
            used.merge(&self.used.borrow());
            *self.used.borrow_mut() = used;
        }
        told.map_err(stop)
    }

    /// Takes an app over from R2 when this object's storage knows nothing of it.
    pub(super) async fn restore(&self, app: &AppId) -> std::result::Result<(), Stop> {
        let bucket = Bucket { env: &self.env };
        let fault = |fault: overskill_ports::Fault| Stop::Fault(fault.0);
        let stored = bucket.get(&manifest_key(app)).await.map_err(fault)?;
        let Some(stored) = stored else {
            return self.with(|tree| match tree.app {
                None => tree.name(app),
                Some(_) => Ok(()),
            });
        };
        let manifest: Manifest = serde_json::from_slice(&stored)
            .map_err(|error| Stop::Fault(format!("the manifest of {app}: {error}")))?;
        let mut blobs = BTreeMap::new();
        for info in manifest.files.values() {
            if blobs.contains_key(&info.hash) {
                continue;
            }
            let key = blob_key(app, &info.hash.to_string());
            let bytes = bucket.get(&key).await.map_err(fault)?;
            let whole = bytes.filter(|bytes| ContentHash::of(bytes) == info.hash);
            let bytes = whole.ok_or_else(|| Stop::Fault(format!("{key} is missing or damaged")))?;
            blobs.insert(info.hash, bytes);
        }
        self.with(|tree| {
            // Another command may have restored it while this one read.
            if tree.app.is_some() {
                return Ok(());
            }
            for hash in blobs.keys() {
                sql::run(
                    &tree.sql,
                    "INSERT OR IGNORE INTO flushed (hash) VALUES (?)",
                    vec![hash.to_string().into()],
                )?;
            }
            let (variables, registries) = (manifest.variables, manifest.registries);
            tree.restore(
                manifest.files,
                blobs,
                variables,
                registries,
                manifest.version,
            )?;
            tree.choose(manifest.lock.map(Rc::new), None)?;
            tree.name(app)
        })
    }
}

pub(super) fn stop(failure: crate::reply::Failure) -> Stop {
    match failure {
        crate::reply::Failure::Refused(refusal) => Stop::Fault(refusal.detail),
        crate::reply::Failure::Fault(cause) => Stop::Fault(cause),
    }
}
