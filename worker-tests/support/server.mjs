// The real Workers under `wrangler dev` with state of their own: started, killed, started again.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { CONFIGS, Runtime, migrate } from "../../scripts/wrangler.mjs";

export const TOKEN = "test-admin-token";

/** The configuration of the background Worker with secrets of its own beside it, in a folder of the state; its path. */
function background(state, secrets) {
  const folder = join(state, "background");
  mkdirSync(folder);
  const config = readFileSync(join(root, "wrangler.background.toml"), "utf8");
  const at = (name) => (line, path) => `${name} = ${JSON.stringify(join(root, path))}`;
  const placed = config.replace(/^main = "(.+)"$/m, at("main")).replace(/^migrations_dir = "(.+)"$/m, at("migrations_dir"));
  writeFileSync(join(folder, "wrangler.toml"), placed);
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${String(value).replaceAll("\n", "\\n")}"\n`);
  writeFileSync(join(folder, ".dev.vars"), lines.join(""));
  return join(folder, "wrangler.toml");
}

export class Server {
  /** Starts them with fresh state; `vars` are variables of the edge Worker, `secrets` of the background Worker. */
  static async start({ vars = {}, secrets } = {}) {
    const server = new Server();
    server.vars = { ADMIN_TOKEN: TOKEN, SEALING_KEY: "a key of the tests, for no one else", ...vars };
    server.state = mkdtempSync(join(tmpdir(), "overskill-"));
    await migrate(server.state);
    const own = secrets && background(server.state, secrets);
    server.configs = CONFIGS.map((path) => (own && path === "wrangler.background.toml" ? own : path));
    await server.up();
    return server;
  }

  /** Starts the runtime over the state that is there. */
  async up() {
    this.runtime = await Runtime.start({ state: this.state, vars: this.vars, configs: this.configs });
    this.port = this.runtime.port;
  }

  /** What the runtime has printed since it was started. */
  get log() {
    return this.runtime.log;
  }

  /** The control plane. */
  get url() {
    return `http://localhost:${this.port}`;
  }

  /** Kills the runtime and all that belongs to it, without warning. */
  async kill() {
    await this.runtime.kill();
  }

  async stop() {
    await this.kill();
    rmSync(this.state, { recursive: true, force: true });
  }

  /**
   * One request; `json` is sent as such, `token: null` sends none. A `host` header of `<slug>.localhost` reaches an
   * app's preview, which wants no token: see `preview`.
   */
  call(method, path, { token = TOKEN, json, body = json === undefined ? undefined : JSON.stringify(json), headers = {} } = {}) {
    const all = { host: `localhost:${this.port}`, ...headers };
    if (token) all.authorization = `Bearer ${token}`;
    if (json !== undefined) all["content-type"] = "application/json";
    if (body !== undefined && !all["transfer-encoding"]) all["content-length"] ??= Buffer.byteLength(body);
    return new Promise((done, failed) => {
      const outgoing = request({ host: "localhost", port: this.port, method, path, headers: all }, (incoming) => {
        const chunks = [];
        incoming.on("data", (chunk) => chunks.push(chunk));
        incoming.on("error", failed);
        incoming.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const kind = incoming.headers["content-type"] ?? "";
          const value = /[/+]json/.test(kind) && bytes.length ? JSON.parse(bytes) : undefined;
          done({ status: incoming.statusCode, headers: incoming.headers, bytes, json: value });
        });
      });
      outgoing.on("error", failed);
      outgoing.end(body);
    });
  }

  /** One request to an app's preview, as a browser sends it. */
  preview(slug, path = "/", { method = "GET", headers = {}, ...options } = {}) {
    return this.call(method, path, { token: null, headers: { host: `${slug}.localhost:${this.port}`, ...headers }, ...options });
  }
}
