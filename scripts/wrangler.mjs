// The Workers under one `wrangler dev`: the local database brought up to date, started, stopped without leftovers.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop, root, run, start } from "./run.mjs";

/** The edge, which a port reaches, and what is behind it. */
export const CONFIGS = ["wrangler.toml", "wrangler.background.toml", "wrangler.compiler.toml"];
/** How long the runtime may take to end by itself, in milliseconds. */
const PATIENCE = 5_000;
/** How many of its last lines are shown when it doesn't start. */
const TAIL = 20;

/** Applies D1's migrations to local state, unless they are applied. */
export async function migrate(state) {
  const folder = join(root, "migrations");
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) hash.update(name).update("\0").update(readFileSync(join(folder, name)));
  const wanted = hash.digest("hex");
  const stamp = join(state, "migrated");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  await run("wrangler", ["d1", "migrations", "apply", "DB", "--local", "-c", "wrangler.toml", "--persist-to", state]);
  mkdirSync(state, { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The runtime, in a process group of its own, so that nothing of it outlives it and no terminal signals it. */
export class Runtime {
  /** All it has printed. */
  log = "";

  /**
   * Starts the Workers of `configs` over `state` and resolves when they answer; the port reaches the first. `port` 0
   * takes any; `vars` win over `.dev.vars`; `print` is called with what it prints.
   */
  static async start({ port = 0, state, vars = {}, print = () => {}, configs = CONFIGS }) {
    const runtime = new Runtime();
    const args = ["dev", ...configs.flatMap((path) => ["-c", path]), "--port", String(port), "--inspector-port", "0",
      "--persist-to", state, "--show-interactive-dev-session=false",
      ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`])];
    runtime.process = start("wrangler", args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    runtime.closed = new Promise((done) => runtime.process.once("close", done));
    runtime.port = await new Promise((ready, failed) => {
      const read = (data) => {
        runtime.log += data;
        print(String(data));
        const found = /Ready on http:\/\/[^:\s]+:(\d+)/.exec(runtime.log);
        if (found) ready(Number(found[1]));
      };
      runtime.process.stdout.on("data", read);
      runtime.process.stderr.on("data", read);
      runtime.process.once("error", failed);
      const ended = () => failed(new Stop(`wrangler ended:\n${runtime.log.trimEnd().split("\n").slice(-TAIL).join("\n")}`));
      runtime.closed.then(ended);
    });
    return runtime;
  }

  #signal(signal) {
    try {
      process.kill(-this.process.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }

  /** Ends it in good order; what doesn't end in time is killed. */
  async stop() {
    this.#signal("SIGINT");
    const late = setTimeout(() => this.#signal("SIGKILL"), PATIENCE);
    await this.closed;
    clearTimeout(late);
    this.#signal("SIGKILL");
  }

  /** Kills it and all that belongs to it, without warning. */
  async kill() {
    this.#signal("SIGKILL");
    await this.closed;
  }
}
