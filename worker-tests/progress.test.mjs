// News of a build: lines ahead of a write's answer for those who take them; nobody who stops listening stops the build.
import assert from "node:assert/strict";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { Registry } from "./support/registry.mjs";
import { Server, TOKEN } from "./support/server.mjs";

let registry, server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
});
after(async () => {
  await server?.stop();
  await registry?.stop();
});

const LINES = { accept: "application/x-ndjson" };
const page = '<!doctype html><script type="module" src="/src/main.ts"></script>';

/** A package that another depends on, and a gate before the tarball of the other. */
function published(name) {
  registry.publish({ "package.json": JSON.stringify({ name: `${name}-leaf`, version: "1.0.0" }), "index.js": "export default 1" });
  registry.publish({ "package.json": JSON.stringify({ name, version: "1.0.0", dependencies: { [`${name}-leaf`]: "1" } }), "index.js": `export { default } from '${name}-leaf'` });
  let release;
  registry.fail(new RegExp(`/${name}/-/`), { hold: new Promise((done) => (release = done)) });
  return release;
}

const app = (name) => ({
  "index.html": page,
  "src/main.ts": `import one from '${name}'; document.title = String(one)`,
  "package.json": JSON.stringify({ dependencies: { [name]: "1" } }),
});

/** Uploads, and gives the answer as soon as it begins, with its lines to be read one by one. */
async function upload(slug, files) {
  await server.call("POST", "/v1/apps", { json: { slug } });
  const body = JSON.stringify({ files });
  const headers = { ...LINES, host: `localhost:${server.port}`, authorization: `Bearer ${TOKEN}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const incoming = await new Promise((done, failed) => {
    const outgoing = request({ host: "localhost", port: server.port, method: "PUT", path: `/v1/apps/${slug}/files`, headers }, done);
    outgoing.on("error", failed);
    outgoing.end(body);
  });
  incoming.on("error", () => {});
  const lines = createInterface({ input: incoming })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const rest = async () => {
    const all = [];
    for (let line = await next(); line; line = await next()) all.push(line);
    return all;
  };
  return { incoming, next, rest };
}

test("progress comes line by line, and the answer last", async () => {
  const release = published("lined");
  const { incoming, next, rest } = await upload("lined", app("lined"));
  assert.deepEqual([incoming.statusCode, incoming.headers["content-type"]], [200, "application/x-ndjson"]);
  assert.match(incoming.headers["x-request-id"], /^[0-9a-f]{16}$/);
  assert.deepEqual(await next(), { event: "progress", phase: "stored", done: 1, total: 1 });
  const listing = await server.call("GET", "/v1/apps/lined/files");
  assert.equal(listing.json.version, 1, "what is told to be stored is stored");
  const before = [await next()];
  while (before.at(-1).phase !== "resolve") before.push(await next());
  release();
  const after = await rest();
  const written = after.pop();
  const all = [...before, ...after];
  assert.ok(all.every(({ event, done, total }) => event === "progress" && done >= 0 && total >= 1), JSON.stringify(all));
  const phases = all.map(({ phase }) => phase).filter((phase, at, list) => phase !== list[at - 1]);
  assert.equal(phases[0], "compile");
  assert.equal(phases.at(-1), "link");
  assert.ok(phases.includes("fetch") && phases.includes("packages"), phases.join());
  assert.ok(!("event" in written));
  assert.deepEqual([written.version, written.status, written.diagnostics], [1, "ready", []]);
  const plain = await server.call("PUT", "/v1/apps/lined/files/src/x.ts", { body: "1" });
  assert.deepEqual(Object.keys(plain.json).sort(), Object.keys(written).sort(), "it is the ordinary answer");
});

test("what is refused is refused as to anyone", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "refused" } });
  const rows = [
    [422, "invalid-path", "PUT", "/v1/apps/refused/files", { json: { files: { "../a": "" } } }],
    [404, "file-not-found", "DELETE", "/v1/apps/refused/files/nope", {}],
    [409, "version-conflict", "PATCH", "/v1/apps/refused/files", { json: { baseVersion: 7 } }],
    [401, "unauthenticated", "DELETE", "/v1/apps/refused/files/nope", { token: null }],
  ];
  for (const [status, code, method, path, options] of rows) {
    const answer = await server.call(method, path, { ...options, headers: LINES });
    assert.deepEqual([answer.status, answer.json?.code, answer.headers["content-type"]], [status, code, "application/problem+json"], path);
  }
});

test("a client that goes away stops nothing, and nothing is done twice for it", async () => {
  const release = published("left");
  const { incoming, next } = await upload("left", app("left"));
  while ((await next()).phase !== "resolve");
  incoming.destroy();
  release();
  while ((await server.preview("left")).status !== 200);
  assert.equal(registry.count(/\/left\/-\//), 1);
  assert.equal(registry.count(/\/left-leaf$/), 1);
});

test("a client that doesn't read holds nobody up", async () => {
  const release = published("idle");
  const { incoming, rest } = await upload("idle", app("idle"));
  incoming.pause();
  release();
  while ((await server.preview("idle")).status !== 200);
  incoming.resume();
  assert.equal((await rest()).at(-1).status, "ready");
});

test("who waits for a build that another began hears of it too", async () => {
  const release = published("shared");
  const first = await upload("first", app("shared"));
  while ((await first.next()).phase !== "resolve");
  const second = await upload("second", app("shared"));
  while ((await second.next()).phase !== "compile");
  release();
  const [one, other] = [await first.rest(), await second.rest()];
  assert.deepEqual([one.at(-1).status, other.at(-1).status], ["ready", "ready"]);
  assert.equal(registry.count(/\/shared\/-\//), 1);
});

test("the page of a first build says how far it is", async () => {
  const release = published("watched");
  const { next, rest } = await upload("watched", app("watched"));
  while ((await next()).phase !== "resolve");
  const { json: waiting } = await server.preview("watched", "/__overskill/progress");
  assert.equal(waiting.building, true);
  assert.match(waiting.text, /packages: \d+ of \d+$/);
  const shown = (await server.preview("watched", "/", { headers: { accept: "text/html" } })).bytes.toString();
  assert.match(shown, /<p role="status">[A-Z][a-z ]+packages: \d+ of \d+<\/p><progress aria-label="Build"/);
  release();
  await rest();
  assert.equal((await server.preview("watched", "/__overskill/progress")).json.building, false);
});
