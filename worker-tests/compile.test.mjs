// The compiler Worker inside workerd: hostile sources become diagnostics, and the next compile works.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => {
  server = await Server.start();
  await uploaded(server, "hostile", { "index.html": '<!doctype html><script type="module" src="/src/main.tsx"></script>', "src/main.tsx": "import './x'", "src/x.tsx": "1" });
});
after(() => server.stop());

/** JSX that asks for no package. */
const CLASSIC = "/** @jsxRuntime classic @jsx f */ ";
const nested = (open, middle, close, levels) => open.repeat(levels) + middle + close.repeat(levels);

/** What nests, by kind; each is tried as deep as people write, and far deeper. */
const shapes = {
  "arrays": (n) => `export default ${nested("[", "1", "]", n)}`,
  "objects": (n) => `export default ${nested("{a:", "1", "}", n)}`,
  "parentheses": (n) => `export default ${nested("(", "1", ")", n)}`,
  "blocks": (n) => nested("{", "1;", "}", n),
  "functions": (n) => `export default ${nested("()=>{return ", "1", "}", n)}`,
  "JSX": (n) => `${CLASSIC}export default ${nested("<a>", "x", "</a>", n)}`,
  "JSX attributes": (n) => `${CLASSIC}export default ${nested("<a b={", "1", "}/>", n)}`,
  "templates": (n) => `export default ${nested("`${", "1", "}`", n)}`,
  "calls": (n) => `export default f${nested("(f", "", ")", n)}`,
  "members": (n) => `export default a${".b".repeat(n)}`,
  "sums": (n) => `export default 1${"+1".repeat(n)}`,
  "conditions": (n) => `export default ${"a?b:".repeat(n)}1`,
  "else-ifs": (n) => `${"if(a){}else ".repeat(n)}{}`,
  "negations": (n) => `export default ${"!".repeat(n)}1`,
  "types": (n) => `export type T = ${nested("Array<", "1", ">", n)}`,
  "conditional types": (n) => `export type T = ${"A extends B ? C : ".repeat(n)}D`,
  "classes": (n) => nested("class A{static{", "", "}}", n),
  "destructuring": (n) => `const ${nested("{a:", "b", "}", n)} = c`,
  "awaits": (n) => `${"await ".repeat(n)}1`,
  "labels": (n) => `${Array.from({ length: n }, (_, at) => `l${at}:`).join("")};`,
};

for (const [kind, shape] of Object.entries(shapes)) {
  test(`${kind} nested to any depth`, async () => {
    for (const levels of [30, 300, 1_500, 20_000, 300_000]) {
      const answer = await server.call("PUT", "/v1/apps/hostile/files/src/x.tsx", { body: shape(levels) });
      assert.equal(answer.status, 200, `${levels}: ${answer.bytes}`);
      const { status, diagnostics } = answer.json;
      const codes = diagnostics.map(({ code }) => code);
      assert.ok(!codes.includes("compiler-crashed"), `${kind} ${levels}: the compiler was taken down`);
      if (levels === 30) assert.equal(status, "ready", `${kind}: ${JSON.stringify(diagnostics)}`);
      assert.ok(status === "ready" || diagnostics.some(({ path }) => path === "src/x.tsx"), `${kind} ${levels}`);
    }
    const good = await server.call("PUT", "/v1/apps/hostile/files/src/x.tsx", { body: `export default ${JSON.stringify(kind)}` });
    assert.equal(good.json.status, "ready");
  });
}

test("large, odd and broken sources", async () => {
  for (const [body, status] of [
    ["", "ready"],
    ["\u0000", "failed"],
    ["#!/usr/bin/env node\nexport default 1", "ready"],
    ["\uFEFFexport default 1", "ready"],
    [Buffer.from([0xff, 0xfe, 0x61, 0x00]), "failed"],
    [`export default ${JSON.stringify("x".repeat(2_000_000))}`, "ready"],
    [`/*${"x".repeat(9_000_000)}*/`, undefined],
    [Array.from({ length: 20_000 }, (_, at) => `export const a${at} = ${at};`).join("\n"), "ready"],
    ["<".repeat(100_000), "failed"],
    ["/".repeat(100_000), undefined],
    ["`".repeat(99_999), "failed"],
    ["export default <div>{</div>}", "failed"],
    ["import x from './x'; export default x", "ready"],
    ["export * from './x'", "ready"],
    ["import { nope } from './x'", undefined],
    ["export { default as y, default as y } from './main'", "failed"],
  ]) {
    const answer = await server.call("PUT", "/v1/apps/hostile/files/src/x.tsx", { body });
    const shown = String(body).slice(0, 60);
    assert.equal(answer.status, 200, shown);
    if (status) assert.equal(answer.json.status, status, `${shown} ${JSON.stringify(answer.json.diagnostics)}`);
    assert.ok(!answer.json.diagnostics.some(({ code }) => code === "compiler-crashed"), shown);
  }
});

test("several mistakes in one file are told with place, frame and hint, for people and for prompts", async () => {
  const body = "const ü = 1\nlet a = ;\nfunction f( { return 1 }\nexport default <p>x</q>\n";
  const { json } = await server.call("PUT", "/v1/apps/hostile/files/src/x.tsx", { body });
  assert.equal(json.status, "failed");
  const [first] = json.diagnostics;
  assert.deepEqual([first.path, first.line, first.column, first.severity], ["src/x.tsx", 2, 9, "error"]);
  assert.match(first.frame, /> 2 \| let a = ;\n {4}\| {9}\^/);
  const markdown = await server.call("GET", "/v1/apps/hostile/diagnostics", { headers: { accept: "text/markdown" } });
  const text = markdown.bytes.toString();
  assert.match(text, /## src\/x\.tsx:2:9 error `/);
  assert.ok(text.length < 4_000, "compact");
});
