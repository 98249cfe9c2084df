// `/metrics`: what the objects counted of builds and caches, in Prometheus's format, for the admin only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Registry } from "./support/registry.mjs";
import { Server } from "./support/server.mjs";

let registry, server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
});
after(async () => {
  await server?.stop();
  await registry?.stop();
});

/** Series → value, of lines that are all of the format. */
async function metrics() {
  const answer = await server.call("GET", "/metrics");
  assert.equal(answer.status, 200);
  assert.match(answer.headers["content-type"], /^text\/plain; version=0\.0\.4/);
  const lines = answer.bytes.toString().split("\n");
  assert.equal(lines.pop(), "");
  const values = {};
  for (const line of lines.filter((line) => !line.startsWith("#"))) {
    const [, series, value] = /^([a-z_]+(?:\{[a-z]+="[^"]+"(?:,[a-z]+="[^"]+")*\})?) (\S+)$/.exec(line);
    assert.ok(Number.isFinite(Number(value)) && !(series in values), line);
    values[series] = Number(value);
  }
  return values;
}

/** What the metrics are once the objects have told what `done` waits for. */
async function metricsOnce(done) {
  for (;;) {
    const values = await metrics();
    if (done(values)) return values;
  }
}

const cache = (values, name) => ["hit", "miss"].map((result) => values[`overskill_cache_requests_total{cache="${name}",result="${result}"}`]);
const builds = (values, outcome) => values[`overskill_builds_total{outcome="${outcome}"}`];
const app = (source) => ({
  "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>',
  "src/main.ts": source,
  "src/page.css": "@import 'tailwindcss'; .a { color: red }",
  "package.json": JSON.stringify({ dependencies: { counted: "1" }, devDependencies: { tailwindcss: "^4" } }),
});

test("builds and caches are counted, and the series are the same whatever apps do", async () => {
  registry.publish({ "package.json": JSON.stringify({ name: "counted", version: "1.0.0" }), "index.js": "export default 1" });
  const before = await metrics();
  assert.ok(Object.values(before).every((value) => value === 0), JSON.stringify(before));
  const source = "import one from 'counted'; import './page.css'; document.title = `${one} p-4`";
  assert.equal((await uploaded(server, "first", app(source))).status, "ready");
  await uploaded(server, "broken", { ...app(source), "src/main.ts": "let a: = 1" });
  const cold = await metricsOnce((values) => builds(values, "ready") >= 1 && builds(values, "failed") >= 1);
  assert.equal(cold.overskill_apps, 2);
  assert.deepEqual(cache(cold, "package_sets"), [0, 1]);
  assert.deepEqual(cache(cold, "tarballs"), [0, 1]);
  assert.deepEqual(cache(cold, "packuments"), [0, 1]);
  assert.equal(cold.overskill_build_duration_seconds_count, 2);
  assert.equal(cold.overskill_package_build_duration_seconds_count, 1);
  assert.equal(cache(cold, "tailwind_designs")[1], 1);
  assert.equal((await uploaded(server, "second", app(source))).status, "ready");
  await server.call("PUT", "/v1/apps/first/files/src/x.ts", { body: "export const x = 'm-2'" });
  const warm = await metricsOnce((values) => builds(values, "ready") >= 3);
  assert.deepEqual(cache(warm, "package_sets"), [1, 1], "another app's set was there");
  assert.deepEqual(cache(warm, "app_package_sets"), [1, 2], "and the app's own, the next time");
  assert.ok(cache(warm, "modules")[0] > cache(cold, "modules")[0]);
  assert.ok(cache(warm, "tailwind_designs")[0] > 0);
  assert.ok(cache(warm, "tailwind_candidates")[0] > 0);
  assert.deepEqual(Object.keys(warm), Object.keys(before));
});

test("only the admin reads them", async () => {
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "curious" } })).json;
  assert.equal((await server.call("GET", "/metrics", { token })).status, 403);
  assert.equal((await server.call("GET", "/metrics", { token: null })).status, 401);
});
