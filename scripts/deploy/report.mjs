// What a person reads of a dry run.
import { bindings } from "./checks.mjs";
import { SECRETS } from "./tables.mjs";

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/** Rows under each other, in columns as wide as their widest cell. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column])).join("  ")}`.trimEnd()).join("\n");
}

export function sizesTable(measured) {
  const rows = measured.map(({ name, raw, gzipped, wasm, budget }) => [name, megabytes(raw), megabytes(gzipped), budget ? `${megabytes(wasm)} of ${megabytes(budget)}` : "none"]);
  return table([["Worker", "uploaded", "gzipped", "wasm, gzipped"], ...rows]);
}

export function bindingsTable(workers) {
  return table(workers.flatMap(({ name, config }) => bindings(config).map((each) => [name, each.name, each.kind, each.to])));
}

/** `given` is a set of names, `there` a set by Worker or nothing where the account wasn't asked. */
export function secretsTable(given, there) {
  return table(SECRETS.flatMap(({ name, workers, required, what }) => workers.map((worker) => {
    const state = given.has(name) ? "given" : there?.[worker].has(name) ? "there" : there ? "absent" : required ? "to be set" : "may be set";
    return [name, worker, required ? "required" : "optional", state, what];
  })));
}
