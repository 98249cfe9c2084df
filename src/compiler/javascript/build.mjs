// Puts the compiler Worker together in `../dist`: its JavaScript half, `index.mjs` and what it loads, built here; its wasm
// half as `../build` has it. Same sources, same bytes.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bounded } from "./sass/patch.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "../dist");
/** What `worker-build` writes that a Worker needs. */
const WASM = ["index.js", "index_bg.wasm"];
/** Node's own modules, which libraries import; those that nothing calls here are empty. */
const SHIMS = {
  path: "./shims/path.mjs",
  fs: "./shims/fs.mjs",
  picocolors: "./shims/plain.cjs",
  "util-deprecate": "./shims/same.cjs",
  ...Object.fromEntries(["url", "crypto", "source-map-js", "resolve", "read-cache"].map((name) => [name, "./shims/nothing.mjs"])),
};

const shared = {
  absWorkingDir: here,
  outdir: output,
  bundle: true,
  splitting: true,
  write: false,
  minify: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["import", "require"],
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  plugins: [bounded],
  drop: ["console"],
  define: { "process.env": "{}", "process.cwd": "String", __dirname: '""' },
  logLevel: "warning",
};

/**
 * The modules. What is imported by `import()` is a module of its own, which the runtime evaluates then. Tailwind 3 is
 * built apart from the rest, because what its plugins import as `tailwindcss` is another version there.
 */
export async function modules() {
  const shims = Object.fromEntries(Object.entries(SHIMS).map(([name, path]) => [name, join(here, path)]));
  // A package of style sheets only, which no condition of scripts finds.
  const animate = join(here, "../../../node_modules/tw-animate-css/dist/tw-animate");
  Object.assign(shims, { "tw-animate-css/prefix": `${animate}-prefix.css`, "tw-animate-css": `${animate}.css` });
  const builds = [
    { entryPoints: ["index.mjs"], external: ["cloudflare:workers", "./wasm/index.js", "./v3.js"], alias: shims },
    { entryPoints: { v3: "tailwind/v3.mjs" }, alias: { ...shims, tailwindcss: "tailwindcss-v3" } },
  ];
  const built = await Promise.all(builds.map((options) => build({ ...shared, ...options })));
  return built.flatMap(({ outputFiles }) => outputFiles);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await modules();
  await rm(output, { recursive: true, force: true });
  await mkdir(join(output, "wasm"), { recursive: true });
  for (const name of WASM) await copyFile(join(here, "../build", name), join(output, "wasm", name));
  for (const { path, contents } of files) await writeFile(path, contents);
}
