// The compiler Worker: what is asked by path, answered by the wasm half or by one of the libraries that are JavaScript.
import { WorkerEntrypoint } from "cloudflare:workers";
import Wasm from "./wasm/index.js";

/**
 * Path → what answers it, loaded when first asked for: a compile must not wait for libraries that it doesn't use.
 * Each takes the request's JSON and `wasm`, which asks the wasm half, and gives the reply's JSON.
 */
const ROUTES = {
  "/postcss": async () => (await import("./postcss.mjs")).answer,
  "/sass": async () => (await import("./sass.mjs")).answer,
  "/tailwind": async () => (await import("./tailwind.mjs")).answer,
};

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const wasm = new Wasm(this.ctx, this.env);
    const load = ROUTES[new URL(request.url).pathname];
    if (!load) return wasm.fetch(request);
    if (request.method !== "POST") return new Response("POST a question", { status: 405 });
    let question;
    try {
      question = await request.json();
    } catch (error) {
      return new Response(`no JSON: ${error.message}`, { status: 400 });
    }
    const answer = await load();
    return Response.json(await answer(question, (path, body) => asked(wasm, path, body)));
  }
}

/** The wasm half's answer to a question, as JSON. */
async function asked(wasm, path, body) {
  const init = { method: "POST", body: JSON.stringify(body) };
  const response = await wasm.fetch(new Request(`https://compiler${path}`, init));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
