//! The working tree: in memory what SQLite holds, changed only together.

use super::{gone, schema::MIGRATIONS, sql};
use crate::auth::random_hex;
use overskill_diagnostics::Diagnostic;
use overskill_flows::tree::{Batch, Files, Planned, plan};
use overskill_model::{ContentHash, Limits, ModulePath};
use overskill_protocol::{Command, FileInfo, Listing, Outcome, Refusal, Status};
use worker::{Date, SqlStorage, SqlStorageValue, State, Storage};

/// Longest piece of a file in one row; SQLite in an object takes 2 MB at most.
const PART: usize = 1 << 20;

/// Why a command has no outcome.
pub(super) enum Stop {
    Refused(Refusal),
    Fault(String),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<worker::Error> for Stop {
    fn from(error: worker::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

type Answer = (Outcome, Vec<Vec<u8>>);

pub(super) struct Tree {
    storage: Storage,
    sql: SqlStorage,
    version: u64,
    epoch: String,
    files: Files,
    destroyed: bool,
}

impl Tree {
    /// The tree in `slot`, read from storage when it isn't there yet.
    pub fn loaded<'a>(slot: &'a mut Option<Self>, state: &State) -> Result<&'a mut Self, Stop> {
        match slot {
            Some(tree) => Ok(tree),
            None => Ok(slot.insert(Self::load(state.storage())?)),
        }
    }

    fn load(storage: Storage) -> Result<Self, Stop> {
        let sql = storage.sql();
        migrate(&storage, &sql)?;
        let mut files = Files::new();
        for row in sql::rows(&sql, "SELECT path, hash, size FROM files", vec![])? {
            let (path, info) = file(&row)
                .ok_or_else(|| Stop::Fault("a stored file's row cannot be read".to_owned()))?;
            files.insert(path, info);
        }
        let epoch = match state(&sql, "epoch")? {
            Some(epoch) => epoch,
            None => {
                let epoch = random_hex(8);
                set(&sql, "epoch", &epoch)?;
                epoch
            }
        };
        let version = state(&sql, "version")?
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let destroyed = state(&sql, "destroyed")?.is_some();
        Ok(Self {
            storage,
            sql,
            version,
            epoch,
            files,
            destroyed,
        })
    }

    pub fn obey(&mut self, command: Command, contents: Vec<Vec<u8>>) -> Result<Answer, Stop> {
        if self.destroyed && command != Command::Destroy {
            return Err(gone().into());
        }
        match command {
            Command::Write {
                replace,
                upsert,
                delete,
                base_version,
                limits,
            } => {
                let upsert = upsert.into_iter().zip(contents).collect();
                self.write(
                    Batch {
                        replace,
                        upsert,
                        delete,
                        base_version,
                    },
                    &limits,
                )
            }
            Command::List => {
                let listing = Listing {
                    version: self.version,
                    files: self.files.clone(),
                };
                Ok((Outcome::Listed(listing), Vec::new()))
            }
            Command::Read { path } => self.read(&path),
            Command::Diagnose => {
                let outcome = Outcome::Diagnosed {
                    version: self.version,
                    status: Status::Failed,
                    diagnostics: vec![Diagnostic::error(
                        "not-built",
                        "The files are stored; this server does not build apps yet.",
                    )],
                };
                Ok((outcome, Vec::new()))
            }
            Command::Destroy => self.destroy(),
        }
    }

    fn write(&mut self, batch: Batch, limits: &Limits) -> Result<Answer, Stop> {
        let started = Date::now().as_millis();
        let Planned {
            files,
            changed,
            blobs,
        } = plan(&self.files, self.version, batch, limits)?;
        let version = self.version + 1;
        let rows: Vec<_> = changed
            .iter()
            .map(|path| (path.to_string(), files.get(path).copied()))
            .collect();
        sql::transaction(&self.storage, move |sql| {
            for (hash, bytes) in &blobs {
                store(sql, hash, bytes)?;
            }
            for (path, info) in rows {
                match info {
                    Some(info) => sql::run(
                        sql,
                        "INSERT OR REPLACE INTO files (path, hash, size) VALUES (?, ?, ?)",
                        vec![
                            path.into(),
                            info.hash.to_string().into(),
                            SqlStorageValue::Integer(info.size as i64),
                        ],
                    )?,
                    None => sql::run(sql, "DELETE FROM files WHERE path = ?", vec![path.into()])?,
                }
            }
            set(sql, "version", &version.to_string())
        })?;
        self.files = files;
        self.version = version;
        let store = Date::now().as_millis().saturating_sub(started) as f64;
        let outcome = Outcome::Written {
            version,
            epoch: self.epoch.clone(),
            changed,
            store,
        };
        Ok((outcome, Vec::new()))
    }

    fn read(&self, path: &ModulePath) -> Result<Answer, Stop> {
        let Some(info) = self.files.get(path) else {
            let refusal =
                Refusal::new(404, "file-not-found", format!("There is no file `{path}`."));
            return Err(refusal.fact("path", path).into());
        };
        let query = "SELECT bytes FROM blobs WHERE hash = ? ORDER BY part";
        let mut bytes = Vec::with_capacity(info.size as usize);
        for row in sql::rows(&self.sql, query, vec![info.hash.to_string().into()])? {
            match row.into_iter().next() {
                Some(SqlStorageValue::Blob(part)) => bytes.extend(part),
                _ => return Err(Stop::Fault(format!("a part of {} is no blob", info.hash))),
            }
        }
        if bytes.len() as u64 != info.size {
            return Err(Stop::Fault(format!("{} is not whole", info.hash)));
        }
        Ok((Outcome::Read(*info), vec![bytes]))
    }

    fn destroy(&mut self) -> Result<Answer, Stop> {
        sql::transaction(&self.storage, |sql| {
            sql::run(sql, "DELETE FROM files", vec![])?;
            sql::run(sql, "DELETE FROM blobs", vec![])?;
            set(sql, "destroyed", "1")
        })?;
        self.files.clear();
        self.destroyed = true;
        Ok((Outcome::Destroyed, Vec::new()))
    }
}

fn migrate(storage: &Storage, sql: &SqlStorage) -> worker::Result<()> {
    sql::run(
        sql,
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT",
        vec![],
    )?;
    let done = sql::rows(sql, "SELECT version FROM migrations", vec![])?.len();
    for (at, statements) in MIGRATIONS.iter().enumerate().skip(done) {
        sql::transaction(storage, move |sql| {
            sql::run(sql, statements, vec![])?;
            sql::run(
                sql,
                "INSERT INTO migrations (version) VALUES (?)",
                vec![(at as i64 + 1).into()],
            )
        })?;
    }
    Ok(())
}

fn store(sql: &SqlStorage, hash: &ContentHash, bytes: &[u8]) -> worker::Result<()> {
    // An empty file has one empty part, so that every blob has a row.
    let parts = bytes.chunks(PART).chain(bytes.is_empty().then_some(bytes));
    for (number, part) in parts.enumerate() {
        let values = vec![
            hash.to_string().into(),
            (number as i64).into(),
            part.to_vec().into(),
        ];
        sql::run(
            sql,
            "INSERT OR IGNORE INTO blobs (hash, part, bytes) VALUES (?, ?, ?)",
            values,
        )?;
    }
    Ok(())
}

fn file(row: &[SqlStorageValue]) -> Option<(ModulePath, FileInfo)> {
    let [
        SqlStorageValue::String(path),
        SqlStorageValue::String(hash),
        SqlStorageValue::Integer(size),
    ] = row
    else {
        return None;
    };
    // The bounds may have changed since it was accepted; only the shape must still hold.
    let unbounded = Limits {
        path_segment: usize::MAX,
        ..Limits::default()
    };
    let path = ModulePath::parse(path, &unbounded).ok()?;
    Some((
        path,
        FileInfo {
            hash: ContentHash::parse(hash).ok()?,
            size: *size as u64,
        },
    ))
}

fn state(sql: &SqlStorage, key: &str) -> worker::Result<Option<String>> {
    let rows = sql::rows(
        sql,
        "SELECT value FROM state WHERE key = ?",
        vec![key.into()],
    )?;
    Ok(rows.into_iter().flatten().find_map(|value| match value {
        SqlStorageValue::String(text) => Some(text),
        _ => None,
    }))
}

fn set(sql: &SqlStorage, key: &str, value: &str) -> worker::Result<()> {
    sql::run(
        sql,
        "INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)",
        vec![key.into(), value.into()],
    )
}
