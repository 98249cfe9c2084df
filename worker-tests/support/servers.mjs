// An app with server code for the tests, and requests to it whose bodies are streams.
import assert from "node:assert/strict";
import { request } from "node:http";

/** Adds two numbers: `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))`. */
export const ADD = Buffer.from("0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b", "hex");

const index = `
import { createHash } from "node:crypto";
import { z } from "zod";
import { shared } from "../src/shared";
import add from "./add.wasm";
import { broken } from "./broken";
import { find } from "./found";
import greeting from "./greeting.txt";
import { WORD } from "./word";

export const other = WORD;

const Query = z.object({ n: z.coerce.number() });

async function api(request: Request, env: any, ctx: any): Promise<Response> {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/api/json": {
      const { n } = Query.parse(Object.fromEntries(url.searchParams));
      const { add: sum } = new WebAssembly.Instance(add).exports as { add: (a: number, b: number) => number };
      const { later } = await import("./later");
      return Response.json({ twice: sum(n, n), shared, greeting, later: later(), sha: createHash("sha1").update("x").digest("hex"), ssr: import.meta.env.SSR });
    }
    case "/api/computed":
      return find(url.searchParams.get("path")!);
    case "/api/seen":
      return Response.json({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: await request.text() });
    case "/api/files": {
      const headers = JSON.parse(url.searchParams.get("headers") ?? "{}");
      return env.ASSETS.fetch(new URL(url.searchParams.get("path")!, url), { method: request.method, headers });
    }
    case "/api/wrapped": {
      const answer = await env.ASSETS.fetch(new Request(new URL("/plain.txt", url), request));
      return new Response((await answer.text()).toUpperCase(), answer);
    }
    case "/api/platform": {
      ctx.passThroughOnException();
      await caches.default.put(request.url, new Response("kept"));
      const opened = await caches.open("mine");
      return Response.json({ cached: (await caches.default.match(request)) ?? null, deleted: await opened.delete(request), cf: typeof request.cf });
    }
    case "/api/env": {
      const { ASSETS, ...variables } = env;
      return Response.json({ env: variables, process: process.env.SECRET_KEY, page: import.meta.env.VITE_TITLE });
    }
    case "/api/echo":
      return new Response(request.body, { headers: { "content-type": "application/octet-stream" } });
    case "/api/upload": {
      let bytes = 0;
      for await (const chunk of request.body as any) bytes += chunk.length;
      return Response.json({ bytes });
    }
    case "/api/throw":
      return broken(url.searchParams.get("why") ?? "no reason");
    case "/api/later":
      ctx.waitUntil(Promise.resolve().then(() => broken("behind the answer")));
      return new Response("ok");
    case "/api/say":
      console.log("said", { n: 1 }, [2]);
      console.warn("careful");
      return new Response("ok");
    case "/api/never":
      await new Promise((done) => setTimeout(done, 60_000));
      return new Response("late");
    case "/api/cookies": {
      const headers = new Headers({ "service-worker-allowed": "https://other.example/", "clear-site-data": '"cookies"' });
      headers.append("set-cookie", "a=1; Domain=localhost; Path=/; HttpOnly");
      headers.append("set-cookie", "b=2; path=/x;domain = .localhost");
      headers.append("set-cookie", "__overskill_preview=stolen; Path=/");
      return new Response("ok", { headers });
    }
    case "/api/fetch": {
      const answer = await fetch(url.searchParams.get("url")!, { headers: { host: "evil.example" }, redirect: url.searchParams.has("manual") ? "manual" : "follow" });
      return Response.json({ status: answer.status, text: await answer.text(), url: answer.url });
    }
    case "/api/status":
      return new Response(null, { status: 204, headers: { "x-own": "yes" } });
    default:
      return new Response("nothing here", { status: 404 });
  }
}

export default {
  scheduled() {},
  async fetch(request: Request, env: any, ctx: any) {
    if (new URL(request.url).pathname !== "/socket") return api(request, env, ctx);
    const [client, server] = Object.values(new WebSocketPair()) as any[];
    server.accept();
    server.addEventListener("message", ({ data }: { data: string }) => server.send(data.toUpperCase()));
    return new Response(null, { status: 101, webSocket: client } as any);
  },
};
`;

const broken = `// What throws, three lines down.
export function broken(why: string): never {
  const error = new TypeError(\`broken: \${why}\`);
  throw error;
}
`;

const found = `
export async function find(path: string) {
  const spec = \`\${path}\${import.meta.env?.DEV ? \`?t=\${Date.now()}\` : ""}\`;
  try {
    return Response.json({ ...(await import(/* @vite-ignore */ spec)) });
  } catch (error) {
    return Response.json({ failed: String(error) });
  }
}
`;

/** The tree, with what \`package.json\` says of its server code. */
export const tree = (overskill = {}, more = {}) => ({
  "index.html": '<!doctype html><title>page</title><script type="module" src="/src/main.ts"></script>',
  "package.json": JSON.stringify({ dependencies: { zod: "4.6.7" }, overskill: { routes: ["/api/*", "/socket"], ...overskill } }),
  "public/plain.txt": "plain",
  "src/main.ts": "import { shared } from './shared'; document.title = shared;",
  "src/shared.ts": "export const shared = 'of both';",
  "worker/index.ts": index,
  "worker/broken.ts": broken,
  "worker/found/index.ts": found,
  "worker/found/routes.ts": "import { WORD } from '../word'; export const routes: string = WORD;",
  "worker/found/deep/index.ts": "import { z } from 'zod'; export const deep = typeof z.object;",
  "worker/later.ts": "import { WORD } from './word'; export const later = () => WORD;",
  "worker/word.ts": "export const WORD = 'later';",
  "worker/greeting.txt": "hello, text",
  "worker/add.wasm": { base64: ADD.toString("base64") },
  ...more,
});

/** A request whose body is written by `send(write, next)`; `next` gives what came back so far, one piece at a time. */
export function streamed(server, host, path, send) {
  return new Promise((done, failed) => {
    const outgoing = request({
      host: "localhost", port: server.port, method: "POST", path, headers: { host: `${host}:${server.port}`, "transfer-encoding": "chunked" },
    }, (incoming) => {
      const pieces = [];
      let wanted;
      const give = () => {
        if (wanted && pieces.length) wanted(pieces.shift());
      };
      incoming.on("data", (piece) => (pieces.push(piece), give()));
      const next = () => new Promise((ready) => ((wanted = (piece) => ((wanted = undefined), ready(piece))), give()));
      const ended = new Promise((ready) => incoming.on("end", ready));
      incoming.on("error", failed);
      got({ incoming, next, ended });
    });
    let got;
    const answered = new Promise((ready) => (got = ready));
    outgoing.on("error", failed);
    const write = (piece) => new Promise((ready) => outgoing.write(piece, ready));
    send(write, answered, () => outgoing.end()).then(done, failed);
  });
}

/** Looks until `look` gives something. */
export async function until(look) {
  for (;;) {
    const found = await look();
    if (found) return found;
  }
}

/** What a call gave, which must have been granted. */
export function granted(answer) {
  assert.ok(answer.status < 300, `${answer.status} ${answer.bytes}`);
  return answer.json;
}
