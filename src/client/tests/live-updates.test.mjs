// What the live client makes of envelopes: nothing missed, nothing twice. A sentence a row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { broken, envelope, page, reloads } from "./live-page.mjs";
import { table } from "./live-world.mjs";

table(test, {
  "an update is fetched, applied, and the page stands at it": async () => {
    const on = await page();
    await on.send(envelope(13));
    assert.deepEqual(on.log, ["fetch patch-13.js", "apply patch-13.js", "good 13", "updated 13 component-update /src/13.tsx"]);
    assert.equal(on.position.seq, 13);
  },

  "code that comes along is run without a fetch, under the patch's address": async () => {
    const on = await page();
    await on.send(envelope(13, { code: "CODE" }));
    assert.equal(on.log[0], "apply CODE as /__overskill/patch-13.js");
  },

  "where inline scripts are forbidden, code is fetched, and that is learned once": async () => {
    const on = await page();
    on.inlines = false;
    await on.send(envelope(13, { code: "CODE" }));
    on.inlines = true;
    await on.send(envelope(14, { code: "CODE" }));
    assert.deepEqual(on.log.filter((line) => line.startsWith("apply")), ["apply patch-13.js", "apply patch-14.js"]);
  },

  "a patch that is needed twice is run twice": async () => {
    const on = await page();
    on.inlines = false;
    const url = "/__overskill/patch-same.js";
    await on.send(envelope(13, { url }));
    await on.send(envelope(14, { url }));
    assert.equal(new Set(on.addresses).size, 2);
    assert.deepEqual(on.addresses.map((address) => address.split("#")[0]), [`${on.at.origin}${url}`, `${on.at.origin}${url}`]);
  },

  "what the page has already is passed over": async () => {
    const on = await page();
    await on.send(envelope(12), envelope(11), envelope(9, { kind: "build-ok" }), envelope(12, { kind: "full-reload" }), broken(11));
    await on.send(envelope(13), envelope(13));
    assert.deepEqual(on.log.slice(2), ["good 13", "updated 13 component-update /src/13.tsx"]);
  },

  "updates that wait are one update, in their order": async () => {
    const on = await page();
    let go;
    on.waits = new Promise((resolve) => (go = resolve));
    await on.send(envelope(13));
    await on.send(envelope(14), envelope(15, { kind: "css-update" }), envelope(16, { kind: "build-ok", url: undefined }), envelope(17, { base: 15 }));
    assert.deepEqual(on.log, ["fetch patch-13.js", "apply patch-13.js"], "one at a time");
    go();
    await on.send();
    assert.deepEqual(on.log.slice(4), [
      "fetch patch-14.js", "fetch patch-15.js", "fetch patch-17.js", "apply patch-14.js + patch-15.js + patch-17.js", "good 17",
      "updated 17 component-update /src/14.tsx /src/15.tsx /src/17.tsx",
    ]);
  },

  "nothing is applied before the page's own scripts have run": async () => {
    let go;
    const on = await page({}, { ready: new Promise((resolve) => (go = resolve)) });
    await on.send(envelope(13));
    assert.deepEqual(on.log, []);
    go();
    await on.send();
    assert.equal(on.position.seq, 13);
  },

  "a page may stand anywhere from the update's base on": async () => {
    const on = await page();
    await on.send(envelope(20, { base: 12 }));
    assert.equal(on.position.seq, 20);
  },

  "a gap is bridged by asking, and what came meanwhile follows": async () => {
    const on = await page();
    on.answers.push({ seq: 15, envelopes: [envelope(13), envelope(14), envelope(15)] });
    await on.send(envelope(15), envelope(16));
    assert.deepEqual(on.asked, ["/__overskill/sync?epoch=e1&since=12"]);
    assert.equal(on.log.find((line) => line.startsWith("apply")), "apply patch-13.js + patch-14.js + patch-15.js + patch-16.js");
    assert.deepEqual([on.position.seq, reloads(on)], [16, 0]);
  },

  "a gap that the server can't bridge is one reload, and the app is told before": async () => {
    const on = await page();
    on.answers.push({ seq: 15 });
    await on.send(envelope(15), envelope(16));
    assert.deepEqual(on.log, ["reload: updates 13 to 14 are missing", "emit vite:beforeFullReload"]);
    assert.equal(reloads(on), 1);
    assert.ok(on.at.log.lines.includes("warn: reloading: updates 13 to 14 are missing"));
    await on.send(envelope(17));
    assert.equal(reloads(on), 1);
  },

  "while the server can't be asked about a gap, the page waits, and asks again": async () => {
    const on = await page();
    await on.send(envelope(15));
    await on.send(envelope(16));
    assert.equal(on.asked.length, 1);
    await on.clock.pass(1000);
    assert.equal(on.asked.length, 2);
    on.answers.push({ seq: 16, envelopes: [envelope(14, { base: 12 }), envelope(15), envelope(16)] });
    await on.clock.pass(4000);
    assert.deepEqual([on.position.seq, reloads(on)], [16, 0]);
  },

  "an envelope of another epoch is believed when the server says so": async () => {
    const on = await page();
    on.answers.push({ seq: 12 });
    await on.send(envelope(3, { epoch: "e0" }), envelope(4, { epoch: "e0" }));
    assert.deepEqual([on.asked.length, reloads(on)], [1, 0], "late, from before the page was loaded");
    on.answers.push({ epoch: "e2", seq: 1, envelopes: [envelope(1, { epoch: "e2", kind: "full-reload", reason: "restored" })] });
    await on.send(envelope(1, { epoch: "e2" }));
    assert.deepEqual([on.log[0], reloads(on)], ["reload: restored", 1]);
  },

  "a server that is behind the page went back in time": async () => {
    const on = await page();
    on.answers.push({ seq: 7 });
    on.follow.wake();
    await on.send(envelope(15));
    assert.deepEqual([on.log[0], reloads(on)], ["reload: the preview went back to an older version", 1]);
  },

  "the server and the update itself may ask for a reload": async () => {
    const asked = await page();
    await asked.send(envelope(13, { kind: "full-reload", reason: "index.html changed", url: undefined }));
    assert.deepEqual([asked.log[0], reloads(asked)], ["reload: index.html changed", 1]);
    const applied = await page();
    applied.outcome = { reload: "/src/main.tsx changed" };
    await applied.send(envelope(13));
    assert.deepEqual([applied.log[2], reloads(applied)], ["reload: /src/main.tsx changed", 1]);
    const threw = await page();
    threw.outcome = new Error("boom");
    await threw.send(envelope(13));
    assert.equal(reloads(threw), 1);
  },

  "a newer protocol is a reload, an unknown kind is nothing": async () => {
    const on = await page();
    await on.send(envelope(13, { kind: "hologram" }), { v: 1 }, null, "text", 7);
    assert.deepEqual([on.log, on.position.seq], [[], 12]);
    await on.send(envelope(13, { v: 2 }));
    assert.equal(reloads(on), 1);
  },

  "a build error changes nothing that runs; the update after it is applied": async () => {
    const on = await page();
    await on.send(broken(13));
    await on.send(envelope(14, { base: 12 }));
    assert.deepEqual(on.log.filter((line) => !line.includes("patch")), ["broken no", "good 14", "updated 14 component-update /src/14.tsx"]);
  },

  "a retry brings the update with the error's own number": async () => {
    const on = await page();
    await on.send(broken(13));
    await on.send(envelope(13));
    await on.send(broken(13));
    assert.deepEqual(on.log.filter((line) => !line.includes("patch")), ["broken no", "good 13", "updated 13 component-update /src/13.tsx"]);
  },

  "an error that is over when it is its turn is not shown": async () => {
    const on = await page();
    await on.send(envelope(13), broken(14), envelope(15, { base: 13 }));
    assert.equal(on.log.some((line) => line.startsWith("broken")), false);
    assert.equal(on.position.seq, 15);
  },

  "a build that is good again without a change clears the error": async () => {
    const on = await page();
    await on.send(broken(13), envelope(14, { kind: "build-ok", base: 12, url: undefined }));
    await on.send(broken(15), broken(16, "other"));
    await on.send(envelope(17, { kind: "build-ok", base: 12, url: undefined }));
    assert.deepEqual(on.log, ["good 14", "broken no", "broken other", "good 17"]);
    assert.equal(on.position.seq, 17);
  },

  "custom events go to the app in their place": async () => {
    const on = await page();
    await on.send(envelope(13), envelope(13, { kind: "custom", event: "app:hello", data: { a: 1 } }), envelope(14));
    assert.deepEqual(on.log.filter((line) => /emit|updated/.test(line)), ["updated 13 component-update /src/13.tsx", 'emit app:hello {"a":1}', "updated 14 component-update /src/14.tsx"]);
  },

  "a patch that can't be fetched is tried again, later and later": async () => {
    const on = await page();
    on.missing.add("patch-13.js");
    await on.send(envelope(13));
    await on.clock.pass(400);
    on.missing.clear();
    await on.clock.pass(2000);
    assert.deepEqual([on.position.seq, reloads(on), on.asked.length], [13, 0, 0]);
    assert.equal(new Set(on.log.filter((line) => line.startsWith("fetch"))).size, 1);
  },

  "a patch that nobody answers for is asked for again": async () => {
    const on = await page();
    on.silent = new Set(["patch-13.js"]);
    await on.send(envelope(13), envelope(14));
    await on.clock.pass(11_000);
    assert.deepEqual([on.position.seq, reloads(on), on.asked.length], [14, 0, 0]);
    assert.ok(on.log.includes("apply patch-13.js + patch-14.js"));
  },

  "what came before a patch that can't be fetched is applied; then the server is asked, then the page reloads": async () => {
    const on = await page();
    on.missing.add("patch-14.js");
    on.answers.push({ seq: 15, envelopes: [envelope(14), envelope(15)] });
    await on.send(envelope(13), envelope(14), envelope(15));
    await on.clock.pass(60_000);
    assert.equal(on.log.filter((line) => line === "apply patch-13.js").length, 1);
    assert.deepEqual([on.position.seq, on.asked, reloads(on)], [13, ["/__overskill/sync?epoch=e1&since=13"], 1]);
    assert.ok(on.log.includes("reload: update 14 can't be loaded"));
  },

  "a gap whose updates the server named, and then went away with, is no reason to reload": async () => {
    const on = await page();
    on.missing.add("patch-13.js");
    on.answers.push({ seq: 14, envelopes: [envelope(13), envelope(14)] });
    await on.send(envelope(14));
    await on.clock.pass(30_000);
    await on.send(envelope(15));
    assert.deepEqual([on.position.seq, reloads(on)], [12, 0]);
    on.missing.clear();
    on.answers.push({ seq: 15, envelopes: [envelope(13), envelope(14), envelope(15)] });
    await on.clock.pass(60_000);
    assert.deepEqual([on.position.seq, reloads(on)], [15, 0]);
  },

  "an offline page does not reload for want of a patch": async () => {
    const on = await page();
    on.missing.add("patch-13.js");
    await on.send(envelope(13));
    await on.clock.pass(600_000);
    assert.equal(reloads(on), 0);
    on.missing.clear();
    on.answers.push({ seq: 13, envelopes: [envelope(13)] });
    await on.clock.pass(40_000);
    assert.deepEqual([on.position.seq, reloads(on)], [13, 0]);
  },
});
