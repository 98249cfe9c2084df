// What an app's server code can't reach: other apps, the control plane, this installation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deploy, uploaded } from "./support/app.mjs";
import { Server, TOKEN } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const page = { "index.html": "<!doctype html><title>x</title>" };
const worker = (body) => ({ ...page, "worker/index.ts": `export default { async fetch(request: Request, env: any, ctx: any) { ${body} } }` });
const set = (slug, variables) => server.call("PUT", `/v1/apps/${slug}/variables`, { json: { variables } });
const ask = async (host, path = "/api/x", options = {}) => {
  const answer = await server.preview(host, path, options);
  return answer.json ?? answer.bytes.toString();
};

/** Everything that code can get hold of, as text: names of what is around it, and all that those lead to. */
const SPY = `
  const seen = new Set(), found = [];
  const look = (value: any, path: string) => {
    if (path.split(".").length > 4) return;
    if (typeof value === "string") { found.push(path + "=" + value); return; }
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
    seen.add(value);
    for (const name of Reflect.ownKeys(value)) {
      let inner;
      try { inner = value[name]; } catch { continue; }
      found.push(path + "." + String(name));
      look(inner, path + "." + String(name));
    }
  };
  look(env, "env"); look(ctx, "ctx"); look(globalThis, "globalThis"); look(process.env, "process.env");
  const { exports, env: imported } = await import("cloudflare:workers") as any;
  look(imported, "imported");
  return Response.json({ env: Object.keys(env), exports: Object.keys(exports ?? {}), found });
`;

test("server code sees its own variables and nothing else: no bindings, no token, no key, none of another app's", async () => {
  await uploaded(server, "rich", worker("return new Response('rich')"));
  await set("rich", { SECRET: "of-the-rich" });
  await ask("rich");
  await uploaded(server, "spy", worker(SPY));
  await set("spy", { OWN: "of-the-spy" });
  const { env, exports, found } = await ask("spy");
  assert.deepEqual(env.sort(), ["ASSETS", "OWN"]);
  assert.deepEqual(exports.filter((name) => name !== "default"), []);
  const text = found.join("\n");
  assert.ok(text.includes("of-the-spy"));
  for (const hidden of ["of-the-rich", TOKEN, "a key of the tests", "ADMIN_TOKEN", "SEALING_KEY", "LOADER", "BLOBS", "APPS", "PACKAGES", "COMPILER", "AppSession", "ServerLog"]) {
    assert.ok(!text.includes(hidden), hidden);
  }
});

test("the same code in two apps is two isolates: no memory is shared, nor with the deployments", async () => {
  const code = worker("const all = globalThis as any; all.count = (all.count ?? 0) + 1; return Response.json({ count: all.count, who: env.WHO ?? null })");
  for (const slug of ["twin-a", "twin-b"]) await uploaded(server, slug, code);
  for (const count of [1, 2, 3]) assert.deepEqual(await ask("twin-a"), { count, who: null });
  assert.deepEqual(await ask("twin-b"), { count: 1, who: null });
  const { id } = await deploy(server, "twin-a");
  assert.deepEqual(await ask(`twin-a--${id}`), { count: 1, who: null });
  await set("twin-a", { WHO: "a" });
  assert.deepEqual(await ask("twin-a"), { count: 1, who: "a" }, "another environment is another isolate");
  assert.deepEqual(await ask("twin-b"), { count: 2, who: null });
});

test("what one app is called, and its deployments' ids, give another none of its code", async () => {
  await uploaded(server, "owner", worker("return new Response('of the owner')"));
  const { id } = await deploy(server, "owner");
  await uploaded(server, "thief", worker("return new Response('of the thief')"));
  assert.equal(await ask(`owner--${id}`), "of the owner");
  const stolen = await server.preview(`thief--${id}`, "/api/x");
  assert.equal(stolen.status, 404);
  for (const host of ["owner", `owner--${id}`]) {
    const answer = await server.call("GET", "/api/x", { token: null, headers: { host: `thief.localhost:${server.port}`, "x-forwarded-host": `${host}.localhost`, "x-overskill-entrance": "{}" } });
    assert.equal(answer.bytes.toString(), "of the thief");
  }
  await server.call("DELETE", "/v1/apps/owner");
  assert.equal((await server.preview("owner", "/api/x")).status, 404);
  assert.equal((await server.preview(`owner--${id}`, "/api/x")).status, 404);
  await uploaded(server, "owner", worker("return new Response('of the next owner')"));
  assert.equal(await ask("owner"), "of the next owner");
});

test("by the network it reaches neither the control plane nor another app, by whatever name", async () => {
  const fetching = worker(`
    const { url, token, upgrade } = await request.json() as any;
    try {
      const headers: Record<string, string> = { host: "victim.localhost" };
      if (token) headers.authorization = "Bearer " + token;
      if (upgrade) headers.upgrade = "websocket";
      const answer = await fetch(url, { headers, cf: { resolveOverride: "localhost" } } as any);
      return Response.json({ status: answer.status, text: await answer.text() });
    } catch (error) {
      return Response.json({ refused: String(error) });
    }`);
  await uploaded(server, "victim", worker("return new Response('of the victim')"));
  await uploaded(server, "caller", fetching);
  const { port } = server;
  const urls = ["localhost", "LOCALHOST", "localhost.", "victim.localhost", "victim.localhost.", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "user:pass@localhost"];
  for (const host of urls) {
    for (const more of [{}, { token: TOKEN }, { upgrade: true }]) {
      const answer = await ask("caller", "/api/x", { method: "POST", body: JSON.stringify({ url: `http://${host}:${port}/v1/apps`, ...more }) });
      assert.match(answer.refused ?? JSON.stringify(answer), /Not let through/, host);
    }
  }
  const odd = await ask("caller", "/api/x", { method: "POST", body: JSON.stringify({ url: "https://object/" }) });
  assert.ok(odd.refused || odd.status >= 400, "an object's name is no host");
  const sockets = worker(`
    const { connect } = await import("cloudflare:sockets") as any;
    try {
      const socket = connect({ hostname: "127.0.0.1", port: ${port} });
      await socket.opened;
      return new Response("open");
    } catch (error) {
      return new Response("refused " + error);
    }`);
  await uploaded(server, "sockets", sockets);
  assert.match(await ask("sockets"), /^refused/);
});

test("its binding of files gives its own app's, whatever is asked, and can do nothing else", async () => {
  const files = worker(`
    const outcomes: any[] = [];
    for (const [url, headers] of await request.json() as any) {
      const answer = await env.ASSETS.fetch(url, { headers });
      outcomes.push([answer.status, await answer.text()]);
    }
    const tries: Record<string, () => any> = { start: () => env.ASSETS.start(), other: () => env.ASSETS.alarm(), property: () => env.ASSETS.env };
    for (const [name, run] of Object.entries(tries)) {
      try { outcomes.push([name, typeof await run()]); } catch (error) { outcomes.push([name, (error as Error).name]); }
    }
    return Response.json(outcomes);`);
  await uploaded(server, "robbed", { ...page, "public/secret.txt": "of the robbed", "worker/index.ts": "export default { fetch: () => new Response('robbed') }" });
  const { id } = await deploy(server, "robbed");
  await uploaded(server, "robber", { ...files, "public/own.txt": "of the robber" });
  const hosts = ["robbed.localhost", `robbed--${id}.localhost`, "localhost"].map((host) => `http://${host}:${server.port}`);
  const asked = hosts.flatMap((host) => [`${host}/secret.txt`, `${host}/v1/apps`, `${host}/healthz`].map((url) => [url, { host: new URL(url).host, authorization: `Bearer ${TOKEN}`, "x-forwarded-host": "robbed.localhost" }]));
  asked.push([`${hosts[0]}/own.txt`, {}]);
  const outcomes = await ask("robber", "/api/x", { method: "POST", body: JSON.stringify(asked) });
  const own = outcomes.slice(0, asked.length);
  assert.deepEqual(own.pop(), [200, "of the robber"]);
  for (const [status, text] of own) assert.ok(status === 404 && !text.includes("of the robbed"), text);
  assert.deepEqual(outcomes.slice(asked.length), [["start", "TypeError"], ["other", "TypeError"], ["property", "TypeError"]]);
});

test("it can't speak for another app's console, load code of its own making, or use a cache that others may share", async () => {
  const code = worker(`
    const tries: Record<string, () => any> = {
      loader: () => env.LOADER.get("x", () => {}),
      eval: () => (0, eval)("1 + 1"),
      function: () => new Function("return 1")(),
      wasm: () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
      caches: () => caches.default.match("https://other.example/"),
      prototype: () => (Object.getPrototypeOf(globalThis) as any).caches.open("x"),
      tail: () => env.APPS.getByName("x"),
    };
    const outcomes: Record<string, string> = {};
    for (const [name, run] of Object.entries(tries)) {
      try { await run(); outcomes[name] = "done"; } catch (error) { outcomes[name] = (error as Error).name; }
    }
    return Response.json(outcomes);`);
  await uploaded(server, "maker", code);
  assert.deepEqual(await ask("maker"), { loader: "TypeError", eval: "EvalError", function: "EvalError", wasm: "CompileError", caches: "done", prototype: "TypeError", tail: "TypeError" });
});

test("a private app's server code answers only who may see it, and never sees what they showed", async () => {
  await uploaded(server, "closed", worker("return Response.json({ cookie: request.headers.get('cookie'), authorization: request.headers.get('authorization'), url: request.url })"));
  await server.call("PATCH", "/v1/apps/closed", { json: { visibility: "private" } });
  for (const method of ["GET", "POST"]) {
    const answer = await server.preview("closed", "/api/x", { method });
    assert.equal(answer.status, 401, method);
  }
  const entered = await server.preview("closed", `/api/x?a=1&__overskill_token=${TOKEN}`);
  assert.equal(entered.status, 303);
  const cookie = entered.headers["set-cookie"][0].split(";")[0];
  const origin = `http://closed.localhost:${server.port}`;
  const seen = await ask("closed", "/api/x?a=1", { headers: { cookie: `mine=1; ${cookie}`, authorization: "Bearer of-the-app" } });
  assert.deepEqual(seen, { cookie: "mine=1", authorization: "Bearer of-the-app", url: `${origin}/api/x?a=1` });
  const shown = await ask("closed", "/api/x", { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.deepEqual(shown, { cookie: null, authorization: null, url: `${origin}/api/x` });
});
