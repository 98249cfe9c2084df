-- Live editing: over which relay pages hear of updates, and how the updates went. `apps.hmr` is whether.
ALTER TABLE apps ADD COLUMN relay TEXT CHECK (relay IN ('auto', 'durable_object', 'action_cable'));

CREATE TABLE live (
  app_id              TEXT PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
  epoch               TEXT NOT NULL,
  seq                 INTEGER NOT NULL,
  last_hot_reload_at  INTEGER,
  updates             INTEGER NOT NULL,
  -- JSON: the newest updates with their timings.
  recent              TEXT NOT NULL
) STRICT;
