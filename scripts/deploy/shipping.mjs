// The configurations that ship: those of the repository, with this installation's own domain, routes and ids.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { experimental_readRawConfig as readRaw, unstable_readConfig as readConfig } from "wrangler";
import { root } from "../run.mjs";
import { VARIABLES } from "./tables.mjs";

/** The Workers, in the order in which they are deployed: each after what it refers to. The last only with a namespace. */
const ORDER = ["compiler", "background", "edge", "published"];
/** Their configurations as they run locally. */
const CONFIGS = {
  compiler: "wrangler.compiler.toml", background: "wrangler.background.toml", edge: "wrangler.toml", published: "wrangler.published.toml",
};

/** The Workers that ship with these settings. */
export const shipped = (told) => ORDER.filter((name) => name !== "published" || told.DISPATCH_NAMESPACE);

/** A Worker's configuration as the repository has it. */
export function raw(name) {
  return readRaw({ config: join(root, CONFIGS[name]) }).rawConfig;
}

/** A Worker's configuration as it ships. What is not told yet is left out, never made up. */
export function shipping(name, config, told) {
  const shipped = structuredClone(config);
  shipped.main = join(root, config.main);
  shipped.workers_dev = false;
  shipped.preview_urls = false;
  shipped.vars = {};
  for (const { name: variable, workers } of VARIABLES) {
    const value = told[variable] ?? config.vars?.[variable];
    const local = variable === "PREVIEW_DOMAIN" && !told[variable];
    if (workers.includes(name) && value !== undefined && !local) shipped.vars[variable] = value;
  }
  for (const database of shipped.d1_databases ?? []) {
    delete database.database_id;
    if (told.D1_DATABASE_ID) database.database_id = told.D1_DATABASE_ID;
    database.migrations_dir = join(root, database.migrations_dir);
  }
  if (told.DISPATCH_NAMESPACE) {
    const { name: around } = raw("published");
    if (name === "background") shipped.vars.TAIL_WORKER = around;
    if (name === "edge") {
      shipped.vars.SERVERS ??= "dispatch";
      shipped.dispatch_namespaces = [
        { binding: "DISPATCHER", namespace: told.DISPATCH_NAMESPACE, outbound: { service: around, parameters: ["policy"] } },
      ];
    }
  }
  if (name === "edge" && told.PREVIEW_DOMAIN && told.ZONE_NAME && told.CONTROL_HOST) {
    shipped.routes = [
      { pattern: told.CONTROL_HOST, custom_domain: true },
      { pattern: `*.${told.PREVIEW_DOMAIN}/*`, zone_name: told.ZONE_NAME },
    ];
  }
  return shipped;
}

/** Writes what ships into a folder outside git; gives each Worker's file, and its configuration as wrangler reads it. */
export function write(told, folder) {
  mkdirSync(folder, { recursive: true });
  return shipped(told).map((name) => {
    const file = join(folder, `wrangler.${name}.json`);
    writeFileSync(file, JSON.stringify(shipping(name, raw(name), told), null, 2));
    return { name, file, config: readConfig({ config: file }, { hideWarnings: true }) };
  });
}
