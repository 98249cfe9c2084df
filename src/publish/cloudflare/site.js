// A published app: its server where that answers, its files, and its page wherever a person goes. The same rules as a
// deployment's own host has (src/flows/build/publish.rs).
import server from "./overskill-server.js";
import site from "./overskill-site.js";

const immutable = new Set(site.immutable);

/** Whether a path is one that the server answers: `/api/*`, or a path to the letter. */
function isServers(path) {
  return site.routes.some((route) => (route.endsWith("*") ? path.startsWith(route.slice(0, -1)) : path === route));
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
  const found = await env.ASSETS.fetch(new Request(url, { method: request.method, headers: request.headers }));
  if (found.status === 404) return undefined;
  const answer = new Response(found.body, found);
  answer.headers.set("cache-control", immutable.has(path) ? site.forever : "no-cache");
  answer.headers.set("x-content-type-options", "nosniff");
  return answer;
}

async function page(request, env) {
  return (await file(request, env, `${site.base}index.html`)) ?? plain(404, "This app has no page.");
}

async function serve(request, env) {
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "This address takes GET, HEAD.", { allow: "GET, HEAD" });
  let path;
  try {
    path = decodeURIComponent(new URL(request.url).pathname);
  } catch {
    return plain(400, "The address is not well formed.");
  }
  const { base } = site;
  if (base !== "/" && (path === "/" || path === "/index.html")) return new Response(null, { status: 302, headers: { location: base } });
  if (path === base || path === `${base}index.html`) return page(request, env);
  const found = (await file(request, env, path)) ?? (path.endsWith("/") ? await file(request, env, `${path}index.html`) : undefined);
  if (found) return found;
  if (isNavigation(request) && path.startsWith(base) && !path.startsWith("/__overskill/")) return page(request, env);
  return plain(404, `This app has nothing at \`${path}\`.`);
}

export default {
  fetch(request, env, context) {
    if (server && isServers(new URL(request.url).pathname)) return server.fetch(request, env, context);
    return serve(request, env);
  },
};
