// `npm run sizes`: how large the release builds of the Workers are, against what they may be.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Stop, main, root } from "./run.mjs";
import { setup } from "./setup.mjs";
import { WORKERS } from "./workers.mjs";

/** Bytes of wasm, gzipped. */
export const BUDGETS = { edge: 1.5e6, background: 1.5e6, compiler: 4e6 };

/** A Worker's wasm as it is built, raw and gzipped, in bytes. */
export function size(name) {
  const wasm = readFileSync(join(root, WORKERS[name].output, "index_bg.wasm"));
  return { raw: wasm.length, gzipped: gzipSync(wasm, { level: 9 }).length };
}

/** The modules of the compiler's JavaScript half, each `{name, raw, gzipped}` in bytes, the largest first. */
export function half() {
  const folder = join(root, "src/compiler/dist");
  const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const sizes = names.map((name) => {
    const code = readFileSync(join(folder, name));
    return { name, raw: code.length, gzipped: gzipSync(code, { level: 9 }).length };
  });
  return sizes.sort((a, b) => b.raw - a.raw);
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    await setup({ profile: "release" });
    const over = [];
    for (const [name, budget] of Object.entries(BUDGETS)) {
      const { raw, gzipped } = size(name);
      console.log(`${name} wasm ${megabytes(raw)}, gzipped ${megabytes(gzipped)} of ${megabytes(budget)}`);
      if (gzipped > budget) over.push(name);
    }
    const modules = half();
    const sum = (what) => modules.reduce((all, module) => all + module[what], 0);
    const entry = modules.find(({ name }) => name === "index.js");
    console.log(`compiler JavaScript ${megabytes(sum("raw"))}, gzipped ${megabytes(sum("gzipped"))}; ${entry.raw} bytes before anything is asked`);
    for (const { name, raw, gzipped } of modules.slice(0, 8)) console.log(`  ${name} ${megabytes(raw)}, gzipped ${megabytes(gzipped)}`);
    if (over.length) throw new Stop(`over budget: ${over.join(", ")}`);
  });
}
