// What random module graphs log, in which order, and how each import ends must be the same in Node and in the runtime.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { asDefinition, asFile, drive, file, names, scenario, stage } from "./graphs.mjs";
import { page } from "./page.mjs";

const rounds = Number(process.env.ROUNDS ?? 150);

/** By seed. Where V8 itself dies of a graph (a failed check about modules that failed while others await), nothing. */
async function inNode() {
  const script = fileURLToPath(new URL("graphs-in-node.mjs", import.meta.url));
  const logs = [];
  while (logs.length < rounds) {
    const run = promisify(execFile)(process.execPath, ["--unhandled-rejections=none", script, String(logs.length + 1), String(rounds)], { maxBuffer: 1 << 28 });
    const { stdout, stderr, code } = await run.catch((error) => error);
    for (const line of stdout.split("\n").filter(Boolean)) logs.push(JSON.parse(line));
    if (!code && !stderr.includes("Fatal error")) continue;
    assert.match(stderr, /Check failed: module->status/);
    logs.push(undefined);
  }
  return logs;
}

async function inRuntime(modules, seed) {
  const { define, require } = page();
  const on = stage(seed);
  const list = new Function("log", "look", "gate", "later", "names", `return [${modules.map((module) => asDefinition(module, modules)).join(",\n")}]`)(on.log, on.look, on.gate, on.later, names);
  let importModule;
  const driver = function* (os) {
    yield;
    importModule = (number) => os.import(`/m${number}`);
  };
  define([...list, ["/driver", { k: "esm", n: 1 }, driver]]);
  require("/driver");
  await drive(modules, importModule, on);
  on.stop();
  return on.lines;
}

test(`${rounds} random graphs run as in Node`, { timeout: 300_000 }, async (context) => {
  const logs = await inNode();
  const skipped = logs.filter((wanted) => !wanted).length;
  context.diagnostic(`V8 died of ${skipped} graphs`);
  assert.ok(skipped < rounds / 20);
  const different = [];
  for (const [index, wanted] of logs.entries()) {
    if (!wanted) continue;
    const modules = scenario(index + 1);
    const got = await inRuntime(modules, index + 1);
    if (got.join("\n") !== wanted.join("\n")) different.push({ seed: index + 1, modules, got, wanted });
  }
  const [first] = different.sort((one, other) => one.modules.length - other.modules.length);
  if (!first) return;
  const source = first.modules.map((module) => `// ${file(module)}\n${asFile(module, first.modules)}`).join("\n\n");
  assert.deepEqual(first.got, first.wanted, `seeds ${different.map(({ seed }) => seed)}; the smallest, ${first.seed}:\n${source}\n\nruntime:\n${first.got.join("\n")}\n\nNode:\n${first.wanted.join("\n")}`);
});
