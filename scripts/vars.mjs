// The Workers' configurations with variables for the background Worker: those on wrangler's command line reach the edge alone.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { raw } from "./deploy/shipping.mjs";
import { root } from "./run.mjs";
import { CONFIGS } from "./wrangler.mjs";

/** Writes the background Worker's configuration with `vars` into a folder; gives all configurations, that one in its place. */
export function withVars(folder, vars) {
  const config = raw("background");
  const file = join(folder, "wrangler.background.json");
  writeFileSync(file, JSON.stringify({ ...config, main: join(root, config.main), vars: { ...config.vars, ...vars } }));
  return CONFIGS.map((path) => (path === "wrangler.background.toml" ? file : path));
}
