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

test("a tree comes as a form, from whatever writes it", async () => {
  await create("forms");
  const files = "/v1/apps/forms/files";
  const form = new FormData();
  form.append("files", new Blob(["one\r\n"]), "src/main.tsx");
  form.append("files", new Blob([new Uint8Array([0, 255])]), "public/a \"ü\".bin");
  const sent = new Response(form);
  const headers = { "content-type": sent.headers.get("content-type") };
  const answer = await server.call("PUT", files, { body: Buffer.from(await sent.arrayBuffer()), headers });
  assert.equal(answer.status, 200, answer.bytes.toString());
  assert.deepEqual(answer.json.changed, ['public/a "ü".bin', "src/main.tsx"]);
  assert.equal((await server.call("GET", `${files}/src/main.tsx`)).bytes.toString(), "one\r\n");
  assert.deepEqual([...(await server.call("GET", `${files}/public%2Fa%20%22%C3%BC%22.bin`)).bytes], [0, 255]);
});

test("HEAD is GET without the body, and every answer is timed and not cached", async () => {
  await create("heads");
  await server.call("PUT", "/v1/apps/heads/files/a", { body: "four" });
  for (const path of ["/healthz", "/openapi.json", "/v1/apps", "/v1/apps/heads", "/v1/apps/heads/files", "/v1/apps/heads/files/a",
    "/v1/apps/heads/diagnostics", "/v1/apps/nobody", "/nowhere"]) {
    const [got, head] = [await server.call("GET", path), await server.call("HEAD", path)];
    assert.equal(head.status, got.status, path);
    assert.equal(head.headers["content-type"], got.headers["content-type"], path);
    assert.equal(head.bytes.length, 0, path);
    for (const { headers } of [got, head]) {
      assert.match(headers["server-timing"], /total;dur=[0-9.]+$/, path);
      assert.equal(headers["cache-control"], "no-store", path);
      assert.equal(headers["access-control-allow-origin"], undefined, path);
    }
  }
});

test("diagnostics come as JSON, or as markdown for prompts", async () => {
  await create("told");
  const path = "/v1/apps/told/diagnostics";
  assert.deepEqual(Object.keys((await server.call("GET", path)).json).sort(), ["diagnostics", "status", "version"]);
  const told = await server.call("GET", path, { headers: { accept: "text/markdown" } });
  assert.equal(told.headers["content-type"], "text/markdown; charset=utf-8");
  assert.match(told.bytes.toString(), /^Version 0 /);
});

test("a token may be written in the ways that HTTP allows", async () => {
  const { token } = await create("tokens");
  for (const authorization of [`bearer ${token}`, `BEARER   ${token}`, `Bearer ${token}  `]) {
    const answer = await server.call("GET", "/v1/apps/tokens", { token: null, headers: { authorization } });
    assert.equal(answer.status, 200, authorization);
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
