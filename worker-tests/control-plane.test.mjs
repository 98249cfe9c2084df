// The control plane of apps and files, end to end: what is accepted is there, what is refused changes nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Server } from "./support/server.mjs";
import { tar } from "./support/tar.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

async function create(slug) {
  const made = await server.call("POST", "/v1/apps", { json: { slug } });
  assert.equal(made.status, 201, made.bytes.toString());
  return made.json;
}

test("an app is created, listed, read, changed and deleted", async () => {
  const app = await create("first");
  assert.match(app.id, /^app_[0-9a-f]{32}$/);
  assert.equal(app.previewUrl, `http://first.localhost:${server.port}/`);
  assert.equal((await server.call("GET", "/v1/apps/first", { token: app.token })).json.id, app.id);
  assert.ok((await server.call("GET", "/v1/apps")).json.apps.some((listed) => listed.id === app.id));
  const changed = await server.call("PATCH", "/v1/apps/first", { json: { slug: "renamed", visibility: "private" } });
  assert.equal(changed.json.visibility, "private");
  assert.equal((await server.call("DELETE", "/v1/apps/renamed")).status, 204);
  assert.equal((await server.call("GET", "/v1/apps/renamed")).json.code, "app-not-found");
  assert.equal((await server.call("GET", "/v1/apps/renamed", { token: app.token })).json.code, "unauthenticated");
});

test("a batch is one version, and a stale one is refused", async () => {
  await create("batches");
  const files = "/v1/apps/batches/files";
  const tree = { "src/main.tsx": "1", "public/a.bin": { base64: "AAEC/w==" }, gone: "" };
  const first = await server.call("PUT", files, { json: { files: tree } });
  assert.equal(first.json.version, 1);
  assert.match(first.headers["server-timing"], /store;dur=.*total;dur=/);
  const patch = { upsert: { "src/ü 1.ts": "x" }, delete: ["gone"], baseVersion: 1 };
  const second = await server.call("PATCH", files, { json: patch });
  assert.deepEqual(second.json.changed, ["gone", "src/ü 1.ts"]);
  assert.equal((await server.call("PATCH", files, { json: patch })).json.code, "version-conflict");
  assert.deepEqual([...(await server.call("GET", `${files}/public/a.bin`)).bytes], [0, 1, 2, 255]);
  assert.equal((await server.call("GET", `${files}/src/%C3%BC%201.ts`)).bytes.toString(), "x");
  const listing = (await server.call("GET", files)).json;
  assert.equal(listing.version, 2);
  assert.deepEqual(Object.keys(listing.files), ["public/a.bin", "src/main.tsx", "src/ü 1.ts"]);
});

test("a tree comes as a tar, gzipped or not", async () => {
  await create("tars");
  const files = "/v1/apps/tars/files";
  const bytes = tar([{ name: "src/", type: "5" }, { name: "./src/a.ts", text: "one" }, { name: "b", text: "" }]);
  for (const [body, type] of [[bytes, "application/x-tar"], [gzipSync(bytes), "application/gzip"]]) {
    const answer = await server.call("PUT", files, { body, headers: { "content-type": type } });
    assert.equal(answer.status, 200, answer.bytes.toString());
    assert.deepEqual(Object.keys((await server.call("GET", files)).json.files), ["b", "src/a.ts"]);
  }
});

test("what is refused says why and changes nothing", async () => {
  const own = await create("own");
  await create("other");
  const files = "/v1/apps/own/files";
  await server.call("PUT", files, { json: { files: { a: "1", "b/c": "2" } } });
  const before = (await server.call("GET", files)).json;
  const put = (tree) => ["PUT", files, { json: { files: tree } }];
  const upload = (body) => ["PUT", files, { body, headers: { "content-type": "application/gzip" } }];
  const big = Buffer.alloc(10 * 1024 * 1024 + 1);
  for (const [status, code, method, path, options] of [
    [401, "unauthenticated", "GET", files, { token: null }],
    [401, "unauthenticated", "GET", files, { token: "nope" }],
    [403, "forbidden", "GET", "/v1/apps", { token: own.token }],
    [403, "forbidden", "GET", "/v1/apps/other", { token: own.token }],
    [403, "forbidden", "PUT", "/v1/apps/other/files/a", { token: own.token, body: "x" }],
    [403, "forbidden", "GET", "/v1/apps/nobody", { token: own.token }],
    [404, "app-not-found", "GET", "/v1/apps/nobody/files"],
    [404, "app-not-found", "GET", "/v1/apps/..%2f..%2f/files"],
    [405, "method-not-allowed", "POST", files],
    [409, "slug-taken", "POST", "/v1/apps", { json: { slug: "own" } }],
    [422, "invalid-slug", "POST", "/v1/apps", { json: { slug: "a--b" } }],
    [415, "unsupported-media-type", "PUT", files, { body: "{}", headers: { "content-type": "text/plain" } }],
    [400, "invalid-json", "PUT", files, { body: "{", headers: { "content-type": "application/json" } }],
    [422, "invalid-body", "PUT", files, { body: '{"files":{"a":"","a":""}}', headers: { "content-type": "application/json" } }],
    [422, "invalid-path", ...put({ ok: "", "../x": "" })],
    [422, "invalid-path", ...put({ "/etc/passwd": "" })],
    [422, "invalid-path", ...put({ "a\\b": "" })],
    [422, "invalid-path", ...put({ ["x".repeat(201)]: "" })],
    [422, "invalid-path", "PUT", `${files}/..%2fx`, { body: "x" }],
    [422, "invalid-path", "PUT", `${files}/%ff`, { body: "x" }],
    [422, "invalid-base64", ...put({ ok: "", a: { base64: "*" } })],
    [422, "path-conflict", "PUT", `${files}/a/b`, { body: "x" }],
    [422, "duplicate-path", "PATCH", files, { json: { upsert: { a: "2" }, delete: ["a"] } }],
    [404, "file-not-found", "PATCH", files, { json: { upsert: { a: "2" }, delete: ["nope"] } }],
    [422, "archive-link", ...upload(tar([{ name: "a", text: "2" }, { name: "l", type: "2", link: "/etc/passwd" }]))],
    [422, "archive-device", ...upload(tar([{ name: "d", type: "3" }]))],
    [422, "invalid-path", ...upload(tar([{ name: "../x", text: "2" }]))],
    [400, "archive-corrupt", ...upload(tar([{ name: "a", text: "2" }]).subarray(0, 512))],
    [400, "archive-corrupt", ...upload(gzipSync("x".repeat(512)))],
    [413, "archive-too-large", ...upload(gzipSync(Buffer.alloc(80 * 1024 * 1024)))],
    [413, "body-too-large", "PUT", `${files}/big`, { body: big }],
    [413, "too-many-files", ...put(Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`f${n}`, ""])))],
  ]) {
    const answer = await server.call(method, path, options);
    assert.equal(`${answer.status} ${answer.json?.code}`, `${status} ${code}`, `${method} ${path}`);
    assert.equal(answer.headers["content-type"], "application/problem+json");
    assert.equal(answer.json.requestId, answer.headers["x-request-id"]);
    assert.deepEqual((await server.call("GET", files)).json, before, `${method} ${path} changed something`);
  }
});

test("what was acknowledged survives a kill", async () => {
  await create("kept");
  const files = "/v1/apps/kept/files";
  let acknowledged;
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 10; n++) {
      const name = `f${round}-${n}`;
      acknowledged = await server.call("PUT", `${files}/${name}`, { body: name.repeat(100_000) });
      assert.equal(acknowledged.status, 200);
    }
    await server.kill();
    await server.up();
    const listing = (await server.call("GET", files)).json;
    assert.equal(listing.version, acknowledged.json.version);
    for (const name of Object.keys(listing.files)) {
      assert.equal((await server.call("GET", `${files}/${name}`)).bytes.toString(), name.repeat(100_000));
    }
  }
});
