//! Builds taken in: in memory at once, in SQLite when somebody depends on them or nobody waits.

use super::{
    parts::Parts,
    sql::{self, set},
    tree::{Report, Stop, Tree, json},
    updates::Told,
};
use overskill_diagnostics::Diagnostic;
use overskill_flows::build::Built;
use overskill_protocol::Status;

/// How many builds stay reachable: pages that are open still ask for the scripts they were sent with.
const PREVIEWS: usize = 8;
/// How much of builds may wait in memory until it is stored.
const UNSAVED_BYTES: usize = 16 << 20;
/// How many diagnostics of a version are kept.
const DIAGNOSTICS: usize = 500;

impl Tree {
    /// Takes a build in, if it is not of an older version than the last; gives what open pages are to be told. What was
    /// chosen of npm is stored at once; the rest can be built again from the files, and waits for [`Tree::save`].
    pub fn publish(&mut self, version: u64, built: Built, now: u64) -> Result<Option<Told>, Stop> {
        if version < self.report.version || self.destroyed {
            return Ok(None);
        }
        let Built {
            preview,
            mut diagnostics,
            lock,
            retry,
            ..
        } = built;
        diagnostics.truncate(DIAGNOSTICS);
        if lock.is_some() && lock != self.lock {
            self.choose(lock, Some(version))?;
        }
        // What is before one that fails goes on being served.
        let failed = preview.is_none();
        let was_failed = self.report.status() == Status::Failed;
        let change = preview.map(|preview| self.change(version, preview));
        let told = match &change {
            Some((_, change)) => self.told(version, change, was_failed, now),
            None => Some(Told::of(self.error(version, &diagnostics, now))),
        };
        if let Some((preview, _)) = change {
            self.previews.retain(|(known, _)| *known != version);
            // What nobody was sent has no page that would ask for more of it.
            self.previews.retain(|(_, older)| older.made.is_empty());
            self.previews.insert(0, (version, preview));
            self.previews.truncate(PREVIEWS);
        }
        self.report = Report {
            version,
            diagnostics,
            retry,
        };
        self.unsaved = true;
        let made = self.previews.iter().flat_map(|(_, it)| it.made.values());
        if failed || made.map(Vec::len).sum::<usize>() > UNSAVED_BYTES {
            self.save()?;
        }
        Ok(told)
    }

    /// Where the current version has the same files as the one before, and that was built without errors: takes its build
    /// for the current one's, and gives what its author is told.
    pub fn carry(&mut self) -> Option<Vec<Diagnostic>> {
        let (_, newest) = self.previews.first()?;
        let good = self.report.version + 1 == self.version
            && self.report.status() == Status::Ready
            && !self.report.retry
            && newest.runtime == crate::runtime::LIVE.address()
            && self.report.diagnostics.len() < DIAGNOSTICS;
        good.then(|| {
            self.report.version = self.version;
            self.unsaved = true;
            self.report.diagnostics.clone()
        })
    }

    /// Stores the builds that are only in memory.
    pub fn save(&mut self) -> Result<(), Stop> {
        if !self.unsaved || self.destroyed {
            return Ok(());
        }
        let Report {
            version,
            diagnostics,
            retry,
        } = &self.report;
        let (version, told, retry) = (*version, json(diagnostics), *retry);
        let fresh = self.previews.iter_mut();
        let fresh = fresh.filter(|(_, preview)| !preview.made.is_empty());
        let fresh: Vec<_> = fresh
            .map(|(version, preview)| {
                let made = std::mem::take(&mut preview.made);
                (*version as i64, json(preview), made)
            })
            .collect();
        sql::transaction(&self.storage, move |sql| {
            for (version, preview, made) in fresh {
                for (hash, bytes) in &made {
                    Parts::Blobs.store(sql, &hash.to_string(), bytes)?;
                }
                let values = vec![version.into(), preview.into()];
                sql::run(
                    sql,
                    "INSERT OR REPLACE INTO previews (version, preview) VALUES (?, ?)",
                    values,
                )?;
            }
            sql::run(
                sql,
                "DELETE FROM previews WHERE version NOT IN (SELECT version FROM previews ORDER BY version DESC LIMIT ?)",
                vec![(PREVIEWS as i64).into()],
            )?;
            set(sql, "diagnostics", &told)?;
            set(sql, "retry", if retry { "1" } else { "0" })?;
            set(sql, "built", &version.to_string())
        })?;
        self.unsaved = false;
        Ok(())
    }
}
