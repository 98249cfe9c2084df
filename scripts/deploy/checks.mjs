// What must hold of three Workers before they are deployed. Each check takes what it looks at, and gives its problems in words.
import { isDeepStrictEqual } from "node:util";
import { PLACES, SECRETS, VARIABLES } from "./tables.mjs";

/** Bytes of a Worker on Cloudflare, not compressed: https://developers.cloudflare.com/workers/platform/limits/ */
export const LARGEST = 64 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Bindings that an installation may have or not. */
const OPTIONAL = new Set(["DISPATCHER", "LOADER"]);
const LOCAL = /\b(localhost|127\.0\.0\.1|dev-token)\b|\.test$/;

/** What an object of a configuration's list is bound to, by the kind of list. */
const KINDS = {
  d1_databases: (each) => [each.binding, "D1", `${each.database_name} ${each.database_id ?? "by name"}`],
  r2_buckets: (each) => [each.binding, "R2", each.bucket_name],
  services: (each) => [each.binding, "service", each.service],
  dispatch_namespaces: (each) => [each.binding, "dispatch namespace", each.namespace],
  worker_loaders: (each) => [each.binding, "Worker Loader", ""],
  ratelimits: (each) => [each.name, "rate limit", `${each.simple?.limit} in ${each.simple?.period} s`],
  analytics_engine_datasets: (each) => [each.binding, "analytics", each.dataset ?? ""],
  kv_namespaces: (each) => [each.binding, "KV", each.id ?? ""],
};

/** A configuration's bindings, `{name, kind, to}` each. */
export function bindings(config) {
  const listed = Object.entries(KINDS).flatMap(([list, read]) => (config[list] ?? []).map(read));
  const objects = (config.durable_objects?.bindings ?? [])
    .map((each) => [each.name, "object", `${each.class_name} of ${each.script_name ?? config.name}`]);
  const queues = (config.queues?.producers ?? []).map((each) => [each.binding, "queue", each.queue]);
  const version = config.version_metadata ? [[config.version_metadata.binding, "version", ""]] : [];
  const variables = Object.entries(config.vars ?? {}).map(([name, value]) => [name, "variable", String(value)]);
  return [...listed, ...objects, ...queues, ...version, ...variables].map(([name, kind, to]) => ({ name, kind, to }));
}

/** The classes of objects that a Worker has after all its migrations, and what is wrong with those. */
export function classes({ name, migrations = [] }) {
  const problems = [];
  const there = new Set();
  const tags = new Set();
  for (const step of migrations) {
    if (tags.has(step.tag)) problems.push(`${name}: the migration ${step.tag} is there twice`);
    tags.add(step.tag);
    for (const each of [...(step.new_classes ?? []), ...(step.new_sqlite_classes ?? [])]) {
      if (there.has(each)) problems.push(`${name}: ${step.tag} makes ${each}, which is there`);
      there.add(each);
    }
    for (const { from, to } of step.renamed_classes ?? []) {
      if (!there.delete(from)) problems.push(`${name}: ${step.tag} renames ${from}, which isn't there`);
      there.add(to);
    }
    for (const { to } of step.transferred_classes ?? []) there.add(to);
    for (const each of step.deleted_classes ?? []) {
      if (!there.delete(each)) problems.push(`${name}: ${step.tag} deletes ${each}, which isn't there`);
    }
  }
  return { there, problems };
}

/** What Workers refer to has to be one of these Workers, deployed before, and the same store under the same name. */
export function references(workers) {
  const problems = [];
  const deployed = new Map();
  const stores = new Map();
  for (const { config } of workers) {
    const { name } = config;
    const seen = new Set();
    for (const { name: binding } of bindings(config)) {
      if (seen.has(binding)) problems.push(`${name}: ${binding} is bound twice`);
      seen.add(binding);
    }
    const expect = (target, what) => {
      if (target === name || deployed.has(target)) return true;
      const later = workers.some(({ config: other }) => other.name === target);
      problems.push(`${name}: ${what} ${later ? "is deployed after it" : "is none of these Workers"}`);
      return false;
    };
    for (const { binding, service } of config.services ?? []) expect(service, `${binding} is the service ${service}, which`);
    for (const object of config.durable_objects?.bindings ?? []) {
      const target = object.script_name ?? name;
      if (!expect(target, `${object.name} is an object of ${target}, which`)) continue;
      const owner = target === name ? config : deployed.get(target);
      if (!classes(owner).there.has(object.class_name)) {
        problems.push(`${name}: ${object.name} is ${object.class_name}, for which ${target} has no migration`);
      }
    }
    for (const { binding, outbound } of config.dispatch_namespaces ?? []) {
      // It refers back to this one: the deployment sends the first of them twice.
      const known = workers.some(({ config: other }) => other.name === outbound?.service);
      if (outbound && !known) problems.push(`${name}: ${binding} goes out through ${outbound.service}, which is none of these Workers`);
    }
    for (const [kind, list] of [["D1", config.d1_databases ?? []], ["R2", config.r2_buckets ?? []]]) {
      for (const { binding, ...store } of list) {
        const known = stores.get(`${kind} ${binding}`);
        if (known && !isDeepStrictEqual(known, store)) problems.push(`${name}: ${binding} is not the ${kind} that other Workers call so`);
        stores.set(`${kind} ${binding}`, store);
      }
    }
    deployed.set(name, config);
  }
  return problems;
}

/** Every class that has a migration is exported, and nothing that was deployed is rewritten. `exported` is by Worker. */
export function objects(workers, exported, ledger) {
  return workers.flatMap(({ config }) => {
    const { name, migrations = [] } = config;
    const { there, problems } = classes(config);
    for (const each of there) if (!exported[name].includes(each)) problems.push(`${name}: ${each} has a migration and is not exported`);
    (ledger?.objects?.[name] ?? []).forEach((step, at) => {
      if (!isDeepStrictEqual(migrations[at], step)) problems.push(`${name}: the migration ${step.tag} was deployed and has changed; add one after it`);
    });
    return problems;
  });
}

/** Migrations of D1 are numbered from 1 without gaps, and those that were applied stay as they were. `files` is hash by name. */
export function numbering(files, ledger) {
  const problems = [];
  Object.keys(files).sort().forEach((name, at) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
    if (!number) problems.push(`migrations/${name} is not named as a migration is`);
    else if (Number(number) !== at + 1) problems.push(`migrations/${name} should be number ${at + 1}`);
  });
  for (const [name, hash] of Object.entries(ledger?.database ?? {})) {
    if (!files[name]) problems.push(`migrations/${name} was applied and is gone`);
    else if (files[name] !== hash) problems.push(`migrations/${name} was applied and has changed; add one after it`);
  }
  return problems;
}

/** Nothing that is only good locally ships. */
export function placeholders(workers) {
  return workers.flatMap(({ config }) => {
    const problems = [];
    for (const { database_name: name, database_id: id } of config.d1_databases ?? []) {
      if (id !== undefined && !UUID.test(id)) problems.push(`${config.name}: the database ${name} has the id "${id}"`);
    }
    for (const [name, value] of Object.entries(config.vars ?? {})) {
      if (LOCAL.test(String(value))) problems.push(`${config.name}: ${name} is "${value}", which is local`);
      if (SECRETS.some((secret) => secret.name === name)) problems.push(`${config.name}: ${name} is a secret and stands in the configuration`);
    }
    return problems;
  });
}

/** What the sources of Workers read of their environment: `{bindings, variables}`. */
export function reads(texts) {
  const all = texts.join("\n");
  const find = (pattern) => new Set([...all.matchAll(pattern)].map((found) => found[1]));
  return {
    bindings: find(/\.(?:d1|bucket|durable_object|service|queue|dynamic_dispatcher|rate_limiter|kv|analytics_engine)\(\s*"([A-Z_]+)"/g),
    variables: find(/(?:\.(?:var|secret)\(|\((?:&?\w+\.)*env,)\s*"([A-Z][A-Z0-9_]+)"/g),
  };
}

/** What code reads has to be bound, and told of in a table. `read` is what `reads` gave, by Worker. */
export function environment(workers, read) {
  return workers.flatMap(({ name, config }) => {
    const problems = [];
    const bound = new Set(bindings(config).map((binding) => binding.name));
    const told = new Set([...SECRETS, ...VARIABLES].filter((each) => each.workers.includes(name)).map((each) => each.name));
    for (const each of read[name].bindings) if (!bound.has(each)) problems.push(`${config.name}: ${each} is used and not bound`);
    for (const each of read[name].variables) {
      if (!told.has(each) && !bound.has(each) && !OPTIONAL.has(each) && !PLACES.some((place) => place.name === each)) problems.push(`${config.name}: ${each} is read and in no table of scripts/deploy/tables.mjs`);
    }
    return problems;
  });
}

/** `{name, raw, wasm, budget}` each: what is uploaded, its wasm gzipped and what that may be, in bytes. */
export function sizes(measured) {
  return measured.flatMap(({ name, raw, wasm, budget }) => {
    const problems = [];
    if (raw > LARGEST) problems.push(`${name}: ${raw} bytes are more than the ${LARGEST} that a Worker may have`);
    if (wasm > budget) problems.push(`${name}: its wasm has ${wasm} bytes gzipped, of ${budget}`);
    return problems;
  });
}

/** Required secrets that are neither given nor there. `given` is a set, `there` a set by Worker. */
export function missingSecrets(given, there) {
  return SECRETS.filter(({ required }) => required)
    .flatMap(({ name, workers }) => workers.filter((worker) => !given.has(name) && !there[worker].has(name)).map((worker) => ({ name, worker })));
}
