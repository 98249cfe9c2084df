// A local server of Cloudflare's API as far as we use it: scripts of a dispatch namespace, their static assets, purges.
// It checks what it is sent as the documentation has it, counts, keeps a quota, is late, and can be told to fail.
// What was published runs for real: `run` starts it in workerd, its assets behind workerd's own binding.
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Runtime } from "../../scripts/wrangler.mjs";

const LARGEST = 25 * 1024 * 1024;
/** Kinds of modules, in wrangler's words. */
const KINDS = { "application/javascript+module": "ESModule", "application/wasm": "CompiledWasm", "application/octet-stream": "Data" };
/** How long tokens of sessions are good, in seconds. */
const LIFE = 3600;

class Refused extends Error {
  constructor(status, code, message, headers = {}) {
    super(message);
    Object.assign(this, { status, code, headers });
  }
}

const notFound = () => new Refused(404, 10007, "This Worker does not exist on your account.");

export class Cloudflare {
  #server;
  #key = randomBytes(32);
  #failures = [];
  #epoch = 0;
  #sessions = new Map();
  token = "cloudflare-token";
  account = "account-1";
  namespace = "apps";
  zone = "zone-1";
  /** Every request, `METHOD path`, in order. */
  requests = [];
  /** hash → `{type, bytes, times}`: assets are the namespace's, not a script's. */
  assets = new Map();
  /** name → what was published. */
  scripts = new Map();
  /** Bodies of purges. */
  purges = [];
  /** How often a script that was just changed is still seen as it was. */
  late = 0;
  /** How many assets go into a bucket. */
  bucket = 3;
  /** Calls in a window of five minutes. */
  quota = 1200;

  static async start() {
    const cloudflare = new Cloudflare();
    cloudflare.#server = createServer((request, response) => void cloudflare.#handle(request, response));
    await new Promise((done) => cloudflare.#server.listen(0, "127.0.0.1", done));
    return cloudflare;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** The variables with which the background Worker uses it. */
  get vars() {
    return {
      CLOUDFLARE_API_URL: `http://127.0.0.1:${this.#server.address().port}/client/v4`,
      CLOUDFLARE_ACCOUNT_ID: this.account, CLOUDFLARE_API_TOKEN: this.token,
      DISPATCH_NAMESPACE: this.namespace, CLOUDFLARE_ZONE_ID: this.zone,
    };
  }

  count(pattern) {
    return this.requests.filter((line) => pattern.test(line)).length;
  }

  /**
   * Makes requests whose `METHOD path` the pattern matches fail `times` often: `{status, code, headers}` answers with it,
   * `{cut: true}` does what is asked and breaks the connection, `{hold: promise}` waits for it first.
   */
  fail(pattern, { times = 1, ...how }) {
    this.#failures.push({ pattern, times, how });
  }

  /** All tokens of sessions die. */
  expire() {
    this.#epoch += 1;
  }

  #jwt(claims) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1000) + LIFE;
    const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ ...claims, epoch: this.#epoch, exp })}`;
    return `${text}.${createHmac("sha256", this.#key).update(text).digest("base64url")}`;
  }

  /** The claims of a token, unless it is not ours, of another kind, or dead. */
  #claims(jwt, kind) {
    const [head, body, signature] = String(jwt).split(".");
    const good = createHmac("sha256", this.#key).update(`${head}.${body}`).digest("base64url") === signature;
    const claims = good ? JSON.parse(Buffer.from(body, "base64url")) : {};
    return claims.kind === kind && claims.epoch === this.#epoch && claims.exp * 1000 > Date.now() ? claims : undefined;
  }

  async #handle(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, "http://local");
    const path = url.pathname.replace("/client/v4/", "");
    const line = `${request.method} ${path}`;
    this.requests.push(line);
    const failure = this.#failures.find(({ pattern, times }) => times > 0 && pattern.test(line));
    if (failure) failure.times -= 1;
    const { status, code = 0, headers: more = {}, cut, hold } = failure?.how ?? {};
    await hold;
    const left = Math.max(this.quota - this.requests.length, 0);
    const headers = { "content-type": "application/json", ratelimit: `"default";r=${left};t=300`, "ratelimit-policy": `"default";q=${this.quota};w=300`, ...more };
    const send = (status, body) => response.writeHead(status, headers).end(JSON.stringify({ errors: [], messages: [], ...body }));
    try {
      if (this.requests.length > this.quota) throw new Refused(429, 971, "Please wait and consider throttling your request speed", { "retry-after": "300" });
      if (status) throw new Refused(status, code, `told to answer ${status}`);
      const [good, result, info] = await this.#answer(request, url, path.split("/"), Buffer.concat(chunks));
      if (cut) return void response.destroy();
      send(good, { success: true, result, ...(info && { result_info: info }) });
    } catch (error) {
      if (!(error instanceof Refused)) {
        response.writeHead(500).end(String(error.stack));
        return;
      }
      Object.assign(headers, error.headers);
      send(error.status, { success: false, errors: [{ code: error.code, message: error.message }], result: null });
    }
  }

  async #answer(request, url, parts, body) {
    const shown = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const form = async () => new Response(body, { headers: { "content-type": request.headers["content-type"] } }).formData();
    const { method } = request;
    if (parts.join("/") === `accounts/${this.account}/workers/assets/upload` && method === "POST") {
      if (url.searchParams.get("base64") !== "true") throw new Refused(415, 10001, "base64 must be true");
      const claims = this.#claims(shown, "upload");
      if (!claims) throw new Refused(401, 10000, "Authentication error");
      return this.#upload(claims, await form());
    }
    if (shown !== this.token) throw new Refused(403, 10000, "Authentication error");
    if (parts.join("/") === `zones/${this.zone}/purge_cache` && method === "POST") return this.#purge(JSON.parse(body));
    const prefix = `accounts/${this.account}/workers/dispatch/namespaces/`;
    if (!parts.join("/").startsWith(prefix)) throw new Refused(404, 7003, "Could not route to the path");
    const [namespace, scripts, name, what] = parts.slice(prefix.split("/").length - 1);
    if (namespace !== this.namespace) throw new Refused(404, 100119, "The dispatch namespace does not exist.");
    if (scripts !== "scripts") throw new Refused(404, 7003, "Could not route to the path");
    if (!name && method === "GET") return this.#list(url.searchParams);
    if (what === "assets-upload-session" && method === "POST") return this.#open(name, JSON.parse(body));
    if (what === "tags" && method === "GET") return [200, this.#seen(name).tags];
    if (what === undefined && method === "PUT") return this.#put(name, await form());
    if (what === undefined && method === "GET") {
      const { tags } = this.#seen(name);
      return [200, { dispatch_namespace: namespace, script: { id: name, tags } }];
    }
    if (what === undefined && method === "DELETE") {
      this.#seen(name);
      const script = this.scripts.get(name);
      this.scripts.set(name, { ...script, now: undefined, before: script.now, late: this.late });
      return [200, null];
    }
    throw new Refused(405, 10405, "Method not allowed");
  }

  /** A script as it is seen by who looks now. */
  #seen(name) {
    const script = this.scripts.get(name);
    if (!script) throw notFound();
    if (script.late > 0) script.late -= 1;
    else script.before = script.now;
    if (!script.before) throw notFound();
    return script.before;
  }

  #list(query) {
    const [tag, has] = (query.get("tags") ?? "").split(":");
    const found = [...this.scripts].filter(([, { now }]) => now && now.tags.includes(tag) === (has === "yes"));
    return [200, found.map(([id, { now }]) => ({ id, tags: now.tags })), { cursor: "" }];
  }

  #open(name, { manifest }) {
    const wanted = Object.entries(manifest ?? {});
    if (wanted.length === 0 || wanted.length > 100_000) throw new Refused(400, 10304, "The manifest is not acceptable");
    for (const [path, { hash, size }] of wanted) {
      if (!path.startsWith("/") || !/^[0-9a-f]{32}$/.test(hash) || !(size >= 0 && size <= LARGEST)) throw new Refused(400, 10304, `The manifest is not acceptable: ${path}`);
    }
    this.#sessions.set(name, manifest);
    const missing = [...new Set(wanted.map(([, { hash }]) => hash))].filter((hash) => !this.assets.has(hash));
    const buckets = [];
    while (missing.length) buckets.push(missing.splice(0, this.bucket));
    return [200, { jwt: this.#jwt({ kind: buckets.length ? "upload" : "done", name }), buckets }];
  }

  async #upload({ name }, form) {
    const wanted = new Map(Object.values(this.#sessions.get(name)).map(({ hash, size }) => [hash, size]));
    for (const [hash, file] of form) {
      const bytes = Buffer.from(await file.text(), "base64");
      if (wanted.get(hash) !== bytes.length) throw new Refused(400, 10305, `${hash} is not what the manifest says`);
      this.assets.set(hash, { type: file.type, bytes, times: (this.assets.get(hash)?.times ?? 0) + 1 });
    }
    const all = [...wanted.keys()].every((hash) => this.assets.has(hash));
    return all ? [201, { jwt: this.#jwt({ kind: "done", name }) }] : [202, { jwt: null }];
  }

  async #put(name, form) {
    const metadata = JSON.parse(await (typeof form.get("metadata") === "string" ? form.get("metadata") : form.get("metadata").text()));
    const { main_module: main, tags = [], bindings = [], assets } = metadata;
    if (this.#claims(assets?.jwt, "done")?.name !== name) throw new Refused(401, 10021, "The assets' token is not valid");
    if (tags.length > 8 || tags.some((tag) => /[,&]/.test(tag))) throw new Refused(400, 10029, "The tags are not acceptable");
    const modules = new Map();
    for (const [part, file] of form) if (part !== "metadata") modules.set(part, { type: file.type, bytes: Buffer.from(await file.arrayBuffer()) });
    if (!modules.has(main)) throw new Refused(400, 10021, `No such module: ${main}`);
    const now = { metadata, tags, bindings, modules, manifest: this.#sessions.get(name) };
    this.scripts.set(name, { now, before: this.scripts.get(name)?.now, late: this.late });
    return [200, { id: name, startup_time_ms: 1 }];
  }

  #purge(body) {
    const [kind] = Object.keys(body);
    if (Object.keys(body).length !== 1 || !["hosts", "files"].includes(kind)) throw new Refused(400, 1012, "Request must contain one of hosts, files");
    if (!Array.isArray(body[kind]) || body[kind].length === 0 || body[kind].length > 100) throw new Refused(400, 1094, "Too many or too few to purge");
    this.purges.push(body);
    return [200, { id: this.zone }];
  }

  /** Runs what was published under a name; resolves to the runtime, whose `port` reaches it. `stop` ends it. */
  async run(name) {
    const { metadata, bindings, modules, manifest } = this.scripts.get(name).now;
    const folder = mkdtempSync(join(tmpdir(), "overskill-published-"));
    const put = (path, bytes) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    };
    for (const [path, { bytes }] of modules) put(`script/${path}`, bytes);
    for (const [path, { hash }] of Object.entries(manifest)) put(`assets/${decodeURIComponent(path)}`, this.assets.get(hash).bytes);
    const { html_handling, not_found_handling, run_worker_first } = metadata.assets.config;
    const vars = Object.fromEntries(bindings.filter(({ text }) => text !== undefined).map((each) => [each.name, each.text]));
    put("wrangler.json", JSON.stringify({
      name, main: `script/${metadata.main_module}`, no_bundle: true, vars,
      compatibility_date: metadata.compatibility_date, compatibility_flags: metadata.compatibility_flags,
      rules: [...modules].map(([path, { type }]) => ({ type: KINDS[type], globs: [path], fallthrough: true })),
      assets: { directory: "assets", binding: bindings.find(({ type }) => type === "assets").name, html_handling, not_found_handling, run_worker_first },
    }));
    const runtime = await Runtime.start({ state: join(folder, "state"), configs: [join(folder, "wrangler.json")] });
    return {
      port: runtime.port,
      async stop() {
        await runtime.kill();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
}
