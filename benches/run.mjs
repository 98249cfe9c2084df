// `npm run bench`: builds what it compares, runs all sides in one go, prints a table and writes `benches/results.md`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { join } from "node:path";
import { main, root } from "../scripts/run.mjs";
import { setup } from "../scripts/setup.mjs";
import { size } from "../scripts/sizes.mjs";
import { Runtime } from "../scripts/wrangler.mjs";

/** How often each is measured; larger things less often. */
const ROUNDS = { component: 40, 30: 9, 200: 5, whole: 3, edit: 15, hot: 20, relay: 20, wake: 5, deploy: 5 };
const COUNTS = [30, 200];
const HOT = [100, 1000];

/** `npm run bench -- whole system` runs only these groups of rows and leaves `results.md` alone; `--alone` leaves out the peers. */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { alone: { type: "boolean" } } });
const all = positionals.length === 0 && !values.alone;
const wanted = (group) => positionals.length === 0 || positionals.includes(group);
const peers = !values.alone;

const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const mb = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1)} MB`;
const kb = (bytes) => `${Math.round(bytes / 1e3)} kB`;
const times = (value) => `${value.toFixed(1)}×`;
/** For what may not have run. */
const shown = (value) => (value === undefined ? "–" : ms(value));
const ratio = (ours, theirs) => (ours && theirs ? times(theirs / ours) : "");

/**
 * The compiler, worker-bundler and native esbuild on the same apps; rows of `[what, ours, theirs, ratio, aim]`. Leaves
 * in `bundlers` what worker-bundler took, by the number of components.
 */
async function compilers(measures, bundlers) {
  const state = mkdtempSync(join(tmpdir(), "overskill-bench-"));
  const runtime = await Runtime.start({ state, configs: ["benches/worker/wrangler.toml", "wrangler.compiler.toml"] });
  const url = `http://localhost:${runtime.port}/`;
  const rows = [];
  try {
    const { component, binding } = await measures.single(url, ROUNDS.component);
    rows.push(["compile one 2 KB component, over the binding", ms(component), "", "", "≤ 3 ms"]);
    rows.push(["an empty batch, over the binding", ms(binding), "", "", ""]);
    for (const [count, aim] of [[30, "≥ 20×"], [200, "≥ 15×"]]) {
      const ours = await measures.compiler(url, count, ROUNDS[count]);
      const bundler = await measures.workerBundler(url, count, ROUNDS[count]);
      const native = await measures.nativeEsbuild(count, ROUNDS[count]);
      bundlers.set(count, bundler.ms);
      const what = `compile ${count} components`;
      rows.push([`${what}, against worker-bundler`, ms(ours.ms), ms(bundler.ms), times(bundler.ms / ours.ms), aim]);
      rows.push([`${what}, against native esbuild`, ms(ours.ms), ms(native.ms), times(native.ms / ours.ms), "≥ 0.33×"]);
      const memory = [mb(ours.memoryBytes), mb(bundler.memoryBytes), times(bundler.memoryBytes / ours.memoryBytes)];
      rows.push([`wasm memory at ${count} components, against worker-bundler`, ...memory, "≤ 64 MB"]);
    }
  } finally {
    await runtime.stop();
    rmSync(state, { recursive: true, force: true });
  }
  return rows;
}

/** The whole system: new apps put up over HTTP, and painted. */
async function system(measures, bundlers) {
  const [{ Server }, { Registry }, { Browser }] = await Promise.all(
    ["server", "registry", "browser"].map((name) => import(`../worker-tests/support/${name}.mjs`)),
  );
  const registry = await Registry.start();
  const server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  const browser = await Browser.start();
  const rows = [];
  try {
    for (const count of COUNTS) {
      const { waited, spent } = await measures.upload(server, count, ROUNDS[count]);
      rows.push([`upload a new app of ${count} components until ready, seen by the caller`, ms(waited), "", "", ""]);
      const theirs = bundlers.get(count);
      rows.push(["… of which the server says it spent, against worker-bundler", ms(spent), ms(theirs), times(theirs / spent), ""]);
      const { sent, accepted } = await measures.paint(server, browser, count, ROUNDS[count]);
      rows.push([`… from its answer to first contentful paint`, ms(accepted), "", "", "< 1 s"]);
      rows.push([`… from sending it to first contentful paint`, ms(sent), "", "", ""]);
    }
  } finally {
    await browser.stop();
    await server.stop();
    await registry.stop();
  }
  return rows;
}

/** The app of the shape that AI builders emit, against Vite, esbuild and worker-bundler. */
async function wholeApp() {
  const [whole, { Registry }, { Browser }, { Server }] = await Promise.all(
    ["./whole.mjs", ...["registry", "browser", "server"].map((name) => `../worker-tests/support/${name}.mjs`)].map((path) => import(path)),
  );
  const registry = await Registry.start();
  const browser = await Browser.start();
  const rows = [];
  const against = (what, ours, theirs, aim = "") => rows.push([what, shown(ours), shown(theirs), ratio(ours, theirs), aim]);
  let server;
  try {
    const cold = await whole.nothingCached(registry, ROUNDS.whole);
    server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
    const cached = await whole.packagesCached(server, browser, ROUNDS.whole);
    const { same, component, tailwind } = await whole.edits(server, ROUNDS.edit);
    const live = await attempt("production", () => whole.production(server, browser, ROUNDS.whole));
    const memory = whole.compilerMemory(server);
    await server.stop();
    server = undefined;
    const dev = peers && (await attempt("Vite's dev server", () => whole.viteDev(browser, ROUNDS.whole)));
    const built = peers && (await attempt("vite build", () => whole.viteBuild(ROUNDS.whole)));
    const native = peers && (await attempt("esbuild", () => whole.esbuild("esbuild", ROUNDS.whole)));
    const wasm = peers && (await attempt("esbuild-wasm", () => whole.esbuild("esbuild-wasm", 1)));
    const bundler = peers && (await attempt("worker-bundler", () => wholeWorkerBundler(whole, registry)));

    against("shadcn app, first build, nothing cached; against worker-bundler", cold.waited, bundler?.ms, "< 5 s");
    against("… packages cached by another app; against Vite's warm start", cached.waited, dev?.warm, "< 500 ms");
    against("… and shown in a browser; against Vite's cold start", cached.shown, dev?.cold);
    against("… and shown in a browser; against Vite's warm start", cached.shown, dev?.warm, "≥ 1×");
    rows.push(["… the same tree again, in the Worker", ms(same.spent), "", "", "~ 0"]);
    rows.push(["… one component edited, in the Worker", ms(component.spent), "", "", "≤ 15 ms"]);
    rows.push(["… one component edited, seen by the caller", ms(component.waited), "", "", ""]);
    rows.push(["… one Tailwind class added, in the Worker", ms(tailwind.spent), "", "", "≤ 30 ms"]);
    rows.push(["… one Tailwind class added, seen by the caller", ms(tailwind.waited), "", "", ""]);
    against("… production; against vite build", live?.ms, built?.ms, "≥ 1×");
    against("… production; against native esbuild, scripts alone", live?.ms, native?.ms);
    against("… production; against esbuild-wasm, scripts alone", live?.ms, wasm?.ms);
    rows.push(["… the compiler's wasm memory at its peak, preview and production", mb(memory), "", "", "≤ 100 MB"]);
    const bytes = [live?.bytes, built?.bytes].map((value) => (value ? mb(value) : "–"));
    rows.push(["… production, bytes gzipped; against vite build", ...bytes, ratio(live?.bytes, built?.bytes), "≥ 0.87×"]);
  } finally {
    await browser.stop();
    await server?.stop();
    await registry.stop();
  }
  return rows;
}

/** Rooms full of sockets, against a bare Durable Object and against Rails. */
async function relayRooms() {
  const [relay, sockets] = await Promise.all(["./relay.mjs", "./sockets.mjs"].map((path) => import(path)));
  // More of them are more than wrangler's proxy has descriptors for.
  const counts = [100, 1_000, 3_000];
  const ours = await relay.ours(counts, ROUNDS.relay);
  const bare = await relay.bare(counts, ROUNDS.relay);
  const rails = peers ? await attempt("Action Cable", () => relay.rails(counts.slice(0, 2), 10)) : undefined;
  const rows = [];
  const add = (what, one, other, aim = "") => rows.push([what, shown(one), shown(other), ratio(one, other), aim]);
  for (const count of counts) {
    const [one, other] = [ours.get(count), bare.get(count)];
    const what = `broadcast until the last of ${count} sockets has it`;
    add(`${what}, p50; against a bare Durable Object`, one.p50, other.p50);
    add(`${what}, p95; against a bare Durable Object`, one.p95, other.p95, count === 1_000 ? "≥ 1×" : "");
    add(`… from the first who has it to the last, p50`, one.spread, other.spread);
    const cable = rails?.get(count);
    if (cable) add(`${what}, p95; against Rails' Action Cable`, one.p95, cable.p95, count === 1_000 ? "≥ 5×" : "");
  }
  const woken = await sockets.wake(ROUNDS.wake);
  rows.push(["an edit while the object sleeps, until a client has the update, p50", ms(woken.p50), "", "", "≤ 50 ms"]);
  const back = await sockets.reconnect(1_000);
  rows.push([`1,000 sockets at once after a restart, until the last is back; ${back.current} of them current`, ms(back.last), "", "", ""]);
  const each = await sockets.memory(3_000);
  rows.push(["memory per idle socket of 3,000, with wrangler's proxy; against a bare Durable Object", ...[each.ours, each.bare].map(kb), times(each.bare / each.ours), ""]);
  return rows;
}

/** Server code of apps, edited and asked. */
async function servers() {
  const [{ edits }, { Server }] = await Promise.all([import("./servers.mjs"), import("../worker-tests/support/server.mjs")]);
  const server = await Server.start();
  try {
    const { edited, warm } = await edits(server, ROUNDS.edit);
    return [
      ["an edit of an app's server code, to the first answer of the new one", ms(edited), "", "", "≤ 50 ms"],
      ["a request to server code that runs", ms(warm), "", "", ""],
    ];
  } finally {
    await server.stop();
  }
}

/** Deployments, and readers while others build. */
async function deployments() {
  const [deploy, { Registry }, { Server }] = await Promise.all(
    ["./deploy.mjs", ...["registry", "server"].map((name) => `../worker-tests/support/${name}.mjs`)].map((path) => import(path)),
  );
  const registry = await Registry.start();
  const server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  try {
    const { fresh, changed, spent, added } = await deploy.deploys(server, ROUNDS.deploy);
    const back = await deploy.activations(server, ROUNDS.edit);
    const read = await deploy.readers(server, 200, 10);
    return [
      ["the example deployed for production, from request to served script; packages cached", ms(fresh), "", "", "≤ 300 ms"],
      ["… again with one line changed", ms(changed), "", "", "≤ 100 ms"],
      ["… of which the server says it spent", ms(spent), "", "", ""],
      ["… what that adds to what is stored", kb(added), "", "", ""],
      ["activating another deployment, to the first request that it serves", ms(back), "", "", "≤ 20 ms"],
      [`a preview's page for 200 readers at a time while another app is built (${read.builds} times; ${Math.round(read.perSecond)} pages a second), p50`, ms(read.p50), "", "", ""],
      ["… p95", ms(read.p95), "", "", ""],
    ];
  } finally {
    await server.stop();
    await registry.stop();
  }
}

/** What user actions cost in calls of the platform. */
async function platformCosts() {
  const [{ costs, MONTH }, { Registry }, { Server }] = await Promise.all(
    ["./costs.mjs", ...["registry", "server"].map((name) => `../worker-tests/support/${name}.mjs`)].map((path) => import(path)),
  );
  const registry = await Registry.start();
  const server = await Server.start({ vars: { NPM_REGISTRY: registry.url, USAGE_SECONDS: "0" } });
  try {
    const { used, dollars, thousand } = await costs(server);
    const sum = (meters, ...names) => String(names.reduce((all, name) => all + (meters[name] ?? 0), 0));
    const rows = Object.entries(used).map(([name, meters]) => {
      const parts = [
        `D1 ${sum(meters, "databaseReads")} read, ${sum(meters, "databaseWrites")} written`,
        `R2 ${sum(meters, "storeReads")} read, ${sum(meters, "storeWrites")} written`,
        `object ${sum(meters, "objectRequests")} calls, ${sum(meters, "objectRowsWritten")} rows written`,
      ];
      return [`${name}: ${parts.join("; ")}`, `$${(1e6 * dollars(meters)).toFixed(2)} a million`, "", "", ""];
    });
    const month = Object.entries(MONTH).map(([name, times]) => `${times} × ${name}`).join(", ");
    return [...rows, [`a thousand apps a month (each: ${month}), the plan's fee with it; against the seed's estimate`, `$${thousand.toFixed(0)}`, "$205", times(205 / thousand), ""]];
  } finally {
    await server.stop();
    await registry.stop();
  }
}

async function wholeWorkerBundler(whole, registry) {
  const state = mkdtempSync(join(tmpdir(), "overskill-bench-"));
  const runtime = await Runtime.start({ state, configs: ["benches/worker/wrangler.toml", "wrangler.compiler.toml"] });
  try {
    return await whole.workerBundler(`http://localhost:${runtime.port}/`, registry, 1);
  } finally {
    await runtime.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

/** From an edit to the page that shows it, against Vite's dev server. */
async function hotUpdates() {
  const [hot, { Registry }, { Browser }, { Server }] = await Promise.all(
    ["./hot.mjs", ...["registry", "browser", "server"].map((name) => `../worker-tests/support/${name}.mjs`)].map((path) => import(path)),
  );
  const registry = await Registry.start();
  const browser = await Browser.start();
  const server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  try {
    const sides = [hot.ours(server), ...(peers ? [hot.vite(false), hot.vite(true)] : [])];
    return hot.rows(await hot.hot(sides, browser, HOT, ROUNDS.hot));
  } finally {
    await browser.stop();
    await server.stop();
    await registry.stop();
  }
}

/** What `work` gives; `undefined`, and said so, where it doesn't run: the other rows are worth having all the same. */
async function attempt(name, work) {
  try {
    return await work();
  } catch (error) {
    console.error(`${name} did not run: ${String(error?.message ?? error).slice(0, 400)}`);
    return undefined;
  }
}

function sizes() {
  return [["edge", "< 1.5 MB"], ["background", "< 1.5 MB"], ["compiler", "< 4 MB"]].map(([name, aim]) => {
    const { raw, gzipped } = size(name);
    return [`${name} wasm, gzipped (raw ${mb(raw)})`, mb(gzipped), "", "", aim];
  });
}

function table(rows) {
  const all = [["what (median)", "ours", "theirs", "theirs ÷ ours", "aim"], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(all[0]), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

await main(async () => {
  await setup({ profile: "release", browser: true });
  const measures = await import("./measures.mjs");
  const bundlers = new Map();
  const rows = [];
  try {
    if (wanted("compilers") || wanted("system")) rows.push(...(await compilers(measures, bundlers)));
    if (wanted("system")) rows.push(...(await system(measures, bundlers)));
    if (wanted("whole")) rows.push(...(await wholeApp()));
    if (wanted("hot")) rows.push(...(await hotUpdates()));
    if (wanted("deploy")) rows.push(...(await deployments()));
    if (wanted("servers")) rows.push(...(await servers()));
    if (wanted("costs")) rows.push(...(await platformCosts()));
    if (wanted("relay")) rows.push(...(await relayRooms()));
  } finally {
    rows.push(...sizes());
    const about = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
    const text = `# \`npm run bench\`\n\n${about}\n\n${table(rows)}\n`;
    console.log(`\n${text}`);
    if (all) writeFileSync(join(root, "benches/results.md"), text);
  }
});
