// A published app: its server where that answers, its files, and its page wherever a person goes. The same rules as a
// deployment's own host has (src/flows/build/publish.rs).
import server from "./overskill-server.js";
import site from "./overskill-site.js";

/** The binding of the files. */
const ASSETS = "OVERSKILL_ASSETS";
const immutable = new Set(site.immutable);

/** What the server says where none of its functions answers, so that the files do. */
const NEXT = "x-overskill-next";

/** Whether a path is one that the server answers: in a route a star stands for anything, and `/api/*` means `/api`, too. */
function isServers(path) {
  if (path.startsWith("/__overskill/")) return false;
  return site.routes.some((route) => {
    const plain = path.length > 1 && path.endsWith("/") && !route.endsWith("/") ? path.slice(0, -1) : path;
    if (route === `${plain}/*`) return true;
    const parts = route.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`, "s").test(plain);
  });
}

/** The server's answer; `undefined` where it leaves that to the files. It sees its own variables, and nothing of ours. */
async function serverAnswer(request, { [ASSETS]: _, ...env }, context) {
  const handler = typeof server === "function" ? new server(context, env) : server;
  const answer = await handler.fetch(request, env, context);
  return answer.headers.has(NEXT) ? undefined : answer;
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

async function serve(request, env, path) {
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "This address takes GET, HEAD.", { allow: "GET, HEAD" });
  const { base } = site;
  if (base !== "/" && (path === "/" || path === "/index.html")) return new Response(null, { status: 302, headers: { location: base } });
  if (path === base || path === `${base}index.html`) return page(request, env);
  const found = (await file(request, env, path)) ?? (path.endsWith("/") ? await file(request, env, `${path}index.html`) : undefined);
  if (found) return found;
  if (isNavigation(request) && path.startsWith(base) && !path.startsWith("/__overskill/")) return page(request, env);
  return plain(404, `This app has nothing at \`${path}\`.`);
}

export default {
  async fetch(request, env, context) {
    let path = "";
    try {
      path = decodeURIComponent(new URL(request.url).pathname);
    } catch {
      return plain(400, "The address is not well formed.");
    }
    const answer = server && isServers(path) ? await serverAnswer(request, env, context) : undefined;
    return answer ?? serve(request, env, path);
  },
};
