// Running other programs: with the project's own tools first on PATH, and with errors that say what to do.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../..");
export const tools = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "overskill-preview");

/** How many of a failed program's last lines are shown. */
const TAIL = 40;

/** Something a person has to do; shown without a stack. */
export class Stop extends Error {}

const running = new Set();

/** What programs run with. `first` are folders that stand first on PATH. */
export function environment(extra = {}, first = []) {
  const path = [...first, join(root, "node_modules/.bin"), join(homedir(), ".cargo/bin"), process.env.PATH];
  return { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", ...extra, PATH: path.join(delimiter) };
}

/** Starts a program in the project's root. */
export function start(command, args, { env, first, ...options } = {}) {
  return spawn(command, args, { cwd: root, env: environment(env, first), ...options });
}

/**
 * Runs a program to its end; resolves to what it printed. With `show` it prints to the terminal instead; `progress` is
 * called with each piece of output.
 */
export function run(command, args, { show = false, progress = () => {}, ...options } = {}) {
  return new Promise((done, failed) => {
    const child = start(command, args, { stdio: show ? "inherit" : ["ignore", "pipe", "pipe"], ...options });
    running.add(child);
    let output = "";
    const take = (data) => {
      output += data;
      progress(String(data));
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("error", (error) => {
      running.delete(child);
      failed(error.code === "ENOENT" ? new Stop(`${command} is not installed`) : error);
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (code === 0) return done(output);
      const tail = output.trimEnd().split(/[\r\n]+/).slice(-TAIL).join("\n");
      failed(new Stop(`${command} ${args.join(" ")} failed (${code ?? signal})\n${tail}`.trimEnd()));
    });
  });
}

/** Whether a program runs and succeeds. */
export function works(command, args, options) {
  return run(command, args, options).then(() => true, () => false);
}

/** Where a program is on PATH, if it is. */
export function which(name) {
  return (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Runs a script's main function; what a person has to do is shown in one line. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    for (const child of running) child.kill();
    console.error(error instanceof Stop ? `✗ ${error.message}` : error);
    process.exit(1);
  }
}
