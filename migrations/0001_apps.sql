-- Apps and their tokens. D1 is the truth about who exists and who may; the objects about what is in them.
CREATE TABLE apps (
  id          TEXT PRIMARY KEY,
  slug        TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  visibility  TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
  hmr         INTEGER NOT NULL CHECK (hmr IN (0, 1)),
  version     INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
  hash        TEXT PRIMARY KEY,
  app_id      TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX tokens_by_app ON tokens (app_id);
