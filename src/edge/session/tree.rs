//! The app as the object holds it: in memory what SQLite holds, changed only together.

use super::{
    flush::stop,
    gone,
    history::{self, Row},
    parts::Parts,
    schema::MIGRATIONS,
    sql::{self, set, state},
    updates::Updates,
};
use crate::{auth::random_hex, config::daily};
use overskill_diagnostics::Diagnostic;
use overskill_flows::{
    build::Preview,
    history::Undo,
    quotas::{Act, Done},
    tree::{Batch, Files, Planned, plan},
};
use overskill_model::{AppId, ContentHash, Limits, ModulePath};
use overskill_packages::Lock;
use overskill_protocol::{
    FileInfo, Listing, Outcome, QuotaLeft, Refusal, SealedRegistries, Status, VariableName,
    VersionCause,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
};
use worker::{Env, SqlStorage, SqlStorageValue, Storage};

/// How much of what was written last is kept for its build.
const WRITTEN_BYTES: usize = 4 << 20;
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

pub(super) type Answer = (Outcome, Vec<Vec<u8>>);

/// What a version came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    /// The version; 0 before the first.
    pub version: u64,
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the same files may build when tried again.
    pub retry: bool,
}

impl Report {
    pub fn status(&self) -> Status {
        match self.diagnostics.iter().any(Diagnostic::is_error) {
            true => Status::Failed,
            false => Status::Ready,
        }
    }
}

pub(super) struct Tree {
    pub storage: Storage,
    pub sql: SqlStorage,
    /// The app that this object is, once it knows.
    pub app: Option<AppId>,
    pub version: u64,
    pub epoch: String,
    pub files: Files,
    /// The newest version that was built, and what came of it.
    pub report: Report,
    /// The builds that are still reachable, newest first.
    pub previews: Vec<(u64, Preview)>,
    /// What an earlier build chose of npm.
    pub lock: Option<Rc<Lock>>,
    /// What builds see, as the app's owner set it.
    pub variables: BTreeMap<VariableName, String>,
    /// Where its packages are, and which of several changes that is.
    pub registries: (u64, SealedRegistries),
    pub destroyed: bool,
    /// What it did today of what it may.
    pub done: Done,
    /// Whether there are builds that SQLite doesn't have.
    pub unsaved: bool,
    /// What open pages were told.
    pub updates: Updates,
    /// What server code was to see that requests were sent to, newest first: each may still be loaded.
    pub environments: VecDeque<(ContentHash, BTreeMap<String, String>)>,
    /// The server code that was asked something last.
    pub asked: Option<ContentHash>,
    /// The contents that the last batch brought: its build reads them next.
    pub written: Rc<BTreeMap<ContentHash, Vec<u8>>>,
}

impl Tree {
    pub fn load(storage: Storage) -> Result<Self, Stop> {
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
        let number =
            |key| Ok::<u64, Stop>(state(&sql, key)?.and_then(|t| t.parse().ok()).unwrap_or(0));
        let diagnostics = state(&sql, "diagnostics")?;
        let query = "SELECT version, preview FROM previews ORDER BY version DESC";
        let previews = sql::rows(&sql, query, vec![])?;
        Ok(Self {
            app: state(&sql, "app")?.and_then(|text| AppId::parse(&text).ok()),
            version: number("version")?,
            report: Report {
                version: number("built")?,
                diagnostics: parsed(diagnostics).unwrap_or_default(),
                retry: state(&sql, "retry")?.as_deref() == Some("1"),
            },
            previews: previews.into_iter().filter_map(preview).collect(),
            lock: parsed(state(&sql, "lock")?).map(Rc::new),
            variables: parsed(state(&sql, "variables")?).unwrap_or_default(),
            registries: parsed(state(&sql, "registries")?).unwrap_or_default(),
            destroyed: state(&sql, "destroyed")?.is_some(),
            done: parsed(state(&sql, "done")?).unwrap_or_default(),
            unsaved: false,
            updates: Updates::load(&sql)?,
            environments: VecDeque::new(),
            asked: None,
            written: Rc::default(),
            storage,
            sql,
            epoch,
            files,
        })
    }

    /// Refuses everything once the app is deleted.
    pub fn alive(&self) -> Result<(), Stop> {
        match self.destroyed {
            true => Err(gone().into()),
            false => Ok(()),
        }
    }

    /// What the day comes to with `act`, unless that is more than the app may do in one.
    pub fn allowed(&self, act: Act, env: &Env) -> Result<Done, Stop> {
        let now = worker::Date::now().as_millis();
        Ok(self.done.and(act, &daily(env).map_err(stop)?, now)?)
    }

    /// Remembers what the day came to; gives what is left of it.
    pub fn did(&mut self, done: Done, env: &Env) -> Result<Vec<QuotaLeft>, Stop> {
        set(&self.sql, "done", &json(&done))?;
        self.done = done;
        let now = worker::Date::now().as_millis();
        Ok(done.left(&daily(env).map_err(stop)?, now))
    }

    /// Counts something that changes nothing else here.
    pub fn act(&mut self, act: Act, env: &Env) -> Result<Vec<QuotaLeft>, Stop> {
        self.alive()?;
        let done = self.allowed(act, env)?;
        self.did(done, env)
    }

    /// How much R2 holds of the files, once they are flushed, in bytes.
    pub fn stored_bytes(&self) -> u64 {
        let each: BTreeMap<ContentHash, u64> = self
            .files
            .values()
            .map(|info| (info.hash, info.size))
            .collect();
        each.values().sum()
    }

    /// Stores a batch as a new version, durably; gives the paths that changed.
    pub fn write(&mut self, batch: Batch, limits: &Limits) -> Result<Vec<ModulePath>, Stop> {
        let planned = plan(&self.files, self.version, batch, limits)?;
        let row = Row::files(self.version + 1, &self.files, &planned.changed);
        self.commit(planned, self.version + 1, row)
    }

    /// Sets what builds see, as a new version, durably.
    pub fn set_variables(&mut self, variables: BTreeMap<VariableName, String>) -> Result<(), Stop> {
        let version = self.version + 1;
        let written = json(&variables);
        let undo = Undo::variables(self.variables.clone());
        let row = Row::other(version, VersionCause::Variables, &undo);
        sql::transaction(&self.storage, move |sql| {
            row.write(sql)?;
            set(sql, "variables", &written)?;
            set(sql, "version", &version.to_string())
        })?;
        self.variables = variables;
        self.version = version;
        Ok(())
    }

    /// Sets where packages are, unless a newer change was made already; what is there is a version to be built anew.
    pub fn set_registries(
        &mut self,
        revision: u64,
        registries: SealedRegistries,
    ) -> Result<(), Stop> {
        if revision <= self.registries.0 {
            return Ok(());
        }
        let version = self.version + u64::from(self.version > 0);
        let registries = (revision, registries);
        let written = json(&registries);
        let row = Row::other(version, VersionCause::Registries, &Undo::default());
        let row = (version > 0).then_some(row);
        sql::transaction(&self.storage, move |sql| {
            row.map_or(Ok(()), |row| row.write(sql))?;
            set(sql, "registries", &written)?;
            set(sql, "version", &version.to_string())
        })?;
        self.registries = registries;
        self.version = version;
        Ok(())
    }

    /// Takes over what was flushed by an object that lost its storage.
    pub fn restore(
        &mut self,
        files: Files,
        blobs: BTreeMap<ContentHash, Vec<u8>>,
        variables: BTreeMap<VariableName, String>,
        registries: (u64, SealedRegistries),
        version: u64,
    ) -> Result<(), Stop> {
        set(&self.sql, "variables", &json(&variables))?;
        set(&self.sql, "registries", &json(&registries))?;
        self.variables = variables;
        self.registries = registries;
        let changed = files.keys().cloned().collect();
        let planned = Planned {
            files,
            changed,
            blobs,
        };
        let row = Row::other(version, VersionCause::Earlier, &Undo::default());
        self.commit(planned, version, row).map(drop)
    }

    fn commit(
        &mut self,
        planned: Planned,
        version: u64,
        row: Row,
    ) -> Result<Vec<ModulePath>, Stop> {
        let Planned {
            files,
            changed,
            mut blobs,
        } = planned;
        // What the tree has is stored already.
        let held: BTreeSet<ContentHash> = self.files.values().map(|info| info.hash).collect();
        blobs.retain(|hash, _| !held.contains(hash));
        let rows: Vec<_> = changed
            .iter()
            .map(|path| (path.to_string(), files.get(path).copied()))
            .collect();
        let blobs = Rc::new(blobs);
        let stored = blobs.clone();
        sql::transaction(&self.storage, move |sql| {
            for (hash, bytes) in &*stored {
                Parts::Blobs.store(sql, &hash.to_string(), bytes)?;
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
            row.write(sql)?;
            set(sql, "version", &version.to_string())
        })?;
        self.files = files;
        self.version = version;
        let kept = blobs.values().map(Vec::len).sum::<usize>() <= WRITTEN_BYTES;
        self.written = if kept { blobs } else { Rc::default() };
        Ok(changed)
    }

    /// Remembers what was chosen of npm, by the build of a version where it was one that chose.
    pub fn choose(&mut self, lock: Option<Rc<Lock>>, by: Option<u64>) -> Result<(), Stop> {
        if let Some(lock) = &lock {
            let written = json(&**lock);
            let before = self.lock.as_deref().map(json).zip(by);
            sql::transaction(&self.storage, move |sql| {
                if let Some((before, version)) = before {
                    history::chosen_before(sql, version, &before)?;
                }
                set(sql, "lock", &written)
            })?;
        }
        self.lock = lock;
        Ok(())
    }

    /// Remembers which app this is.
    pub fn name(&mut self, app: &AppId) -> Result<(), Stop> {
        set(&self.sql, "app", app.as_str())?;
        self.app = Some(app.clone());
        Ok(())
    }

    pub fn list(&self) -> Answer {
        let listing = Listing {
            version: self.version,
            files: self.files.clone(),
        };
        (Outcome::Listed(listing), Vec::new())
    }

    pub fn read(&self, path: &ModulePath) -> Result<Answer, Stop> {
        let Some(info) = self.files.get(path) else {
            let refusal =
                Refusal::new(404, "file-not-found", format!("There is no file `{path}`."));
            return Err(refusal.fact("path", path).into());
        };
        let bytes = self.content(&info.hash)?;
        if bytes.len() as u64 != info.size {
            return Err(Stop::Fault(format!("{} is not whole", info.hash)));
        }
        Ok((Outcome::Read(*info), vec![bytes]))
    }

    /// A content that something here names.
    pub fn content(&self, hash: &ContentHash) -> Result<Vec<u8>, Stop> {
        let mut previews = self.previews.iter();
        if let Some(made) = previews.find_map(|(_, preview)| preview.made.get(hash)) {
            return Ok(made.clone());
        }
        let found = Parts::Blobs.read(&self.sql, &hash.to_string())?;
        found.ok_or_else(|| Stop::Fault(format!("{hash} is not there")))
    }

    /// Removes contents that nothing names any more, `others` being named, too. Not while a build reads them.
    pub fn sweep(&self, others: Vec<String>) -> Result<(), Stop> {
        let mut named: BTreeSet<String> = self
            .files
            .values()
            .map(|info| info.hash.to_string())
            .collect();
        for (_, preview) in &self.previews {
            named.extend(preview.contents().map(|hash| hash.to_string()));
        }
        named.extend(self.updates.named());
        named.extend(others);
        for key in Parts::Blobs.keys(&self.sql)? {
            if !named.contains(&key) {
                Parts::Blobs.remove(&self.sql, &key)?;
            }
        }
        Ok(())
    }

    /// Forgets everything but that there was something.
    pub fn destroy(&mut self) -> Result<(), Stop> {
        sql::transaction(&self.storage, |sql| {
            for table in [
                "files", "blobs", "modules", "packages", "previews", "log", "sessions", "jobs",
                "shelf", "history",
            ] {
                sql::run(sql, &format!("DELETE FROM {table}"), vec![])?;
            }
            sql::run(
                sql,
                "DELETE FROM state WHERE key IN ('diagnostics', 'lock', 'variables', 'registries', 'updates', 'errors')",
                vec![],
            )?;
            set(sql, "destroyed", "1")
        })?;
        self.files.clear();
        self.variables.clear();
        self.registries = Default::default();
        self.previews.clear();
        self.updates = Updates::default();
        self.report = Report::default();
        self.environments.clear();
        self.written = Rc::default();
        self.destroyed = true;
        Ok(())
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

fn preview(row: Vec<SqlStorageValue>) -> Option<(u64, Preview)> {
    match &row[..] {
        [
            SqlStorageValue::Integer(version),
            SqlStorageValue::String(text),
        ] => Some((*version as u64, serde_json::from_str(text).ok()?)),
        _ => None,
    }
}

fn parsed<T: serde::de::DeserializeOwned>(text: Option<String>) -> Option<T> {
    serde_json::from_str(&text?).ok()
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("maps with text keys, texts and lists always serialise")
}
