// Deployments published to Workers for Platforms: through the whole path, against a local server of Cloudflare's API; and
// what was published runs in workerd and answers as the deployment's own host does.
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { deploy, uploaded } from "./support/app.mjs";
import { Cloudflare } from "./support/cloudflare.mjs";
import { ADD } from "./support/servers.mjs";
import { Server } from "./support/server.mjs";

let cloudflare;
let server;
before(async () => {
  cloudflare = await Cloudflare.start();
  server = await Server.start({ vars: { CLOUDFLARE_ZONE_ID: cloudflare.zone }, background: { ...cloudflare.vars, TAIL_WORKER: "overskill-published" } });
});
afterEach(() => Object.assign(cloudflare, { late: 0, quota: 1200, requests: [] }));
after(async () => {
  await server?.stop();
  await cloudflare?.stop();
});

const files = {
  "index.html": `<!doctype html><html><head><title>Shop</title></head><body><script type="module" src="/src/main.ts"></script></body></html>`,
  "src/main.ts": `import "./style.css"; import logo from "./logo.svg"; import("./late").then((late) => document.body.append(late.default, logo));`,
  "src/late.ts": `export default "LATE";`,
  "src/style.css": `body { color: rebeccapurple }`,
  "src/logo.svg": `<svg xmlns="http://www.w3.org/2000/svg">${"<g/>".repeat(2000)}</svg>`,
  "public/robots.txt": "User-agent: *",
  "public/a b/index.html": "<!doctype html><title>folder</title>",
};

const address = (slug, { id }) => `/v1/apps/${slug}/deployments/${id}/publish`;
const read = async (slug, deployment) => (await server.call("GET", address(slug, deployment))).json;

/** Asks until `done` holds for the answer; the runner's own limit ends it. */
async function eventually(ask, done) {
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    // An app's calls are counted.
    await pause(50);
  }
}

async function publish(slug, deployment) {
  const asked = await server.call("POST", address(slug, deployment));
  assert.equal(asked.status, 202, asked.bytes.toString());
  return asked.json;
}

const over = ({ state }) => ["live", "failed", "removed"].includes(state);
const settled = (slug, deployment) => eventually(() => read(slug, deployment), over);

/** The addresses of a published script. */
const published = ({ script }) => Object.keys(cloudflare.scripts.get(script).now.manifest).sort();

function fetched(port, path, headers = {}, method = "GET") {
  return new Promise((done, failed) => {
    const outgoing = request({ host: "localhost", port, path, headers, method }, async (incoming) => {
      const chunks = await incoming.toArray();
      done({ status: incoming.statusCode, headers: incoming.headers, bytes: Buffer.concat(chunks) });
    });
    outgoing.on("error", failed).end();
  });
}

test("a deployment is published, and runs as on its own host", async () => {
  await uploaded(server, "shop", files);
  const deployment = await deploy(server, "shop");
  const asked = await publish("shop", deployment);
  assert.ok(["queued", "uploading", "activating", "live"].includes(asked.state));
  const status = await settled("shop", deployment);
  assert.equal(status.state, "live", JSON.stringify(status));
  assert.equal(status.error, null);
  assert.equal(status.url, deployment.url);
  const { metadata, tags, manifest } = cloudflare.scripts.get(status.script).now;
  const { id } = (await server.call("GET", "/v1/apps/shop")).json;
  assert.deepEqual(tags.slice(0, -1), [id, `deployment-${deployment.id}`, "version-1"]);
  assert.match(tags.at(-1), /^upload-/);
  assert.equal(status.script, `${id}-${deployment.id}`);
  assert.equal(metadata.compatibility_date, "2026-08-01");
  // The same again changes nothing.
  const calls = cloudflare.count(/scripts|assets/);
  assert.equal((await publish("shop", deployment)).state, "live");
  assert.equal(cloudflare.count(/scripts|assets/), calls);

  const runtime = await cloudflare.run(status.script);
  try {
    const paths = [...published(status).map((path) => [path]), ["/"], ["/a%20b/"], ["/orders/7"], ["/orders/7", "text/html"], ["/assets/none.js"], ["/assets/none.js", "text/html"], ["/__overskill/x", "text/html"], ["/%E0%A4%A"]];
    const host = new URL(deployment.url).host.split(".")[0];
    for (const [path, accept = "*/*"] of paths) {
      const there = await fetched(runtime.port, path, { accept });
      const here = await server.preview(host, path, { headers: { accept } });
      const row = `${path} ${accept}`;
      assert.equal(there.status, here.status, row);
      if (here.status !== 200) continue;
      assert.ok(there.bytes.equals(here.bytes), row);
      for (const name of ["cache-control", "x-content-type-options"]) assert.equal(there.headers[name], here.headers[name], `${row}: ${name}`);
      // Locally the type is guessed from the name; Cloudflare serves the one that was sent.
      if (manifest[path]) assert.equal(cloudflare.assets.get(manifest[path].hash).type, here.headers["content-type"], row);
    }
    const script = published(status).find((path) => path.endsWith(".js"));
    const first = await fetched(runtime.port, script);
    assert.equal(first.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal((await fetched(runtime.port, script, { "if-none-match": first.headers.etag })).status, 304);
    assert.equal((await fetched(runtime.port, "/", {}, "POST")).status, 405);
    assert.equal((await fetched(runtime.port, "/", {}, "HEAD")).bytes.length, 0);
  } finally {
    await runtime.stop();
  }
});

test("an app's server code runs in the published script as on the deployment's host", async () => {
  const worker = `import add from "./add.wasm"; import text from "./greeting.txt";
    export default { async fetch(request, env, context) {
      const { later } = await import("./later");
      const sum = new WebAssembly.Instance(add).exports.add(20, 22);
      const { ASSETS, ...variables } = env;
      const file = await ASSETS.fetch(new URL("/orders", request.url), { headers: { accept: "text/html" } });
      const gone = await ASSETS.fetch(new URL("/api/x", request.url));
      const { env: imported } = await import("cloudflare:workers");
      return Response.json({ env: variables, imported: Object.keys(imported).filter((name) => name !== "OVERSKILL_ASSETS").sort(), file: [file.status, await file.text()], gone: gone.status, sum, text, later: later(), method: request.method, body: await request.text(), context: typeof context.waitUntil });
    } };`;
  await uploaded(server, "served", {
    ...files,
    "package.json": JSON.stringify({ overskill: { routes: ["/api/*"], outbound: "off" } }),
    "worker/index.ts": worker, "worker/later.ts": `export const later = () => "later";`,
    "worker/greeting.txt": "hello", "worker/add.wasm": { base64: ADD.toString("base64") },
  });
  await server.call("PUT", "/v1/apps/served/variables", { json: { variables: { SECRET: "hunter2", OVERSKILL_ASSETS: "taken" } } });
  const deployment = await deploy(server, "served");
  await publish("served", deployment);
  const status = await settled("served", deployment);
  assert.equal(status.state, "live", JSON.stringify(status));
  const { bindings, metadata } = cloudflare.scripts.get(status.script).now;
  assert.deepEqual(metadata.tail_consumers, [{ service: "overskill-published" }]);
  assert.deepEqual(bindings.find(({ name }) => name === "SECRET"), { name: "SECRET", type: "secret_text", text: "hunter2" });
  const runtime = await cloudflare.run(status.script);
  try {
    const host = new URL(deployment.url).host.split(".")[0];
    for (const [path, method, headers] of [["/api/x?q=1", "GET"], ["/api", "GET"], ["/api/x/", "DELETE"], ["/", "GET"], ["/orders", "GET", { accept: "text/html" }], ["/apix", "GET"]]) {
      const there = await fetched(runtime.port, path, headers, method);
      const here = await server.preview(host, path, { method, headers });
      const row = `${method} ${path}`;
      assert.equal(there.status, here.status, row);
      if (!/json/.test(here.headers["content-type"])) continue;
      const answer = JSON.parse(there.bytes);
      assert.deepEqual(answer.env, { SECRET: "hunter2" }, "its own variables, and nothing of ours");
      const { OVERSKILL_ASSETS, ...env } = here.json.env;
      assert.equal(OVERSKILL_ASSETS, "taken");
      assert.deepEqual(answer, { ...here.json, env }, row);
      assert.equal(answer.sum, 42);
    }
  } finally {
    await runtime.stop();
  }
});

test("deployments are published side by side, uploading what changed; removal leaves nothing", async () => {
  await uploaded(server, "next", files);
  const first = await deploy(server, "next");
  await publish("next", first);
  const before = await settled("next", first);
  const known = new Set(cloudflare.assets.keys());
  await server.call("PUT", "/v1/apps/next/files/src/late.ts", { body: `export default "LATER";` });
  const second = await deploy(server, "next");
  await publish("next", second);
  const status = await settled("next", second);
  assert.equal(status.state, "live");
  assert.equal((await read("next", first)).state, "live");
  const added = [...cloudflare.assets].filter(([hash]) => !known.has(hash));
  assert.ok(added.length >= 1 && added.length <= 3, "the chunk, who names it, and the page");
  assert.ok(added.every(([, { times }]) => times === 1));
  assert.notEqual(status.script, before.script);

  const gone = await server.call("DELETE", address("next", second));
  assert.equal(gone.status, 202);
  assert.equal((await settled("next", second)).state, "removed");
  assert.equal(cloudflare.scripts.get(status.script).now, undefined);
  assert.ok(cloudflare.scripts.get(before.script).now);
  assert.equal(cloudflare.count(/^DELETE /), 1);
  assert.equal((await server.call("DELETE", address("next", second))).json.code, "not-published");
});

test("whatever fails on the way, it is published", async () => {
  await uploaded(server, "stormy", files);
  const deployment = await deploy(server, "stormy");
  const uploads = /^POST .*\/assets\/upload$/;
  cloudflare.fail(/assets-upload-session$/, { status: 502 });
  cloudflare.fail(uploads, { status: 429, code: 971, headers: { "retry-after": "1" } });
  cloudflare.fail(uploads, { cut: true });
  cloudflare.fail(/^PUT /, { cut: true });
  cloudflare.late = 2;
  await publish("stormy", deployment);
  const troubled = await eventually(() => read("stormy", deployment), (status) => status.error || over(status));
  assert.equal(troubled.state, "uploading");
  assert.ok([502, 429, 0].includes(troubled.error.status), JSON.stringify(troubled));
  const status = await settled("stormy", deployment);
  assert.equal(status.state, "live", JSON.stringify(status));
  assert.equal(status.error, null);
  const times = Object.values(cloudflare.scripts.get(status.script).now.manifest).map(({ hash }) => cloudflare.assets.get(hash).times);
  assert.ok(times.filter((each) => each > 1).length <= cloudflare.bucket, "no more than the one upload that nobody heard of goes twice");
});

test("a session whose token dies is begun anew, without what it has uploaded", async () => {
  await uploaded(server, "expired", { ...files, "public/more.txt": "more", "public/most.txt": "most" });
  const deployment = await deploy(server, "expired");
  let release;
  const hold = new Promise((done) => (release = done));
  const uploads = /^POST .*\/assets\/upload$/;
  cloudflare.fail(uploads, { times: 0 });
  let expired = false;
  const second = { test: (line) => uploads.test(line) && cloudflare.count(uploads) === 2 && !expired && (expired = true) };
  cloudflare.fail(second, { hold: hold.then(() => cloudflare.expire()) });
  await publish("expired", deployment);
  await eventually(async () => expired, Boolean);
  release();
  const status = await settled("expired", deployment);
  assert.equal(status.state, "live", JSON.stringify(status));
  assert.equal(cloudflare.count(/assets-upload-session$/), 2);
  for (const { hash } of Object.values(cloudflare.scripts.get(status.script).now.manifest)) assert.equal(cloudflare.assets.get(hash).times, 1);
});

test("a kill in the middle loses nothing and does nothing over", async () => {
  await uploaded(server, "killed", files);
  const deployment = await deploy(server, "killed");
  let reached;
  const arrived = new Promise((done) => (reached = done));
  const uploads = /^POST .*\/assets\/upload$/;
  const second = { test: (line) => uploads.test(line) && cloudflare.count(uploads) === 2 && (reached(), true) };
  cloudflare.fail(second, { hold: new Promise(() => {}) });
  await publish("killed", deployment);
  await arrived;
  await server.kill();
  await server.up();
  const status = await settled("killed", deployment);
  assert.equal(status.state, "live", JSON.stringify(status));
  assert.equal(cloudflare.count(/assets-upload-session$/), 1);
  for (const { hash } of Object.values(cloudflare.scripts.get(status.script).now.manifest)) assert.equal(cloudflare.assets.get(hash).times, 1);
});

test("what Cloudflare refuses for good is told, in its words", async () => {
  await uploaded(server, "refused", files);
  const deployment = await deploy(server, "refused");
  cloudflare.fail(/^PUT /, { status: 400, code: 10021 });
  await publish("refused", deployment);
  const status = await settled("refused", deployment);
  assert.equal(status.state, "failed");
  assert.deepEqual(status.error, { status: 400, code: 10021, message: "told to answer 400" });
  // It may be asked for again, and only the script is missing.
  await publish("refused", deployment);
  assert.equal((await eventually(() => read("refused", deployment), ({ state }) => state === "live")).error, null);
});

test("no two apps share an asset, and an app that is deleted leaves no script", async () => {
  const scripts = [];
  for (const slug of ["one", "two"]) {
    await uploaded(server, slug, files);
    const deployment = await deploy(server, slug);
    await publish(slug, deployment);
    scripts.push((await settled(slug, deployment)).script);
  }
  const hashes = scripts.map((script) => Object.values(cloudflare.scripts.get(script).now.manifest).map(({ hash }) => hash));
  assert.deepEqual(hashes[0].filter((hash) => hashes[1].includes(hash)), []);
  assert.equal((await server.call("DELETE", "/v1/apps/one")).status, 204);
  await eventually(async () => cloudflare.scripts.get(scripts[0]).now, (now) => now === undefined);
  assert.ok(cloudflare.scripts.get(scripts[1]).now);
});

test("where another deployment is served, what is cached of the address is purged", async () => {
  await uploaded(server, "cached", files);
  const purged = () => cloudflare.purges.flatMap(({ hosts }) => hosts).filter((host) => host.startsWith("cached"));
  cloudflare.fail(/purge_cache$/, { status: 429, headers: { "retry-after": "1" } });
  const first = await deploy(server, "cached");
  await eventually(async () => purged(), ({ length }) => length === 1);
  await deploy(server, "cached");
  await eventually(async () => purged(), ({ length }) => length === 2);
  assert.equal((await server.call("POST", `/v1/apps/cached/deployments/${first.id}/activate`)).status, 200);
  const hosts = await eventually(async () => purged(), ({ length }) => length === 3);
  assert.deepEqual([...new Set(hosts)], ["cached--production.localhost"]);
});

test("what can't be published is refused, and changes nothing", async () => {
  await uploaded(server, "strict", files);
  const preview = await deploy(server, "strict", "preview");
  const production = await deploy(server, "strict");
  await uploaded(server, "wrong", { ...files, "src/late.ts": "export default = 1" });
  const broken = await deploy(server, "wrong");
  const { json: other } = await server.call("POST", "/v1/apps", { json: { slug: "stranger" } });
  const rows = [
    ["POST", address("strict", preview), {}, 409, "deployment-not-production"],
    ["POST", address("wrong", broken), {}, 409, "deployment-not-served"],
    ["POST", address("strict", { id: "0123456789abcdef" }), {}, 404, "deployment-not-found"],
    ["POST", address("strict", { id: "..%2f..%2fx" }), {}, 404, "deployment-not-found"],
    ["POST", address("strict", broken), {}, 404, "deployment-not-found"],
    ["GET", address("strict", production), {}, 404, "not-published"],
    ["DELETE", address("strict", production), {}, 404, "not-published"],
    ["GET", address("strict", { id: "'; DROP TABLE published; --" }), {}, 404, "deployment-not-found"],
    ["PUT", address("strict", production), {}, 405, "method-not-allowed"],
    ["POST", address("strict", production), { token: other.token }, 403, "forbidden"],
    ["GET", address("strict", production), { token: other.token }, 403, "forbidden"],
    ["DELETE", address("strict", production), { token: null }, 401, "unauthenticated"],
  ];
  for (const [method, path, options, status, code] of rows) {
    const answer = await server.call(method, encodeURI(path), options);
    assert.deepEqual([answer.status, answer.json.code], [status, code], `${method} ${path}`);
  }
  for (const slug of ["strict", "wrong"]) {
    const { id } = (await server.call("GET", `/v1/apps/${slug}`)).json;
    assert.equal(cloudflare.count(new RegExp(id)), 0);
  }
});
