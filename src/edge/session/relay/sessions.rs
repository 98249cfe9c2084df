//! What clients of AnyCable's protocol listened to when they went, for when they come back by the session's name.

use super::super::{Session, sql, tree::Stop};
use worker::SqlStorageValue;

/// How long a session can be taken up again, in milliseconds.
const LASTS: u64 = 5 * 60 * 1000;
/// How many are kept.
const SESSIONS: i64 = 1_000;

impl Session {
    pub(super) fn keep_session(&self, sid: &str, session: &[u8], now: u64) -> Result<(), Stop> {
        let text = String::from_utf8_lossy(session).into_owned();
        self.with(|tree| {
            let values = vec![sid.into(), SqlStorageValue::Integer(now as i64), text.into()];
            let insert = "INSERT OR REPLACE INTO sessions (sid, at, identifiers) VALUES (?, ?, ?)";
            sql::run(&tree.sql, insert, values)?;
            let old = now.saturating_sub(LASTS) as i64;
            let delete = "DELETE FROM sessions WHERE at < ? OR sid NOT IN (SELECT sid FROM sessions ORDER BY at DESC LIMIT ?)";
            let bounds = vec![SqlStorageValue::Integer(old), SqlStorageValue::Integer(SESSIONS)];
            Ok(sql::run(&tree.sql, delete, bounds)?)
        })
    }

    /// A session, which can be taken up once.
    pub(super) fn take_session(&self, sid: &str, now: u64) -> Result<Option<Vec<u8>>, Stop> {
        self.with(|tree| {
            let old = now.saturating_sub(LASTS) as i64;
            let take = "DELETE FROM sessions WHERE sid = ? AND at >= ? RETURNING identifiers";
            let rows = sql::rows(
                &tree.sql,
                take,
                vec![sid.into(), SqlStorageValue::Integer(old)],
            )?;
            Ok(rows.into_iter().find_map(sql::text).map(String::into_bytes))
        })
    }
}
