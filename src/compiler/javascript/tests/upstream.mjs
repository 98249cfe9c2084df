// Upstream's command lines over a fixture, and the candidates that upstream's scanners find in it.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { Scanner } from "@tailwindcss/oxide";
import { root } from "../../../../scripts/run.mjs";

const require = createRequire(import.meta.url);
const installed = join(root, "node_modules");
const places = [join(import.meta.dirname, "fixtures"), join(root, "worker-tests/fixtures")];
const run = promisify(execFile);

/** Packages that import `tailwindcss`, so that for version 3 they have to stand beside it. */
const BESIDE = ["@tailwindcss/typography", "@tailwindcss/forms", "@tailwindcss/aspect-ratio", "@tailwindcss/container-queries", "tailwindcss-animate"];

/** Fixtures with their sheets: those of this folder, and every app of the end-to-end tests that uses Tailwind. */
export const FIXTURES = {
  ...Object.fromEntries(["v3-shadcn", "v3-prefix", "v3-imports", "v3-daisy", "v4-shadcn", "v4-daisy", "v4-config"].map((name) => [name, { version: Number(name[1]), sheet: "src/index.css" }])),
  shadcn: { version: 3, sheet: "src/index.css" },
  tailwind3: { version: 3, sheet: "src/index.css" },
  tailwind4: { version: 4, sheet: "src/styles/app.css" },
};

/** A copy of a fixture with packages around it as an install of version 3 or 4 would have them. */
export function install(name, version) {
  const folder = mkdtempSync(join(tmpdir(), `overskill-${name}-`));
  cpSync(places.map((place) => join(place, name)).find(existsSync), folder, { recursive: true });
  const packages = join(folder, "node_modules");
  if (version === 4) {
    symlinkSync(installed, packages);
    return folder;
  }
  const names = readdirSync(installed).filter((name) => !name.startsWith("."));
  const all = names.flatMap((name) => (name.startsWith("@") ? readdirSync(join(installed, name)).map((inner) => `${name}/${inner}`) : [name]));
  const copied = { tailwindcss: "tailwindcss-v3", daisyui: "daisyui-v4", ...Object.fromEntries(BESIDE.map((name) => [name, name])) };
  for (const name of all.filter((name) => !Object.hasOwn(copied, name))) {
    mkdirSync(join(packages, name, ".."), { recursive: true });
    symlinkSync(join(installed, name), join(packages, name));
  }
  for (const [name, from] of Object.entries(copied)) cpSync(join(installed, from), join(packages, name), { recursive: true });
  return folder;
}

/** What upstream's command line makes of a sheet. */
export async function upstream(folder, version, sheet) {
  const cli = version === 4 ? join(installed, "@tailwindcss/cli/dist/index.mjs") : join(folder, "node_modules/tailwindcss/lib/cli.js");
  const args = [cli, "-i", sheet, "-o", "out.css", ...(version === 3 ? ["--no-autoprefixer"] : [])];
  await run(process.execPath, args, { cwd: folder, env: { ...process.env, NODE_ENV: "development" } });
  return readFileSync(join(folder, "out.css"), "utf8");
}

/** The files of a folder that are text, by path. */
export function files(folder) {
  const found = {};
  const visit = (place) => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const path = join(place, entry.name);
      if (entry.name === "node_modules" || entry.name === "out.css") continue;
      if (entry.isDirectory()) visit(path);
      else found[relative(folder, path)] = readFileSync(path, "utf8");
    }
  };
  visit(folder);
  return found;
}

/** What upstream's scanners find for a plan. */
export function candidates(folder, version, plan) {
  if (!plan.scan) return [];
  if (version === 4) {
    return new Scanner({ sources: plan.sources.map(({ base, ...source }) => ({ base: join(folder, base), ...source })) }).scan();
  }
  const { createContext } = require("tailwindcss-v3/lib/lib/setupContextUtils.js");
  const { defaultExtractor } = require("tailwindcss-v3/lib/lib/defaultExtractor.js");
  const resolveConfig = require("tailwindcss-v3/resolveConfig.js");
  const context = createContext(resolveConfig({ prefix: plan.prefix, separator: plan.separator, content: [] }));
  const extract = defaultExtractor(context);
  const glob = createRequire(require.resolve("tailwindcss-v3/package.json"))("fast-glob");
  const texts = glob.sync(plan.patterns, { cwd: join(folder, plan.base) }).map((path) => readFileSync(join(folder, plan.base, path), "utf8"));
  const lines = [...texts, ...plan.raw.map(({ text }) => text)].flatMap((text) => text.split("\n"));
  return [...new Set(lines.flatMap((line) => extract(line.trim())).filter((found) => found !== "!*"))];
}

/** A sheet's pieces: white space and the semicolon after the last declaration are the command lines' own. */
export const normal = (css) =>
  css.replace(/\s+/g, " ").replaceAll("*/", "*/ ").replace(/\s+/g, " ").split(/ ?([{}]) ?| ?; ?/).filter(Boolean);
