// Builds what ships to browsers: `runtime/` becomes `dist/runtime.js`. Same sources, same bytes.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** The script that sets `globalThis.__overskill__`. */
export async function runtime() {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: ["runtime/index.ts"],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    sourcemap: false,
    tsconfig: join(here, "tsconfig.json"),
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(join(here, "dist"), { recursive: true });
  await writeFile(join(here, "dist/runtime.js"), await runtime());
}
