-- Deployments: immutable builds of a version. Their files are in R2, by what they hold.
CREATE TABLE deployments (
  app_id       TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  id           TEXT NOT NULL,
  tier         TEXT NOT NULL CHECK (tier IN ('preview', 'production')),
  state        TEXT NOT NULL CHECK (state IN ('building', 'live', 'failed')),
  version      INTEGER NOT NULL,
  message      TEXT,
  request_key  TEXT,
  created_at   INTEGER NOT NULL,
  finished_at  INTEGER,
  files        INTEGER NOT NULL DEFAULT 0,
  bytes        INTEGER NOT NULL DEFAULT 0,
  -- JSON: the timings and the diagnostics.
  report       TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (app_id, id),
  UNIQUE (app_id, request_key)
) STRICT;

CREATE INDEX deployments_by_time ON deployments (app_id, created_at DESC);
