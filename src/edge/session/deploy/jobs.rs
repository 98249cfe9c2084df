//! Deployments that are unfinished, on disk.

use super::{super::build::Kept, away::Away, sql};
use overskill_flows::deploy::Wanted;
use serde::{Deserialize, Serialize};
use worker::{Result, SqlStorage, SqlStorageValue};

/// A deployment that is to be made.
#[derive(Serialize, Deserialize)]
pub(super) struct Job {
    pub wanted: Wanted,
    pub snapshot: Kept,
    /// What is known of it while it is built elsewhere.
    #[serde(default)]
    pub away: Option<Away>,
    /// How often it was tried and our side failed.
    #[serde(skip)]
    pub tries: u32,
}

pub(super) fn insert(sql: &SqlStorage, job: &Job) -> Result<()> {
    let key = job.wanted.key.as_deref();
    let values = vec![
        job.wanted.id.as_str().into(),
        key.map_or(SqlStorageValue::Null, SqlStorageValue::from),
        serde_json::to_string(job)?.into(),
    ];
    sql::run(
        sql,
        "INSERT INTO jobs (id, key, job) VALUES (?, ?, ?)",
        values,
    )
}

/// Writes what is known of one by now; it went well until here.
pub(super) fn update(sql: &SqlStorage, job: &Job) -> Result<()> {
    let values = vec![
        serde_json::to_string(job)?.into(),
        job.wanted.id.as_str().into(),
    ];
    let statement = "UPDATE jobs SET job = ?, tries = 0 WHERE id = ?";
    sql::run(sql, statement, values)
}

/// The job with this key.
pub(super) fn of_key(sql: &SqlStorage, key: &str) -> Result<Option<String>> {
    let rows = sql::rows(sql, "SELECT id FROM jobs WHERE key = ?", vec![key.into()])?;
    Ok(rows.into_iter().find_map(sql::text))
}

/// All of them, oldest first.
pub(super) fn all(sql: &SqlStorage) -> Result<Vec<Job>> {
    let rows = sql::rows(sql, "SELECT job, tries FROM jobs ORDER BY nr", vec![])?;
    let jobs = rows.into_iter().filter_map(|row| match &row[..] {
        [
            SqlStorageValue::String(job),
            SqlStorageValue::Integer(tries),
        ] => Some((job.clone(), *tries)),
        _ => None,
    });
    jobs.map(|(job, tries)| {
        let mut job: Job = serde_json::from_str(&job)?;
        job.tries = tries as u32;
        Ok(job)
    })
    .collect()
}

/// Notes that it was tried.
pub(super) fn tried(sql: &SqlStorage, id: &str) -> Result<()> {
    let update = "UPDATE jobs SET tries = tries + 1 WHERE id = ?";
    sql::run(sql, update, vec![id.into()])
}

pub(super) fn remove(sql: &SqlStorage, id: &str) -> Result<()> {
    sql::run(sql, "DELETE FROM jobs WHERE id = ?", vec![id.into()])
}
