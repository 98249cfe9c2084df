// A published app: its server where that answers, its files, and its page wherever a person goes. The same rules as a
// deployment's own host has (src/flows/build/publish.rs).
import { withEnv } from "cloudflare:workers";
import server from "./overskill-server.js";
import site from "./overskill-site.js";

/** The binding of the files. */
const ASSETS = "OVERSKILL_ASSETS";
const immutable = new Set(site.immutable);

const isOurs = (path) => path.startsWith("/__overskill/");

/** Whether a route means a path: a star stands for anything, and `/api/*` means `/api`, too. */
function matches(route, path) {
  const plain = path.length > 1 && path.endsWith("/") && !route.endsWith("/") ? path.slice(0, -1) : path;
  if (route === `${plain}/*`) return true;
  const parts = route.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(plain);
}

/** Whether a path is one that the server answers before files are looked for. */
function isServers(path) {
  const not = site.routes.filter((route) => route.startsWith("!"));
  return !isOurs(path) && site.routes.some((route) => matches(route, path)) && !not.some((route) => matches(route.slice(1), path));
}

/** Asks the server. It sees its own variables and the app's files, and nothing of ours. */
function answered(request, { [ASSETS]: files, ...variables }, context) {
  const fetchFile = async (input, init) => {
    const asked = new Request(input, init);
    const path = pathOf(asked);
    return path === undefined ? malformed() : serve(asked, { [ASSETS]: files }, path);
  };
  const env = { ...variables, [site.assets]: { fetch: fetchFile } };
  return withEnv(env, () => {
    const handler = typeof server === "function" ? new server(context, env) : server;
    return handler.fetch(request, env, context);
  });
}

function isNavigation({ headers }) {
  const mode = headers.get("sec-fetch-mode");
  return mode === null ? (headers.get("accept") ?? "").includes("text/html") : mode === "navigate";
}

function plain(status, text, headers = {}) {
  const own = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return new Response(`${text}\n`, { status, headers: { ...own, ...headers } });
}

/** A file, if there is one: `undefined` where there isn't. */
async function file(request, env, path) {
  const url = new URL(request.url);
  url.pathname = path.split("/").map(encodeURIComponent).join("/");
  url.search = "";
  const found = await env[ASSETS].fetch(new Request(url, { method: request.method, headers: request.headers }));
  if (found.status === 404) return undefined;
  const answer = new Response(found.body, found);
  answer.headers.set("cache-control", immutable.has(path) ? site.forever : "no-cache");
  answer.headers.set("x-content-type-options", "nosniff");
  return answer;
}

async function page(request, env) {
  return (await file(request, env, `${site.base}index.html`)) ?? plain(404, "This app has no page.");
}

async function found(request, env, path) {
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "This address takes GET, HEAD.", { allow: "GET, HEAD" });
  const { base } = site;
  if (base !== "/" && (path === "/" || path === "/index.html")) return new Response(null, { status: 302, headers: { location: base } });
  if (path === base || path === `${base}index.html`) return page(request, env);
  const there = (await file(request, env, path)) ?? (path.endsWith("/") ? await file(request, env, `${path}index.html`) : undefined);
  if (there) return there;
  if (isNavigation(request) && path.startsWith(base) && !isOurs(path)) return page(request, env);
  return undefined;
}

/** What the files have to answer, where there is no server or it asks itself. */
async function serve(request, env, path) {
  return (await found(request, env, path)) ?? plain(404, `This app has nothing at \`${path}\`.`);
}

function pathOf(request) {
  try {
    return decodeURIComponent(new URL(request.url).pathname);
  } catch {
    return undefined;
  }
}

const malformed = () => plain(400, "The address is not well formed.");

export default {
  async fetch(request, env, context) {
    const path = pathOf(request);
    if (path === undefined) return malformed();
    if (!server) return serve(request, env, path);
    const rest = site.rest && !isOurs(path);
    const reads = request.method === "GET" || request.method === "HEAD";
    if (isServers(path) || (rest && !reads)) return answered(request, env, context);
    return rest ? ((await found(request, env, path)) ?? answered(request, env, context)) : serve(request, env, path);
  },
};
