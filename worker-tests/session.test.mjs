// What the app's object does behind its answers: R2 and D1 follow, what is lost comes back from them, what is deleted goes.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const page = '<!doctype html><script type="module" src="/src/main.ts"></script>';

/** Asks until `done` holds for the answer; the runner's own limit ends it. */
async function eventually(ask, done) {
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
  }
}

const version = async (slug) => (await server.call("GET", `/v1/apps/${slug}`)).json.version;

/** The keys in the local bucket, from miniflare's own table of them. */
function keys() {
  const folder = join(server.state, "v3/r2/miniflare-R2BucketObject");
  return readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite").flatMap((name) => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true });
    try {
      return database.prepare("SELECT key FROM _mf_objects").all().map(({ key }) => key);
    } finally {
      database.close();
    }
  });
}

test("D1 and R2 follow a write, and an object that lost its storage is restored from them", async () => {
  const written = await uploaded(server, "followed", { "index.html": page, "src/main.ts": "document.title = 'back'", "public/a.txt": "x".repeat(3_000_000) });
  const patched = await server.call("PATCH", "/v1/apps/followed/files", { json: { upsert: { "public/b.txt": "b" }, delete: ["public/a.txt"], baseVersion: written.version } });
  await eventually(() => version("followed"), (known) => known === patched.json.version);
  const listing = (await server.call("GET", "/v1/apps/followed/files")).json;
  const { id } = (await server.call("GET", "/v1/apps/followed")).json;
  const stored = keys().filter((key) => key.startsWith(`apps/${id}/`)).sort();
  const blobs = Object.values(listing.files).map(({ hash }) => `apps/${id}/blobs/${hash}`);
  assert.deepEqual(stored, [...blobs, `apps/${id}/tree.json`].sort());
  await server.kill();
  rmSync(join(server.state, "v3/do"), { recursive: true });
  await server.up();
  assert.deepEqual((await server.call("GET", "/v1/apps/followed/files")).json, listing);
  assert.equal((await server.preview("followed", "/b.txt")).bytes.toString(), "b");
  const again = await server.call("PATCH", "/v1/apps/followed/files", { json: { upsert: { "public/b.txt": "c" } } });
  assert.equal(again.json.version, listing.version + 1);
});

test("a deleted app's blobs go, and its name is free for another app", async () => {
  const first = await uploaded(server, "gone", { "index.html": page, "src/main.ts": "1", "public/a.txt": "the first" });
  const { id } = (await server.call("GET", "/v1/apps/gone")).json;
  await eventually(() => version("gone"), (known) => known === first.version);
  assert.ok(keys().some((key) => key.startsWith(`apps/${id}/`)));
  assert.equal((await server.call("DELETE", "/v1/apps/gone")).status, 204);
  assert.equal((await server.call("DELETE", "/v1/apps/gone")).status, 404);
  await eventually(async () => keys(), (all) => !all.some((key) => key.startsWith(`apps/${id}/`)));
  const made = await server.call("POST", "/v1/apps", { json: { slug: "gone" } });
  assert.equal(made.status, 201);
  assert.notEqual(made.json.id, id);
  assert.deepEqual((await server.call("GET", "/v1/apps/gone/files")).json, { version: 0, files: {} });
  assert.equal((await server.preview("gone", "/a.txt")).status, 404);
});

test("writes at the same time are versions of their own, in some order", async () => {
  await uploaded(server, "crowd", { "index.html": page, "src/main.ts": "1" });
  const writes = Array.from({ length: 12 }, (_, n) =>
    server.call("PATCH", "/v1/apps/crowd/files", { json: { upsert: { [`src/f${n}.ts`]: String(n), "src/shared.ts": String(n) } } }));
  const answers = await Promise.all(writes);
  assert.deepEqual(answers.map(({ json }) => json.version).sort((a, b) => a - b), Array.from({ length: 12 }, (_, n) => n + 2));
  const stale = Array.from({ length: 4 }, () =>
    server.call("PATCH", "/v1/apps/crowd/files", { json: { upsert: { "src/raced.ts": "1" }, baseVersion: 13 } }));
  assert.deepEqual((await Promise.all(stale)).map(({ status }) => status).sort(), [200, 409, 409, 409]);
  assert.equal(Object.keys((await server.call("GET", "/v1/apps/crowd/files")).json.files).length, 16);
});
