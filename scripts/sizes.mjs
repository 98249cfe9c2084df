// `npm run sizes`: how large the release builds of the Workers are, against what they may be.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Stop, main, root } from "./run.mjs";
import { setup } from "./setup.mjs";
import { WORKERS } from "./workers.mjs";

/** Bytes of wasm, gzipped. */
const BUDGETS = { edge: 1.5e6, compiler: 4e6 };

/** A Worker's wasm as it is built, raw and gzipped, in bytes. */
export function size(name) {
  const wasm = readFileSync(join(root, WORKERS[name].output, "index_bg.wasm"));
  return { raw: wasm.length, gzipped: gzipSync(wasm, { level: 9 }).length };
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
    if (over.length) throw new Stop(`over budget: ${over.join(", ")}`);
  });
}
