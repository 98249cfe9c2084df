//! Bytes of any length in tables whose rows hold two megabytes at most.

use super::sql;
use worker::{Result, SqlStorage, SqlStorageValue};

/// Longest piece in one row.
const PART: usize = 1 << 20;

/// Tables of `(key, part, bytes)`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parts {
    /// Contents by their hash.
    Blobs,
    /// Compiled modules by what they are a function of.
    Modules,
}

impl Parts {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Blobs => ("blobs", "hash"),
            Self::Modules => ("modules", "key"),
        }
    }

    /// Stores bytes under a key; what is there under it already is the same.
    pub fn store(self, sql: &SqlStorage, key: &str, bytes: &[u8]) -> Result<()> {
        let (table, column) = self.names();
        let statement =
            format!("INSERT OR IGNORE INTO {table} ({column}, part, bytes) VALUES (?, ?, ?)");
        // Nothing at all has one empty part, so that every key has a row.
        let parts = bytes.chunks(PART).chain(bytes.is_empty().then_some(bytes));
        for (number, part) in parts.enumerate() {
            let values = vec![key.into(), (number as i64).into(), part.to_vec().into()];
            sql::run(sql, &statement, values)?;
        }
        Ok(())
    }

    /// The bytes under a key.
    pub fn read(self, sql: &SqlStorage, key: &str) -> Result<Option<Vec<u8>>> {
        let (table, column) = self.names();
        let query = format!("SELECT bytes FROM {table} WHERE {column} = ? ORDER BY part");
        let mut bytes: Option<Vec<u8>> = None;
        for row in sql::rows(sql, &query, vec![key.into()])? {
            let part = match row.into_iter().next() {
                Some(SqlStorageValue::Blob(part)) => part,
                _ => {
                    return Err(worker::Error::RustError(format!(
                        "a part of {key} is no blob"
                    )));
                }
            };
            match &mut bytes {
                Some(bytes) => bytes.extend(part),
                None => bytes = Some(part),
            }
        }
        Ok(bytes)
    }

    /// The keys that hold something.
    pub fn keys(self, sql: &SqlStorage) -> Result<Vec<String>> {
        let (table, column) = self.names();
        let query = format!("SELECT {column} FROM {table} WHERE part = 0");
        let rows = sql::rows(sql, &query, vec![])?;
        Ok(rows.into_iter().filter_map(sql::text).collect())
    }

    /// Removes a key.
    pub fn remove(self, sql: &SqlStorage, key: &str) -> Result<()> {
        let (table, column) = self.names();
        let statement = format!("DELETE FROM {table} WHERE {column} = ?");
        sql::run(sql, &statement, vec![key.into()])
    }
}
