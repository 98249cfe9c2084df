// Everything that has to be there before anything runs.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rust, wasmTarget } from "./cargo.mjs";
import { chromium } from "./chromium.mjs";
import { expectNode, npmPackages } from "./node.mjs";
import { rails } from "./rails.mjs";
import { root, run } from "./run.mjs";
import { perform } from "./steps.mjs";
import { clientRuntime, compiler, worker } from "./workers.mjs";

const secrets = join(root, ".dev.vars");

/** Whether a variable is written there. */
const told = (name) => existsSync(secrets) && new RegExp(`^${name}=`, "m").test(readFileSync(secrets, "utf8"));

/** What the Workers are told locally: a token, what seals secrets, and the registry that npm is set to. */
const devVars = {
  name: ".dev.vars",
  done: () => told("NPM_REGISTRY") && told("SEALING_KEY"),
  run: async () => {
    const kept = existsSync(secrets) ? readFileSync(secrets, "utf8").trimEnd().split("\n") : ["ADMIN_TOKEN=dev-token"];
    if (!told("SEALING_KEY")) kept.push(`SEALING_KEY=${randomBytes(32).toString("hex")}`);
    if (!told("NPM_REGISTRY")) {
      const registry = (await run("npm", ["config", "get", "registry"])).trim().split("\n").at(-1);
      kept.push(`NPM_REGISTRY=${registry}`);
    }
    writeFileSync(secrets, [...kept, ""].join("\n"));
  },
};

/**
 * Brings the machine to where the system runs. `profile` is one of Cargo.toml's, and the one that the Workers are built
 * with; without it they are not built. `browser` is whether what tests need besides has to be there: Chromium, Rails.
 */
export async function setup({ profile, browser = false }) {
  await perform([npmPackages]);
  await expectNode();
  const steps = [rust, wasmTarget, clientRuntime, devVars];
  if (profile) steps.push(compiler(profile), worker("background", profile), worker("edge", profile));
  if (browser) steps.push(chromium, rails);
  await perform(steps);
}
