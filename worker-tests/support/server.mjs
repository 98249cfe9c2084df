// The real Workers under `wrangler dev` with state of their own: started, killed, started again.
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start as spawn } from "../../scripts/run.mjs";
import { migrate } from "../../scripts/setup.mjs";

export const TOKEN = "test-admin-token";

export class Server {
  /** `token` is what `ADMIN_TOKEN` is set to. */
  static async start({ token = TOKEN } = {}) {
    const server = new Server();
    server.token = token;
    server.state = mkdtempSync(join(tmpdir(), "overskill-"));
    await migrate(server.state);
    await server.up();
    return server;
  }

  /** Starts the runtime over the state that is there. */
  async up() {
    const args = ["dev", "-c", "wrangler.toml", "--port", "0", "--inspector-port", "0", "--persist-to", this.state,
      "--var", `ADMIN_TOKEN:${this.token}`, "--show-interactive-dev-session=false"];
    this.process = spawn("wrangler", args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.log = "";
    this.port = await new Promise((ready, failed) => {
      const read = (data) => {
        this.log += data;
        const found = /Ready on http:\/\/[^:\s]+:(\d+)/.exec(this.log);
        if (found) ready(Number(found[1]));
      };
      this.process.stdout.on("data", read);
      this.process.stderr.on("data", read);
      this.process.once("close", () => failed(new Error(`wrangler ended:\n${this.log}`)));
    });
  }

  /** Kills the runtime and all that belongs to it, without warning. */
  async kill() {
    const closed = new Promise((done) => this.process.once("close", done));
    process.kill(-this.process.pid, "SIGKILL");
    await closed;
  }

  async stop() {
    await this.kill();
    rmSync(this.state, { recursive: true, force: true });
  }

  /** One request; `json` is sent as such, `token: null` sends none. */
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
          const value = /json/.test(kind) && bytes.length ? JSON.parse(bytes) : undefined;
          done({ status: incoming.statusCode, headers: incoming.headers, bytes, json: value });
        });
      });
      outgoing.on("error", failed);
      outgoing.end(body);
    });
  }
}
