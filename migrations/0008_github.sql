-- Where apps are published to. A repository is one app's, however its name is written.
CREATE TABLE github (
  app_id      TEXT PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
  repository  TEXT NOT NULL COLLATE NOCASE UNIQUE,
  branch      TEXT NOT NULL,
  private     INTEGER NOT NULL CHECK (private IN (0, 1)),
  workflow    INTEGER NOT NULL CHECK (workflow IN (0, 1)),
  -- Whether a repository may be written that was not made for the app.
  adopt       INTEGER NOT NULL CHECK (adopt IN (0, 1)),
  -- JSON: a list of `Name <address>`.
  co_authors  TEXT NOT NULL
) STRICT;
