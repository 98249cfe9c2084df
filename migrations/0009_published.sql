-- Deployments on Workers for Platforms: how far each is. Written by the deployment's deployer, read by the control plane.
CREATE TABLE published (
  app_id         TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  deployment_id  TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('queued', 'uploading', 'activating', 'live', 'failed', 'removing', 'removed')),
  attempts       INTEGER NOT NULL DEFAULT 0,
  -- JSON: the last answer that was no success, as long as nothing has succeeded since.
  error          TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  PRIMARY KEY (app_id, deployment_id)
) STRICT;
