// An app's history: which versions there were, and that each that is kept can be deployed as it was.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { deploy, uploaded } from "./support/app.mjs";
import { Registry } from "./support/registry.mjs";
import { Server } from "./support/server.mjs";

const KEPT = 6;
let registry;
let server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url, KEEP_VERSIONS: `${KEPT}`, KEEP_VERSIONS_BYTES: "2000000" } });
});
after(async () => {
  await server?.stop();
  await registry?.stop();
});

const files = {
  "index.html": `<!doctype html><title>%VITE_TITLE%</title><script type="module" src="/main.js"></script>`,
  "main.js": `import "./style.css"; import { text } from "./lib"; document.title = text + import.meta.env.VITE_TITLE;`,
  "lib.js": `export const text = "one";`,
  "style.css": ".a { color: red }",
};
const path = (slug, rest) => `/v1/apps/${slug}/${rest}`;
const patch = (slug, json) => server.call("PATCH", path(slug, "files"), { json });
const create = (slug, json, headers = {}) => server.call("POST", path(slug, "deployments"), { json: { tier: "production", ...json }, headers });
const versions = async (slug, query = "") => (await server.call("GET", path(slug, `versions${query}`))).json;
const page = async ({ url }) => (await server.preview(new URL(url).host.split(".")[0])).bytes.toString();

/** Asks until it is so; the runner's own limit ends it. */
async function until(asked) {
  for (;;) {
    const found = await asked();
    if (found) return found;
  }
}

/** What the apps' objects hold in a table, all of them together. */
function held(query) {
  const folder = join(server.state, "v3/do");
  const found = readdirSync(folder, { recursive: true }).filter((name) => /AppSession/.test(name) && name.endsWith(".sqlite") && !name.endsWith("metadata.sqlite"));
  return found.flatMap((name) => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true });
    try {
      return database.prepare(query).all();
    } finally {
      database.close();
    }
  });
}

test("every version is told of, the newest first, page by page", async () => {
  await uploaded(server, "told", files);
  await server.call("PUT", path("told", "variables"), { json: { variables: { VITE_TITLE: "Set" } } });
  await patch("told", { upsert: { "lib.js": `export const text = "two";`, "same.txt": "same" }, delete: ["style.css"] });
  await server.call("PATCH", "/v1/apps/told", { json: { registries: { default: { url: registry.url } } } });
  const { versions: all, ...rest } = await versions("told");
  assert.deepEqual(rest, {});
  assert.deepEqual(all.map(({ version, cause, changed, changedCount }) => [version, cause, changed, changedCount]), [
    [4, "registries", [], 0], [3, "files", ["lib.js", "same.txt", "style.css"], 3], [2, "variables", [], 0], [1, "files", Object.keys(files).sort(), 4],
  ]);
  for (const [at, each] of all.entries()) assert.ok(each.at > 0 && each.at >= (all[at + 1]?.at ?? 0));
  const first = await versions("told", "?limit=3");
  assert.deepEqual([first.versions, first.cursor], [all.slice(0, 3), 2]);
  await patch("told", { upsert: { "new.txt": "newer" } });
  assert.deepEqual(await versions("told", `?limit=3&cursor=${first.cursor}`), { versions: all.slice(3) });
  for (const [query, code] of [["cursor=", "invalid-cursor"], ["cursor=-1", "invalid-cursor"], ["cursor=0", "invalid-cursor"], ["cursor=1e3", "invalid-cursor"], ["limit=0", "invalid-limit"], ["limit=101", "invalid-limit"], ["limit=x", "invalid-limit"]]) {
    const refused = await server.call("GET", path("told", `versions?${query}`));
    assert.deepEqual([refused.status, refused.json.code], [400, code], query);
  }
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "stranger" } })).json;
  assert.equal((await server.call("GET", path("told", "versions"), { token })).status, 403);
  assert.deepEqual(await versions("stranger"), { versions: [] });
});

test("an earlier version deploys to what it was: its files, its variables, its packages", async () => {
  const publish = (version) => registry.publish({ "package.json": JSON.stringify({ name: "tool", version }), "index.js": `export const tool = "tool ${version}";` });
  publish("1.0.0");
  const using = (range) => JSON.stringify({ dependencies: { tool: range } });
  const main = `import { tool } from "tool"; import "./style.css"; import { text } from "./lib"; document.title = tool + text + import.meta.env.VITE_TITLE;`;
  await uploaded(server, "back", { ...files, "main.js": main, "package.json": using("^1.0.0") });
  const made = [await deploy(server, "back", "preview")];
  await server.call("PUT", path("back", "variables"), { json: { variables: { VITE_TITLE: "Set" } } });
  made.push(await deploy(server, "back", "preview"));
  publish("1.1.0");
  await patch("back", { upsert: { "package.json": using("1.1.0"), "lib.js": `export const text = "two";` }, delete: ["style.css"] });
  await patch("back", { upsert: { "main.js": main.replace(`import "./style.css";`, "") } });
  await server.call("PUT", path("back", "variables"), { json: { variables: { VITE_TITLE: "Again" } } });
  const newest = await deploy(server, "back", "preview");
  assert.deepEqual([newest.state, newest.version], ["live", 5]);
  for (const was of made) {
    assert.equal(was.state, "live", JSON.stringify(was.diagnostics));
    const again = (await create("back", { tier: "preview", version: was.version })).json;
    assert.deepEqual([again.state, again.version, again.files, again.bytes, again.addedFiles], ["live", was.version, was.files, was.bytes, 0]);
    assert.equal(await page(again), await page(was));
  }
  // Nobody has built these for production yet; the choice of npm was kept.
  const shown = async (version) => {
    const deployment = (await create("back", { version })).json;
    assert.equal(deployment.state, "live", JSON.stringify(deployment.diagnostics));
    const host = new URL(deployment.url).host.split(".")[0];
    const html = await page(deployment);
    return html + (await server.preview(host, /src="(\/assets\/[^"]+)"/.exec(html)[1])).bytes;
  };
  for (const [version, tool, text, title] of [[1, "1.0.0", "one", "%VITE_TITLE%"], [2, "1.0.0", "one", "Set"], [4, "1.1.0", "two", "Set"], [5, "1.1.0", "two", "Again"]]) {
    const code = await shown(version);
    for (const there of [`tool ${tool}`, text, `<title>${title}</title>`]) assert.ok(code.includes(there), `${version}: ${there} in ${code}`);
  }
  // A version that did not build then doesn't now.
  const broken = (await create("back", { version: 3 })).json;
  assert.deepEqual([broken.state, broken.diagnostics.length > 0], ["failed", true]);
});

test("as much is kept as is configured, and what is kept outlives the sweep", async () => {
  await uploaded(server, "long", files);
  const text = (version) => `export const text = "${"x".repeat(50)} ${version}";`;
  for (let version = 2; version <= 9; version++) await patch("long", { upsert: { "lib.js": text(version) } });
  // The object follows in its own time.
  const all = await until(async () => {
    const { versions: all } = await versions("long");
    return all.length === KEPT && all;
  });
  assert.deepEqual(all.map(({ version }) => version), [9, 8, 7, 6, 5, 4]);
  const contents = () => held("SELECT CAST(bytes AS TEXT) AS text FROM blobs").map(({ text }) => text);
  await until(() => !contents().includes(text(3)));
  for (const version of [4, 8]) assert.ok(contents().includes(text(version)));
  for (const [version, oldest] of [[3, 4], [0, 4], [10, 4], [1e15, 4]]) {
    const refused = await create("long", { version });
    assert.deepEqual([refused.status, refused.json.code, refused.json.version, refused.json.oldest], [409, "version-not-kept", 9, oldest]);
  }
  assert.deepEqual((await server.call("GET", path("long", "deployments"))).json.deployments, []);
  const made = (await create("long", { version: 4 })).json;
  assert.deepEqual([made.state, made.version], ["live", 4]);

  // By size: one content of what a version had is too much.
  await patch("long", { upsert: { "public/big.txt": "y".repeat(2_000_001) } });
  await patch("long", { upsert: { "public/big.txt": "small" } });
  assert.deepEqual((await until(async () => {
    const { versions: all } = await versions("long");
    return all.length === 1 && all;
  })).map(({ version }) => version), [11]);
});

test("a version that changed too much to be undone is the first that is kept", async () => {
  const many = (letter) => Object.fromEntries(Array.from({ length: 1650 }, (_, n) => [`public/${letter.repeat(190)}/${letter.repeat(190)}/${letter.repeat(190)}${n}`, letter]));
  await uploaded(server, "wide", files);
  await server.call("PUT", path("wide", "files"), { json: { files: { ...files, ...many("a") } } });
  assert.deepEqual((await versions("wide")).versions.map(({ version, changed, changedCount }) => [version, changed.length, changedCount]), [[2, 50, 1650], [1, 4, 4]]);
  const replaced = await server.call("PUT", path("wide", "files"), { json: { files } });
  assert.deepEqual([replaced.status, replaced.json.changed.length], [200, 1650]);
  assert.deepEqual((await versions("wide")).versions.map(({ version }) => version), [3]);
  assert.equal((await create("wide", { version: 2 })).json.oldest, 3);
  await patch("wide", { upsert: { "lib.js": `export const text = "two";` } });
  assert.equal((await create("wide", { version: 3 })).json.state, "live");
});

test("an object that lost its storage knows of no history, and begins another one", async () => {
  await uploaded(server, "lost", files);
  await patch("lost", { upsert: { "lib.js": `export const text = "two";` } });
  await until(async () => (await server.call("GET", "/v1/apps/lost")).json.version === 2);
  await server.kill();
  rmSync(join(server.state, "v3/do"), { recursive: true });
  await server.up();
  assert.deepEqual(await versions("lost"), { versions: [{ version: 2, at: null, cause: "earlier", changed: [], changedCount: 0 }] });
  assert.deepEqual([(await create("lost", { version: 1 })).json.oldest], [2]);
  await patch("lost", { upsert: { "lib.js": `export const text = "three";` } });
  const made = (await create("lost", { version: 2 })).json;
  assert.deepEqual([made.state, made.version], ["live", 2]);
  assert.deepEqual((await versions("lost")).versions.map(({ version, cause }) => [version, cause]), [[3, "files"], [2, "earlier"]]);
});

test("a deployment of an earlier version outlives a kill, and is one however often it is asked for", async () => {
  await uploaded(server, "killed", files);
  await patch("killed", { upsert: { "lib.js": `export const text = "two";` } });
  const was = await deploy(server, "killed");
  await patch("killed", { upsert: { "lib.js": `export const text = "three";` }, delete: ["style.css"] });
  for (let round = 0; round < 4; round++) {
    const ask = () => create("killed", { version: 2 }, { "idempotency-key": `${round}`, prefer: "respond-async" });
    const asked = await ask();
    assert.ok([201, 202].includes(asked.status), asked.bytes.toString());
    await new Promise((done) => setTimeout(done, round * 20));
    await server.kill();
    await server.up();
    // Beyond what is kept, what it is made of is nobody's but the deployment's.
    for (let n = 0; n < KEPT && round === 3; n++) await patch("killed", { upsert: { "new.txt": `${n}` } });
    const again = await ask();
    assert.deepEqual([again.status < 300, again.json.id], [true, asked.json.id]);
    const ended = await until(async () => {
      const now = (await server.call("GET", path("killed", `deployments/${asked.json.id}`))).json;
      return ["live", "superseded", "failed"].includes(now.state) && now;
    });
    assert.deepEqual([ended.state, ended.version], ["live", 2]);
    assert.equal(await page(ended), await page(was));
  }
});
