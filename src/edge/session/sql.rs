//! The object's SQLite: statements, rows, and transactions that don't await.

use overskill_flows::usage::Meter;
use overskill_platform::tally;
use std::{cell::RefCell, rc::Rc};
use worker::{
    Error, Result, SqlStorage, SqlStorageValue, Storage,
    js_sys::{Function, Reflect},
    wasm_bindgen::{JsCast, JsValue, prelude::Closure, throw_str},
};

/// Runs a statement that gives no rows worth reading.
pub(super) fn run(sql: &SqlStorage, statement: &str, values: Vec<SqlStorageValue>) -> Result<()> {
    let cursor = sql.exec(statement, values)?;
    count(cursor.rows_read(), cursor.rows_written());
    Ok(())
}

/// Runs a query.
pub(super) fn rows(
    sql: &SqlStorage,
    query: &str,
    values: Vec<SqlStorageValue>,
) -> Result<Vec<Vec<SqlStorageValue>>> {
    let cursor = sql.exec(query, values)?;
    let rows = cursor.raw().collect();
    count(cursor.rows_read(), cursor.rows_written());
    rows
}

fn count(read: usize, written: usize) {
    tally::count(Meter::ObjectRowsRead, read as f64);
    tally::count(Meter::ObjectRowsWritten, written as f64);
}

/// Runs `work` in one transaction: all of it is durable, or none.
pub(super) fn transaction<F>(storage: &Storage, work: F) -> Result<()>
where
    F: FnOnce(&SqlStorage) -> Result<()> + 'static,
{
    let sql = storage.sql();
    let failed: Rc<RefCell<Option<Error>>> = Rc::default();
    let seen = failed.clone();
    let body = Closure::once(move || {
        if let Err(error) = work(&sql) {
            *seen.borrow_mut() = Some(error);
            // Only an exception rolls back.
            throw_str("rolled back");
        }
    });
    let raw: &JsValue = storage.as_raw().as_ref();
    let begin: Function =
        Reflect::get(raw, &JsValue::from_str("transactionSync"))?.unchecked_into();
    let outcome = begin.call1(raw, body.as_ref());
    match (failed.take(), outcome) {
        (Some(error), _) => Err(error),
        (None, Err(thrown)) => Err(thrown.into()),
        (None, Ok(_)) => Ok(()),
    }
}

/// The text in a row's first column.
pub(super) fn text(row: Vec<SqlStorageValue>) -> Option<String> {
    match row.into_iter().next()? {
        SqlStorageValue::String(text) => Some(text),
        _ => None,
    }
}

/// A value of the object's own state.
pub(super) fn state(sql: &SqlStorage, key: &str) -> Result<Option<String>> {
    let query = "SELECT value FROM state WHERE key = ?";
    let rows = rows(sql, query, vec![key.into()])?;
    Ok(rows.into_iter().find_map(text))
}

/// Writes a value of the object's own state.
pub(super) fn set(sql: &SqlStorage, key: &str, value: &str) -> Result<()> {
    run(
        sql,
        "INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)",
        vec![key.into(), value.into()],
    )
}
