// Tailwind against upstream's command lines: the same fixture, the same CSS.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask } from "./half.mjs";
import { candidates, files, install, normal, upstream } from "./upstream.mjs";

const FIXTURES = ["v3-shadcn", "v3-prefix", "v3-imports", "v3-daisy", "v4-shadcn", "v4-daisy", "v4-config"];
const CONFIGS = ["tailwind.config.ts", "tailwind.config.js", "tailwind.config.cjs"];

function question(folder, version) {
  const config = version === 3 ? CONFIGS.find((name) => existsSync(join(folder, name))) : undefined;
  return { version, path: "src/index.css", files: files(folder), config };
}

for (const name of FIXTURES) {
  test(`${name} gives what upstream gives`, async () => {
    const version = Number(name[1]);
    const folder = install(name, version);
    const asked = question(folder, version);
    const { plan, diagnostics } = await ask(asked);
    assert.deepEqual(diagnostics, []);
    const answer = await ask({ ...asked, candidates: candidates(folder, version, plan) });
    assert.deepEqual(answer.diagnostics, []);
    assert.deepEqual(normal(answer.css), normal(await upstream(folder, version, "src/index.css")));
  });
}
