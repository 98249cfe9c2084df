// The Rails app of `worker-tests/rails`, under Puma on a port of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { TOKEN } from "./server.mjs";

export class Rails {
  log = "";

  /** Starts it in front of a server's API; `key` signs tokens, `apps` are those that want one. */
  static async start(server, { key = "what the tests sign with", apps = [] } = {}) {
    const rails = new Rails();
    const env = {
      ...process.env, OVERSKILL_URL: `http://127.0.0.1:${server.port}`, OVERSKILL_TOKEN: TOKEN, SIGNING_KEY: key, PRIVATE_APPS: apps.join(","), RACK_ENV: "production",
    };
    const args = ["--bind", "tcp://127.0.0.1:0", "--threads", "16:16", "--environment", "production", join(root, "worker-tests/rails/config.ru")];
    rails.process = spawn("puma", args, { env, stdio: ["ignore", "pipe", "pipe"] });
    rails.closed = once(rails.process, "close");
    rails.port = await new Promise((ready, failed) => {
      const read = (data) => {
        rails.log += data;
        const found = /Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(rails.log);
        if (found) ready(Number(found[1]));
      };
      rails.process.stdout.on("data", read);
      rails.process.stderr.on("data", read);
      rails.process.once("error", failed);
      rails.closed.then(() => failed(new Error(`puma ended:\n${rails.log}`)));
    });
    return rails;
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
