// import.meta.hot: its events, invalidation, pruning; and style sheets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mod, started, value } from "./hot-page.mjs";
import { esm, page, settled } from "./page.mjs";

const timeless = (value) => JSON.parse(JSON.stringify(value, (key, value) => (key === "timestamp" ? undefined : value)));

/** A module that accepts itself, logs that it ran, and what becomes of it. */
const watched = (id, log, imports = [], then = () => {}) => mod(id, imports, (os) => {
  const { hot } = os.meta;
  log.push(`run ${id} ${JSON.stringify(hot.data)}`);
  hot.accept();
  hot.dispose((data) => { data.seen = true; log.push(`dispose ${id}`); });
  hot.prune((data) => log.push(`prune ${id} ${JSON.stringify(data)}`));
  return then(os);
});

const table = {
  "modules of packages, and of the plain runtime, have none": async () => {
    const seen = [];
    const look = (id) => [id, esm(), function* (os) { yield; seen.push("hot" in os.meta); }];
    await started([look("/main"), look("npm:p@1.0.0/index.js")], ["/main", "npm:p@1.0.0/index.js"]);
    const plain = page();
    plain.define([look("/main")]);
    await plain.boot({ entries: ["/main"] });
    assert.deepEqual(seen, [true, false, false]);
  },

  "the plain runtime knows of React Refresh only how to leave it": async () => {
    const plain = page();
    let seen;
    const Component = () => {};
    plain.define([["/main", esm([], { r: 1 }), function* (os) { yield; const sign = os.g(); sign(); seen = [sign(Component, "key"), os.r(Component, "Component")]; }]]);
    await plain.boot({ entries: ["/main"] });
    assert.deepEqual([seen, plain.errors], [[Component, undefined], []]);
  },

  "events come in Vite's order with Vite's payloads": async () => {
    const log = [];
    const on = await started([mod("/main", ["/m"]), watched("/m", log, ["/gone"]), watched("/gone", log)]);
    for (const event of ["beforeUpdate", "afterUpdate", "beforePrune"]) on.events.on(`vite:${event}`, async (payload) => { await null; log.push([event, timeless(payload)]); });
    log.length = 0;
    await on.update([watched("/m", log)]);
    const updates = { type: "update", updates: [{ type: "js-update", path: "/m", acceptedPath: "/m" }] };
    assert.deepEqual(log, [
      ["beforeUpdate", updates], "dispose /m", 'run /m {"seen":true}', ["beforePrune", { type: "prune", paths: ["/gone"] }], "dispose /gone",
      'prune /gone {"seen":true}', ["afterUpdate", updates],
    ]);
  },

  "what is pruned takes with it what only it imported, forgets its data, and runs again when it comes back": async () => {
    const log = [];
    const top = (imports) => mod("/top", imports, (os) => os.meta.hot.accept());
    const on = await started([mod("/main", ["/top", "/kept"]), top(["/a"]), watched("/a", log, ["/b", "/kept"]), watched("/b", log, ["/a"]), watched("/kept", log)]);
    log.length = 0;
    await on.update([top([])]);
    assert.deepEqual(log, ["dispose /a", "dispose /b", 'prune /a {"seen":true}', 'prune /b {"seen":true}']);
    log.length = 0;
    await on.update([top(["/a"])]);
    assert.deepEqual(log, ["run /b {}", "run /a {}"]);
  },

  "a file that is changed and no longer imported in one update is disposed once and does not run": async () => {
    const log = [];
    const top = (imports) => mod("/top", imports, (os) => os.meta.hot.accept());
    const on = await started([mod("/main", ["/top"]), top(["/a"]), watched("/a", log)]);
    log.length = 0;
    await on.update([top([]), watched("/a", log)]);
    assert.deepEqual(log, ["dispose /a", 'prune /a {"seen":true}']);
  },

  "a module that is only asked for stays until nobody may ask": async () => {
    const log = [];
    const top = (d) => mod("/top", [], (os) => { os.meta.hot.accept(); for (const [id] of d) os.import(id); }, [], { d });
    const on = await started([mod("/main", ["/top"]), top([["/lazy", "/lazy"]]), watched("/lazy", log)]);
    log.length = 0;
    await on.update([top([["/lazy", "/lazy"]])]);
    assert.deepEqual(log, []);
    await on.update([top([])]);
    assert.deepEqual(log, ["dispose /lazy", 'prune /lazy {"seen":true}']);
  },

  "a deleted file leaves the registry when nothing imports it, and comes back without a reload": async () => {
    const log = [];
    const top = (imports) => mod("/top", imports, (os) => os.meta.hot.accept());
    const on = await started([mod("/main", ["/top"]), top(["/a"]), watched("/a", log), value("/never", {})]);
    await on.update([top([])], { remove: ["/a", "/never"] });
    assert.deepEqual([...on.modules.keys()].sort(), ["/main", "/top"]);
    const { reload } = await on.update([top(["/a"]), watched("/a", log)]);
    assert.deepEqual([reload, log.at(-1)], [undefined, "run /a {}"]);
    await on.update([], { remove: ["/a"] });
    assert.ok(on.modules.has("/a"));
    await on.update([top([])]);
    assert.ok(!on.modules.has("/a"));
  },

  "listeners of an instance go with it, unless the next one fails": async () => {
    const log = [];
    const make = (v, fails) => mod("/m", [], (os) => {
      const off = () => log.push("off");
      os.meta.hot.accept();
      if (fails) throw new Error("mine");
      os.meta.hot.on("custom", (payload) => log.push([v, payload]));
      os.meta.hot.on("custom", off);
      os.meta.hot.off("custom", off);
    });
    const on = await started([mod("/main", ["/m"]), make(1)]);
    await on.events.emit("custom", "a");
    await on.update([make(2, true)]);
    await on.events.emit("custom", "b");
    await on.update([make(3)]);
    await on.events.emit("custom", "c");
    assert.deepEqual(log, [[1, "a"], [1, "b"], [3, "c"]]);
  },

  "send goes to the sender": async () => {
    const sent = [];
    let send;
    const on = await started([mod("/main", [], (os) => { ({ send } = os.meta.hot); })]);
    on.setSender((...args) => sent.push(args));
    send("event", { a: 1 });
    assert.deepEqual(sent, [["event", { a: 1 }]]);
  },

  "invalidate hands the update to the importers, and says so": async () => {
    const log = [];
    const make = () => mod("/m", [], (os) => { log.push("run /m"); os.meta.hot.accept(() => os.meta.hot.invalidate("because")); });
    const on = await started([mod("/main", ["/top"]), mod("/top", ["/m"], (os) => { log.push("run /top"); os.meta.hot.accept(); }), make()]);
    on.events.on("vite:invalidate", (payload) => log.push(payload));
    on.events.on("vite:beforeUpdate", ({ updates }) => log.push(timeless(updates)));
    log.length = 0;
    await on.update([make()]);
    assert.deepEqual(log, [
      [{ type: "js-update", path: "/m", acceptedPath: "/m" }], "run /m", { path: "/m", message: "because", firstInvalidatedBy: "/m" },
      [{ type: "js-update", path: "/top", acceptedPath: "/top", firstInvalidatedBy: "/m" }], "run /top",
    ]);
    assert.ok(on.said.some(([type, text]) => type === "info" && text.includes("/m: because")));
  },

  "invalidate on the root reloads; so does a circle of invalidations": async () => {
    const make = (id, imports = []) => mod(id, imports, (os) => os.meta.hot.accept(() => os.meta.hot.invalidate()));
    const root = await started([make("/main")]);
    assert.match((await root.update([make("/main")])).reload, /\/main can't take the update/);
    const circle = await started([mod("/main", ["/a"], (os) => os.meta.hot.accept()), make("/a", ["/b"]), make("/b", ["/a"])]);
    assert.match((await circle.update([make("/b", ["/a"])])).reload, /circle/);
  },

  "an invalidation in a circle is taken one level up": async () => {
    const log = [];
    const on = await started([mod("/main", ["/p"]), mod("/p", ["/c"], (os) => { log.push("run /p"); os.meta.hot.accept(); }), mod("/c", ["/p"], (os) => os.meta.hot.accept(() => os.meta.hot.invalidate()))]);
    log.length = 0;
    const { reload } = await on.update([mod("/c", ["/p"], (os) => os.meta.hot.accept(() => os.meta.hot.invalidate()))]);
    assert.deepEqual([log, reload], [["run /p"], undefined]);
  },

  "invalidate outside of an update is an update": async () => {
    const log = [];
    let invalidate;
    const on = await started([mod("/main", ["/top"]), mod("/top", ["/m"], (os) => { log.push("run /top"); os.meta.hot.accept(); }), mod("/m", [], (os) => { invalidate = os.meta.hot.invalidate; })]);
    invalidate();
    await settled();
    assert.deepEqual([log, on.reloads], [["run /top", "run /top"], []]);
    const alone = await started([mod("/main", [], (os) => { invalidate = os.meta.hot.invalidate; })]);
    invalidate();
    await settled();
    assert.deepEqual(alone.reloads, [1]);
  },

  "an importer that fails after an invalidation runs again with the next update": async () => {
    const log = [];
    let fails = true;
    const make = (v) => mod("/m", [], (os) => { os.meta.hot.accept((fresh) => v < 3 && os.meta.hot.invalidate()); return { v }; }, ["v"]);
    const on = await started([mod("/main", ["/top"]), mod("/top", ["/m"], (os, m) => { os.meta.hot.accept(); if (m.v === 2 && fails) throw new Error("mine"); log.push(m.v); }), make(1), value("/other", {})]);
    assert.equal((await on.update([make(2)])).failures[0].id, "/top");
    fails = false;
    await on.update([value("/other", {})]);
    assert.deepEqual(log, [1, 2]);
  },

  "a callback that throws is a failure; the others are called": async () => {
    const log = [];
    const make = () => mod("/m", [], (os) => { os.meta.hot.accept(() => { throw new Error("mine"); }); os.meta.hot.accept(() => log.push("called")); });
    const on = await started([mod("/main", ["/m"]), make()]);
    const { failures, updated } = await on.update([make()]);
    assert.deepEqual([failures[0].error.message, updated, log], ["mine", ["/m"], ["called"]]);
  },

  "style sheets accept themselves; one element each, in the order of a page that is loaded": async () => {
    const sheet = (id, text, imports = []) => mod(id, imports, (os) => os.css(text));
    const on = await started([mod("/main", ["/a.css", "/top", "/z.css"]), sheet("/a.css", "a"), mod("/top", [], (os) => os.meta.hot.accept()), sheet("/z.css", "z")]);
    const styles = () => on.head.map(({ dataset, textContent }) => `${dataset.overskillId} ${textContent}`);
    const [element] = on.head;
    const { updated } = await on.update([sheet("/a.css", "a2")]);
    assert.deepEqual([styles(), updated, on.head[0] === element], [["/a.css a2", "/z.css z"], ["/a.css"], true]);
    const top = (imports) => mod("/top", imports, (os) => os.meta.hot.accept());
    await on.update([top(["/m.css", "npm:p/p.css"]), sheet("/m.css", "m"), sheet("npm:p/p.css", "p")]);
    assert.deepEqual(styles(), ["/a.css a2", "/m.css m", "npm:p/p.css p", "/z.css z"]);
    await on.update([top([])]);
    assert.deepEqual(styles(), ["/a.css a2", "/z.css z"]);
    await on.update([top(["/m.css"])]);
    assert.deepEqual(styles(), ["/a.css a2", "/m.css m", "/z.css z"]);
  },

  "a package's sheet goes when the app no longer imports it, and stays when a package does": async () => {
    const top = (imports) => mod("/top", imports, (os) => os.meta.hot.accept());
    const sheet = (id) => mod(id, [], (os) => os.css(id));
    const on = await started([mod("/main", ["/top"]), top(["npm:p/index.js", "npm:q.css"]), mod("npm:p/index.js", ["npm:p/p.css"]), sheet("npm:p/p.css"), sheet("npm:q.css")]);
    const styles = () => on.head.map(({ textContent }) => textContent);
    await on.update([top([])]);
    assert.deepEqual(styles(), ["npm:p/p.css"]);
    await on.update([top(["npm:p/index.js", "npm:q.css"])]);
    assert.deepEqual(styles(), ["npm:p/p.css", "npm:q.css"]);
  },

  "a CSS module's importers get the new class names": async () => {
    const seen = [];
    const sheet = (name) => mod("/m.module.css", [], (os) => { os.css(`.${name}{}`); return { box: name }; }, ["box"]);
    const on = await started([mod("/main", ["/top"]), mod("/top", ["/m.module.css"], (os, css) => { os.meta.hot.accept(); seen.push(css.box); }), sheet("a")]);
    await on.update([sheet("b")]);
    assert.deepEqual([seen, on.head.map(({ textContent }) => textContent)], [["a", "b"], [".b{}"]]);
  },

  "a style sheet of an update that fails is not seen": async () => {
    const sheet = (name) => mod("/m.module.css", [], (os) => { os.css(`.${name}{}`); return { box: name }; }, ["box"]);
    const on = await started([mod("/main", ["/top"]), mod("/top", ["/m.module.css"], (os, css) => { os.meta.hot.accept(); if (css.box === "b") throw new Error("mine"); }), sheet("a")]);
    await on.update([sheet("b")]);
    assert.deepEqual(on.head.map(({ textContent }) => textContent), [".a{}"]);
    await on.update([sheet("c")]);
    assert.deepEqual(on.head.map(({ textContent }) => textContent), [".c{}"]);
  },
};

for (const [name, check] of Object.entries(table)) test(name, check);
