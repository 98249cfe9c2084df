// What modules are to each other, held against Vite: the same files run under both, and say the same.
import { differential } from "../support/differential.mjs";

/** CommonJS and hybrid packages, as npm has them. */
const packages = {
  plain: { "index.js": "exports.named = 1; exports.other = function () { return this === undefined || this === exports ? 'free' : 'bound' }" },
  callable: { "index.js": "module.exports = function callable() { return 'called' }; module.exports.extra = 2" },
  transpiled: { "index.js": "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'the default'; exports.named = 'the name'" },
  undefaulted: { "index.js": "Object.defineProperty(exports, '__esModule', { value: true }); exports.named = 'only this'" },
  chained: { "index.js": "module.exports = process.env.NODE_ENV === 'production' ? require('./p') : require('./d')", "p.js": "module.exports = { mode: 'production' }", "d.js": "exports.mode = 'development'; exports.late = () => require('plain').named" },
  circular: { "index.js": "exports.early = 1; const b = require('./b'); exports.seen = b.seen; exports.late = 2", "b.js": "const a = require('./index'); exports.seen = Object.keys(a).join()" },
  hybrid: {
    "package.json": { type: "module", exports: { ".": { browser: "./browser.js", default: "./node.js" }, "./deep/*": "./src/*.js" } },
    "browser.js": "export default 'browser'; export * from './src/one.js'; export * as two from './src/two.js'; import plain from 'plain'; export const viaPlain = plain.named",
    "node.js": "export default 'node'", "src/one.js": "export const one = 1", "src/two.js": "export const two = 2; export default 'dd'",
  },
  mapped: { "package.json": { main: "./main.js", module: "./module.js", browser: { "./file.js": "./file-browser.js", unwanted: false } }, "main.js": "exports.from = 'main'", "module.js": "import file from './file'; import * as nothing from 'unwanted'; export { file }; export const from = 'module', keys = Object.keys(nothing).join()", "file.js": "export default 'file'", "file-browser.js": "export default 'file for browsers'" },
};

/** Each app's `say` is what it found out; it ends with `done()`. */
const apps = {
  "live bindings": {
    "main.ts": "import { count, increase, total as sum } from './counter'; say(count); increase(); say(count, sum()); import * as all from './counter'; increase(); say(all.count, count); done()",
    "counter.ts": "export let count = 0; export function increase() { count++ } function total() { return count * 10 } export { total }; export default class { static x = count }",
  },
  "cycles": {
    "main.ts": "import { a } from './a'; import { odd } from './odd'; say(a, odd(7)); done()",
    "a.ts": "import { b, hoisted } from './b'; say('a', hoisted()); export const a = 'a' + b; export function early() { return 'early' }",
    "b.ts": "import { a, early } from './a'; say('b', early()); try { say(a) } catch (error) { say(error.name) } export const b = 'b'; export function hoisted() { return 'hoisted' }",
    "odd.ts": "import { even } from './even'; export const odd = (n: number): boolean => n !== 0 && even(n - 1)",
    "even.ts": "import { odd } from './odd'; export const even = (n: number): boolean => n === 0 || odd(n - 1)",
  },
  "re-exports and namespaces": {
    "main.ts": "import * as ns from './barrel'; import fallback, { renamed, inner } from './barrel'; say(Object.keys(ns).join(), fallback, renamed, Object.keys(inner).join(), ns.inner === inner, Object.prototype.toString.call(ns), Object.isSealed(ns), 'y' in ns, ns.nope); try { (ns as any).x = 1 } catch (error) { say(error.name) } for (const key in ns) say(key); done()",
    "barrel.ts": "export * from './one'; export * from './two'; export { x as renamed, default } from './one'; export * as inner from './two'; export const own = 1",
    "one.ts": "export const x = 'x', own = 'hidden'; export default 'one'",
    "two.ts": "export const y = 'y'; export default 'two'; export type T = string",
  },
  "order, and dynamic import": {
    "main.ts": "import './first'; say('main'); import { second } from './second'; say(second); const lazy = await import('./lazy'); say(Object.keys(lazy).join(), lazy.default, (await import('./lazy')) === lazy); const name = './lazy'; say(typeof import('./lazy').then); try { await import('./throws') } catch (error) { say(error.message) } try { await import('./throws') } catch (error) { say('again ' + error.message) } done()",
    "first.ts": "say('first')", "second.ts": "import './first'; say('second'); export const second = 2",
    "lazy.ts": "say('lazy'); import './second'; export default 'lazy default'; export const x = 1",
    "throws.ts": "say('throws'); throw new Error('on purpose'); export {}",
  },
  "top-level await": {
    "main.ts": "import { slow } from './slow'; import { other } from './other'; say('main', slow, other); done()",
    "slow.ts": "say('slow starts'); export const slow = await new Promise((done) => setTimeout(() => done('slow'), 20)); say('slow ends')",
    "other.ts": "say('other'); import { mid } from './mid'; export const other = mid + '!'",
    "mid.ts": "say('mid starts'); await null; say('mid ends'); export const mid = 'mid'",
  },
  "import.meta": {
    "main.ts": "import { path } from './deep/where'; const { MODE, DEV, PROD, BASE_URL, SSR, VITE_SHOWN, SECRET } = import.meta.env as any; say(new URL(import.meta.url).pathname, path, MODE, DEV, PROD, BASE_URL, SSR, VITE_SHOWN, SECRET, import.meta.env.VITE_SHOWN, typeof import.meta.env.NOPE); done()",
    "deep/where.ts": "export const path = new URL(import.meta.url).pathname",
  },
  "TypeScript and classes": {
    "main.ts": "import { Colour, type Shape, area } from './types'; enum E { A, B = 'b' as any, C = 1 << 3 } const enum K { X = 5 } namespace N { export const v = 1; export namespace M { export let w = v + 1 } } class P { constructor(private readonly x = 1, public y?: string) {} static #count = 0; static { P.#count = 3 } get count() { return P.#count } declare z: number; q = this.x } const s = { kind: 'sq', side: 2 } satisfies Shape; say(Colour.Red, Colour[1], E.A, E.C, K.X, N.v, N.M.w, new P().count, Object.keys(new P(2, 'y')).join(), area(s)); say([1, , 3].length, 2 ** 10, null ?? 'n', (void 0)?.x, 1_000, `a${1}`); label: for (const a of [1, 2]) { for (;;) { say(a); continue label } } done()",
    "types.ts": "export enum Colour { Red, Green } export interface Shape { kind: string; side: number } export const area = <T extends Shape>(shape: T): number => shape.side! ** 2; export type { Shape as S }",
  },
  "CommonJS packages": {
    "main.ts": "import plain, { named } from 'plain'; import * as plainAll from 'plain'; import callable, { extra } from 'callable'; import transpiled, { named as t } from 'transpiled'; import * as transpiledAll from 'transpiled'; import undefaulted, { named as u } from 'undefaulted'; import { mode, late } from 'chained'; import circular from 'circular'; say(plain.named, named, plainAll.named, plain.other(), callable(), extra, transpiled, t, transpiledAll.default, transpiledAll.named, undefaulted.named, u, mode, late(), JSON.stringify(circular)); const lazily = await import('transpiled'); say(lazily.default.default ?? lazily.default, typeof lazily.named); done()",
  },
  "CommonJS packages in an app that is not of type module": {
    "package.json": "{}",
    "main.ts": "import transpiled, { named as t } from 'transpiled'; import * as all from 'transpiled'; import undefaulted from 'undefaulted'; import callable from 'callable'; say(transpiled, t, all.default, undefaulted, callable()); done()",
  },
  "hybrid packages": {
    "main.ts": "import hybrid, { one, two, viaPlain } from 'hybrid'; import dd from 'hybrid/deep/two'; import { from, file, keys } from 'mapped'; say(hybrid, one, two.two, two.default, viaPlain, dd, from, file, keys); done()",
  },
  "JSON and assets": {
    "main.ts": "import data, { name } from './data.json'; import * as all from './data.json'; import raw from './text.txt?raw'; import css from './a.css?inline'; say(data.list.length, name, all.default === data, raw, css.includes('color'), new URL('./text.txt', import.meta.url).pathname.endsWith('text.txt')); done()",
    "data.json": '{"name": "n", "list": [1, 2], "not-a-name": 1}', "text.txt": "raw text", "a.css": "a { color: red }",
  },
};

differential(apps, { packages });
