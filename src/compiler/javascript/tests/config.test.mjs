// Configurations read as data: what Node would make of them, and bounded ends for those that are no data.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Reader } from "../config/reader.mjs";
import { answer as postcss } from "../postcss.mjs";
import { erased } from "./half.mjs";

const MODULES = {
  "tailwindcss/defaultTheme": { default: Object.freeze({ fontFamily: Object.freeze({ sans: Object.freeze(["ui-sans-serif", "system-ui"]) }) }) },
};

/** A configuration's value and what is told of it. */
async function read(files, path = Object.keys(files)[0]) {
  const all = new Map(Object.entries(files).map(([name, text]) => [`/${name}`, text]));
  const reader = new Reader({ files: all, builtins: async (name) => MODULES[name], erase: async (path, text) => (await erased(path, { text })).text });
  return { value: await reader.read(`/${path}`), diagnostics: reader.diagnostics };
}

test("expressions have the values that JavaScript gives them", async () => {
  for (const expression of [
    "1 + 2 * 3 - 4 / 8 % 5 ** 2", "'a' + 1 + null + undefined + [1, [2, 3]] + {}", "`a${1 + 1}b${[1, 2]}`", "[1, ...[2, 3], ...'ab']",
    "{ a: 1, ['b' + 2]: 3, ...{ c: 4 }, 'd-e': 5, 6: 7 }", "(() => { const { a, b: { c = 2 } = {}, ...rest } = { a: 1, d: 4 }; return [a, c, rest] })()",
    "[3, 1, 2].sort().map((x, i) => x * i).filter(Boolean).reduce((a, b) => a + b, 0)", "Object.entries({ a: 1, b: 2 }).map(([k, v]) => k + v).join('|')",
    "Object.fromEntries(Object.keys({ x: 1, y: 2 }).map((k) => [k.toUpperCase(), k.repeat(2)]))", "'a-b-c'.split('-').reverse().join('_')",
    "'x1y22'.replace(/\\d+/g, (m) => `<${m}>`)", "'abc'.replace('b', '$&$&')", "[1, [2, [3]]].flat(Infinity)", "null ?? undefined?.a.b.c ?? 'd'",
    "typeof undefined + typeof null + typeof (() => 1) + typeof 'a'", "Math.max(1, ...[5, 3]) + Math.round(2.5)", "JSON.parse(JSON.stringify({ a: [1, null, 'x'] }))",
    "(() => { let s = 0; for (let i = 0; i < 5; i++) { if (i === 3) continue; s += i } for (const x of [1, 2]) s += x; for (const k in { a: 1 }) s += k; return s })()",
    "(() => { switch (2) { case 1: return 'a'; case 2: case 3: return 'b'; default: return 'c' } })()", "(() => { try { null.x } catch (e) { return 'caught' } finally { 1 } })()",
    "Array.from({ length: 3 }, (_, i) => i * 2)", "[...new Set([1, 1, 2])].concat(3, [4])", "[...new Map([['a', 1]])]", "'5px'.slice(0, -2) * 2", "!!'' || !0 && 'yes'",
    "(function f(n) { return n < 2 ? 1 : n * f(n - 1) })(6)", "Object.assign({}, { a: 1 }, null, { b: 2 })", "'abc'.padStart(5, '*').padEnd(7, '-')", "parseFloat('1.5rem') + parseInt('ff', 16)",
    "(1.005).toFixed(2)", "[1, 2, 3].includes(2) ? { ok: true } : 0", "'a,b'.match(/(\\w),(\\w)/).slice(1)", "((a, b = a + 1, ...c) => [a, b, c])(1, undefined, 3, 4)", "({ a() { return this.b }, b: 7 }).a()",
    "(() => { const o = { n: 1 }; o.n += 2; o['m'] = o.n++; delete o.x; return o })()", "[undefined, null, NaN].map(String)", "'a' in { a: 1 }", "void 0", "(1, 2)", "[..._('b')]".replace("_", "((x) => x)"),
  ]) {
    const { value, diagnostics } = await read({ "a.js": `module.exports = { value: ${expression} }` });
    assert.deepEqual(diagnostics, [], expression);
    const expected = JSON.stringify({ value: runInNewContext(`(${expression})`) });
    assert.equal(JSON.stringify(value), expected, expression);
  }
});

test("files import each other in both ways", async () => {
  const files = {
    "tailwind.config.ts": 'import type { X } from "y"; import a, { b as c } from "./a"; import * as all from "./a.js"; const d = require("./lib/d"); import j from "./j.json"; import { fontFamily } from "tailwindcss/defaultTheme"; export default { a, c, d, names: Object.keys(all).sort(), j, sans: fontFamily.sans } satisfies X;',
    "a.ts": "export default 1; export const b: number = 2;",
    "lib/d/index.cjs": "exports.up = require('../../up.mjs'); exports.here = __dirname;",
    "up.mjs": "export { b } from './a.ts'; export default 'up';",
    "j.json": '{"k": [1]}',
  };
  const { value, diagnostics } = await read(files);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(value, { a: 1, c: 2, d: { up: "up", here: "/lib/d" }, names: ["b", "default"], j: { k: [1] }, sans: ["ui-sans-serif", "system-ui"] });
});

test("what isn't known is named and left out", async () => {
  const text = 'import { withUt } from "some/kit";\nexport default withUt({ plugins: [require("what-ever")], a: process.env.X ?? "b", c: other.thing(1), d: 5 });';
  const { value, diagnostics } = await read({ "a.js": text });
  assert.deepEqual(value, { plugins: [], a: "b", d: 5 });
  assert.deepEqual(diagnostics.map(({ severity, line }) => [severity, line]), [["info", 2], ["info", 2], ["info", 2]]);
  for (const name of ["what-ever", "other.thing(…)", "some/kit"]) assert.ok(diagnostics.some(({ message }) => message.includes(name)), name);
});

test("hostile configurations end in a diagnostic", async () => {
  const cases = {
    "config-too-complex": [
      "while (true) {}", "for (;;) try { for (;;); } catch {}", "const f = () => f(); f()", "let s = 'x'; for (;;) s += s", "'a'.repeat(1e9)", "[].concat(...Array(1e9))",
      "Array.from({ length: 1e12 })", "x = " + "[".repeat(30_000), "const a = [1]; for (const x of a) a.push(x)", "const a = []; a[0] = a; `${a}`", "const a = [1]; for (;;) a.push(...a)",
      "const o = {}; for (let i = 0; ; i++) o['k' + i] = i", "let s = 'ab'.padEnd(1 << 20); const p = []; for (;;) p.push(s + p.length)", "'x'.replaceAll('', 'y'.repeat(1 << 19)).replaceAll('y', 'y'.repeat(1 << 19))",
      "Object.fromEntries([['x'.repeat(1e5), 1]])", "const a = {}; a.b = [a]; module.exports = a", "let a = []; for (let i = 0; i < 90; i++) a = [a, a]; module.exports = a",
    ],
    "config-refused": [
      "({}).constructor.constructor('return 1')()", "[]['constr' + 'uctor']", "'x'.concat.constructor", "module.exports = { ['__pro' + 'to__']: { x: 1 } }", "JSON.parse('{\"__proto__\": {\"x\": 1}}')",
      "Object.fromEntries([['__proto__', {}]])", "({}).__proto__.x = 1", "Object.assign(require('tailwindcss/defaultTheme'), { x: 1 })", "require('tailwindcss/defaultTheme').fontFamily.sans.push('x')", "require('tailwindcss/defaultTheme').x = 1",
      "const { constructor: c } = () => 1", "new (class {})().x || ({}).prototype", "[].length = 5; [].x = 1", "Math.max = 1", "Object.keys.prototype",
    ],
    "config-regexp-refused": ["/(a+)+$/", "/(a|aa)*b/", "/(.*)*x/.test('y')", "new RegExp('(x+x+)+y')", "'x'.match('(a*)*b')", "/(?:a{1,}){2,}/"],
    "config-syntax": ["module.exports = {", "let let = 1"],
    "config-error": ["null.x", "nothing.call() || undefined()", "throw new Error('no')", "require('./missing')", "const a = 1; a = 2", "process.exit(1)"],
  };
  for (const [code, texts] of Object.entries(cases)) {
    for (const text of texts) {
      const { diagnostics } = await read({ "a.js": text });
      const found = diagnostics.find(({ severity }) => severity === "error");
      assert.equal(found?.code, code, `${text.slice(0, 80)}: ${JSON.stringify(diagnostics)}`);
      assert.equal(typeof found.line, "number", text.slice(0, 80));
    }
  }
  assert.equal({}.x, undefined);
});

test("PostCSS's plugins are listed in every form", async () => {
  const nothing = async () => ({});
  for (const [path, text] of Object.entries({
    "postcss.config.js": "export default { plugins: { 'tailwindcss/nesting': {}, tailwindcss: { config: './x.config.js' }, autoprefixer: {}, cssnano: false, 'postcss-pxtorem': { rootValue: 16 } } }",
    "postcss.config.cjs": "module.exports = (ctx) => ({ map: ctx.options.map, plugins: [require('tailwindcss/nesting'), require('tailwindcss')('./x.config.js'), require('autoprefixer')(), require('postcss-pxtorem')({})] })",
    "postcss.config.mjs": "import nesting from 'tailwindcss/nesting'; import tailwind from 'tailwindcss'; import a from 'autoprefixer'; export default { plugins: [nesting, tailwind({ config: './x.config.js' }), a, 'postcss-pxtorem'] }",
    ".postcssrc": '{"plugins": {"tailwindcss/nesting": {}, "tailwindcss": {"config": "x.config.js"}, "autoprefixer": {}, "postcss-pxtorem": {}}}',
    "package.json": '{"postcss": {"plugins": {"tailwindcss/nesting": {}, "tailwindcss": {"config": "./x.config.js"}, "autoprefixer": {}, "postcss-pxtorem": {}}}}',
  })) {
    const { plugins, diagnostics } = await postcss({ path, files: { [path]: text } }, nothing);
    assert.deepEqual(plugins.map(({ name }) => name), ["tailwindcss/nesting", "tailwindcss", "autoprefixer"], path);
    assert.equal(plugins[1].config, "x.config.js", path);
    assert.deepEqual(diagnostics.map(({ code, severity, path }) => [code, severity, path]), [["postcss-plugin-ignored", "info", path]]);
    assert.match(diagnostics[0].message, /postcss-pxtorem/);
  }
});
