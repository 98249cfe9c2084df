// What a real run does in the account, by wrangler: stores made where they are absent, secrets, the Workers.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stop, run } from "../run.mjs";
import { SECRETS } from "./tables.mjs";

/** What wrangler prints, without its banner: a JSON value. */
function json(output) {
  const start = output.search(/^[[{]/m);
  if (start < 0) throw new Stop(`wrangler printed no JSON:\n${output}`);
  return JSON.parse(output.slice(start, Math.max(output.lastIndexOf("]"), output.lastIndexOf("}")) + 1));
}

/** Who wrangler is logged in as; without a login there is nothing to do. */
export async function expectLogin() {
  const output = await run("wrangler", ["whoami"]);
  if (/not authenticated/i.test(output)) {
    throw new Stop("wrangler is not logged in. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID");
  }
}

/** The id of the database with this name, which is made if it isn't there. */
export async function database(name) {
  const find = async () => json(await run("wrangler", ["d1", "list", "--json"])).find((each) => each.name === name)?.uuid;
  const known = await find();
  if (known) return known;
  await run("wrangler", ["d1", "create", name], { show: true });
  const made = await find();
  if (!made) throw new Stop(`the database ${name} was made and is not listed yet: run this again`);
  return made;
}

/** Makes the bucket with this name, unless it is there. */
export async function bucket(name) {
  const listed = await run("wrangler", ["r2", "bucket", "list"]);
  if ([...listed.matchAll(/^name:\s+(\S+)$/gm)].some(([, each]) => each === name)) return;
  await run("wrangler", ["r2", "bucket", "create", name], { show: true });
}

/** Whether wrangler finds something; what it fails with otherwise has to say that it isn't there. */
async function there(args, absent) {
  try {
    await run("wrangler", args);
    return true;
  } catch (error) {
    if (error instanceof Stop && absent.test(error.message)) return false;
    throw error;
  }
}

/** Makes the queue with this name, unless it is there. */
export async function queue(name) {
  if (await there(["queues", "info", name], /does not exist|not found/i)) return;
  await run("wrangler", ["queues", "create", name], { show: true });
}

/** Makes the dispatch namespace with this name, unless it is there. */
export async function namespace(name) {
  if (await there(["dispatch-namespace", "get", name], /not found|does not exist|code: 100119/i)) return;
  await run("wrangler", ["dispatch-namespace", "create", name], { show: true });
}

/** The names of the secrets that a Worker has; `undefined` where it was never deployed. */
export async function secretsOf(worker) {
  try {
    return new Set(json(await run("wrangler", ["secret", "list", "--name", worker, "--format", "json"])).map(({ name }) => name));
  } catch (error) {
    if (error instanceof Stop && /Worker "[^"]*" not found/.test(error.message)) return undefined;
    throw error;
  }
}

/** Deploys one Worker, with those of its secrets that are given. The file they pass through is read by nobody else. */
export async function deploy({ name, file }, told) {
  const given = SECRETS.filter((secret) => secret.workers.includes(name) && told[secret.name]);
  const folder = mkdtempSync(join(tmpdir(), "overskill-secrets-"));
  try {
    const args = ["deploy", "-c", file];
    if (given.length) {
      const secrets = join(folder, "secrets.json");
      writeFileSync(secrets, JSON.stringify(Object.fromEntries(given.map((secret) => [secret.name, told[secret.name]]))), { mode: 0o600 });
      args.push("--secrets-file", secrets);
    }
    await run("wrangler", args, { show: true });
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}
