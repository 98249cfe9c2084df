-- A deployment's life: more states, who and what moved it, and which of a tier's is the one that is served.
CREATE TABLE deployments_anew (
  app_id       TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  id           TEXT NOT NULL,
  tier         TEXT NOT NULL CHECK (tier IN ('preview', 'production')),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'building', 'uploading', 'live', 'failed', 'superseded')),
  -- What the state changed by, by whom and when: the trigger copies it.
  cause        TEXT NOT NULL,
  actor        TEXT NOT NULL,
  changed_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  message      TEXT,
  request_key  TEXT,
  created_at   INTEGER NOT NULL,
  finished_at  INTEGER,
  -- From when on it has a host of its own, and from when on no more.
  served_at    INTEGER,
  retired_at   INTEGER,
  files        INTEGER NOT NULL DEFAULT 0,
  bytes        INTEGER NOT NULL DEFAULT 0,
  added_files  INTEGER NOT NULL DEFAULT 0,
  added_bytes  INTEGER NOT NULL DEFAULT 0,
  -- JSON: the timings, the diagnostics, the log.
  report       TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (app_id, id),
  UNIQUE (app_id, request_key)
) STRICT;

INSERT INTO deployments_anew
  (app_id, id, tier, state, cause, actor, changed_at, version, message, request_key, created_at, finished_at, served_at, files, bytes, report)
SELECT
  app_id, id, tier,
  CASE
    WHEN state = 'building' THEN 'failed'
    WHEN state = 'live' AND EXISTS (
      SELECT 1 FROM deployments newer
      WHERE newer.app_id = old.app_id AND newer.tier = old.tier AND newer.state = 'live'
        AND (newer.created_at, newer.id) > (old.created_at, old.id)
    ) THEN 'superseded'
    ELSE state
  END,
  'migrated', 'system', coalesce(finished_at, created_at), version, message, request_key, created_at, finished_at,
  CASE WHEN state = 'live' THEN finished_at END, files, bytes, report
FROM deployments old;

DROP TABLE deployments;
ALTER TABLE deployments_anew RENAME TO deployments;

CREATE INDEX deployments_by_time ON deployments (app_id, created_at DESC);
CREATE UNIQUE INDEX deployments_live ON deployments (app_id, tier) WHERE state = 'live';

CREATE TABLE deployment_changes (
  nr             INTEGER PRIMARY KEY,
  app_id         TEXT NOT NULL,
  deployment_id  TEXT NOT NULL,
  state          TEXT NOT NULL,
  at             INTEGER NOT NULL,
  cause          TEXT NOT NULL,
  actor          TEXT NOT NULL,
  FOREIGN KEY (app_id, deployment_id) REFERENCES deployments (app_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX deployment_changes_by_deployment ON deployment_changes (app_id, deployment_id, nr);

INSERT INTO deployment_changes (app_id, deployment_id, state, at, cause, actor)
SELECT app_id, id, state, changed_at, cause, actor FROM deployments;

CREATE TRIGGER deployment_began AFTER INSERT ON deployments
BEGIN
  INSERT INTO deployment_changes (app_id, deployment_id, state, at, cause, actor)
  VALUES (NEW.app_id, NEW.id, NEW.state, NEW.changed_at, NEW.cause, NEW.actor);
END;

CREATE TRIGGER deployment_moved AFTER UPDATE OF state ON deployments WHEN NEW.state <> OLD.state
BEGIN
  INSERT INTO deployment_changes (app_id, deployment_id, state, at, cause, actor)
  VALUES (NEW.app_id, NEW.id, NEW.state, NEW.changed_at, NEW.cause, NEW.actor);
END;
