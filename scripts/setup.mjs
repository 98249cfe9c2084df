// Everything that has to be there before anything runs: each step is named, timed, and skipped when it is done.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop, root, run, tools } from "./run.mjs";

const WORKER_BUILD = "0.8.7";
const at = (path) => join(root, path);
const read = (path) => readFileSync(at(path), "utf8");

function bindgenVersion() {
  const [, version] = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(read("Cargo.lock"));
  return version;
}

function tool(name, version) {
  return join(tools, `${name}-${version}`, "bin", name);
}

function cargoTool(crate, name, version) {
  return {
    name: `${name} ${version}`,
    done: () => existsSync(tool(name, version)),
    run: () => run("cargo", ["install", crate, "--version", version, "--root", join(tools, `${name}-${version}`)]),
  };
}

/** A hash over the names and contents of what a build reads. */
function inputs(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (statSync(at(path)).isDirectory()) {
      const names = readdirSync(at(path)).filter((name) => !["build", "dist", "node_modules"].includes(name));
      for (const name of names.sort()) add(`${path}/${name}`);
    } else {
      hash.update(path).update("\0").update(readFileSync(at(path))).update("\0");
    }
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}

function worker(name, args, output, profile) {
  const stamp = at(`.setup/${name}`);
  const wanted = () => `${profile} ${inputs(["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "src"])}`;
  return {
    name: `${name} Worker (${profile})`,
    done: () => existsSync(at(output)) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted(),
    run: async () => {
      const now = wanted();
      const env = {
        WASM_BINDGEN_BIN: tool("wasm-bindgen", bindgenVersion()),
        ESBUILD_BIN: at("node_modules/.bin/esbuild"),
        WASM_OPT_BIN: at("node_modules/.bin/wasm-opt"),
      };
      await run(tool("worker-build", WORKER_BUILD), [...args, profile === "release" ? "--release" : "--dev"], { env });
      mkdirSync(at(".setup"), { recursive: true });
      writeFileSync(stamp, now);
    },
  };
}

function steps(profile) {
  return [
    {
      name: "rust",
      done: () => run("cargo", ["--version"]).catch(() => {
        throw new Stop("Rust is missing. Install it: curl https://sh.rustup.rs -sSf | sh");
      }),
    },
    {
      name: "npm packages",
      done: () => existsSync(at("node_modules/.package-lock.json"))
        && statSync(at("node_modules/.package-lock.json")).mtimeMs >= statSync(at("package-lock.json")).mtimeMs,
      run: () => run("npm", ["ci", "--no-audit", "--no-fund"]),
    },
    {
      name: "wasm32 target",
      done: async () => (await run("rustup", ["target", "list", "--installed"])).includes("wasm32-unknown-unknown"),
      run: () => run("rustup", ["target", "add", "wasm32-unknown-unknown"]),
    },
    cargoTool("worker-build", "worker-build", WORKER_BUILD),
    cargoTool("wasm-bindgen-cli", "wasm-bindgen", bindgenVersion()),
    worker("edge", [], "build/index.js", profile),
    {
      name: ".dev.vars",
      done: () => existsSync(at(".dev.vars")) && read(".dev.vars").includes("NPM_REGISTRY="),
      run: async () => {
        const registry = (await run("npm", ["config", "get", "registry"])).trim().split("\n").at(-1);
        const kept = existsSync(at(".dev.vars")) ? read(".dev.vars").trimEnd().split("\n") : ["ADMIN_TOKEN=dev-token"];
        writeFileSync(at(".dev.vars"), [...kept, `NPM_REGISTRY=${registry}`, ""].join("\n"));
      },
    },
  ];
}

/** Brings the machine to where the system runs. `profile` is `release` or `dev`. */
export async function setup(profile) {
  for (const step of steps(profile)) {
    const started = performance.now();
    const there = await step.done();
    if (!there) {
      console.log(`… ${step.name}`);
      await step.run();
    }
    const took = ((performance.now() - started) / 1000).toFixed(1);
    console.log(there ? `· ${step.name} (there)` : `✓ ${step.name} ${took} s`);
  }
}

/** Applies D1's migrations to the local state. */
export function migrate(state) {
  return run("wrangler", ["d1", "migrations", "apply", "DB", "--local", "--persist-to", state]);
}
