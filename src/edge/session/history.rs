//! The history of an app's versions in the object's SQLite: a row for each, written with the version itself.

use super::{
    build::Kept,
    parts::Parts,
    sql,
    tree::{Answer, Stop, Tree, json},
};
use crate::config::history_bounds;
use overskill_flows::{
    history::{Entry, Undo, kept, not_kept, told},
    tree::Files,
};
use overskill_model::{ContentHash, ModulePath};
use overskill_packages::Lock;
use overskill_protocol::{FileInfo, Outcome, Version, VersionCause, VersionList};
use worker::{Env, Result, SqlStorage, SqlStorageValue};

/// Longest text of what a version took from the one before; one that took more is the first that is kept.
const LONGEST: usize = 1 << 20;
/// The texts of all versions together: they are read as one.
const ALL: usize = 4 << 20;

/// A version as it is written down.
pub(super) struct Row {
    version: u64,
    at: Option<u64>,
    told: String,
    undo: String,
}

impl Row {
    fn new(version: u64, cause: VersionCause, changed: &[ModulePath], undo: &Undo) -> Self {
        let at = worker::Date::now().as_millis();
        Self {
            version,
            at: (cause != VersionCause::Earlier).then_some(at),
            told: json(&told(cause, changed)),
            undo: json(undo),
        }
    }

    /// One that changed files.
    pub fn files(version: u64, before: &Files, changed: &[ModulePath]) -> Self {
        let undo = Undo::files(before, changed);
        Self::new(version, VersionCause::Files, changed, &undo)
    }

    /// One that something else made.
    pub fn other(version: u64, cause: VersionCause, undo: &Undo) -> Self {
        Self::new(version, cause, &[], undo)
    }

    /// Writes it, in the transaction that makes the version.
    pub fn write(self, sql: &SqlStorage) -> Result<()> {
        let mut undo = self.undo;
        if undo.len() > LONGEST {
            sql::run(sql, "DELETE FROM history", vec![])?;
            undo = json(&Undo::default());
        }
        let at = self
            .at
            .map_or(SqlStorageValue::Null, |at| (at as i64).into());
        sql::run(
            sql,
            "INSERT OR REPLACE INTO history (version, at, told, undo) VALUES (?, ?, ?, ?)",
            vec![
                (self.version as i64).into(),
                at,
                self.told.into(),
                undo.into(),
            ],
        )
    }
}

/// Notes what was chosen of npm for the versions before this one, which chose anew.
pub(super) fn chosen_before(sql: &SqlStorage, version: u64, lock: &str) -> Result<()> {
    let hash = ContentHash::of(lock.as_bytes());
    let size = lock.len() as u64;
    Parts::Blobs.store(sql, &hash.to_string(), lock.as_bytes())?;
    sql::run(
        sql,
        "UPDATE history SET lock = ? WHERE version < ? AND lock IS NULL",
        vec![
            json(&FileInfo { hash, size }).into(),
            (version as i64).into(),
        ],
    )
}

impl Tree {
    /// A version that is kept, as it is needed to build it.
    pub fn past(&self, version: u64) -> std::result::Result<Kept, Stop> {
        let refused = |oldest| not_kept(version, oldest, self.version).into();
        let oldest = sql::rows(&self.sql, "SELECT min(version) FROM history", vec![])?;
        let oldest = oldest.first().and_then(|row| match row[..] {
            [SqlStorageValue::Integer(oldest)] => Some(oldest as u64),
            _ => None,
        });
        // Without any history there is the current version, which is no past one.
        let oldest = oldest.unwrap_or(self.version);
        if version < oldest || version >= self.version {
            return Err(refused(oldest));
        }
        let (mut files, mut variables) = (self.files.clone(), self.variables.clone());
        let mut lock = None;
        for entry in entries(&self.sql, version)? {
            if entry.version > version {
                entry.undo.apply(&mut files, &mut variables);
            } else {
                lock = entry.lock;
            }
        }
        let lock: Option<Lock> = match lock {
            None => self.lock.as_deref().cloned(),
            Some(info) => serde_json::from_slice(&self.content(&info.hash)?)
                .map_err(|error| Stop::Fault(format!("what was chosen of npm: {error}")))?,
        };
        Ok(Kept::new(version, files, variables, lock))
    }

    /// Some of the versions that can be deployed, from before one on, the newest first.
    pub fn versions(&self, before: Option<u64>, limit: usize) -> std::result::Result<Answer, Stop> {
        let before = before.map_or(i64::MAX, |before| before.min(i64::MAX as u64) as i64);
        let rows = sql::rows(
            &self.sql,
            "SELECT version, at, told FROM history WHERE version < ? ORDER BY version DESC LIMIT ?",
            vec![before.into(), (limit as i64 + 1).into()],
        )?;
        let more = rows.len() > limit;
        let versions = rows.iter().take(limit).map(|row| match &row[..] {
            [
                SqlStorageValue::Integer(version),
                at,
                SqlStorageValue::String(told),
            ] => Ok(Version {
                version: *version as u64,
                at: match at {
                    SqlStorageValue::Integer(at) => Some(*at as u64),
                    _ => None,
                },
                told: serde_json::from_str(told)
                    .map_err(|error| Stop::Fault(format!("version {version}: {error}")))?,
            }),
            _ => Err(unreadable()),
        });
        let versions = versions.collect::<std::result::Result<Vec<_>, _>>()?;
        let cursor = versions.last().filter(|_| more).map(|last| last.version);
        let list = VersionList { versions, cursor };
        Ok((Outcome::Versions(list), Vec::new()))
    }

    /// Lets go of what is too much of the history; gives the contents that the rest needs.
    pub fn trim_history(&self, env: &Env) -> std::result::Result<Vec<String>, Stop> {
        let bounds = history_bounds(env).map_err(super::flush::stop)?;
        let sizes = sql::rows(
            &self.sql,
            "SELECT version, length(undo) FROM history ORDER BY version DESC",
            vec![],
        )?;
        let (mut readable, mut length) = (i64::MAX, 0);
        for row in &sizes {
            let [
                SqlStorageValue::Integer(version),
                SqlStorageValue::Integer(size),
            ] = row[..]
            else {
                return Err(unreadable());
            };
            length += size as usize;
            if length > ALL {
                break;
            }
            readable = version;
        }
        let entries = entries(&self.sql, readable as u64)?;
        let (oldest, needed) = kept(&entries, &self.files, bounds);
        if entries.last().is_some_and(|last| last.version < oldest) || entries.len() < sizes.len() {
            sql::run(
                &self.sql,
                "DELETE FROM history WHERE version < ?",
                vec![(oldest as i64).into()],
            )?;
        }
        Ok(needed.iter().map(ContentHash::to_string).collect())
    }
}

/// The versions from one on, the newest first.
fn entries(sql: &SqlStorage, from: u64) -> std::result::Result<Vec<Entry>, Stop> {
    let query = "SELECT version, undo, lock FROM history WHERE version >= ? ORDER BY version DESC";
    let rows = sql::rows(sql, query, vec![(from as i64).into()])?;
    let entries = rows.iter().map(|row| {
        let [
            SqlStorageValue::Integer(version),
            SqlStorageValue::String(undo),
            lock,
        ] = &row[..]
        else {
            return Err(unreadable());
        };
        let read = || -> serde_json::Result<Entry> {
            Ok(Entry {
                version: *version as u64,
                undo: serde_json::from_str(undo)?,
                lock: match lock {
                    SqlStorageValue::String(lock) => Some(serde_json::from_str(lock)?),
                    _ => None,
                },
            })
        };
        read().map_err(|error| Stop::Fault(format!("version {version}: {error}")))
    });
    entries.collect()
}

fn unreadable() -> Stop {
    Stop::Fault("a row of the history cannot be read".to_owned())
}
