//! What a publisher keeps: its state as one value, and Git's names for the contents that it has read.

use overskill_model::ContentHash;
use overskill_ports::Fault;
use overskill_publish::{
    Publication,
    github::{Known, Oid},
};
use worker::{SqlStorage, SqlStorageValue, State};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (hash TEXT PRIMARY KEY, oid TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

pub struct Storage {
    sql: SqlStorage,
}

fn fault(error: worker::Error) -> Fault {
    Fault(error.to_string())
}

impl Storage {
    pub fn open(state: &State) -> Result<Self, Fault> {
        let sql = state.storage().sql();
        sql.exec(TABLES, None).map_err(fault)?;
        Ok(Self { sql })
    }

    fn text(&self, query: &str, key: &str) -> Result<Option<String>, Fault> {
        let rows = self.sql.exec(query, Some(vec![key.into()]));
        let row = rows.map_err(fault)?.raw().next();
        Ok(match row.transpose().map_err(fault)?.as_deref() {
            Some([SqlStorageValue::String(text)]) => Some(text.clone()),
            _ => None,
        })
    }

    fn write(&self, statement: &str, key: &str, value: &str) -> Result<(), Fault> {
        let values = vec![key.into(), value.into()];
        self.sql
            .exec(statement, Some(values))
            .map(drop)
            .map_err(fault)
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, Fault> {
        self.text("SELECT value FROM state WHERE key = ?", key)
    }

    pub fn set(&self, key: &str, value: &str) -> Result<(), Fault> {
        self.write(
            "INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)",
            key,
            value,
        )
    }

    pub fn publication(&self) -> Result<Publication, Fault> {
        match self.get("publication")? {
            Some(text) => serde_json::from_str(&text).map_err(|error| Fault(error.to_string())),
            None => Ok(Publication::default()),
        }
    }

    pub fn save(&self, publication: &Publication) -> Result<(), Fault> {
        let text = serde_json::to_string(publication).map_err(|error| Fault(error.to_string()))?;
        self.set("publication", &text)
    }

    /// Forgets everything.
    pub fn clear(&self) -> Result<(), Fault> {
        let all = "DELETE FROM state; DELETE FROM names;";
        self.sql.exec(all, None).map(drop).map_err(fault)
    }
}

impl Known for Storage {
    fn get(&self, hash: &ContentHash) -> Option<Oid> {
        let known = self.text("SELECT oid FROM names WHERE hash = ?", &hash.to_string());
        Oid::parse(&known.ok()??)
    }

    fn put(&self, hash: ContentHash, oid: Oid) {
        let (hash, oid) = (hash.to_string(), oid.to_string());
        // What isn't kept is read again.
        let kept = self.write(
            "INSERT OR REPLACE INTO names (hash, oid) VALUES (?, ?)",
            &hash,
            &oid,
        );
        if let Err(fault) = kept {
            worker::console_error!("{fault}");
        }
    }
}
