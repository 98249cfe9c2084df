// What an installation is told: its secrets, its variables, and what only the deployment itself needs. README's tables
// are made of these, and the dry run holds them against what the Workers read.

/** Secrets: which Workers read each, whether nothing works without it, and what it is for. */
export const SECRETS = [
  { name: "ADMIN_TOKEN", workers: ["edge"], required: true, what: "opens the whole control plane; Rails holds it" },
  { name: "SEALING_KEY", workers: ["edge"], required: true, what: "16 characters or more; seals what apps entrust to us" },
  { name: "SIGNING_KEY", workers: ["edge"], required: false, what: "what Rails signs tokens of private previews with" },
  { name: "CLOUDFLARE_API_TOKEN", workers: ["background"], required: false, what: "publishes to Workers for Platforms, purges the zone's cache" },
];

/** Variables, which stand in a Worker's configuration in plain text. */
export const VARIABLES = [
  { name: "PREVIEW_DOMAIN", workers: ["edge"], required: true, what: "the domain whose labels are apps" },
  { name: "EDITOR_ORIGINS", workers: ["edge"], what: "whose pages may frame and hear previews, separated by commas" },
  { name: "ACTION_CABLE_URL", workers: ["edge"], what: "Rails' cable" },
  { name: "NPM_REGISTRY", workers: ["edge"], what: "where npm packages come from, if not from npm's own" },
  { name: "CLOUDFLARE_ACCOUNT_ID", workers: ["background"], what: "the account that apps are published in" },
  { name: "DISPATCH_NAMESPACE", workers: ["background"], what: "the namespace that apps are published to; made if it isn't there" },
  { name: "CLOUDFLARE_ZONE_ID", workers: ["background"], what: "the preview domain's zone, whose cache is purged" },
  { name: "CLOUDFLARE_API_URL", workers: ["background"], what: "Cloudflare's API, if not the public one" },
  ...["MAX_FILES", "MAX_FILE_BYTES", "MAX_TREE_BYTES", "MAX_PATH_SEGMENT"]
    .map((name) => ({ name, workers: ["edge"], what: "bounds an app's tree" })),
  ...["MAX_SOCKETS", "CABLE_BURST", "CABLE_RATE", "MAX_CABLE_FRAME", "MAX_SUBSCRIPTIONS", "MAX_IDENTIFIER", "MAX_UNACKNOWLEDGED", "MAX_SILENCE"]
    .map((name) => ({ name, workers: ["edge"], what: "bounds the relay" })),
];

/** What the deployment needs to know besides. */
export const PLACES = [
  { name: "ZONE_NAME", required: true, what: "the zone on Cloudflare that the preview domain is in" },
  { name: "CONTROL_HOST", required: true, what: "the control plane's host, outside the preview domain" },
  { name: "D1_DATABASE_ID", what: "the database's id; without it the database is found by its name, or made" },
];
