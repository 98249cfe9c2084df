-- Deployments that the app's own GitHub Actions build.
ALTER TABLE deployments ADD COLUMN builder TEXT NOT NULL DEFAULT 'here' CHECK (builder IN ('here', 'github'));
ALTER TABLE deployments ADD COLUMN run_url TEXT;
