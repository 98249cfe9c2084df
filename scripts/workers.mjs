// Building the Workers: each only when something that it reads has changed, and once for each profile.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { counted, rust, wasmBindgen, wasmOptions, wasmTarget, workerBuild } from "./cargo.mjs";
import { npmPackages } from "./node.mjs";
import { root, run } from "./run.mjs";

const at = (path) => join(root, path);
/** Folders that hold what is built, not what is read: by their whole path, as `src/flows/build` is source. */
const OUTPUTS = new Set(["src/background/build", "src/compiler/build", "src/compiler/dist", "src/client/dist", "node_modules", "target"]);

/** The Workers: the crate each is, and the folder that its build goes into. */
export const WORKERS = {
  edge: { crate: "overskill-edge", argument: [], output: "build" },
  background: { crate: "overskill-background", argument: ["src/background"], output: "src/background/build" },
  compiler: { crate: "overskill-compiler", argument: ["src/compiler"], output: "src/compiler/build" },
};

/** A hash over the names and contents of files and folders. */
function fingerprint(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (statSync(at(path)).isDirectory()) {
      for (const name of readdirSync(at(path)).sort()) if (!OUTPUTS.has(`${path}/${name}`)) add(`${path}/${name}`);
    } else {
      hash.update(path).update("\0").update(readFileSync(at(path))).update("\0");
    }
  };
  for (const path of [...paths].sort()) add(path);
  return hash.digest("hex");
}

/** The folders and files that a crate of the workspace is built from, those of the crates it depends on among them. */
async function sources(crate) {
  const printed = await run("cargo", ["metadata", "--format-version", "1", "--no-deps", "--offline"]);
  const metadata = JSON.parse(printed.split("\n").find((line) => line.startsWith("{")));
  const crates = new Map(metadata.packages.map((each) => [each.name, each]));
  const paths = new Set(["Cargo.toml", "Cargo.lock", ".cargo/config.toml"]);
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const { manifest_path: manifest, targets, dependencies } = crates.get(name);
    paths.add(relative(root, manifest));
    for (const { kind, src_path: file } of targets) if (!kind.includes("test")) paths.add(relative(root, dirname(file)));
    for (const { name: needed, kind } of dependencies) if (kind !== "dev" && crates.has(needed)) visit(needed);
  };
  visit(crate);
  return paths;
}

const stampOf = (folder) => (existsSync(join(folder, "stamp")) ? readFileSync(join(folder, "stamp"), "utf8") : "");

/** The scripts that browsers run, which the edge embeds. */
const CLIENT = ["src/client/dist/runtime.js", "src/client/dist/live.js"];

export const clientRuntime = {
  name: "client runtime",
  needs: [npmPackages],
  done: () => CLIENT.every((path) => existsSync(at(path))) && stampOf(at("src/client/dist")) === clientStamp(),
  run: async () => {
    await run("node", ["src/client/build.mjs"]);
    writeFileSync(at("src/client/dist/stamp"), clientStamp());
  },
};

function clientStamp() {
  const parts = readdirSync(at("src/client")).filter((name) => name !== "dist" && name !== "tests");
  return fingerprint([...parts.map((name) => `src/client/${name}`), "package-lock.json"]);
}

/**
 * wasm-opt as Workers need it: no names, and no encoding that workerd may not know. Its optimisations are left out: after
 * LLVM's they take minutes, for 7 % of the size and no speed that can be measured.
 */
const STRIP = [
  "--strip-debug", "--strip-producers",
  ...["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types", "exception-handling"]
    .map((feature) => `--enable-${feature}`),
];

/**
 * The build of a Worker with a profile of Cargo.toml. Builds are kept by profile, so that changing between `npm start`
 * and `npm test` costs a copy.
 */
export function worker(name, profile) {
  const { crate, argument, output } = WORKERS[name];
  const kept = at(`.setup/${name}-${profile}`);
  const wanted = async () => {
    const paths = await sources(crate);
    if (name === "edge") for (const path of CLIENT) paths.add(path);
    return `${profile} ${fingerprint(paths)}`;
  };
  return {
    name: `${name} Worker (${profile})`,
    needs: [rust, npmPackages, wasmTarget, workerBuild, wasmBindgen, clientRuntime],
    done: async () => {
      const now = await wanted();
      if (existsSync(at(`${output}/index.js`)) && stampOf(at(output)) === now) return true;
      if (stampOf(kept) !== now) return false;
      rmSync(at(output), { recursive: true, force: true });
      cpSync(kept, at(output), { recursive: true });
      return true;
    },
    run: async (tell) => {
      const now = await wanted();
      const { env, ...options } = await wasmOptions();
      const helpers = {
        WASM_BINDGEN_BIN: wasmBindgen.path,
        ESBUILD_BIN: at("node_modules/.bin/esbuild"),
        WASM_OPT_BIN: at("node_modules/.bin/wasm-opt"),
      };
      rmSync(at(`${output}/stamp`), { force: true });
      const args = [...argument, "--profile", profile, "--no-opt"];
      await counted(workerBuild.path, args, tell, { ...options, env: { ...helpers, ...env } });
      if (profile === "release") {
        tell("(wasm-opt)");
        const wasm = at(`${output}/index_bg.wasm`);
        await run("wasm-opt", [wasm, "-o", wasm, ...STRIP]);
      }
      writeFileSync(at(`${output}/stamp`), now);
      rmSync(kept, { recursive: true, force: true });
      mkdirSync(at(".setup"), { recursive: true });
      cpSync(at(output), kept, { recursive: true });
    },
  };
}

/** The compiler Worker put together: its JavaScript half is built here, and stands beside its wasm half. */
export function compiler(profile) {
  const wasm = worker("compiler", profile);
  const output = at("src/compiler/dist");
  const wanted = () => {
    const half = fingerprint(["src/compiler/javascript", "package-lock.json"]);
    return `${half} ${stampOf(at(WORKERS.compiler.output))}`;
  };
  return {
    name: "compiler Worker, both halves",
    needs: [wasm],
    done: () => existsSync(join(output, "index.js")) && stampOf(output) === wanted(),
    run: async () => {
      await run("node", ["src/compiler/javascript/build.mjs"]);
      writeFileSync(join(output, "stamp"), wanted());
    },
  };
}
