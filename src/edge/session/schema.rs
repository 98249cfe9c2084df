//! The object's own tables, and how older ones become today's.

/// Applied in order, each once, each with the version it makes in one transaction. Never edited, only appended to.
pub(super) const MIGRATIONS: [&str; 6] = [
    "
CREATE TABLE files (path TEXT PRIMARY KEY, hash TEXT NOT NULL, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE blobs (hash TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (hash, part)) STRICT, WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE modules (key TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (key, part)) STRICT, WITHOUT ROWID;
CREATE TABLE packages (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE previews (version INTEGER PRIMARY KEY, preview TEXT NOT NULL) STRICT;
CREATE TABLE flushed (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE log (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
",
    "
CREATE TABLE sessions (sid TEXT PRIMARY KEY, at INTEGER NOT NULL, identifiers TEXT NOT NULL) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE jobs (nr INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT UNIQUE, job TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE shelf (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
",
    r#"
CREATE TABLE history (version INTEGER PRIMARY KEY, at INTEGER, told TEXT NOT NULL, undo TEXT NOT NULL, lock TEXT) STRICT;
INSERT INTO history (version, told, undo)
SELECT CAST(value AS INTEGER), '{"cause":"earlier","changed":[],"changedCount":0}', '{}' FROM state WHERE key = 'version' AND CAST(value AS INTEGER) > 0;
"#,
];
