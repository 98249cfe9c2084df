// Tailwind against upstream's command lines: the same fixture, the same CSS.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask } from "./half.mjs";
import { FIXTURES, candidates, files, install, normal, upstream } from "./upstream.mjs";

const CONFIGS = ["tailwind.config.ts", "tailwind.config.js", "tailwind.config.cjs"];

function question(folder, version, path) {
  const config = version === 3 ? CONFIGS.find((name) => existsSync(join(folder, name))) : undefined;
  return { version, path, files: files(folder), config };
}

for (const [name, { version, sheet }] of Object.entries(FIXTURES)) {
  test(`${name} gives what upstream gives`, async () => {
    const folder = install(name, version);
    const asked = question(folder, version, sheet);
    const { plan, diagnostics } = await ask(asked);
    assert.deepEqual(diagnostics, []);
    const answer = await ask({ ...asked, candidates: candidates(folder, version, plan) });
    assert.deepEqual(answer.diagnostics, []);
    assert.deepEqual(normal(answer.css), normal(await upstream(folder, version, sheet)));
  });
}
