// The real Workers under `wrangler dev` with state of their own: started, killed, started again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { withVars } from "../../scripts/vars.mjs";
import { CONFIGS, Runtime, migrate } from "../../scripts/wrangler.mjs";

export const TOKEN = "test-admin-token";

export class Server {
  /**
   * Starts them with fresh state; `vars` are variables of the edge Worker, `background` those of the background Worker,
   * `edge` changes the text of the edge's configuration.
   */
  static async start({ vars = {}, background, edge } = {}) {
    const server = new Server();
    server.vars = { ADMIN_TOKEN: TOKEN, SEALING_KEY: "a key of the tests, for no one else", ...vars };
    server.state = mkdtempSync(join(tmpdir(), "overskill-"));
    if (background) server.configs = withVars(server.state, { SEALING_KEY: server.vars.SEALING_KEY, ...background });
    await migrate(server.state);
    if (edge) server.configs = [server.configured(edge), ...(server.configs ?? CONFIGS).slice(1)];
    await server.up();
    return server;
  }

  /** Starts the runtime over the state that is there. */
  async up() {
    this.runtime = await Runtime.start({ state: this.state, vars: this.vars, configs: this.configs });
    this.port = this.runtime.port;
  }

  /** The edge's configuration with another text, in a file whose paths lead to the same places. */
  configured(edge) {
    const text = edge(readFileSync(join(root, CONFIGS[0]), "utf8"));
    const path = join(this.state, "wrangler.toml");
    writeFileSync(path, text.replace('main = "', `main = "${root}/`).replace('migrations_dir = "', `migrations_dir = "${root}/`));
    return path;
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
