// Vite on an app, in a process of its own whose working directory is the app, as its author runs it.
import { fork } from "node:child_process";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";

const PROCESS = join(root, "worker-tests/support/vite-process.mjs");

export class Vite {
  /**
   * Starts `kind` in a folder: `dev` is the dev server, `preview` builds and serves what was built. Resolves when it
   * answers at `vite.url`; `vite.took` is what the build took, in milliseconds, and `vite.log` what it printed.
   */
  static async start(folder, kind = "dev") {
    const vite = new Vite();
    const { NODE_ENV: _, ...env } = process.env;
    vite.process = fork(PROCESS, [kind], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    vite.log = "";
    for (const stream of [vite.process.stdout, vite.process.stderr]) stream.on("data", (data) => (vite.log += data));
    vite.closed = new Promise((done) => vite.process.once("close", done));
    await new Promise((ready, failed) => {
      vite.process.once("message", (told) => ready(Object.assign(vite, told)));
      vite.closed.then(() => failed(new Error(`Vite ended:\n${vite.log}`)));
    });
    return vite;
  }

  async stop() {
    this.process.kill("SIGKILL");
    await this.closed;
  }
}
