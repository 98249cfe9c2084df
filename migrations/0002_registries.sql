-- An app's own npm registries, tokens sealed. The revision orders changes, so that the app's object takes the newest.
ALTER TABLE apps ADD COLUMN registries TEXT NOT NULL DEFAULT '{}';
ALTER TABLE apps ADD COLUMN registries_revision INTEGER NOT NULL DEFAULT 0;
