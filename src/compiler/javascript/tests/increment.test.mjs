// What a sheet expands to depends on the question alone, not on what was asked before.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask } from "./half.mjs";
import { candidates, files, install } from "./upstream.mjs";

/** Classes of either version, some of which order each other, share rules or are nothing. */
const CLASSES = [
  "flex", "p-4", "md:p-4", "hover:p-4", "[&>b]:p-1", "[&_i]:p-1", "[color:red]", "[margin:1px]", "group-hover:flex", "data-[a=b]:flex", "data-[a=c]:flex",
  "supports-[gap:1px]:grid", "min-[712px]:flex", "min-[412px]:flex", "max-[500px]:flex", "btn", "sm:btn", "prose", "lg:prose-xl", "animate-spin", "animate-in",
  "fade-in-50", "text-red-500/50", "space-y-2", "rotate-3", "no-such", "[broken", "-mt-2", "!p-2", "aria-[x]:m-1", "before:content-['x']", "peer-checked:flex",
  "bg-linear-to-r", "from-red-500", "shadow", "ring-2", "dark:flex", "container", "sr-only", "line-clamp-3", "w-[calc(100%-1rem)]", "hocus:flex", "tab-4",
];

/** Numbers that look random and are the same each time. */
function* numbers(seed) {
  for (let state = seed; ; ) yield (state = (state * 48271) % 2147483647) / 2147483647;
}

for (const name of ["v3-shadcn", "v3-daisy", "v4-shadcn", "v4-config"]) {
  test(`${name} is the same whatever was asked before`, async () => {
    const version = Number(name[1]);
    const folder = install(name, version);
    const config = version === 3 ? ["tailwind.config.ts", "tailwind.config.js"].find((file) => existsSync(join(folder, file))) : undefined;
    const asked = { version, path: "src/index.css", files: files(folder), config };
    const { plan } = await ask(asked);
    const own = candidates(folder, version, plan);
    const random = numbers(7);
    for (let round = 0; round < 5; round++) {
      const set = [...own, ...CLASSES.filter(() => random.next().value < 0.6)].filter(() => random.next().value < 0.9);
      const [warm] = [await ask({ ...asked, candidates: set })];
      // Another name of the sheet's question: nothing is known of it.
      const fresh = await ask({ ...asked, files: { ...asked.files, [`unused-${round}.txt`]: "" }, candidates: [...set].reverse() });
      assert.deepEqual(warm.diagnostics, []);
      assert.equal(warm.css, fresh.css);
    }
    // A superset of the last.
    const more = await ask({ ...asked, candidates: [...own, ...CLASSES] });
    const fresh = await ask({ ...asked, files: { ...asked.files, "unused.txt": "" }, candidates: [...own, ...CLASSES] });
    assert.equal(more.css, fresh.css);
  });
}

for (const name of ["v3-shadcn", "v3-daisy", "v4-shadcn", "v4-config"]) {
  test(`${name} is the same without the candidates that don't matter`, async () => {
    const version = Number(name[1]);
    const folder = install(name, version);
    const config = version === 3 ? ["tailwind.config.ts", "tailwind.config.js"].find((file) => existsSync(join(folder, file))) : undefined;
    const asked = { version, path: "src/index.css", files: files(folder), config };
    const { plan } = await ask(asked);
    const own = candidates(folder, version, plan);
    const words = Array.from({ length: 50 }, (_, at) => `word-${at}`);
    const random = numbers(11);
    const judged = new Map();
    let shown = "";
    for (let round = 0; round < 8; round++) {
      const set = [...own, ...CLASSES, ...words, "--color-red-500"].filter(() => random.next().value < (round === 3 ? 0.6 : 0.97));
      const judge = set.filter((each) => !judged.has(each));
      const mattering = set.filter((each) => judged.get(each) !== false);
      const before = set.filter((each) => judged.get(each));
      const answer = await ask({ ...asked, candidates: mattering, judge, onlyIfUsed: shown === before.join(" ") });
      for (const each of judge) judged.set(each, answer.used.includes(each));
      assert.ok(judge.filter((each) => words.includes(each)).every((each) => !judged.get(each)));
      const fresh = await ask({ ...asked, files: { ...asked.files, [`other-${round}.txt`]: "" }, candidates: set });
      if (answer.css === null) assert.deepEqual(answer.used, []);
      else assert.equal(answer.css, fresh.css);
      const used = set.filter((each) => judged.get(each));
      const least = await ask({ ...asked, files: { ...asked.files, [`least-${round}.txt`]: "" }, candidates: used });
      assert.equal(least.css, fresh.css);
      shown = used.join(" ");
      // A word more is nothing to write the sheet again for.
      const more = await ask({ ...asked, candidates: [...used, `more-${round}`], judge: [`more-${round}`], onlyIfUsed: true });
      assert.deepEqual([more.css, more.used], [null, []]);
      const one = await ask({ ...asked, candidates: [...used, `pt-[${round}.25px]`], judge: [`pt-[${round}.25px]`], onlyIfUsed: true });
      assert.deepEqual(one.used, [`pt-[${round}.25px]`]);
      assert.ok(one.css.includes(`pt-\\[${round}\\.25px\\]`));
    }
  });
}

test("two questions at once don't disturb each other", async () => {
  const asked = { version: 3, path: "a.css", files: { "a.css": "@tailwind utilities; .x { @apply p-1 }" } };
  const [a, b] = await Promise.all([ask({ ...asked, candidates: ["flex"] }), ask({ ...asked, candidates: ["grid"] })]);
  assert.match(a.css, /\.flex/);
  assert.doesNotMatch(a.css, /\.grid/);
  assert.match(b.css, /\.grid/);
  assert.doesNotMatch(b.css, /\.flex/);
});

test("apps don't change what others get", async () => {
  const files = { "a.css": "@tailwind utilities;", "c.js": "const colors = require('tailwindcss/colors'); module.exports = { theme: { colors }, plugins: [({ theme }) => { theme('colors.red')['500'] = 'x' }] }" };
  const hostile = await ask({ version: 3, path: "a.css", files, config: "c.js", candidates: ["text-red-500"] });
  assert.equal(hostile.diagnostics[0].code, "config-refused");
  const plain = await ask({ version: 3, path: "b.css", files: { "b.css": "@tailwind utilities;" }, candidates: ["text-red-500"] });
  assert.match(plain.css, /rgb\(239 68 68/);
});

test("a package's sheet stays an import, ahead of everything", async () => {
  const text = '@import "tailwindcss/utilities" layer(utilities);\n@import "pkg/x.css";\n@import "pkg/y.css" layer(z) screen;\n.a { color: red }';
  const { css } = await ask({ version: 4, path: "a.css", files: { "a.css": text }, candidates: ["flex"] });
  assert.match(css, /^@import "pkg\/x.css";\n@import "pkg\/y.css" layer\(z\) screen;\n/);
  assert.equal(css.match(/@import/g).length, 2);
});
