// The Workers as they would be uploaded: bundled by wrangler, measured, and what they export.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root, run } from "../run.mjs";
import { BUDGETS } from "../sizes.mjs";

/** Files in a folder, at any depth, by path. */
function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Bundles one Worker without uploading it. */
export async function bundle({ name, file, config }, folder) {
  const out = join(folder, name);
  await run("wrangler", ["deploy", "-c", file, "--dry-run", "--outdir", out, ...(config.no_bundle ? [] : ["--metafile"])]);
  const all = files(out);
  const uploaded = all.filter((path) => /\.(m?js|wasm)$/.test(path)).map((path) => ({ path, bytes: readFileSync(path) }));
  const sum = (list, measure) => list.reduce((total, { bytes }) => total + measure(bytes), 0);
  const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
  const meta = all.find((path) => path.endsWith("bundle-meta.json"));
  const outputs = meta ? Object.values(JSON.parse(readFileSync(meta, "utf8")).outputs) : [];
  return {
    name,
    raw: sum(uploaded, (bytes) => bytes.length),
    gzipped: sum(uploaded, gzipped),
    wasm: sum(uploaded.filter(({ path }) => path.endsWith(".wasm")), gzipped),
    budget: BUDGETS[name] ?? 0,
    exported: outputs.flatMap((output) => output.exports ?? []),
  };
}

/** What the Rust of each Worker says, for what it reads of its environment. */
export function sources() {
  const text = (folder) => files(join(root, folder)).filter((path) => path.endsWith(".rs")).map((path) => readFileSync(path, "utf8"));
  return {
    compiler: text("src/compiler"),
    background: [...text("src/background"), ...text("src/platform")],
    edge: [...text("src/edge"), ...text("src/platform")],
    published: [],
  };
}

/** The hash of each of D1's migrations. */
export function migrations() {
  const folder = join(root, "migrations");
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return Object.fromEntries(names.map((name) => [name, createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")]));
}
