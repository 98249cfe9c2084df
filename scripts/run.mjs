// Running other programs: with the project's own tools first on PATH, and with errors that say what to do.
import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../..");
export const tools = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "overskill-preview");

/** Something a person has to do; shown without a stack. */
export class Stop extends Error {}

export function environment(extra = {}) {
  const path = [join(root, "node_modules/.bin"), join(homedir(), ".cargo/bin"), process.env.PATH].join(delimiter);
  return { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", ...extra, PATH: path };
}

/** Starts a program in the project's root. */
export function start(command, args, { env, ...options } = {}) {
  return spawn(command, args, { cwd: root, env: environment(env), ...options });
}

/** Runs a program to its end; resolves to what it printed. With `show` it prints to the terminal instead. */
export function run(command, args, { show = false, ...options } = {}) {
  return new Promise((done, failed) => {
    const child = start(command, args, { stdio: show ? "inherit" : ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.stdout?.on("data", (data) => (output += data));
    child.stderr?.on("data", (data) => (output += data));
    child.on("error", (error) => failed(error.code === "ENOENT" ? new Stop(`${command} is not installed`) : error));
    child.on("close", (code) => {
      if (code === 0) return done(output);
      failed(new Stop(`${command} ${args.join(" ")} failed (${code})\n${output.split("\n").slice(-40).join("\n")}`));
    });
  });
}

/** Runs a script's main function; what a person has to do is shown in one line. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Stop ? `✗ ${error.message}` : error);
    process.exit(1);
  }
}
