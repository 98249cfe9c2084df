// Node and npm's packages: what the scripts themselves stand on.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop, root, run } from "./run.mjs";

/** What wrangler needs. */
const NEEDED = [22, 12];
const binary = join(root, "node_modules/.bin/node");
const stamp = join(root, "node_modules/.overskill");

const wanted = () => createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");

export const npmPackages = {
  name: "npm packages",
  done: () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted(),
  run: async () => {
    await run("npm", ["ci", "--no-audit", "--no-fund"]);
    writeFileSync(stamp, wanted());
  },
};

function recent(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/**
 * Sees that this script runs on a Node that wrangler runs on. npm's package `node` holds one: where the running Node is
 * older, the script starts again on it, and this never returns.
 */
export async function expectNode() {
  if (recent(process.versions.node)) return;
  const version = await run(binary, ["--version"]).catch(() => "v0.0");
  if (!recent(version.trim().slice(1))) {
    throw new Stop(`Node ${NEEDED.join(".")} or newer is needed, this is ${process.versions.node}. Install it: https://nodejs.org`);
  }
  const child = spawn(binary, process.argv.slice(1), { stdio: "inherit" });
  const pass = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
  const code = await new Promise((done) => child.once("close", (status) => done(status ?? 1)));
  process.exit(code);
}
