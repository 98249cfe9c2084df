// `npm run deploy`: the three Workers to Cloudflare. With `--dry-run`, everything up to that: built as they ship, bundled, checked.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as account from "./deploy/account.mjs";
import { bundle, migrations, sources } from "./deploy/build.mjs";
import * as checks from "./deploy/checks.mjs";
import { bindingsTable, secretsTable, sizesTable, table } from "./deploy/report.mjs";
import { missingSettings, settings, wrongSettings } from "./deploy/settings.mjs";
import { SECRETS } from "./deploy/tables.mjs";
import { Stop, main, root, run } from "./run.mjs";
import { setup } from "./setup.mjs";

const { values: options } = parseArgs({
  options: {
    "dry-run": { type: "boolean", default: false },
    // For who has just built them.
    "no-build": { type: "boolean", default: false },
    vars: { type: "string", default: ".deploy.vars" },
  },
});

/** What was deployed and applied, so that nobody rewrites it; written by real runs, kept in git. */
const LEDGER = join(root, "migrations/deployed.json");
const ledger = existsSync(LEDGER) ? JSON.parse(readFileSync(LEDGER, "utf8")) : undefined;
const SHIPPING = join(root, ".setup/deploy");

/** Problems of what would ship; reports on the way. */
async function check(workers, folder) {
  const measured = [];
  for (const worker of workers) measured.push(await bundle(worker, folder));
  console.log(`\nSizes\n${sizesTable(measured)}\n\nBindings\n${bindingsTable(workers)}\n`);
  const read = Object.fromEntries(Object.entries(sources()).map(([name, texts]) => [name, checks.reads(texts)]));
  const exported = Object.fromEntries(workers.map(({ config }, at) => [config.name, measured[at].exported]));
  return [
    ...checks.sizes(measured),
    ...checks.references(workers),
    ...checks.environment(workers, read),
    ...checks.placeholders(workers),
    ...checks.objects(workers, exported, ledger),
    ...checks.numbering(migrations(), ledger),
  ];
}

/** Applies D1's migrations to a database that has none yet, on this machine. */
async function applyLocally({ file }, folder) {
  const args = ["d1", "migrations", "apply", "DB", "--local", "-c", file, "--persist-to", join(folder, "state")];
  try {
    await run("wrangler", args);
    return [];
  } catch (error) {
    if (error instanceof Stop) return [`D1's migrations don't apply to an empty database: ${error.message}`];
    throw error;
  }
}

const list = (lines) => lines.map((line) => `  ✗ ${line}`).join("\n");

function expectNone(problems) {
  if (problems.length) throw new Stop(`not fit to be deployed:\n${list([...new Set(problems)])}`);
}

/** The real thing, once all checks have passed. */
async function toCloudflare(told, given, edge, write) {
  await account.expectLogin();
  const there = {};
  const absentWorkers = new Set();
  for (const { name, config } of write(told, SHIPPING)) {
    const secrets = await account.secretsOf(config.name);
    if (!secrets) absentWorkers.add(name);
    there[name] = secrets ?? new Set();
  }
  console.log(`Secrets\n${secretsTable(given, there)}\n`);
  const absent = checks.missingSecrets(given, there);
  if (absent.length) throw new Stop(`required secrets are neither in ${options.vars} nor in the account: ${absent.map(({ name, worker }) => `${name} (${worker})`).join(", ")}`);
  const id = await account.database(edge.config.d1_databases[0].database_name);
  const workers = write({ ...told, D1_DATABASE_ID: told.D1_DATABASE_ID ?? id }, SHIPPING);
  const queues = new Set(workers.flatMap(({ config }) => [...(config.queues?.producers ?? []), ...(config.queues?.consumers ?? [])].map(({ queue }) => queue)));
  const namespaces = new Set(workers.flatMap(({ config }) => (config.dispatch_namespaces ?? []).map(({ namespace }) => namespace)));
  if (told.DISPATCH_NAMESPACE) namespaces.add(told.DISPATCH_NAMESPACE);
  for (const { bucket_name: name } of edge.config.r2_buckets) await account.bucket(name);
  for (const name of queues) await account.queue(name);
  for (const name of namespaces) await account.namespace(name);
  expectNone(checks.placeholders(workers));
  await run("wrangler", ["d1", "migrations", "apply", "DB", "--remote", "-c", workers.find(({ name }) => name === "edge").file], { show: true });
  // What stands around published code refers to the edge, and the edge's namespace to it: at first the edge goes without.
  if (workers.some(({ name }) => name === "published") && absentWorkers.has("published")) {
    const { DISPATCH_NAMESPACE: _, ...without } = told;
    const first = write({ ...without, D1_DATABASE_ID: told.D1_DATABASE_ID ?? id }, join(SHIPPING, "first"));
    for (const worker of first) await account.deploy(worker, told);
    await account.deploy(workers.find(({ name }) => name === "published"), told);
  }
  for (const worker of workers) await account.deploy(worker, told);
  const deployed = {
    objects: Object.fromEntries(workers.map(({ config }) => [config.name, config.migrations ?? []])),
    database: migrations(),
  };
  writeFileSync(LEDGER, `${JSON.stringify(deployed, null, 2)}\n`);
  console.log(`\n✓ deployed: https://${told.CONTROL_HOST}/healthz, previews at https://<slug>.${told.PREVIEW_DOMAIN}/`);
  console.log("  migrations/deployed.json says what was applied: commit it.");
}

await main(async () => {
  const told = settings(resolve(root, options.vars));
  const given = new Set(SECRETS.map(({ name }) => name).filter((name) => told[name]));
  if (!options["no-build"]) await setup({ profile: "release" });
  // It reads configurations with wrangler, which the set-up may only just have installed.
  const { write } = await import("./deploy/shipping.mjs");
  const folder = mkdtempSync(join(tmpdir(), "overskill-deploy-"));
  let edge;
  try {
    const workers = write(told, SHIPPING);
    edge = workers.find(({ name }) => name === "edge");
    expectNone([...wrongSettings(told), ...(await check(workers, folder)), ...(await applyLocally(edge, folder))]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const missing = missingSettings(told);
  if (options["dry-run"]) {
    console.log(`Secrets\n${secretsTable(given)}\n`);
    if (missing.length) console.log(`To be written to ${options.vars} first\n${table(missing.map(({ name, what }) => [name, what]))}\n`);
    console.log("✓ sizes, bindings, migrations and settings are as they have to be; nothing was deployed");
    return;
  }
  if (missing.length) throw new Stop(`${options.vars} lacks:\n${table(missing.map(({ name, what }) => [name, what]))}`);
  await toCloudflare(told, given, edge, write);
});
