//! Which contents of deployments R2 is known to hold, in SQLite. What isn't known is stored again, which harms nothing.

use super::sql;
use overskill_flows::deploy::Shelf;
use overskill_model::ContentHash;
use worker::SqlStorage;

/// The table `shelf`.
pub(super) struct Stored<'a>(pub &'a SqlStorage);

impl Stored<'_> {
    fn note(&self, statement: &str, hash: &ContentHash) -> worker::Result<()> {
        sql::run(self.0, statement, vec![hash.to_string().into()])
    }
}

impl Shelf for Stored<'_> {
    fn has(&self, hash: &ContentHash) -> bool {
        let query = "SELECT hash FROM shelf WHERE hash = ?";
        let rows = sql::rows(self.0, query, vec![hash.to_string().into()]);
        rows.is_ok_and(|rows| !rows.is_empty())
    }

    fn add(&self, hash: &ContentHash) {
        if let Err(error) = self.note("INSERT OR IGNORE INTO shelf (hash) VALUES (?)", hash) {
            worker::console_warn!("{hash} will be stored again: {error}");
        }
    }

    fn remove(&self, hash: &ContentHash) {
        self.note("DELETE FROM shelf WHERE hash = ?", hash)
            .expect("a row can be deleted: what it tells of is about to go");
    }
}
