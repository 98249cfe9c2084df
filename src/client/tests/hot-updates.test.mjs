// How updates are applied: who takes them, what runs anew, in which order, and what stays when it fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mod, started, value } from "./hot-page.mjs";
import { cjs, settled } from "./page.mjs";

/** A module that accepts itself and logs when it runs. */
const accepting = (id, log, imports = [], more) => mod(id, imports, (os) => { log.push(`run ${id}`); os.meta.hot.accept(); }, [], more);
const logs = (id, log, imports = []) => mod(id, imports, () => { log.push(`run ${id}`); return { v: 1 }; }, ["v"]);

const table = {
  "nothing staged is no update": async () => {
    const on = await started([mod("/main")]);
    assert.deepEqual(await on.apply(), { updated: [], failures: [] });
  },

  "a self-accepting module runs anew: dispose with data, then the body, then the callbacks": async () => {
    const log = [];
    const make = (version) => mod("/m", [], (os) => {
      const { hot } = os.meta;
      log.push(`run ${version}, data ${JSON.stringify(hot.data)}`);
      hot.dispose(() => log.push("overwritten"));
      hot.dispose(async (data) => { await null; data.from = version; log.push(`dispose ${version}`); });
      hot.accept((fresh) => log.push(`accept 1 of ${version}: ${fresh.version}`));
      hot.accept((fresh) => log.push(`accept 2 of ${version}: ${fresh.version}`));
      return { version };
    }, ["version"]);
    const on = await started([mod("/main", ["/m"]), make(1)]);
    assert.deepEqual(await on.update([make(2)]), { updated: ["/m"], failures: [] });
    await on.update([make(3)]);
    assert.deepEqual(log, [
      "run 1, data {}", "dispose 1", 'run 2, data {"from":1}', "accept 1 of 1: 2", "accept 2 of 1: 2",
      "dispose 2", 'run 3, data {"from":2}', "accept 1 of 2: 3", "accept 2 of 2: 3",
    ]);
  },

  "data is one object for all instances": async () => {
    const seen = [];
    const make = () => mod("/m", [], (os) => { seen.push(os.meta.hot.data); os.meta.hot.accept(); });
    const on = await started([make()]);
    await on.update([make()]);
    assert.equal(seen[0], seen[1]);
  },

  "a definition with the hash of the running one is skipped": async () => {
    const log = [];
    const one = accepting("/m", log);
    const on = await started([one]);
    assert.deepEqual(await on.update([["/m", one[1], function* () { yield; log.push("again"); }]]), { updated: [], failures: [] });
    assert.deepEqual(log, ["run /m"]);
  },

  "what changes behind an acceptor runs once, however many accept it, in the order of a page that is loaded": async () => {
    const log = [];
    const on = await started([
      mod("/main", ["/a", "/b"]),
      accepting("/a", log, ["/x", "/leaf"]),
      accepting("/b", log, ["/leaf"]),
      logs("/x", log, ["/leaf"]),
      logs("/leaf", log),
    ]);
    log.length = 0;
    const { updated } = await on.update([logs("/leaf", log)]);
    assert.deepEqual(log, ["run /leaf", "run /x", "run /a", "run /b"]);
    assert.deepEqual(updated.sort(), ["/a", "/b", "/leaf", "/x"]);
  },

  "siblings don't run": async () => {
    const log = [];
    const on = await started([mod("/main", ["/a", "/b"]), accepting("/a", log), accepting("/b", log)]);
    log.length = 0;
    await on.update([accepting("/b", log)]);
    assert.deepEqual(log, ["run /b"]);
  },

  "accept(dep): the importer stays and sees fresh bindings; removed exports are undefined": async () => {
    const seen = [];
    const on = await started([
      mod("/main", ["/dep"], (os, dep) => {
        os.meta.hot.accept("/dep", (fresh) => seen.push([fresh.a, fresh.b, dep.a, dep.gone, fresh.c]));
      }),
      value("/dep", { a: 1, gone: 1 }),
    ]);
    await on.update([value("/dep", { a: 2, c: 3 })]);
    await on.update([value("/dep", { a: 3, gone: 4 })]);
    assert.deepEqual(seen, [[2, undefined, 2, undefined, 3], [3, undefined, 3, 4, undefined]]);
  },

  "accept([deps]): only the slot of what changed is filled": async () => {
    const seen = [];
    const on = await started([
      mod("/main", ["/a", "/b"], (os) => os.meta.hot.accept(["/a", "/b"], (list) => seen.push(list.map((one) => one?.v)))),
      value("/a", { v: 1 }), value("/b", { v: 1 }),
    ]);
    await on.update([value("/b", { v: 2 })]);
    await on.update([value("/a", { v: 3 }), value("/b", { v: 3 })]);
    assert.deepEqual(seen, [[undefined, 2], [3, undefined], [undefined, 3]]);
  },

  "accept finds its dependency by specifier, and by path without extension": async () => {
    const seen = [];
    const on = await started([
      ["/src/main.ts", { k: "esm", h: "1", i: [["@/a", "/src/a.ts"], ["./b", "/src/b/index.tsx"], ["./c.js", "/src/c.js"]] }, function* (os) {
        yield;
        for (const specifier of ["@/a", "./b/index", "./c"]) os.meta.hot.accept(specifier, () => seen.push(specifier));
      }],
      value("/src/a.ts", {}), value("/src/b/index.tsx", {}), value("/src/c.js", {}),
    ]);
    const { reload } = await on.update([value("/src/a.ts", {}), value("/src/b/index.tsx", {}), value("/src/c.js", {})]);
    assert.deepEqual([seen, reload], [["@/a", "./b/index", "./c"], undefined]);
  },

  "a nested dependency bubbles to the ancestor that accepts": async () => {
    const log = [];
    const on = await started([
      mod("/main", ["/dep"], (os) => os.meta.hot.accept("/dep", (fresh) => log.push(`accepted ${fresh.v}`))),
      logs("/dep", log, ["/nested"]),
      logs("/nested", log),
    ]);
    log.length = 0;
    await on.update([logs("/nested", log)]);
    assert.deepEqual(log, ["run /nested", "run /dep", "accepted 1"]);
  },

  "a way that nobody accepts on is a reload that names the file, and nothing runs": async () => {
    const log = [];
    const on = await started([mod("/main", ["/a", "/b"]), accepting("/a", log, ["/leaf"]), mod("/b", ["/leaf"]), logs("/leaf", log)]);
    log.length = 0;
    const { reload, updated } = await on.update([logs("/leaf", log)]);
    assert.match(reload, /^\/leaf changed.*\/leaf → \/b → \/main/);
    assert.deepEqual([log, updated], [[], []]);
    assert.equal(on.said.filter(([type, text]) => type === "info" && text.includes("/leaf")).length, 1);
  },

  "an accept that did not run counts for nothing": async () => {
    const on = await started([mod("/main", [], (os) => { if (os.meta.env.PROD) os.meta.hot.accept(); })]);
    assert.match((await on.update([mod("/main")])).reload, /nothing that imports it accepts/);
  },

  "a module that stops accepting is no boundary for the next update": async () => {
    const log = [];
    const on = await started([mod("/main", ["/p"]), accepting("/p", log, ["/m"]), accepting("/m", log)]);
    await on.update([logs("/m", log)]);
    log.length = 0;
    await on.update([logs("/m", log)]);
    assert.deepEqual(log, ["run /m", "run /p"]);
  },

  "what never ran is taken in, and nothing happens": async () => {
    const log = [];
    const lazy = (v) => mod("/lazy", [], () => ({ v }), ["v"]);
    let load;
    const on = await started([mod("/main", [], (os) => { load = () => os.import("/lazy"); }, [], { d: [["/lazy", "/lazy"]] }), lazy(1)]);
    on.events.on("vite:beforeUpdate", () => log.push("update"));
    assert.deepEqual(await on.update([lazy(2)]), { updated: [], failures: [] });
    assert.equal((await load()).v, 2);
    assert.deepEqual(log, []);
    assert.ok((await on.update([lazy(3)])).reload);
  },

  "who imported dynamically, or by glob, is an importer": async () => {
    const log = [];
    const page = (v) => value("/page", { v });
    const on = await started([
      mod("/main", ["/app"]),
      mod("/app", [], async (os) => {
        os.meta.hot.accept();
        log.push((await Object.values(os.glob(0))[0]()).v);
      }, [], { g: [{ f: [["./page", "/page"]] }] }),
      page(1),
    ]);
    const { updated } = await on.update([page(2)]);
    await settled();
    assert.deepEqual([log, updated], [[1, 2], ["/app"]]);
  },

  "acceptExports: only importers of other names must update": async () => {
    const log = [];
    const make = () => mod("/m", [], (os) => { log.push("run /m"); os.meta.hot.acceptExports(["a"], (fresh) => log.push(`accepted ${fresh.a}`)); return { a: 1, b: 1 }; }, ["a", "b"]);
    const user = (id, name) => [id, { k: "esm", h: id, i: [["/m", "/m"]] }, new Function("log", `return function*(os){ const i0 = os.i("/m"); yield; log.push("run ${id}" + i0.${name}); os.meta.hot.accept(); }`)(log)];
    const on = await started([mod("/main", ["/one", "/other"]), user("/one", "a"), user("/other", "b"), make()]);
    log.length = 0;
    await on.update([make()]);
    assert.deepEqual(log, ["run /m", "run /other1", "accepted 1"]);
  },

  "inside a circle a self-accepting module updates; a circle without one reloads": async () => {
    const log = [];
    const on = await started([mod("/main", ["/a"]), logs("/a", log, ["/b"]), mod("/b", ["/c"]), accepting("/c", log, ["/a"])]);
    log.length = 0;
    assert.deepEqual((await on.update([accepting("/c", log, ["/a"])])).updated, ["/c"]);
    assert.deepEqual(log, ["run /c"]);
    assert.match((await on.update([mod("/b", ["/c"])])).reload, /^\/b changed/);
  },

  "a circle below its acceptor runs in the order of a page that is loaded": async () => {
    const log = [];
    const on = await started([mod("/main", ["/top"]), accepting("/top", log, ["/a"]), logs("/a", log, ["/b"]), logs("/b", log, ["/a"])]);
    const loaded = log.splice(0);
    await on.update([logs("/b", log, ["/a"])]);
    assert.deepEqual(log, loaded);
  },

  "a throw inside a circle reloads": async () => {
    const on = await started([mod("/main", ["/a"]), mod("/a", ["/b"]), accepting("/b", [], ["/a"])]);
    const { reload } = await on.update([mod("/b", ["/a"], () => { throw new Error("mine"); })]);
    assert.match(reload, /\/b.*circle.*mine/);
  },

  "top-level await is waited for, and importers see the old bindings until it is through": async () => {
    const seen = [];
    let open;
    const make = (v, gate) => mod("/m", [], async (os) => { os.meta.hot.accept((fresh) => seen.push(`accepted ${fresh.v}`)); await gate; return { v }; }, ["v"], { a: 1 });
    let read;
    const on = await started([mod("/main", ["/m"], (_, m) => { read = () => m.v; }), make(1)]);
    const done = on.update([make(2, new Promise((resolve) => (open = resolve)))]);
    await settled();
    seen.push(read());
    open();
    await done;
    assert.deepEqual([...seen, read()], [1, "accepted 2", 2]);
  },

  "a module that awaits for ever holds up the next update no longer than it must": async () => {
    const make = (gate) => mod("/m", [], async (os) => { os.meta.hot.accept(); await gate; }, [], { a: 1 });
    const on = await started([mod("/main", ["/m"]), make()]);
    const stuck = on.update([make(new Promise(() => {}))]);
    await settled();
    const next = on.update([make()]);
    assert.match((await stuck).reload, /\/m still awaits/);
    await next;
  },

  "a module that is still starting when an update comes is waited for": async () => {
    const log = [];
    let open;
    const gate = new Promise((resolve) => (open = resolve));
    const on = await started([mod("/main", ["/m"]), mod("/m", [], async (os) => { await gate; os.meta.hot.accept(); log.push("started"); }, [], { a: 1 })]);
    const done = on.update([accepting("/m", log)]);
    await settled();
    open();
    assert.deepEqual([(await done).updated, log], [["/m"], ["started", "run /m"]]);
    const slow = await started([mod("/main", [], async () => { await new Promise(() => {}); }, [], { a: 1 })]);
    assert.match((await slow.update([mod("/main")])).reload, /\/main/);
  },

  "a throw leaves the old instances in use; the next patch runs all of them again": async () => {
    const log = [];
    let read;
    const leaf = (v) => value("/leaf", { v });
    const other = (v) => value("/other", { v });
    const top = (fails) => mod("/top", ["/leaf", "/other"], (os, leaf, other) => {
      os.meta.hot.accept((fresh) => log.push(`accept: ${fresh?.sum}`));
      log.push(`${leaf.v} + ${other.v}`);
      if (leaf.v === fails) throw new Error("mine");
      return { sum: leaf.v + other.v };
    }, ["sum"]);
    const on = await started([mod("/main", ["/top", "/leaf"], (os, top, leaf) => { os.meta.hot.accept("/leaf", () => {}); read = () => [top.sum, leaf.v]; }), top(2), leaf(1), other(1)]);
    log.length = 0;
    const { failures, updated, reload } = await on.update([leaf(2)]);
    assert.deepEqual([failures.map(({ id, error }) => [id, error.message]), updated, reload], [[["/top", "mine"]], [], undefined]);
    assert.deepEqual(read(), [2, 1]);
    assert.deepEqual(log, ["2 + 1", "accept: undefined"]);
    assert.equal(on.said.filter(([type]) => type === "error").length, 2);
    log.length = 0;
    await on.update([top(3)]);
    assert.deepEqual([read(), log], [[3, 2], ["2 + 1", "accept: 3"]]);
    // Reverted to what runs: nothing is left to try.
    log.length = 0;
    await on.update([leaf(3)]);
    assert.deepEqual(read(), [3, 2]);
    await on.update([leaf(4), other(2)]);
    assert.deepEqual(read(), [6, 4]);
  },

  "what failed and was reverted is not tried again": async () => {
    const log = [];
    const good = accepting("/m", log);
    const on = await started([mod("/main", ["/m"]), good]);
    await on.update([mod("/m", [], () => { throw new Error("mine"); })]);
    log.length = 0;
    assert.deepEqual(await on.update([good]), { updated: [], failures: [] });
    assert.deepEqual(log, []);
  },

  "what failed and is no longer imported has its last version when it comes back": async () => {
    const log = [];
    const top = (imports) => mod("/top", imports, (os) => os.meta.hot.accept());
    const on = await started([mod("/main", ["/top"]), top(["/m"]), accepting("/m", log)]);
    let fails = true;
    await on.update([mod("/m", [], () => { log.push("new"); if (fails) throw new Error("mine"); })]);
    await on.update([top([])]);
    fails = false;
    await on.update([top(["/m"])]);
    assert.deepEqual(log, ["run /m", "new", "new"]);
  },

  "a failure is no matter of those who have nothing to do with it": async () => {
    const log = [];
    const on = await started([mod("/main", ["/a", "/b"]), accepting("/a", log), accepting("/b", log)]);
    log.length = 0;
    const { failures, updated } = await on.update([mod("/a", [], () => { throw new Error("mine"); }), accepting("/b", log)]);
    assert.deepEqual([failures.map(({ id }) => id), updated, log], [["/a"], ["/b"], ["run /b"]]);
  },

  "new modules of a failed update run again with the next one": async () => {
    const log = [];
    const top = (imports, fails) => mod("/top", imports, (os) => { os.meta.hot.accept(); if (fails) throw new Error("mine"); });
    const on = await started([mod("/main", ["/top"]), top([])]);
    await on.update([top(["/new"], true), mod("/new", [], () => { log.push("run"); })]);
    await on.update([top(["/new"])]);
    assert.deepEqual(log, ["run", "run"]);
  },

  "a missing import fails the update, and its coming heals it": async () => {
    const log = [];
    const on = await started([mod("/main", ["/top"]), accepting("/top", log)]);
    const { failures } = await on.update([accepting("/top", log, ["/missing"])]);
    assert.match(failures[0].error.message, /Cannot find module '\/missing'/);
    const { updated } = await on.update([mod("/missing")]);
    assert.deepEqual(updated.sort(), ["/missing", "/top"]);
  },

  "updates staged together are one; a later definition overrides": async () => {
    const log = [];
    const on = await started([mod("/main", ["/a", "/b"]), accepting("/a", log), accepting("/b", log)]);
    log.length = 0;
    let updates = 0;
    on.events.on("vite:afterUpdate", () => updates++);
    on.stage({}, [mod("/a", [], () => log.push("never"))]);
    on.stage({}, [accepting("/a", log), accepting("/b", log)]);
    await on.apply();
    assert.deepEqual([log, updates], [["run /a", "run /b"], 1]);
  },

  "updates are applied one at a time": async () => {
    const log = [];
    const make = (v) => mod("/m", [], (os) => { os.meta.hot.accept(); os.meta.hot.dispose(() => settled().then(() => log.push(`disposed ${v}`))); log.push(`run ${v}`); });
    const on = await started([make(1)]);
    const first = on.update([make(2)]);
    await null;
    const second = on.update([make(3)]);
    await Promise.all([first, second]);
    assert.deepEqual(log, ["run 1", "disposed 1", "run 2", "disposed 2", "run 3"]);
  },

  "scripts are there before definitions are used": async () => {
    const log = [];
    const on = await started([mod("/main", ["/m"]), accepting("/m", log)]);
    globalThis.__hot_test__ = () => on.define([["npm:p@1.0.0/index.js", cjs(), (module) => { module.exports = "package"; }]]);
    await on.update([mod("/m", ["npm:p@1.0.0/index.js"], (os, p) => { log.push(p.default); })], { scripts: ["data:text/javascript,__hot_test__()"] });
    delete globalThis.__hot_test__;
    assert.deepEqual(log, ["run /m", "package"]);
    assert.match((await on.update([], { scripts: ["data:text/javascript,throw 1"] })).reload, /failed to load/);
  },

  "an entry that failed when the page was loaded: the first update reloads": async () => {
    const on = await started([mod("/main", ["/bad"]), mod("/bad", [], () => { throw new Error("mine"); })]);
    assert.match((await on.update([mod("/bad")])).reload, /\/main failed/);
  },

  "a module that failed when it was asked for heals through who asked": async () => {
    const seen = [];
    const bad = (fails) => mod("/bad", [], () => { if (fails) throw new Error("mine"); return { v: 1 }; }, ["v"]);
    const on = await started([
      mod("/main", ["/app"]),
      mod("/app", [], (os) => { os.meta.hot.accept(); os.import("/bad").then((ns) => seen.push(ns.v), (error) => seen.push(error.message)); }, [], { d: [["/bad", "/bad"]] }),
      bad(true),
    ]);
    assert.equal((await on.update([bad(false)])).reload, undefined);
    await settled();
    assert.deepEqual(seen, ["mine", 1]);
  },

  "CommonJS of the app runs anew, too": async () => {
    const seen = [];
    const common = (v) => ["/c.cjs", cjs([], { h: `c${v}` }), (module, exports) => { exports.v = v; }];
    const on = await started([mod("/main", ["/m"]), mod("/m", ["/c.cjs"], (os, c) => { os.meta.hot.accept(); seen.push(c.v, c.default.v, os.require("/c.cjs").v); }, [], { d: [["/c.cjs", "/c.cjs"]] }), common(1)]);
    await on.update([common(2)]);
    assert.deepEqual(seen, [1, 1, 1, 2, 2, 2]);
  },

  "stars: an importer outside sees what the new target exports": async () => {
    let read;
    const on = await started([
      mod("/main", ["/barrel"], (os, barrel) => { read = () => barrel.v; }),
      mod("/barrel", ["/leaf"], (os) => os.meta.hot.accept("/leaf", () => {}), [], { stars: ["/leaf"] }),
      value("/leaf", { v: 1 }),
    ]);
    await on.update([value("/leaf", { v: 2 })]);
    assert.equal(read(), 2);
  },
};

for (const [name, check] of Object.entries(table)) test(name, check);
