// Builds what ships to browsers: `runtime/` becomes `dist/runtime.js`; that with `hot/` and `live/` becomes
// `dist/live.js`. Same sources, same bytes.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** The bytes of a script. Hot updates, React's refresh runtime among them, are for development. */
async function bundle(entry, live, globalName) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    ...(globalName && { globalName }),
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    sourcemap: false,
    define: { LIVE: String(live), "process.env.NODE_ENV": '"development"' },
    tsconfig: join(here, "tsconfig.json"),
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/** The script that sets `globalThis.__overskill__`, for workers and deployments. */
export const runtime = () => bundle("runtime/index.ts", false);

/** What keeps devtools from showing a script as the place where something was called. */
const IGNORED = { version: 3, sources: ["overskill-preview"], names: [], mappings: "AAAA", ignoreList: [0] };

/** The same for a page that is updated while it runs. */
export async function live() {
  const map = Buffer.from(JSON.stringify(IGNORED)).toString("base64");
  return `${await bundle("live.ts", true)}//# sourceMappingURL=data:application/json;base64,${map}\n`;
}

/** Runtime and hot updates alone, as a variable `hot`: for tests. */
export const hot = () => bundle("hot/index.ts", true, "hot");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(join(here, "dist"), { recursive: true });
  await writeFile(join(here, "dist/runtime.js"), await runtime());
  await writeFile(join(here, "dist/live.js"), await live());
}
