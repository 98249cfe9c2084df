// What a write tells open previews, what the log keeps of it, and what pages that were away are told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const page = (more = "") => `<!doctype html><html><head>${more}</head><body><script type="module" src="/src/main.ts"></script></body></html>`;
const app = { "index.html": page(), "src/main.ts": 'import "./a.css"; import { b } from "./b"; console.log(b);', "src/b.ts": "export const b = 1;", "src/a.css": "a { color: red }" };

const patch = async (slug, upsert, gone = []) => {
  const answer = await server.call("PATCH", `/v1/apps/${slug}/files`, { json: { upsert, delete: gone } });
  assert.equal(answer.status, 200, answer.bytes.toString());
  return answer.json;
};
const preview = (slug, path, options = {}) => server.call(options.method ?? "GET", path, { token: null, ...options, headers: { host: `${slug}.localhost:${server.port}`, ...options.headers } });
const sync = async (slug, epoch, since) => (await preview(slug, `/__overskill/sync?epoch=${epoch}&since=${since}`)).json;
const stamp = async (slug) => {
  const { bytes } = await preview(slug, "/", { headers: { accept: "text/html" } });
  return JSON.parse(/id="overskill-preview">(.*?)<\/script>/.exec(bytes.toString())[1]);
};
/** The ids of the modules in a patch. */
const brings = async (slug, url) => [...(await preview(slug, url)).bytes.toString().matchAll(/^\["([^"]+)"/gm)].map(([, id]) => id);

test("a write's answer carries the envelope: small, with the files behind it and the address of the patch", async () => {
  const first = await uploaded(server, "told", app);
  assert.equal(first.update.kind, "full-reload");
  const changed = await patch("told", { "src/b.ts": "export const b = 2;" });
  const { update } = changed;
  assert.deepEqual(Object.keys(update).sort(), ["at", "base", "epoch", "hash", "kind", "paths", "seq", "url", "v"]);
  assert.deepEqual([update.v, update.kind, update.epoch, update.seq, update.paths], [1, "component-update", changed.epoch, changed.seq, ["src/b.ts"]]);
  assert.deepEqual(await brings("told", update.url), ["/src/b.ts"]);
  const { headers } = await preview("told", update.url);
  assert.match(headers["cache-control"], /immutable/);
  const map = await preview("told", `${update.url}.map`);
  assert.deepEqual(map.json.sections.map(({ map: { sources } }) => sources), [["/src/b.ts"]]);

  const styles = await patch("told", { "src/a.css": "a { color: blue }" });
  assert.deepEqual([styles.update.kind, styles.update.paths], ["css-update", ["src/a.css"]]);
  const batch = await patch("told", { "src/a.css": "a { color: green }", "src/b.ts": "export const b = 3;", "src/main.ts": `${app["src/main.ts"]}; 1;` });
  assert.deepEqual([batch.update.kind, batch.update.paths], ["component-update", ["src/a.css", "src/b.ts", "src/main.ts"]]);
});

test("what runs the same ships nothing: comments, white space, lines above elements, files that nothing reaches", async () => {
  const tsx = "export const A = () => <b title=\"x\">one</b>;\n";
  await uploaded(server, "same", { ...app, "src/b.ts": 'export { A as b } from "./a.tsx";', "src/a.tsx": tsx, "package.json": "{}" });
  for (const upsert of [
    { "src/a.tsx": `// a comment\n\n\n${tsx}` },
    { "src/a.tsx": tsx.replace(" => ", "  =>  /* here */ ").replace("<b ", "<b   ") },
    { "src/a.css": "/* c */\na {\n  color: red\n}" },
    { "src/other.ts": "nobody imports this" },
    { "README.md": "x", "public/x.txt": "y" },
  ]) {
    assert.equal((await patch("same", upsert)).update, null, JSON.stringify(upsert));
  }
});

test("what a running page can't take over reloads it, and says why", async () => {
  await uploaded(server, "reloads", app);
  for (const [upsert, why] of [
    [{ "index.html": page("<title>x</title>") }, /index\.html/],
    [{ "vite.config.ts": "export default { define: { __A__: 1 } }" }, /environment/],
    [{ ".env": "VITE_A=1" }, /environment/],
  ]) {
    const { update } = await patch("reloads", upsert);
    assert.equal(update.kind, "full-reload", JSON.stringify(upsert));
    assert.match(update.reason, why);
  }
});

test("a version that doesn't build is told as such, and what else changed comes with the fix", async () => {
  const first = await uploaded(server, "broken", app);
  const broken = await patch("broken", { "src/main.ts": "const (" });
  assert.equal(broken.status, "failed");
  assert.equal(broken.update.kind, "build-error");
  assert.equal(broken.update.diagnostics[0].code, broken.diagnostics[0].code);
  assert.equal(broken.update.base, first.seq);
  const other = await patch("broken", { "src/b.ts": "export const b = 2;" });
  assert.equal(other.update.kind, "build-error");
  assert.deepEqual((await sync("broken", first.epoch, first.seq)).envelopes.map(({ kind, seq }) => [kind, seq]), [["build-error", other.seq]]);
  const fixed = await patch("broken", { "src/main.ts": app["src/main.ts"] });
  assert.deepEqual([fixed.update.kind, fixed.update.paths, fixed.update.base], ["component-update", ["src/b.ts"], first.seq]);
  await patch("broken", { "src/main.ts": "const (" });
  const undone = await patch("broken", { "src/main.ts": app["src/main.ts"] });
  assert.deepEqual([undone.update.kind, undone.update.base], ["build-ok", fixed.seq]);
});

test("a page is stamped with where it stands, and gets what follows that, whatever happened in between", async () => {
  const first = await uploaded(server, "away", app);
  const at = await stamp("away");
  assert.deepEqual([at.v, at.epoch, at.seq, at.app, at.hmr, at.status], [1, first.epoch, first.seq, "away", "auto", "ready"]);
  const updates = [];
  for (let n = 2; n < 6; n++) updates.push((await patch("away", { "src/b.ts": `export const b = ${n};` })).update);
  assert.deepEqual((await sync("away", at.epoch, at.seq)).envelopes, updates);
  assert.deepEqual((await sync("away", at.epoch, updates[1].seq)).envelopes, updates.slice(2));
  assert.deepEqual((await sync("away", at.epoch, updates[3].seq)).envelopes, []);
  assert.equal((await stamp("away")).seq, updates[3].seq);
  await server.kill();
  await server.up();
  assert.deepEqual((await sync("away", at.epoch, at.seq)).envelopes, updates);
  for (const { url } of updates) assert.deepEqual(await brings("away", url), ["/src/b.ts"]);
  // The first build after a restart is still compared with what pages run.
  const next = await patch("away", { "src/b.ts": "export const b = 9;" });
  assert.deepEqual([next.update.kind, next.update.paths, next.update.base], ["component-update", ["src/b.ts"], updates[3].seq]);
  const other = await sync("away", "another-epoch", 3);
  assert.deepEqual(other.envelopes.map(({ kind }) => kind), ["full-reload"]);
  assert.deepEqual((await sync("away", at.epoch, 10_000)).envelopes.map(({ kind }) => kind), ["full-reload"]);
  for (const query of ["", "?epoch=a", "?epoch=a&since=-1", "?since=3", `?epoch=${"x".repeat(100)}&since=1`]) {
    assert.equal((await preview("away", `/__overskill/sync${query}`)).status, 400, query);
  }
});

test("after a crash nobody is told that a version went back, however many ask while it is built again", async () => {
  const { epoch } = await uploaded(server, "crashed", app);
  let newest;
  for (let n = 2; n < 6; n++) newest = (await patch("crashed", { "src/b.ts": `export const b = ${n};` })).seq;
  await server.kill();
  await server.up();
  const asked = await Promise.all(Array.from({ length: 12 }, () => sync("crashed", epoch, newest)));
  assert.deepEqual(asked.map(({ seq, envelopes }) => [seq, envelopes.length]), asked.map(() => [newest, 0]));
});

test("a page that misses more than the log keeps is reloaded, once", async () => {
  const first = await uploaded(server, "long", app);
  for (let n = 0; n < 130; n++) await patch("long", { "src/b.ts": `export const b = ${n + 10};` });
  const missed = await sync("long", first.epoch, first.seq);
  assert.deepEqual(missed.envelopes.map(({ kind, seq }) => [kind, seq]), [["full-reload", missed.seq]]);
  assert.equal((await sync("long", first.epoch, missed.seq - 128)).envelopes.length, 128);
});

test("live editing's state is kept and readable", async () => {
  await uploaded(server, "state", app);
  const changed = await patch("state", { "src/b.ts": "export const b = 2;" });
  const live = (await server.call("GET", "/v1/apps/state/live")).json;
  assert.deepEqual([live.hmrEnabled, live.hmr, live.version, live.seq, live.updates], [true, true, changed.version, changed.seq, 2]);
  assert.equal(live.lastHotReloadAt, changed.update.at);
  assert.deepEqual(live.recent.map(({ seq, kind }) => [seq, kind]), [[2, "component-update"], [1, "full-reload"]]);
  assert.ok(live.recent[0].timings.compile >= 0);
  for (const [hmr, relay] of [["action_cable", "action_cable"], [false, "off"], ["auto", "auto"], [true, "auto"]]) {
    const answer = await server.call("PATCH", "/v1/apps/state", { json: { hmr } });
    assert.equal(answer.json.hmr, hmr);
    assert.equal((await stamp("state")).hmr, relay);
  }
});

test("what broke in open previews is mapped to source, counted, kept and readable", async () => {
  await uploaded(server, "errors", { ...app, "src/b.ts": "export const b = 1;\n\nexport function fails() {\n  throw new TypeError('no');\n}\n" });
  const { bytes } = await preview("errors", "/", { headers: { accept: "text/html" } });
  const script = /src="(\/__overskill\/app-[^"]+)"/.exec(bytes.toString())[1];
  const code = (await preview("errors", script)).bytes.toString().split("\n");
  const line = code.findIndex((text) => text.includes("throw new TypeError"));
  const stack = `TypeError: no\n    at fails (http://errors.localhost:${server.port}${script}:${line + 1}:${code[line].indexOf("throw") + 1})\n    at http://elsewhere/x.js:1:2`;
  const report = (errors, headers = {}) => preview("errors", "/__overskill/errors", { method: "POST", json: { seq: 1, errors }, headers });
  const error = { kind: "error", name: "TypeError", message: "no", stack, url: "/" };
  const first = await report([error, { kind: "unhandledrejection", message: "later" }]);
  assert.equal(first.status, 200, first.bytes.toString());
  assert.deepEqual(first.json.errors.map(({ path, line, column, count }) => [path, line, column, count]), [["src/b.ts", 4, 3, 1], [null, null, null, 1]]);
  assert.match(first.json.errors[0].frame, /> 4 \| {3}throw new TypeError/);
  assert.deepEqual(first.json.errors[0].frames.map(({ function: name, path, url }) => [name, path, url]), [["fails", "src/b.ts", undefined], [null, null, "http://elsewhere/x.js"]]);
  await report([error]);
  const kept = (await server.call("GET", "/v1/apps/errors/errors")).json.errors;
  assert.deepEqual(kept.map(({ message, count }) => [message, count]), [["no", 2], ["later", 1]]);
  const markdown = await server.call("GET", "/v1/apps/errors/errors", { headers: { accept: "text/markdown" } });
  assert.match(markdown.bytes.toString(), /## src\/b\.ts:4:3 `TypeError`\nno \(version 1, 2 times\)/);
  assert.equal((await report([error], { origin: `http://other.localhost:${server.port}` })).status, 403);
  assert.equal((await report("none")).status, 422);
  assert.equal((await preview("errors", "/__overskill/errors")).status, 404);
  const statuses = new Set();
  for (let n = 0; n < 130; n++) statuses.add((await report([{ kind: "error", message: `${n}` }])).status);
  assert.deepEqual([...statuses], [200, 429]);
  assert.equal((await server.call("GET", "/v1/apps/errors/errors")).json.errors.length, 50);
});
