// `npm run publishing`: publishes the example to a real Workers for Platforms namespace, from Workers that run here, and
// removes it again. CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN and DISPATCH_NAMESPACE say where.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Stop, main, root } from "./run.mjs";
import { setup } from "./setup.mjs";
import { Runtime, migrate } from "./wrangler.mjs";

const NEEDED = ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "DISPATCH_NAMESPACE"];
const SLUG = "publishing-example";
const TOKEN = "local";
/** How often its state is asked for, in milliseconds. */
const LOOK = 500;

async function call(port, method, path, json) {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(json && { "content-type": "application/json" }) };
  const answer = await fetch(`http://localhost:${port}/v1/apps${path}`, { method, headers, body: json && JSON.stringify(json) });
  const value = await answer.json();
  if (!answer.ok) throw new Stop(`${method} ${path}: ${answer.status} ${value.code}: ${value.detail}`);
  return value;
}

/** Tells each state once, until one of `ends`. */
async function follow(port, path, ends) {
  let last;
  for (;;) {
    const { state, attempts, error, script } = await call(port, "GET", path);
    const line = `${state}${error ? `: ${error.status} ${error.code ?? ""} ${error.message}` : ""}`;
    if (line !== last) console.log(`  ${line} (${attempts} calls)`);
    last = line;
    if (state === "failed") throw new Stop(`${script} could not be published or removed`);
    if (ends === state) return script;
    await pause(LOOK);
  }
}

await main(async () => {
  const missing = NEEDED.filter((name) => !process.env[name]);
  if (missing.length) throw new Stop(`${missing.join(", ")} not set: the account, a token that may edit its Workers scripts, and a namespace (npx wrangler dispatch-namespace create NAME)`);
  // `--no-build` is for who has just built them.
  if (!process.argv.includes("--no-build")) await setup({ profile: process.env.OVERSKILL_PROFILE || "release" });
  const { withVars } = await import("./vars.mjs");
  const state = mkdtempSync(join(tmpdir(), "overskill-publishing-"));
  await migrate(state);
  const told = Object.fromEntries([...NEEDED, "CLOUDFLARE_API_URL"].filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  const runtime = await Runtime.start({ state, vars: { ADMIN_TOKEN: TOKEN }, configs: withVars(state, told) });
  try {
    const { Folder, content } = await import("./push/folder.mjs");
    const { files } = await new Folder(join(root, "examples/harbour")).read();
    await call(runtime.port, "POST", "", { slug: SLUG });
    await call(runtime.port, "PUT", `/${SLUG}/files`, { files: Object.fromEntries([...files].map(([path, { bytes }]) => [path, content(bytes)])) });
    const deployment = await call(runtime.port, "POST", `/${SLUG}/deployments`, { tier: "production" });
    if (deployment.state !== "live") throw new Stop(`the example does not build: ${JSON.stringify(deployment.diagnostics)}`);
    const path = `/${SLUG}/deployments/${deployment.id}/publish`;
    await call(runtime.port, "POST", path);
    console.log("Publishing");
    const script = await follow(runtime.port, path, "live");
    console.log(`✓ ${script} is in ${told.DISPATCH_NAMESPACE}, ${deployment.files} files\nRemoving`);
    await call(runtime.port, "DELETE", path);
    await follow(runtime.port, path, "removed");
    console.log(`✓ ${script} is gone`);
  } finally {
    await runtime.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
