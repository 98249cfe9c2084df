// What an installation is told: its secrets, its variables, and what only the deployment itself needs. README's tables
// are made of these, and the dry run holds them against what the Workers read.

/** Secrets: which Workers read each, whether nothing works without it, and what it is for. */
export const SECRETS = [
  { name: "ADMIN_TOKEN", workers: ["edge"], required: true, what: "opens the whole control plane; Rails holds it" },
  { name: "SEALING_KEY", workers: ["edge", "background"], required: true, what: "16 characters or more; seals what apps entrust to us" },
  { name: "SIGNING_KEY", workers: ["edge"], required: false, what: "what Rails signs tokens of private previews with" },
  { name: "CLOUDFLARE_API_TOKEN", workers: ["background"], required: false, what: "publishes to Workers for Platforms, purges the zone's cache" },
  { name: "GITHUB_PRIVATE_KEY", workers: ["background"], required: false, what: "the private key of the GitHub App" },
];

/** Variables, which stand in a Worker's configuration in plain text. */
export const VARIABLES = [
  { name: "PREVIEW_DOMAIN", workers: ["edge"], required: true, what: "the domain whose labels are apps" },
  { name: "PRODUCTION_DOMAIN", workers: ["edge"], what: "the domain whose labels are apps' live production deployments, if not the preview domain's" },
  { name: "CONTROL_HOSTS", workers: ["edge"], what: "hosts of ours that apps' server code must not reach, separated by commas; the control plane's own when absent" },
  { name: "SERVERS", workers: ["edge"], what: "`dispatch` runs deployments' server code from the dispatch namespace, once published; else the Worker Loader does" },
  { name: "PRICES", workers: ["edge"], what: "what is paid for what apps use, as JSON" },
  { name: "KEEP_DEPLOYMENTS", workers: ["edge"], what: "how many deployments of a tier are kept besides the live one" },
  { name: "KEEP_DAYS", workers: ["edge"], what: "for how many days" },
  { name: "KEEP_VERSIONS", workers: ["edge"], what: "how many versions of an app's files can be deployed, the current one among them" },
  { name: "KEEP_VERSIONS_BYTES", workers: ["edge"], what: "how large those contents may be that only earlier versions have" },
  { name: "EDITOR_ORIGINS", workers: ["edge"], what: "whose pages may frame and hear previews, separated by commas" },
  { name: "ACTION_CABLE_URL", workers: ["edge"], what: "Rails' cable" },
  { name: "NPM_REGISTRY", workers: ["edge"], what: "where npm packages come from, if not from npm's own" },
  { name: "CLOUDFLARE_ACCOUNT_ID", workers: ["background"], what: "the account that apps are published in" },
  { name: "DISPATCH_NAMESPACE", workers: ["background"], what: "the namespace that apps are published to; made if it isn't there" },
  { name: "TAIL_WORKER", workers: ["background"], what: "the Worker that hears what published server code says; set by the deployment" },
  { name: "CLOUDFLARE_ZONE_ID", workers: ["edge", "background"], what: "the preview domain's zone, whose cache is purged" },
  { name: "CLOUDFLARE_API_URL", workers: ["background"], what: "Cloudflare's API, if not the public one" },
  { name: "GITHUB_APP_ID", workers: ["background"], what: "the GitHub App that commits apps' files" },
  { name: "GITHUB_INSTALLATION_ID", workers: ["background"], what: "its installation" },
  { name: "GITHUB_OWNER", workers: ["background"], what: "whose repositories are made" },
  { name: "GITHUB_AUTHOR", workers: ["background"], what: "who commits, `Name <address>`" },
  { name: "GITHUB_API_URL", workers: ["background"], what: "GitHub's API, if not the public one" },
  { name: "GITHUB_SETTLE_SECONDS", workers: ["background"], what: "how long files rest before they are committed" },
  ...["BUILDS_PER_DAY", "UPLOADS_PER_DAY", "UPLOAD_BYTES_PER_DAY", "REQUESTS_PER_DAY", "SERVER_CPU_MS_PER_DAY"]
    .map((name) => ({ name, workers: ["edge"], what: "bounds what an app may use in a day" })),
  ...["AUDIT_DAYS", "AUDIT_ENTRIES", "USAGE_SECONDS"].map((name) => ({ name, workers: ["edge"], what: "how much is kept of the audit log, and how often use is summed up" })),
  ...["MAX_FILES", "MAX_FILE_BYTES", "MAX_TREE_BYTES", "MAX_PATH_SEGMENT", "MAX_STORAGE_BYTES"]
    .map((name) => ({ name, workers: ["edge"], what: "bounds an app's files" })),
  ...["MAX_SOCKETS", "CABLE_BURST", "CABLE_RATE", "MAX_CABLE_FRAME", "MAX_SUBSCRIPTIONS", "MAX_IDENTIFIER", "MAX_UNACKNOWLEDGED", "MAX_SILENCE"]
    .map((name) => ({ name, workers: ["edge"], what: "bounds the relay" })),
];

/** What the deployment needs to know besides. */
export const PLACES = [
  { name: "ZONE_NAME", required: true, what: "the zone on Cloudflare that the preview domain is in" },
  { name: "CONTROL_HOST", required: true, what: "the control plane's host, outside the preview domain" },
  { name: "D1_DATABASE_ID", what: "the database's id; without it the database is found by its name, or made" },
];
