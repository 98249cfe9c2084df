// The smaller parts of the live client: who may listen, what is serialised, what is reported and what the badge says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, settled, table, world } from "./live-world.mjs";

const preview = new URL("https://shop.preview.test/");
const local = new URL("http://shop.localhost:8787/");
const may = (editors, page, origin) => client.mayListen(editors, page, origin);

const problem = (key, more = {}) => ({ phase: "runtime", key, severity: "error", label: "Error", message: key, count: 1, ...more });
const failed = (seq, ...messages) => ({ seq, diagnostics: messages.map((message) => ({ code: "x", severity: "error", message, path: "a.ts", line: seq, column: 1 })) });

/** Reports that go to a server which `answers`. */
function reports(answers = () => Response.json({ errors: [] })) {
  const posts = [];
  const at = world({ fetch: async (url, { body }) => (posts.push(JSON.parse(body)), answers(posts.at(-1))) });
  const problems = new client.Problems(() => {});
  return { at, posts, problems, reports: new client.Reports(at, { epoch: "e1", seq: 7 }, problems, () => "https://shop.test/cart") };
}

table(test, {
  "an editor is who the stamp names, exactly": () => {
    const editors = ["https://editor.test"];
    assert.equal(may(editors, preview, "https://editor.test"), true);
    for (const origin of ["https://editor.test:444", "http://editor.test", "https://editor.test.evil.test", "null", "", "http://localhost:3000"]) {
      assert.equal(may(editors, preview, origin), false, origin);
      assert.equal(may(editors, local, origin), false, origin);
    }
  },

  "without names, a local preview trusts local editors, and a public one nobody": () => {
    for (const origin of ["http://localhost", "http://localhost:3000", "http://127.0.0.1:5173"]) {
      assert.equal(may([], local, origin), true, origin);
      assert.equal(may([], preview, origin), false, origin);
      assert.equal(may([], new URL("http://localhost.evil.test/"), origin), false);
    }
    for (const origin of ["https://localhost", "http://localhost.evil.test", "http://evil.test", "http://localhost:3000.evil.test", "http://127.0.0.1.evil.test", "null"]) {
      assert.equal(may([], local, origin), false, origin);
    }
  },

  "what is logged becomes plain data": () => {
    const circle = { name: "circle" };
    circle.self = circle;
    let ran = false;
    const rows = [
      [["text", 1, true, null], ["text", 1, true, null]],
      [[undefined, NaN, -Infinity, 10n, Symbol("s")], ["undefined", "NaN", "-Infinity", "10n", "Symbol(s)"]],
      [[function named() {}, () => {}], ["[function named]", "[function ]"]],
      [[new Date(0), /a/g, new Date(NaN)], ["1970-01-01T00:00:00.000Z", "/a/g", "Invalid Date"]],
      [[new Map([[{ k: 1 }, [2]]]), new Set([1])], [{ "[map]": [[{ k: 1 }, [2]]] }, [1]]],
      [[circle], [{ name: "circle", self: "[circular]" }]],
      [[{ get secret() { ran = true; return 1; }, open: 2 }], [{ secret: "[getter]", open: 2 }]],
      [[{ a: { b: { c: { d: { e: 1 } } } } }], [{ a: { b: { c: { d: "{…}" } } } }]],
      [[new Uint8Array([1, 2]), Promise.resolve(), new WeakMap()], [[1, 2], "[promise]", "[weak]"]],
      [[new Proxy({}, { ownKeys() { throw new Error("no"); } })], ["[unreadable]"]],
      [[JSON.parse('{"__proto__":{"a":1}}')], [JSON.parse('{"__proto__":{"a":1}}')]],
    ];
    for (const [args, expected] of rows) assert.deepEqual(JSON.parse(JSON.stringify(client.serialise(args))), expected);
    assert.equal(ran, false);
    assert.match(client.serialise([new TypeError("bad")])[0], /^TypeError: bad\n/);
  },

  "what is logged is bounded": () => {
    const size = (...args) => JSON.stringify(client.serialise(args)).length;
    assert.ok(size("x".repeat(1e6)) < 3000);
    assert.ok(size(Array.from({ length: 1e5 }, (_, at) => at)) < 1000);
    const wide = (depth) => (depth ? Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, wide(depth - 1)])) : "leaf");
    assert.ok(size(wide(3)) < 20_000);
    assert.equal(client.serialise(Array(1000).fill(1)).length, 50);
  },

  "errors go together, with where they were, and come back with their place": async () => {
    const { at, posts, problems, reports: to } = reports(() => Response.json({ errors: [{ path: "src/a.ts", line: 3, column: 1, frame: "> 3 | a" }, {}] }));
    to.report("error", Object.assign(new Error("one"), { stack: "Error: one\n    at f (https://shop.test/__overskill/patch-ab12.js#4:2:9)\n    at g (https://shop.test/__overskill/app-1.js:1:2)" }));
    to.report("unhandledrejection", "two");
    assert.deepEqual(problems.all.map(({ message }) => message), ["one", "two"], "shown before the server knows");
    await at.clock.pass(200);
    const [{ seq, errors }] = posts;
    assert.deepEqual([posts.length, seq], [1, 7]);
    assert.equal(errors[0].stack, "Error: one\n    at f (https://shop.test/__overskill/patch-ab12.js:2:9)\n    at g (https://shop.test/__overskill/app-1.js:1:2)");
    assert.deepEqual(errors[1], { kind: "unhandledrejection", name: "Error", message: "two", stack: "", url: "https://shop.test/cart" });
    assert.deepEqual(problems.all.map(({ place }) => place), [{ path: "src/a.ts", line: 3, column: 1 }, undefined]);
  },

  "one error counts once however often it comes by, and equal ones add up": async () => {
    const { at, posts, problems, reports: to } = reports();
    const error = new Error("same");
    to.report("error", error);
    to.report("react", error);
    for (let turn = 0; turn < 5; turn++) to.report("error", Object.assign(new Error("again"), { stack: "at x" }));
    await at.clock.pass(200);
    assert.deepEqual(posts[0].errors.map(({ message }) => message), ["same", "again"]);
    assert.deepEqual(problems.all.map(({ count }) => count), [1, 5]);
  },

  "a page reports 20 errors in a minute and no more": async () => {
    const { at, posts, reports: to } = reports();
    for (let turn = 0; turn < 300; turn++) {
      to.report("error", new Error(`number ${turn}`));
      await at.clock.pass(100);
    }
    assert.equal(posts.flatMap(({ errors }) => errors).length, 20);
    await at.clock.pass(60_000);
    to.report("error", new Error("later"));
    await at.clock.pass(200);
    assert.equal(posts.flatMap(({ errors }) => errors).length, 21);
  },

  "anything can be thrown, long or broken": async () => {
    const { at, posts, reports: to } = reports(() => new Response("", { status: 500 }));
    const broken = { get message() { throw new Error("no"); } };
    const circle = {};
    circle.self = circle;
    for (const thrown of [undefined, null, 7, { code: 1 }, circle, broken, Object.assign(new Error("m".repeat(1e5)), { stack: "s".repeat(1e6) })]) to.report("error", thrown);
    await at.clock.pass(200);
    const errors = posts[0].errors;
    assert.deepEqual(errors.slice(0, 4).map(({ message }) => message), ["undefined", "null", "7", '{"code":1}']);
    assert.equal(errors.length, 6, "two that can't be read are the same");
    assert.ok(JSON.stringify(errors).length < 20_000);
  },

  "noise of the browser and of extensions is no error of the app": async () => {
    const { at, posts, problems, reports: to } = reports();
    to.report("error", { message: "ResizeObserver loop limit exceeded", stack: "" });
    to.report("error", Object.assign(new Error("x"), { stack: "Error: x\n at chrome-extension://abc/inject.js:1:1" }));
    await at.clock.pass(200);
    assert.deepEqual([posts, problems.all], [[], []]);
  },

  "what was put aside stays aside until it changes": () => {
    const problems = new client.Problems(() => {});
    problems.broken(failed(13, "a", "b"));
    assert.equal(problems.open, true);
    problems.dismiss();
    assert.equal(problems.open, false);
    problems.broken({ ...failed(13, "a", "b"), seq: 14 });
    assert.equal(problems.open, false, "the same in the next version");
    problems.broken({ ...failed(13, "b"), seq: 15 });
    assert.equal(problems.open, false, "one of them is gone");
    problems.broken({ ...failed(13, "a", "b"), seq: 16 });
    assert.equal(problems.open, true, "and back");
    problems.dismiss();
    problems.reopen();
    assert.equal(problems.open, true);
  },

  "a build's errors go only with a good build that is no older": () => {
    const problems = new client.Problems(() => {});
    problems.broken(failed(13, "a"));
    problems.good(12);
    assert.equal(problems.all.length, 1);
    problems.good(13);
    assert.equal(problems.all.length, 0);
    problems.broken({ seq: 14 });
    assert.equal(problems.open, true, "without diagnostics, too");
    problems.forgetThrown();
    assert.equal(problems.open, true);
  },

  "errors come first, and warnings alone open nothing": () => {
    const problems = new client.Problems(() => {});
    problems.broken({ seq: 1, diagnostics: [{ code: "w", severity: "warning", message: "w" }, { code: "e", severity: "error", message: "e" }] });
    assert.deepEqual(problems.all.map(({ label }) => label), ["e", "w"]);
    problems.good(1);
    problems.thrown(problem("caught", { severity: "warning" }));
    assert.equal(problems.open, false);
  },

  "the badge says the most important only": () => {
    const says = (state) => client.wordsFor({ link: "connected", stale: false, aside: 0, ...state })?.text;
    assert.deepEqual(
      [{}, { link: "reconnecting" }, { link: "offline", aside: 2 }, { link: "unauthorized", aside: 1 }, { stale: true, link: "offline" }, { aside: 1 }].map(says),
      [undefined, "Reconnecting…", "2 errors", "No live updates: not authorized", "Out of date", "1 error"],
    );
  },

  "what passes within a second isn't worth a word": async () => {
    await settled(1);
    assert.deepEqual(["connecting", "reconnecting", "offline"].map((link) => client.wordsFor({ link, stale: false, aside: 0 }).lasting), [true, true, true]);
  },
});
