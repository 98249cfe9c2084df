// Variables set by the API: builds see them as they see the environment, the page only those with Vite's prefix.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const page = '<!doctype html><title>%VITE_TITLE%</title><script type="module" src="/src/main.ts"></script>';
const main = "document.title = JSON.stringify(import.meta.env) + import.meta.env.SECRET_KEY + process.env.SECRET_KEY";
const set = (slug, variables) => server.call("PUT", `/v1/apps/${slug}/variables`, { json: { variables } });
const read = async (slug) => (await server.call("GET", `/v1/apps/${slug}/variables`)).json;

/** Everything that an app's page loads of the app itself, and the page. */
async function served(slug) {
  const html = (await server.preview(slug, "/", { headers: { accept: "text/html" } })).bytes.toString();
  const scripts = [...html.matchAll(/\/__overskill\/app-[0-9a-f]+\.js/g)].map(([address]) => address);
  assert.ok(scripts.length > 0, html);
  const texts = await Promise.all(scripts.flatMap((address) => [address, `${address}.map`]).map((address) => server.preview(slug, address)));
  return [html, ...texts.map(({ bytes }) => bytes.toString())].join("\n");
}

test("what is set is seen by the next build, over `.env`, and only with the prefix", async () => {
  await uploaded(server, "env", { "index.html": page, "src/main.ts": main, ".env": "VITE_TITLE=from-file\nVITE_OF=$SECRET_PART\nVITE_MORE=kept" });
  assert.deepEqual(await read("env"), { version: 1, variables: {} });
  assert.match(await served("env"), /<title>from-file/);
  const written = await set("env", { VITE_TITLE: "from-api", SECRET_KEY: "hunter2", SECRET_PART: "told" });
  assert.equal(written.status, 200);
  assert.deepEqual([written.json.version, written.json.status, written.json.changed], [2, "ready", []]);
  assert.deepEqual(await read("env"), { version: 2, variables: { SECRET_KEY: "hunter2", SECRET_PART: "told", VITE_TITLE: "from-api" } });
  const text = await served("env");
  assert.match(text, /<title>from-api/);
  assert.match(text, /"VITE_MORE":"kept"/);
  // As under Vite: whoever expands a secret into a prefixed variable publishes it.
  assert.match(text, /"VITE_OF":"told"/);
  assert.ok(!text.includes("hunter2"), "a secret is in what is served");
  const patched = await server.call("PATCH", "/v1/apps/env/files", { json: { upsert: { "src/x.ts": "1" } } });
  assert.equal(patched.json.status, "ready");
  assert.match(await served("env"), /<title>from-api/, "they stay");
  await set("env", {});
  assert.match(await served("env"), /<title>from-file/, "what is absent goes");
  assert.ok(!server.log.includes("hunter2"), "a secret is in the log");
});

test("the prefix is the one that the app's configuration names", async () => {
  const config = "export default { envPrefix: 'PUBLIC_' }";
  await uploaded(server, "prefix", { "index.html": page, "src/main.ts": main, "vite.config.ts": config });
  await set("prefix", { VITE_A: "not-this", PUBLIC_A: "but-this" });
  const text = await served("prefix");
  assert.ok(text.includes("but-this") && !text.includes("not-this"), text);
});

test("they survive a kill, and an object that lost its storage", async () => {
  await uploaded(server, "kept", { "index.html": page, "src/main.ts": main });
  const { json: written } = await set("kept", { VITE_TITLE: "kept", OTHER: "too" });
  const before = await read("kept");
  await server.kill();
  await server.up();
  assert.deepEqual(await read("kept"), before);
  while ((await server.call("GET", "/v1/apps/kept")).json.version !== written.version);
  await server.kill();
  rmSync(join(server.state, "v3/do"), { recursive: true });
  await server.up();
  assert.deepEqual(await read("kept"), before);
  assert.match(await served("kept"), /<title>kept/);
});
