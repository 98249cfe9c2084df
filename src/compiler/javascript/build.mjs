// Puts the compiler Worker together in `../dist`: its JavaScript half, `index.mjs` and what it loads, built here; its wasm
// half as `../build` has it. Same sources, same bytes.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "../dist");
/** What `worker-build` writes that a Worker needs. */
const WASM = ["index.js", "index_bg.wasm"];

/** The modules, by file name. What is imported by `import()` is a module of its own, which the runtime evaluates then. */
export async function modules() {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: ["index.mjs"],
    outdir: output,
    bundle: true,
    splitting: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    external: ["cloudflare:workers", "./wasm/index.js"],
    logLevel: "warning",
  });
  return outputFiles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await modules();
  await rm(output, { recursive: true, force: true });
  await mkdir(join(output, "wasm"), { recursive: true });
  for (const name of WASM) await copyFile(join(here, "../build", name), join(output, "wasm", name));
  for (const { path, contents } of files) await writeFile(path, contents);
}
