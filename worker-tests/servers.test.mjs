// Server code of apps: one suite of behaviour for all the ways in which it runs, and what only previews do with it.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { deploy, uploaded } from "./support/app.mjs";
import { Cable, identifier } from "./support/cable.mjs";
import { Server, TOKEN } from "./support/server.mjs";
import { granted, streamed, tree, until } from "./support/servers.mjs";

let server;
let dispatching;
let outside;
const heard = [];

before(async () => {
  [server, dispatching] = await Promise.all([Server.start(), Server.start({ vars: { SERVERS: "dispatch" } })]);
  outside = createServer((incoming, outgoing) => {
    heard.push({ url: incoming.url, host: incoming.headers.host });
    if (incoming.url === "/redirect") return outgoing.writeHead(302, { location: `http://localhost:${outside.address().port}/further` }).end();
    if (incoming.url === "/inside") return outgoing.writeHead(302, { location: `http://127.0.0.1:${outside.address().port}/further` }).end();
    outgoing.end(`from outside ${incoming.url}`);
  });
  await new Promise((done) => outside.listen(0, "127.0.0.1", done));
});
after(async () => {
  outside.close();
  await Promise.all([server.stop(), dispatching.stop()]);
});

const set = async (to, slug, variables) => granted(await to.call("PUT", `/v1/apps/${slug}/variables`, { json: { variables } }));
const change = async (to, slug, upsert) => (await to.call("PATCH", `/v1/apps/${slug}/files`, { json: { upsert } })).json;

const WAYS = [
  ["the loader, for a preview", () => server, async () => "way"],
  ["the loader, for a deployment", () => server, async (to, slug) => `way--${(await deploy(to, slug)).id}`],
  ["a dispatch namespace", () => dispatching, async (to, slug) => `way--${(await deploy(to, slug)).id}`],
];

for (const [way, which, placed] of WAYS) {
  describe(way, () => {
    let to;
    let at;
    const get = (path, options) => to.preview(at, path, options);
    before(async () => {
      to = which();
      const limits = { answerMs: 500 };
      const written = await uploaded(to, "way", tree({ outbound: ["127.0.0.1"], limits }));
      assert.equal(written.status, "ready", JSON.stringify(written.diagnostics));
      await set(to, "way", { SECRET_KEY: "hunter2", VITE_TITLE: "titled" });
      at = await placed(to, "way");
    });

    test("a JSON API, over packages, shared code, Node's modules, WebAssembly and text", async () => {
      const answer = granted(await get("/api/json?n=21"));
      const sha = "11f6ad8ec52a2984abaafd7c3b516503785c2072";
      assert.deepEqual(answer, { twice: 42, shared: "of both", greeting: "hello, text", later: "later", sha, ssr: true });
      assert.equal((await get("/api/status")).status, 204);
      assert.equal((await get("/api/status")).headers["x-own"], "yes");
      assert.equal((await get("/api/unknown")).status, 404);
    });

    test("modules that are imported by a path which is computed", async () => {
      const find = async (path) => granted(await get(`/api/computed?path=${path}`));
      assert.deepEqual(await find("./routes"), { routes: "later" });
      assert.deepEqual(await find("/worker/found/routes.ts"), { routes: "later" });
      assert.deepEqual(await find("./deep"), { deep: "function" });
      assert.match((await find("./gone")).failed, /Cannot find module '\.\/gone(\?t=\d+)?' that \/worker\/found\/index\.ts imports/);
    });

    test("methods, headers and bodies pass through; the rest of the host is the app's files", async () => {
      const seen = granted(await get("/api/seen?q=%C3%A9&__overskill_token=x&r=1", {
        method: "PUT", body: "sent", headers: { "x-own": "1", cookie: "a=1; __overskill_preview=pass; b=2", authorization: "Bearer of-the-app" },
      }));
      assert.equal(seen.method, "PUT");
      assert.equal(seen.body, "sent");
      assert.equal(seen.url, `http://${at}.localhost:${to.port}/api/seen?q=%C3%A9&r=1`);
      assert.equal(seen.headers["x-own"], "1");
      assert.equal(seen.headers.cookie, "a=1; b=2");
      assert.equal(seen.headers.authorization, "Bearer of-the-app");
      for (const token of [TOKEN, `osk_${"0".repeat(64)}`]) {
        const { headers } = granted(await get("/api/seen", { headers: { authorization: `Bearer ${token}` } }));
        assert.equal(headers.authorization, undefined);
      }
      assert.match((await get("/", { headers: { accept: "text/html" } })).bytes.toString(), /<title>page/);
      assert.equal((await get("/", { method: "POST", body: "x" })).status, 405);
      assert.equal((await get("/__overskill/x", { method: "POST", body: "x" })).status, 405);
    });

    test("it sees the app's variables", async () => {
      const { env, process, page } = granted(await get("/api/env"));
      assert.deepEqual([env, process, page], [{ SECRET_KEY: "hunter2", VITE_TITLE: "titled" }, "hunter2", "titled"]);
    });

    test("the app's files, as its host has them, and nothing else of it", async () => {
      const file = (path, headers = {}, method = "GET") =>
        get(`/api/files?path=${encodeURIComponent(path)}&headers=${encodeURIComponent(JSON.stringify(headers))}`, { method });
      const plain = await file("/plain.txt");
      assert.deepEqual([plain.status, plain.bytes.toString(), plain.headers["content-type"]], [200, "plain", "text/plain; charset=utf-8"]);
      assert.equal((await file("https://elsewhere.example/plain.txt?x#y")).bytes.toString(), "plain");
      assert.equal((await file("/plain.txt", { "if-none-match": plain.headers.etag })).status, 304);
      const part = await file("/plain.txt", { range: "bytes=1-2" });
      assert.deepEqual([part.status, part.bytes.toString()], [206, "la"]);
      for (const [path, headers] of [["/", {}], ["/orders/7", { accept: "text/html" }]]) {
        const page = await file(path, headers);
        assert.match(page.bytes.toString(), /<title>page/, path);
        assert.deepEqual(page.bytes.toString(), (await get(path, { headers: { accept: "text/html" } })).bytes.toString());
      }
      for (const path of ["/orders/7", "/api/json?n=1", "/worker/index.ts", "/server/main.js", "/__overskill/errors", "/__overskill/sync"]) {
        assert.equal((await file(path)).status, 404, path);
      }
      assert.equal((await file("/%ff")).status, 400);
      assert.equal((await file("/plain.txt", {}, "DELETE")).status, 405);
      const wrapped = await get("/api/wrapped");
      assert.deepEqual([wrapped.bytes.toString(), wrapped.headers.etag], ["PLAIN", plain.headers.etag]);
    });

    test("what a Worker finds besides: a context, where a request comes from, a cache that keeps nothing", async () => {
      assert.deepEqual(granted(await get("/api/platform")), { cached: null, deleted: false, cf: "object" });
    });

    test("a WebSocket", async () => {
      const socket = new WebSocket(`ws://localhost:${to.port}/socket`, { headers: { host: `${at}.localhost:${to.port}` } });
      await new Promise((done, failed) => socket.once("open", done).once("error", failed));
      for (const text of ["one", "zwei"]) {
        const echoed = new Promise((done) => socket.once("message", done));
        socket.send(text);
        assert.equal(String(await echoed), text.toUpperCase());
      }
      const closed = new Promise((done) => socket.once("close", done));
      socket.close();
      await closed;
    });

    test("bodies stream both ways: what was sent is back before more is sent", async () => {
      await streamed(to, `${at}.localhost`, "/api/echo", async (write, answered, end) => {
        await write("first");
        const { next, ended } = await answered;
        assert.equal(String(await next()), "first");
        await write("second");
        assert.equal(String(await next()), "second");
        end();
        await ended;
      });
    });

    test("a large upload", async () => {
      const piece = Buffer.alloc(1 << 20, 7);
      const text = await streamed(to, `${at}.localhost`, "/api/upload", async (write, answered, end) => {
        for (let sent = 0; sent < 48; sent++) await write(piece);
        end();
        const { next } = await answered;
        return String(await next());
      });
      assert.deepEqual(JSON.parse(text), { bytes: 48 << 20 });
    });

    test("what throws, and what never answers, is a problem with a code", async () => {
      const thrown = await get("/api/throw?why=this");
      assert.deepEqual([thrown.status, thrown.json.code], [500, "server-error"]);
      assert.equal(thrown.json.detail.includes("broken: this"), at === "way", "visitors of deployments are not told");
      const late = await get("/api/never");
      assert.deepEqual([late.status, late.json.code], [504, "server-timeout"]);
      assert.equal((await get("/api/json?n=1")).status, 200, "and it goes on");
    });

    test("cookies stay on the host, and nothing else reaches beyond it", async () => {
      const { headers } = await get("/api/cookies");
      assert.deepEqual(headers["set-cookie"], ["a=1; Path=/; HttpOnly", "b=2; path=/x"]);
      assert.equal(headers["service-worker-allowed"], undefined);
      assert.equal(headers["clear-site-data"], undefined);
    });

    test("it reaches the hosts that are listed, and through redirects no others", async () => {
      const { port } = outside.address();
      const ask = (url, more = "") => get(`/api/fetch?url=${encodeURIComponent(url)}${more}`);
      const listed = granted(await ask(`http://127.0.0.1:${port}/inside`));
      assert.equal(listed.text, "from outside /further");
      assert.ok(heard.every(({ host }) => host === `127.0.0.1:${port}`), JSON.stringify(heard));
      const before = heard.length;
      for (const url of [`http://127.0.0.1:${port}/redirect`, `http://localhost:${port}/further`, "http://example.com/", `http://127.0.0.1:${to.port}/healthz`]) {
        const answer = await ask(url);
        assert.equal(answer.json.code, "server-error", `${url} ${answer.bytes}`);
      }
      assert.deepEqual(heard.slice(before).map(({ url }) => url), ["/redirect"]);
      const manual = granted(await ask(`http://127.0.0.1:${port}/redirect`, "&manual=1"));
      assert.equal(manual.status, 302);
    });
  });
}

test("an edit is live on the next request, is no news to pages, and broken code leaves the last running", async () => {
  const source = (text) => ({ "worker/index.ts": `export default { fetch: () => new Response(${JSON.stringify(text)}) }` });
  await uploaded(server, "edits", { "index.html": "<!doctype html><title>x</title>", ...source("one") });
  const answer = async () => (await server.preview("edits", "/api/x")).bytes.toString();
  assert.equal(await answer(), "one");
  const cable = await Cable.own(server, "edits");
  const of = identifier("edits");
  await cable.subscribe(of);
  for (const text of ["two", "three", "one"]) {
    const written = await change(server, "edits", source(text));
    assert.deepEqual([written.status, written.update], ["ready", null]);
    assert.equal(await answer(), text);
  }
  const broken = await change(server, "edits", { "worker/index.ts": "export default { fetch( }" });
  assert.equal(broken.status, "failed");
  assert.equal(broken.diagnostics[0].path, "worker/index.ts");
  assert.equal((await cable.message(of)).kind, "build-error");
  assert.equal(await answer(), "one");
  const mended = await change(server, "edits", source("mended"));
  assert.equal(mended.update.kind, "build-ok");
  assert.equal(await answer(), "mended");
  // It is still there when the object has slept.
  await server.kill();
  await server.up();
  assert.equal(await answer(), "mended");
});

test("while it is edited again and again, each answer is of one version, and none of one before what was acknowledged", async () => {
  const source = (n) => ({
    "worker/index.ts": `import { other } from './other'; export default { fetch: () => Response.json([${n}, other]) }`,
    "worker/other.ts": `export const other = ${n}`,
  });
  await uploaded(server, "rapid", { "index.html": "<!doctype html>", ...source(0) });
  let acknowledged = 0;
  const read = async () => {
    while (acknowledged < 30) {
      const least = acknowledged;
      const { status, json, bytes } = await server.preview("rapid", "/api/x");
      assert.equal(status, 200, bytes.toString());
      assert.ok(json[0] === json[1] && json[0] >= least, `${bytes} after ${least}`);
    }
  };
  const write = async () => {
    for (let n = 1; n <= 30; n++) {
      await change(server, "rapid", source(n));
      if (n % 10 === 0) await set(server, "rapid", { N: String(n) });
      acknowledged = n;
    }
  };
  await Promise.all([write(), read(), read(), read()]);
});

test("whoever goes away while code is loaded for them leaves it to who asks next", async () => {
  const source = (n) => ({ "worker/index.ts": `export default { fetch: () => new Response("${n}") }` });
  await uploaded(server, "impatient", { "index.html": "<!doctype html>", ...source(0) });
  for (let n = 1; n <= 10; n++) {
    await change(server, "impatient", source(n));
    const leaving = request({ host: "localhost", port: server.port, path: "/api/x", headers: { host: `impatient.localhost:${server.port}` } });
    const gone = new Promise((done) => leaving.once("error", done).once("close", done));
    await new Promise((done) => leaving.once("socket", (socket) => (socket.connecting ? socket.once("connect", done) : done())).end());
    // At another moment each time: before it arrives, while the object is asked, while it is loaded.
    for (let turn = 0; turn < n; turn++) await server.call("GET", "/healthz");
    leaving.destroy();
    await gone;
    const answer = await server.preview("impatient", "/api/x");
    assert.deepEqual([answer.status, answer.bytes.toString()], [200, String(n)]);
  }
});

test("a deployment keeps the code and the variables that it was made with", async () => {
  const source = (text) => ({ "worker/index.ts": `export default { fetch: (_, env) => new Response(${JSON.stringify(text)} + env.WHO) }` });
  await uploaded(server, "kept", { "index.html": "<!doctype html><title>x</title>", ...source("first ") });
  await set(server, "kept", { WHO: "old" });
  const { id } = await deploy(server, "kept");
  await change(server, "kept", source("second "));
  await set(server, "kept", { WHO: "new" });
  const answer = async (host) => (await server.preview(host, "/api/x")).bytes.toString();
  assert.equal(await answer("kept"), "second new");
  assert.equal(await answer(`kept--${id}`), "first old");
  assert.equal(await answer("kept--production"), "first old");
  await deploy(server, "kept");
  assert.equal(await answer("kept--production"), "second new");
  granted(await server.call("POST", `/v1/apps/kept/deployments/${id}/activate`));
  assert.equal(await answer("kept--production"), "first old");
});

test("files are routes, and what none of them takes is the app's files'", async () => {
  await uploaded(server, "pages", {
    "index.html": "<!doctype html><title>page</title>",
    "public/data/plain.txt": "plain",
    "functions/_middleware.ts": "export const onRequest = async ({ next, request }) => { const answer = await next(); answer.headers.set('x-method', request.method); return answer }",
    "functions/api/hello.ts": "export const onRequestGet = () => new Response('hello'); export const onRequestPost = async ({ request }) => new Response(await request.text())",
    "functions/users/[id].ts": "export function onRequest({ params }: any) { return Response.json(params) }",
    "functions/data/[[path]].ts": "export const onRequest = ({ params, next }: any) => params.path[0] === 'plain.txt' ? next() : Response.json(params.path)",
  });
  const get = (path, options) => server.preview("pages", path, options);
  const hello = await get("/api/hello");
  assert.deepEqual([hello.bytes.toString(), hello.headers["x-method"]], ["hello", "GET"]);
  assert.equal((await get("/api/hello", { method: "POST", body: "posted" })).bytes.toString(), "posted");
  assert.equal((await get("/api/hello", { method: "PUT", body: "x" })).status, 405);
  assert.deepEqual((await get("/users/7")).json, { id: "7" });
  assert.deepEqual((await get("/data/a/b")).json, ["a", "b"]);
  const plain = await get("/data/plain.txt");
  assert.deepEqual([plain.bytes.toString(), plain.headers["x-method"]], ["plain", "GET"]);
  assert.equal((await get("/data/plain.txt", { headers: { "if-none-match": plain.headers.etag } })).status, 304);
  assert.match((await get("/somewhere", { headers: { accept: "text/html" } })).bytes.toString(), /<title>page/);
});

test("a Worker as Cloudflare's templates have it: files first, but for what is listed, and the rest is its own", async () => {
  const written = await uploaded(server, "plain-worker", {
    "index.html": "<!doctype html><title>page</title>",
    "public/robots.txt": "robots", "public/api/docs/a.txt": "docs",
    "wrangler.jsonc": `{
      // As made by a template.
      "main": "src/server/entry.ts", "compatibility_date": "2025-04-01", "compatibility_flags": ["nodejs_compat"],
      "assets": { "binding": "FILES", "not_found_handling": "single-page-application", "run_worker_first": ["/api/*", "!/api/docs/*"] },
      "vars": { "TITLE": "titled", "LEVELS": [1, 2] }, "kv_namespaces": [{ "binding": "CACHE", "id": "x" }],
    }`,
    "src/server/entry.ts": `export default { async fetch(request: Request, env: any) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/api/")) return Response.json({ pathname, title: env.TITLE, levels: env.LEVELS, cache: typeof env.CACHE });
      if (pathname === "/own") return new Response("own " + request.method);
      return env.FILES.fetch(request);
    } }`,
  });
  assert.deepEqual(written.diagnostics.map(({ code, severity, path }) => [code, severity, path]), [["server-bindings-missing", "warning", "wrangler.jsonc"]]);
  const { id } = await deploy(server, "plain-worker");
  for (const host of ["plain-worker", `plain-worker--${id}`]) {
    const get = (path, options) => server.preview(host, path, options);
    const text = async (path, options) => (await get(path, options)).bytes.toString();
    assert.deepEqual((await get("/api/x")).json, { pathname: "/api/x", title: "titled", levels: [1, 2], cache: "undefined" });
    assert.equal(await text("/api/docs/a.txt"), "docs");
    assert.equal(await text("/robots.txt"), "robots");
    assert.equal(await text("/own"), "own GET");
    assert.equal(await text("/own", { method: "POST", body: "x" }), "own POST");
    assert.equal((await get("/gone.txt")).status, 404);
    assert.match(await text("/anywhere", { headers: { accept: "text/html" } }), /<title>page/);
  }
  await set(server, "plain-worker", { TITLE: "of the API" });
  assert.equal((await server.preview("plain-worker", "/api/x")).json.title, "of the API");
});

test("a private app's server code has its files; whoever may not see the app has neither", async () => {
  await uploaded(server, "closed", tree({ routes: ["/*"] }));
  granted(await server.call("PATCH", "/v1/apps/closed", { json: { visibility: "private" } }));
  assert.equal((await server.preview("closed", "/api/files?path=/plain.txt")).status, 401);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const file = await server.preview("closed", "/api/files?path=/plain.txt", { headers });
  assert.deepEqual([file.bytes.toString(), file.headers["cache-control"]], ["plain", "no-cache"]);
});

test("what it says reaches those who showed a token, and no others; exceptions are kept with their sources", async () => {
  await uploaded(server, "console", tree());
  const of = identifier("console");
  const editor = await Cable.open(server, { path: "/cable?app=console", headers: { authorization: `Bearer ${TOKEN}` } });
  const visitor = await Cable.own(server, "console");
  await editor.subscribe(of);
  await visitor.subscribe(of);
  const logged = async () => {
    const { kind, event, data } = await editor.message(of);
    assert.deepEqual([kind, event], ["custom", "overskill:server-log"]);
    return data.lines.map(({ at, ...line }) => (assert.ok(Math.abs(at - Date.now()) < 60_000), line));
  };
  granted(await server.preview("console", "/api/say?x=1"));
  const about = { method: "GET", url: "/api/say?x=1" };
  assert.deepEqual(await logged(), [{ level: "log", message: 'said {"n":1} [2]', ...about }, { level: "warn", message: "careful", ...about }]);
  await server.preview("console", "/api/throw?why=mapped");
  const [thrown] = await logged();
  assert.deepEqual([thrown.level, thrown.message], ["exception", "TypeError: broken: mapped"]);
  assert.match(thrown.frames[0], /^worker\/broken\.ts:3:\d+$/);
  assert.match(thrown.frames[1], /^worker\/index\.ts:\d+:\d+$/);
  await server.preview("console", "/api/later");
  assert.equal((await logged())[0].message, "TypeError: broken: behind the answer");
  const { errors } = (await server.call("GET", "/v1/apps/console/errors")).json;
  assert.deepEqual(errors.map(({ kind, message, path, line }) => [kind, message, path, line]), [
    ["server", "broken: behind the answer", "worker/broken.ts", 3], ["server", "broken: mapped", "worker/broken.ts", 3],
  ]);
  assert.match(errors[0].frame, /new TypeError/);
  const { id } = await deploy(server, "console");
  await server.preview(`console--${id}`, "/api/throw?why=deployed");
  const [deployed] = await logged();
  assert.equal(deployed.deployment, id);
  assert.match(deployed.frames[0], /^worker\/broken\.ts:3:/);
  await visitor.settled();
  assert.deepEqual(visitor.frames.filter(({ message, type }) => message && type !== "ping"), []);
});

test("code that doesn't start is told of", async () => {
  await uploaded(server, "stuck", { "index.html": "<!doctype html>", "worker/index.ts": "if (globalThis.URL) throw new RangeError('at the top'); export default { fetch() {} }" });
  const answer = await server.preview("stuck", "/api/x");
  assert.deepEqual([answer.status, answer.json.code], [500, "server-error"]);
  assert.match(answer.json.detail, /at the top/);
  const errors = await until(async () => (await server.call("GET", "/v1/apps/stuck/errors")).json.errors[0]);
  assert.match(errors.message, /at the top/);
});

test("with `outbound` off nothing is reached; open, everything but this installation", async () => {
  const { port } = outside.address();
  const ask = async (slug, url) => (await server.preview(slug, `/api/fetch?url=${encodeURIComponent(url)}`)).json;
  await uploaded(server, "off", tree({ outbound: "off" }));
  const before = heard.length;
  assert.match((await ask("off", `http://127.0.0.1:${port}/x`)).detail, /not permitted to access the internet/);
  assert.equal(heard.length, before);
  await uploaded(server, "open", tree({ outbound: "open" }));
  assert.equal((await ask("open", `http://127.0.0.1:${port}/x`)).text, "from outside /x");
  for (const host of ["localhost", "127.0.0.1", "off.localhost", "[::1]", "0.0.0.0", "2130706433"]) {
    assert.match((await ask("open", `http://${host}:${server.port}/healthz`)).detail, /Not let through/, host);
  }
});
