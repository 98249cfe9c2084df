// Everything that has to be there before anything runs.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rust, wasmTarget } from "./cargo.mjs";
import { chromium } from "./chromium.mjs";
import { expectNode, npmPackages } from "./node.mjs";
import { root, run } from "./run.mjs";
import { perform } from "./steps.mjs";
import { clientRuntime, compiler, worker } from "./workers.mjs";

const secrets = join(root, ".dev.vars");

/** What the Workers are told locally: a token, and the registry that npm is set to. */
const devVars = {
  name: ".dev.vars",
  done: () => existsSync(secrets) && /^NPM_REGISTRY=/m.test(readFileSync(secrets, "utf8")),
  run: async () => {
    const registry = (await run("npm", ["config", "get", "registry"])).trim().split("\n").at(-1);
    const kept = existsSync(secrets) ? readFileSync(secrets, "utf8").trimEnd().split("\n") : ["ADMIN_TOKEN=dev-token"];
    writeFileSync(secrets, [...kept, `NPM_REGISTRY=${registry}`, ""].join("\n"));
  },
};

/**
 * Brings the machine to where the system runs. `profile` is one of Cargo.toml's, and the one that the Workers are built
 * with; without it they are not built. `browser` is whether Chromium has to be there.
 */
export async function setup({ profile, browser = false }) {
  await perform([npmPackages]);
  await expectNode();
  const steps = [rust, wasmTarget, clientRuntime, devVars];
  if (profile) steps.push(compiler(profile), worker("edge", profile));
  if (browser) steps.push(chromium);
  await perform(steps);
}
