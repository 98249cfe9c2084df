// The preview plane over HTTP: what is served where, as what, for how long; and what stands there when nothing can be.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

const NAVIGATION = { "sec-fetch-mode": "navigate", accept: "text/html,*/*" };
const page = '<!doctype html><link rel="icon" href="/i.svg"><div id="root"></div><script type="module" src="/src/main.ts"></script>';
const tree = {
  "index.html": page,
  "src/main.ts": "import logo from './logo.png'; import './a.css'; document.title = logo",
  "src/logo.png": { base64: Buffer.from("\x89PNG not really", "latin1").toString("base64") },
  "src/a.css": "body { color: red }",
  "src/secret.ts": "export const secret = 'raw source'",
  ".env": "SECRET=1\nVITE_SHOWN=2",
  "public/i.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "public/robots.txt": "0123456789",
  "public/a b/ü.json": "{}",
  "public/docs/index.html": "<h1>docs</h1>",
  "public/m.webmanifest": "{}",
  "public/v.wasm": "",
};

let server;
before(async () => {
  server = await Server.start();
  await uploaded(server, "served", tree);
});
after(() => server.stop());

const get = (path, headers = {}, slug = "served", method = "GET") => server.preview(slug, path, { headers, method });

test("the page loads its scripts under addresses that name their content", async () => {
  const answer = await get("/", NAVIGATION);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
  assert.equal(answer.headers["cache-control"], "no-cache");
  const html = answer.bytes.toString();
  assert.ok(!html.includes("/src/main.ts"), html);
  const scripts = [...html.matchAll(/src="(\/__overskill\/[^"]+)"/g)].map(([, path]) => path);
  assert.deepEqual(scripts.map((path) => path.replace(/-[0-9a-f]+/, "")), ["/__overskill/live.js", "/__overskill/app.js"]);
  for (const path of scripts) {
    const script = await get(path);
    assert.equal(script.status, 200, path);
    assert.match(script.headers["content-type"], /^text\/javascript/);
    assert.equal(script.headers["cache-control"], "public, max-age=31536000, immutable");
  }
  const code = (await get(scripts[1])).bytes.toString();
  const [, map] = /sourceMappingURL=(\S+)/.exec(code);
  assert.equal((await get(map)).json.version, 3);
  assert.ok(!code.includes("raw source"), "what nothing imports is not sent");
  const [asset] = /\/__overskill\/assets\/[^"]+logo\.png/.exec(code);
  const image = await get(asset);
  assert.deepEqual([image.headers["content-type"], image.bytes.toString("latin1")], ["image/png", "\x89PNG not really"]);
});

test("files of public/ have their types, and neither sources nor secrets have addresses", async () => {
  for (const [path, type] of [
    ["/i.svg", "image/svg+xml; charset=utf-8"],
    ["/robots.txt", "text/plain; charset=utf-8"],
    ["/a%20b/%C3%BC.json", "application/json; charset=utf-8"],
    ["/m.webmanifest", "application/manifest+json; charset=utf-8"],
    ["/v.wasm", "application/wasm"],
    ["/docs/", "text/html; charset=utf-8"],
  ]) {
    const answer = await get(path);
    assert.deepEqual([answer.status, answer.headers["content-type"], answer.headers["cache-control"]], [200, type, "no-cache"], path);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
  }
  for (const path of ["/src/secret.ts", "/.env", "/public/robots.txt", "/package.json", "/..%2f.env", "/%2e%2e/.env", "/__overskill/.env", "/__overskill/assets/0/x", "//.env", "/%00"]) {
    const answer = await get(path);
    assert.equal(answer.status, 404, path);
    assert.match(answer.headers["content-type"], /^text\/plain/);
  }
  assert.match((await get("/nope.png")).bytes.toString(), /nothing at `\/nope\.png`.*no `public\/nope\.png`/);
  assert.equal((await get("/%ff")).status, 400);
});

test("navigations, and only those, fall back to the page", async () => {
  for (const path of ["/about", "/users/ada.lovelace", "/a/b/c?x=1"]) {
    const answer = await get(path, NAVIGATION);
    assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "text/html; charset=utf-8"], path);
    assert.equal((await get(path, { accept: "*/*" })).status, 404, path);
    assert.equal((await get(path, { "sec-fetch-mode": "cors", accept: "text/html" })).status, 404, path);
    const ahead = await get(path, { "sec-fetch-mode": "no-cors", "sec-purpose": "prefetch", accept: "*/*" });
    assert.equal(ahead.status, path.includes(".") ? 404 : 200, path);
  }
  assert.equal((await get("/__overskill/nope", NAVIGATION)).status, 404);
  assert.equal((await get("/robots.txt", NAVIGATION)).bytes.toString(), "0123456789");
});

test("conditional requests and ranges", async () => {
  for (const path of ["/", "/robots.txt"]) {
    const { headers } = await get(path, NAVIGATION);
    const again = await get(path, { ...NAVIGATION, "if-none-match": `"x", W/${headers.etag}` });
    assert.deepEqual([again.status, again.bytes.length, again.headers.etag], [304, 0, headers.etag]);
    const other = await get(path, { ...NAVIGATION, "if-none-match": '"x"' });
    assert.equal(other.status, 200);
    const head = await get(path, NAVIGATION, "served", "HEAD");
    assert.deepEqual([head.status, head.bytes.length, head.headers.etag], [200, 0, headers.etag]);
  }
  const { headers } = await get("/robots.txt");
  for (const [range, status, text, content] of [
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=0-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=-0", 416, "", "bytes */10"],
    ["bytes=4-2", 200, "0123456789", undefined],
    ["bytes=0-1,3-4", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
    ["bytes=x-", 200, "0123456789", undefined],
    ["bytes=99999999999999999999-", 416, "", "bytes */10"],
  ]) {
    const answer = await get("/robots.txt", { range });
    assert.deepEqual([answer.status, answer.bytes.toString(), answer.headers["content-range"]], [status, text, content], range);
  }
  assert.equal((await get("/robots.txt", { range: "bytes=0-1", "if-range": headers.etag })).status, 206);
  assert.equal((await get("/robots.txt", { range: "bytes=0-1", "if-range": '"old"' })).status, 200);
  const refused = await get("/", {}, "served", "POST");
  assert.deepEqual([refused.status, refused.headers.allow], [405, "GET, HEAD"]);
});

test("where there is no app to show, a page says why", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "fresh" } });
  await uploaded(server, "broken", { ...tree, "src/main.ts": "const a: = <b>'\"&" });
  await uploaded(server, "deleted", tree);
  await server.call("DELETE", "/v1/apps/deleted");
  const host = (name) => ({ ...NAVIGATION, host: `${name}:${server.port}` });
  for (const [headers, status, words] of [
    [host("nobody.localhost"), 404, /No app is called <b>nobody<\/b>/],
    [host("NoBody.LocalHost."), 404, /No app is called <b>nobody<\/b>/],
    // The host of a deployment, and none: an app's name has no `--`.
    [host("a--b.localhost"), 404, /No app is called <b>a<\/b>/],
    [host("served--b.localhost"), 404, /<b>served<\/b> has no such deployment/],
    [host("a--.localhost"), 404, /no address of an app/],
    [host("a--b--c.localhost"), 404, /no address of an app/],
    [host("x.served.localhost"), 404, /no address of an app/],
    [host("-.localhost"), 404, /no address of an app/],
    [host("deleted.localhost"), 404, /No app is called/],
    [host("fresh.localhost"), 404, /nothing was uploaded/],
    [host("broken.localhost"), 503, /src\/main\.ts:1:/],
  ]) {
    const answer = await server.call("GET", "/", { token: null, headers });
    assert.equal(answer.status, status, headers.host);
    assert.match(answer.headers["content-type"], /^text\/html/);
    assert.match(answer.bytes.toString(), words, headers.host);
    assert.equal(answer.headers["cache-control"], "no-store");
  }
  const shown = (await get("/", NAVIGATION, "broken")).bytes.toString();
  assert.ok(!shown.includes("<b>'") && shown.includes("&lt;b&gt;"), "the author's text is text");
  assert.equal((await server.call("GET", "/healthz", { headers: { host: "served.localhost" } })).status, 404);
});

test("the last good version keeps serving, and its scripts stay", async () => {
  await uploaded(server, "kept", { ...tree, "public/v.txt": "1" });
  const before = (await get("/", NAVIGATION, "kept")).bytes.toString();
  const [script] = /\/__overskill\/app-[0-9a-f]+\.js/.exec(before);
  const failed = await server.call("PATCH", "/v1/apps/kept/files", { json: { upsert: { "src/main.ts": "(", "public/v.txt": "2" } } });
  assert.equal(failed.json.status, "failed");
  assert.equal(failed.json.diagnostics[0].path, "src/main.ts");
  assert.equal((await get("/", NAVIGATION, "kept")).bytes.toString(), before);
  assert.equal((await get("/v.txt", {}, "kept")).bytes.toString(), "1");
  const markdown = await server.call("GET", "/v1/apps/kept/diagnostics", { headers: { accept: "text/markdown" } });
  assert.match(markdown.headers["content-type"], /^text\/markdown/);
  assert.match(markdown.bytes.toString(), /^Version 2 does not build[^]*## src\/main\.ts:1:/);
  const mended = await server.call("PATCH", "/v1/apps/kept/files", { json: { upsert: { "src/main.ts": "2" } } });
  assert.equal(mended.json.status, "ready");
  assert.notEqual((await get("/", NAVIGATION, "kept")).bytes.toString(), before);
  assert.equal((await get(script, {}, "kept")).status, 200, "a page that is open still gets its script");
  await server.kill();
  await server.up();
  assert.equal((await get(script, {}, "kept")).status, 200);
  assert.equal((await get("/v.txt", {}, "kept")).bytes.toString(), "2");
});

test("a private app is shown to who has its token, and to no one else", async () => {
  const made = (await server.call("POST", "/v1/apps", { json: { slug: "hidden", visibility: "private" } })).json;
  const other = (await server.call("POST", "/v1/apps", { json: { slug: "other" } })).json;
  await uploaded(server, "hidden", tree);
  const closed = await get("/", NAVIGATION, "hidden");
  assert.equal(closed.status, 401);
  assert.match(closed.bytes.toString(), /This preview is private/);
  assert.equal((await get("/robots.txt", {}, "hidden")).status, 401);
  assert.equal((await get(`/?__overskill_token=${other.token}`, NAVIGATION, "hidden")).status, 401);
  assert.equal((await get("/", { ...NAVIGATION, authorization: `Bearer ${other.token}` }, "hidden")).status, 403);
  assert.equal((await get("/", { ...NAVIGATION, authorization: `Bearer ${made.token}` }, "hidden")).status, 200);
  const entered = await get(`/about?x=1&__overskill_token=${made.token}`, NAVIGATION, "hidden");
  assert.equal(entered.status, 303);
  assert.match(entered.headers.location, /\/about\?x=1$/);
  const [cookie] = entered.headers["set-cookie"];
  assert.match(cookie, /HttpOnly/);
  assert.ok(!cookie.includes(made.token));
  const value = cookie.split(";")[0];
  const seen = await get("/about", { ...NAVIGATION, cookie: value }, "hidden");
  assert.equal(seen.status, 200);
  const [script] = /\/__overskill\/app-[0-9a-f]+\.js/.exec(seen.bytes.toString());
  const code = await get(script, { cookie: value }, "hidden");
  assert.equal(code.headers["cache-control"], "private, max-age=31536000, immutable");
  assert.equal((await get("/", { ...NAVIGATION, cookie: `${value.slice(0, -1)}${value.endsWith("0") ? "1" : "0"}` }, "hidden")).status, 401);
});
