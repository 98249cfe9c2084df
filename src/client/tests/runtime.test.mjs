// What the runtime does, one sentence of the module format a row: hand-written factories on a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../build.mjs";
import { cjs, esm, page, settled } from "./page.mjs";

/** Defines `list` on a new page and boots its first module. */
async function run(list, { entries = [list[0][0]], env } = {}) {
  const on = page();
  on.define(list);
  on.ready = on.boot({ entries, env });
  await on.ready;
  await settled();
  return on;
}

const reads = (read) => {
  try {
    return read();
  } catch (error) {
    return error.name;
  }
};

/** A module that runs `use` with the holders of `imports`. */
const user = (imports, use, more) => [
  "/main",
  esm(imports, more),
  function* (os) {
    const holders = imports.map((id) => os.i(id));
    yield;
    use(...holders, os);
  },
];

const table = {
  "the runtime is the same bytes each time, and small": async () => {
    const script = await runtime();
    assert.equal(script, await runtime());
    assert.ok(script.length < 8000, `${script.length} bytes`);
  },

  "a factory gets exactly the fields of the format": async () => {
    let fields;
    const { errors } = await run([["/main", esm(), function* (os) { fields = Object.keys(os); yield; }]]);
    assert.deepEqual([fields, errors], [["x", "i", "s", "import", "require", "u", "w", "wasm", "glob", "pick", "meta", "css", "r", "g"], []]);
  },

  "imports are live bindings": async () => {
    const seen = [];
    await run([
      user(["/count"], (count) => { seen.push(count.value); (0, count.increment)(); seen.push(count.value); }),
      ["/count", esm(), function* (os) { os.x({ value: () => value, increment: () => increment }); yield; let value = 1; function increment() { value++; } }],
    ]);
    assert.deepEqual(seen, [1, 2]);
  },

  "in a cycle functions are hoisted and the rest is in its dead zone": async () => {
    const seen = [];
    await run([
      ["/a", esm(["/b"]), function* (os) { os.x({ f: () => f, late: () => late }); const i0 = os.i("/b"); yield; function f() { return "f"; } const late = 1; seen.push(i0.b, late); }],
      ["/b", esm(["/a"]), function* (os) { os.x({ b: () => b }); const i0 = os.i("/a"); yield; const b = (0, i0.f)(); seen.push(reads(() => i0.late)); }],
    ]);
    assert.deepEqual(seen, ["ReferenceError", "f", 1]);
  },

  "a namespace looks like one": async () => {
    let ns;
    await run([
      user(["/m"], (m) => (ns = m)),
      ["/m", esm(), function* (os) { os.x({ b: () => 2, a: () => 1, default: () => 3, ["__proto__"]: () => 4 }); yield; }],
    ]);
    assert.equal(Object.getPrototypeOf(ns), null);
    assert.deepEqual(Object.keys(ns), ["__proto__", "a", "b", "default"]);
    assert.equal(ns.__proto__, 4);
    assert.equal(Object.prototype.toString.call(ns), "[object Module]");
    assert.equal(Object.isExtensible(ns), false);
    assert.equal(ns.missing, undefined);
    assert.throws(() => { "use strict"; ns.a = 2; }, TypeError);
    assert.throws(() => { "use strict"; ns.c = 2; }, TypeError);
    assert.throws(() => { "use strict"; delete ns.a; }, TypeError);
    assert.deepEqual({ ...ns }, { ["__proto__"]: 4, a: 1, b: 2, default: 3 });
  },

  "export *: no default, own names win, the first star wins, cycles end": async () => {
    let ns;
    const star = (id, names, stars) => [id, esm(stars), function* (os) { os.x(Object.fromEntries(names.map((name) => [name, () => `${name} of ${id}`]))); for (const star of stars) os.s(star); yield; }];
    await run([user(["/a"], (a) => (ns = a)), star("/a", ["own"], ["/b", "/c"]), star("/b", ["own", "both", "default"], ["/c"]), star("/c", ["both", "deep"], ["/a"])]);
    assert.deepEqual({ ...ns }, { both: "both of /b", deep: "deep of /c", own: "own of /a" });
  },

  "export * from CommonJS has the names once it has run": async () => {
    let seen;
    await run([
      user(["/outer"], (outer) => (seen = [{ ...outer }, Object.isExtensible(outer)])),
      ["/outer", esm(["/inner"]), function* (os) { os.s("/inner"); yield; }],
      ["/inner", esm(["/c"]), function* (os) { os.x({ mine: () => 1 }); os.s("/c"); yield; }],
      ["/c", cjs(), (module, exports) => Object.assign(exports, { mine: 2, theirs: 3, default: 4 })],
    ]);
    assert.deepEqual(seen, [{ mine: 1, theirs: 3 }, false]);
  },

  "the default import of CommonJS is Vite's": async () => {
    const shapes = {
      "plain object": [(module) => (module.exports = { a: 1 }), (e) => e, (e) => e],
      "__esModule with default": [(module, exports) => Object.assign(exports, { __esModule: true, default: "d", a: 1 }), (e) => e, () => "d"],
      "__esModule without default": [(module, exports) => Object.assign(exports, { __esModule: true, a: 1 }), (e) => e, () => undefined],
      "default without __esModule": [(module, exports) => Object.assign(exports, { default: "d", a: 1 }), (e) => e, (e) => e],
      "function with properties": [(module) => (module.exports = Object.assign(() => "called", { a: 1 })), (e) => e, (e) => e],
      "class with a static method": [(module) => (module.exports = class { static a = 1; static method() {} }), (e) => e, (e) => e],
      "inherited names": [(module) => (module.exports = Object.create({ a: 1 })), (e) => e, (e) => e],
      "a primitive": [(module) => (module.exports = "text"), (e) => e, (e) => e],
      "null": [(module) => (module.exports = null), (e) => e, (e) => e],
      "undefined": [(module) => (module.exports = undefined), (e) => e, (e) => e],
    };
    for (const [name, [factory, node, babel]] of Object.entries(shapes)) {
      const seen = [];
      const on = await run([
        ["/main", esm(["/node", "/babel"]), function* () { yield; }],
        ["/node", esm(["/c"], { n: 1 }), function* (os) { const i0 = os.i("/c"); yield; seen.push(i0); }],
        ["/babel", esm(["/c"]), function* (os) { const i0 = os.i("/c"); yield; seen.push(i0); }],
        ["/c", cjs(), factory],
      ]);
      const exports = on.require("/c");
      assert.deepEqual(on.errors, [], name);
      assert.equal(seen[0].default, node(exports), name);
      assert.equal(seen[1].default, babel(exports), name);
      for (const ns of seen) {
        assert.equal("__esModule" in ns, false, name);
        assert.equal(ns.a, exports?.a, name);
        assert.deepEqual(Object.keys(ns), exports?.a ? ["a", "default"] : ["default"], name);
      }
      if (name.startsWith("class")) assert.equal(seen[0].method, exports.method);
    }
  },

  "reads of a CommonJS holder are live, and getters of module.exports run only when read": async () => {
    const seen = [];
    await run([
      user(["/c"], (c) => { seen.push(c.count); c.increment(); seen.push(c.count); }),
      ["/c", cjs(), (module, exports) => { exports.count = 1; exports.increment = () => exports.count++; Object.defineProperty(exports, "trap", { enumerable: true, get() { throw new Error("read"); } }); }],
    ]);
    assert.deepEqual(seen, [1, 2]);
  },

  "CommonJS runs once, lazily, with this as module.exports; cycles give partial exports": async () => {
    const log = [];
    const on = await run([
      user([], (os) => { log.push("main"); log.push(os.require("/a").done); os.require("/a"); }, { d: [["/a", "/a"]] }),
      ["/a", cjs(["/b"]), function (module, exports, require) { log.push(this === module.exports); exports.early = 1; require("/b"); exports.done = true; }],
      ["/b", cjs(["/a"]), (module, exports, require) => { log.push({ ...require("/a") }); }],
    ]);
    assert.deepEqual([log, on.errors], [["main", true, { early: 1 }, true], []]);
  },

  "CommonJS that throws is forgotten and runs again": async () => {
    let times = 0;
    const on = page();
    on.define([["/c", cjs(), (module) => { if (++times === 1) throw new Error("once"); module.exports = times; }]]);
    assert.throws(() => on.require("/c"), /once/);
    assert.equal(on.require("/c"), 2);
  },

  "an ECMAScript module in a cycle with CommonJS sees what there is by then": async () => {
    const seen = [];
    await run([
      ["/c", cjs(["/e"]), (module, exports, require) => { exports.early = 1; seen.push(require("/e").value); exports.late = 2; }],
      ["/e", esm(["/c"]), function* (os) { os.x({ value: () => value }); const i0 = os.i("/c"); yield; const value = [i0.early, i0.late]; setTimeout(() => seen.push(i0.late)); }],
    ]);
    assert.deepEqual(seen, [[1, undefined], 2]);
  },

  "require of an ECMAScript module gives a view with __esModule; of JSON its value": async () => {
    const on = page();
    on.define([
      ["/e", esm(), function* (os) { os.x({ default: () => 1, count: () => count, increment: () => () => count++ }); yield; let count = 1; }],
      ["/data.json", esm(), function* (os) { os.x({ default: () => json }); yield; const json = [1, 2]; }],
    ]);
    const view = on.require("/e");
    view.increment();
    assert.deepEqual([view.__esModule, view.default, view.count, Object.keys(view)], [true, 1, 2, ["count", "default", "increment"]]);
    assert.equal(on.require("/e"), view);
    assert.deepEqual(on.require("/data.json"), [1, 2]);
  },

  "require of an asynchronous module throws until it has been imported": async () => {
    const on = page();
    on.define([
      ["/sync", esm(["/async"]), function* (os) { os.x({ a: () => 1 }); yield; }],
      ["/async", esm([], { a: 1 }), async function* () { yield; await null; }],
    ]);
    assert.throws(() => on.require("/sync"), { code: "ERR_REQUIRE_ASYNC_MODULE" });
    await on.boot({ entries: ["/sync"] });
    await settled();
    assert.equal(on.require("/sync").a, 1);
  },

  "what is not found has a code": async () => {
    const seen = [];
    const on = await run([
      user([], (os) => {
        seen.push(reads(() => os.require("gone")), (() => { try { os.require("gone"); } catch (error) { return [error.code, error.message]; } })());
        os.import("gone").catch((error) => seen.push([error.code, error.message]));
      }, { d: [["gone", null]] }),
    ]);
    const wanted = ["MODULE_NOT_FOUND", "Cannot find module 'gone'"];
    assert.deepEqual([seen, on.errors], [["Error", wanted, wanted], []]);
    const broken = await run([["/main", { k: "esm", i: [["lost", "npm:lost@1.0.0/index.js"]] }, function* () { yield; }]]);
    assert.deepEqual(broken.errors.map((error) => error.message), ["Cannot find module 'lost'"]);
    // Nothing ran, so what was missing may still come.
    broken.define([["npm:lost@1.0.0/index.js", esm(), function* () { yield; }]]);
    broken.require("/main");
  },

  "import() gives the namespace, later; the same evaluation each time": async () => {
    const log = [];
    await run([
      user([], async (os) => {
        const both = Promise.all([os.import("/m"), os.import("/m")]);
        log.push("asked");
        const [one, other] = await both;
        log.push(one === other, one.value);
      }, { d: [["/m", "/m"]] }),
      ["/m", esm(), function* (os) { os.x({ value: () => 1 }); yield; log.push("ran"); }],
    ]);
    assert.deepEqual(log, ["asked", "ran", true, 1]);
  },

  "import() of an expression finds modules relative to the importer, then leaves it to the browser": async () => {
    const seen = [];
    const value = (id) => [id, esm(), function* (os) { os.x({ default: () => id }); yield; }];
    const on = await run([
      ["/src/main.tsx", esm(), function* (os) {
        yield;
        for (const specifier of ["./pages/a b.tsx", "../lib.ts", "/lib.ts", "https://app.test/lib.ts", "npm:p@1.0.0/index.js", "/x.svg?raw", "data:text/javascript,export default 'native'", { toString: () => "/lib.ts" }]) {
          os.import(specifier).then((ns) => seen.push(ns.default), (error) => seen.push(error.message));
        }
        os.import(Symbol()).catch((error) => seen.push(error.name));
      }],
      value("/src/pages/a b.tsx"), value("/lib.ts"), value("npm:p@1.0.0/index.js"), value("/x.svg?raw"),
    ]);
    await settled();
    assert.deepEqual([seen.sort(), on.errors], [["/lib.ts", "/lib.ts", "/lib.ts", "/lib.ts", "/src/pages/a b.tsx", "/x.svg?raw", "TypeError", "native", "npm:p@1.0.0/index.js"], []]);
  },

  "an error is kept and thrown again, its stack untouched": async () => {
    const thrown = new Error("mine");
    const { stack } = thrown;
    const seen = [];
    const on = await run([
      ["/main", esm(["/bad"]), function* () { yield; assert.fail("must not run"); }],
      ["/bad", esm(), function* () { yield; throw thrown; }],
      ["/later", esm([], { d: [["/bad", "/bad"]] }), function* (os) { yield; os.import("/bad").catch((error) => seen.push(error)); seen.push(reads(() => os.require("/bad"))); }],
    ], { entries: ["/main", "/later"] });
    assert.deepEqual(on.errors, [thrown]);
    assert.equal(on.errors[0].stack, stack);
    assert.deepEqual(seen, ["Error", thrown]);
  },

  "undefined can be thrown": async () => {
    const on = await run([["/main", esm(), function* () { yield; throw undefined; }]]);
    assert.deepEqual(on.errors, [undefined]);
    assert.equal(reads(() => { try { on.require("/main"); return "no throw"; } catch (error) { return String(error); } }), "undefined");
  },

  "entries run one after another: errors and awaits hold up none, microtasks come between": async () => {
    const log = [];
    const on = await run([
      ["/a", esm(), function* () { yield; log.push("a"); Promise.resolve().then(() => log.push("a, later")); throw new Error("a"); }],
      ["/b", esm([], { a: 1 }), async function* () { yield; log.push("b"); await new Promise((resolve) => setTimeout(resolve, 1)); log.push("b, later"); throw new Error("b"); }],
      ["/c", cjs(), () => { log.push("c"); }],
    ], { entries: ["/a", "/b", "/gone", "/c"] });
    assert.deepEqual(log, ["a", "a, later", "b", "c", "b, later"]);
    assert.deepEqual(on.errors.map((error) => error.message), ["a", "Cannot find module '/gone'", "b"]);
  },

  "a synchronous entry runs within boot": () => {
    const on = page();
    on.define([["/main", esm(), function* () { yield; on.log.push("ran"); }]]);
    on.boot({ entries: ["/main"] });
    assert.deepEqual(on.log, ["ran"]);
  },

  "what is defined is global before anything runs": () => {
    const on = page();
    on.global.there = { kept: 1 };
    let seen;
    on.define([["/main", esm(), function* () { yield; seen = structuredClone({ ...on.global, __overskill__: 0 }); }]]);
    on.boot({ entries: ["/main"], define: { __VERSION__: ["1.4.2"], "there.new": [{ deep: true }], "process.env.X": [null], "process.env.Y": [], alias: "there.kept" } });
    assert.deepEqual(seen, { __overskill__: 0, __VERSION__: "1.4.2", there: { kept: 1, new: { deep: true } }, process: { env: { X: null, Y: undefined } }, alias: 1 });
  },

  "an asynchronous module begins before its next sibling": async () => {
    const log = [];
    const awaiting = (id) => [id, esm([], { a: 1 }), async function* () { yield; log.push(`${id} begins`); await null; log.push(`${id} ends`); }];
    await run([["/main", esm(["/a", "/s", "/b"]), function* () { yield; log.push("main"); }], awaiting("/a"), ["/s", esm(), function* () { yield; log.push("/s"); }], awaiting("/b")]);
    assert.deepEqual(log, ["/a begins", "/s", "/b begins", "/a ends", "/b ends", "main"]);
  },

  "import.meta has the address and Vite's env": async () => {
    let meta, same, asset;
    await run([
      ["/src/main.tsx", esm([], { u: [["./logo.png", "/assets/logo-1.png"]] }), function* (os) { yield; meta = os.meta; same = os.meta === os.meta; asset = new URL(os.u("./logo.png"), os.meta.url).href; }],
    ], { env: { VITE_X: "x", MODE: "staging" } });
    assert.deepEqual({ ...meta }, { url: "https://app.test/src/main.tsx", env: { BASE_URL: "/", MODE: "staging", DEV: true, PROD: false, SSR: false, VITE_X: "x" } });
    assert.deepEqual([same, asset], [true, "https://app.test/assets/logo-1.png"]);
    const npm = page();
    npm.define([["npm:p@1.0.0/index.js", esm(), function* (os) { os.x({ url: () => os.meta.url }); yield; }]]);
    assert.equal(npm.require("npm:p@1.0.0/index.js").url, "https://app.test/npm:p@1.0.0/index.js");
  },

  "styles are one element a module, in the order of evaluation, replaced when a module runs again": async () => {
    const sheet = (id, imports) => [id, esm(imports), function* (os) { yield; os.css(`${id} ${runs++}`); }];
    let runs = 0;
    const on = await run([sheet("/main.css", ["/b.css", "/a.css"]), sheet("/a.css", []), sheet("/b.css", [])]);
    const styles = () => on.head.map(({ name, type, dataset, textContent }) => [name, type, dataset.overskillId, textContent]);
    const order = [["style", "text/css", "/b.css", "/b.css 0"], ["style", "text/css", "/a.css", "/a.css 1"], ["style", "text/css", "/main.css", "/main.css 2"]];
    assert.deepEqual(styles(), order);
    on.modules.get("/b.css").state = 0;
    on.require("/b.css");
    order[0][3] = "/b.css 3";
    assert.deepEqual(styles(), order);
  },

  "a module that is instantiated again re-points the holders that others have": async () => {
    let before;
    const on = await run([
      user(["/m"], (m) => (before = m)),
      ["/m", esm(), function* (os) { os.x({ value: () => "old" }); yield; }],
    ]);
    on.define([["/m", esm(), function* (os) { os.x({ value: () => "new", more: () => 1 }); yield; }]]);
    assert.equal(before.value, "old");
    on.modules.get("/m").state = 0;
    assert.deepEqual([on.require("/m").more, before.value, before.more], [1, "new", undefined]);
  },

  "ids are only names": async () => {
    const seen = [];
    await run([
      user(["/__proto__", "/constructor"], (one, other) => seen.push(one.default, other.default)),
      ["/__proto__", esm(), function* (os) { os.x({ default: () => 1 }); yield; }],
      ["/constructor", esm(), function* (os) { os.x({ default: () => 2 }); yield; }],
    ]);
    assert.deepEqual(seen, [1, 2]);
  },

  "a chain of 20,000 imports is no stack overflow, synchronous or not": async () => {
    for (const awaits of [false, true]) {
      const length = 20_000;
      let ran = 0;
      const on = await run(Array.from({ length }, (_, number) => {
        const last = number === length - 1;
        const imports = last ? [] : [`/${number + 1}`];
        return awaits && last
          ? [`/${number}`, esm(imports, { a: 1 }), async function* () { yield; await null; ran++; }]
          : [`/${number}`, esm(imports), function* (os) { imports.map(os.i); yield; ran++; }];
      }));
      assert.deepEqual([ran, on.errors], [length, []]);
    }
  },

  "a long chain that fails at its end fails everywhere": async () => {
    const on = await run(Array.from({ length: 5_000 }, (_, number) =>
      number === 4_999
        ? [`/${number}`, esm([], { a: 1 }), async function* () { yield; await null; throw new Error("end"); }]
        : [`/${number}`, esm([`/${number + 1}`]), function* () { yield; assert.fail("must not run"); }]));
    assert.deepEqual(on.errors.map((error) => error.message), ["end"]);
    assert.throws(() => on.require("/2500"), /end/);
  },

  "a barrel of stars 2,000 deep keeps its names": async () => {
    let seen;
    await run([
      user(["/0"], (first) => (seen = first.last)),
      ...Array.from({ length: 2_000 }, (_, number) =>
        number === 1_999
          ? [`/${number}`, esm(), function* (os) { os.x({ last: () => 1 }); yield; }]
          : [`/${number}`, esm([`/${number + 1}`]), function* (os) { os.s(`/${number + 1}`); yield; }]),
    ]);
    assert.equal(seen, 1);
  },
};

for (const [name, check] of Object.entries(table)) test(name, check);
