// SIGKILL at random moments of a stream of uploads: every acknowledged version is there and whole.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { drawn } from "./support/drawn.mjs";
import { Server } from "./support/server.mjs";

const UPLOADS = 500;
const KILLS = 8;
/** Files of the app; upload `n` writes one of them and the number itself, in one batch. */
const FILES = 20;

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const body = (n) => `${n}:${"x".repeat(1 + ((n * 7919) % 60_000))}`;

test("every acknowledged version survives", async () => {
  await uploaded(server, "killed", { "index.html": "<h1>0</h1>" });
  const files = "/v1/apps/killed/files";
  const random = drawn(20261125);
  const kills = new Set();
  while (kills.size < KILLS) kills.add(20 + random(UPLOADS - 40));
  /** What was acknowledged: path → text. What was sent and not answered may be there or not, whole. */
  const acknowledged = new Map();
  let version = 1;
  for (let n = 1; n <= UPLOADS; n++) {
    const path = `src/f${random(FILES)}.txt`;
    const patch = { upsert: { [path]: body(n), "public/latest.txt": String(n) } };
    const write = server.call("PATCH", files, { json: patch }).catch(() => undefined);
    if (kills.has(n)) {
      // Anywhere between the request's first byte and the answer.
      const moment = random(30);
      const timer = new Promise((done) => setTimeout(done, moment));
      await Promise.race([timer, write]);
      await server.kill();
    }
    const answer = await write;
    if (answer?.status === 200) {
      acknowledged.set(path, body(n)).set("public/latest.txt", String(n));
      version = answer.json.version;
    }
    if (!kills.has(n)) {
      assert.equal(answer?.status, 200, answer?.bytes.toString());
      continue;
    }
    await server.up();
    const listing = (await server.call("GET", files)).json;
    assert.ok(listing.version === version || (answer?.status !== 200 && listing.version === version + 1));
    if (listing.version > version) {
      acknowledged.set(path, body(n)).set("public/latest.txt", String(n));
      version = listing.version;
    }
    for (const [name, text] of acknowledged) {
      const kept = await server.call("GET", `${files}/${name}`);
      assert.ok(kept.bytes.toString() === text, `${name} after the kill at upload ${n}`);
      assert.equal(listing.files[name].size, text.length);
    }
    // What is served is that version, too.
    const served = await server.preview("killed", "/latest.txt");
    assert.equal(served.bytes.toString(), acknowledged.get("public/latest.txt"));
  }
});
