-- Secrets that an app's server code gets, sealed. The revision moves with each change, so that what runs with older ones
-- is told from what doesn't.
CREATE TABLE secrets (
  app_id      TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  sealed      TEXT NOT NULL,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (app_id, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE apps ADD COLUMN secrets_revision INTEGER NOT NULL DEFAULT 0;

-- Who asked for which change. Outlives the apps it is about.
CREATE TABLE audit (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL,
  request_id  TEXT NOT NULL,
  actor       TEXT NOT NULL,
  call        TEXT NOT NULL,
  target      TEXT,
  app_id      TEXT,
  slug        TEXT,
  status      INTEGER NOT NULL,
  code        TEXT,
  ray         TEXT,
  address     TEXT
) STRICT;

CREATE INDEX audit_by_app ON audit (app_id, id DESC);
CREATE INDEX audit_by_slug ON audit (slug, id DESC);

-- What apps used, by day since 1970. Outlives the apps. Columns are the meters of `flows/usage.rs`; those that end in
-- `Days` are levels, absent where they were not measured.
CREATE TABLE usage (
  app_id             TEXT NOT NULL,
  day                INTEGER NOT NULL,
  requests           REAL NOT NULL DEFAULT 0,
  sentBytes          REAL NOT NULL DEFAULT 0,
  uploads            REAL NOT NULL DEFAULT 0,
  uploadBytes        REAL NOT NULL DEFAULT 0,
  builds             REAL NOT NULL DEFAULT 0,
  buildMs            REAL NOT NULL DEFAULT 0,
  serverRequests     REAL NOT NULL DEFAULT 0,
  serverCpuMs        REAL NOT NULL DEFAULT 0,
  objectRequests     REAL NOT NULL DEFAULT 0,
  objectMs           REAL NOT NULL DEFAULT 0,
  objectRowsRead     REAL NOT NULL DEFAULT 0,
  objectRowsWritten  REAL NOT NULL DEFAULT 0,
  databaseReads      REAL NOT NULL DEFAULT 0,
  databaseWrites     REAL NOT NULL DEFAULT 0,
  storeReads         REAL NOT NULL DEFAULT 0,
  storeWrites        REAL NOT NULL DEFAULT 0,
  storedByteDays     REAL,
  objectByteDays     REAL,
  PRIMARY KEY (app_id, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_day ON usage (day);
