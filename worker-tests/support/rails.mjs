// The Rails app of `worker-tests/rails`, under Puma on a port of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { TOKEN } from "./server.mjs";

/** A port that nothing listens on, for a Rails whose address a server must be told before it is up. */
export async function freePort() {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address();
  holder.close();
  await once(holder, "close");
  return port;
}

export class Rails {
  log = "";
  port = 0;

  /** Starts it in front of a server's API; `key` signs tokens, `apps` are those that want one; `port` 0 takes any. */
  static async start(server, { key = "what the tests sign with", apps = [], port = 0 } = {}) {
    const rails = new Rails();
    rails.env = {
      ...process.env, OVERSKILL_URL: `http://127.0.0.1:${server.port}`, OVERSKILL_TOKEN: TOKEN, SIGNING_KEY: key, PRIVATE_APPS: apps.join(","), RACK_ENV: "production",
    };
    rails.port = port;
    await rails.up();
    return rails;
  }

  /** Starts it where it was before. */
  async up() {
    const args = ["--bind", `tcp://127.0.0.1:${this.port}`, "--threads", "16:16", "--environment", "production", join(root, "worker-tests/rails/config.ru")];
    this.log = "";
    this.process = spawn("puma", args, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.closed = once(this.process, "close");
    this.port = await new Promise((ready, failed) => {
      const read = (data) => {
        this.log += data;
        const found = /Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.log);
        if (found) ready(Number(found[1]));
      };
      this.process.stdout.on("data", read);
      this.process.stderr.on("data", read);
      this.process.once("error", failed);
      this.closed.then(() => failed(new Error(`puma ended:\n${this.log}`)));
    });
  }

  /** What it has said since it was up: warnings and worse. */
  get complaints() {
    return this.log.replace(/^[^]*Use Ctrl-C to stop\n/, "");
  }

  /** Its cable. */
  get cable() {
    return `ws://127.0.0.1:${this.port}/cable`;
  }

  /** Asks it for something; resolves to its status and JSON. */
  async call(path, json) {
    const init = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, init);
    return { status: answer.status, json: await answer.json() };
  }

  async stop() {
    this.process.kill("SIGKILL");
    await this.closed;
  }
}
