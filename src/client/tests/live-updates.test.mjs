// What the live client makes of envelopes: nothing missed, nothing twice, one reload where it helps. A sentence a row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, settled, stampOf, storage, table, world } from "./live-world.mjs";

const envelope = (seq, changes = {}) => ({
  v: 1, epoch: "e1", seq, base: seq - 1, kind: "component-update", paths: [`/src/${seq}.tsx`], url: `/__overskill/patch-${seq}.js`, at: 0, ...changes,
});
const broken = (seq, message = "no") => envelope(seq, { kind: "build-error", url: undefined, diagnostics: [{ code: "syntax", severity: "error", message }] });

/** A page that follows the object, with what came of it in `log`. */
async function page(stamp = {}, changes = {}) {
  const at = world(changes);
  const log = [];
  const self = { at, log, clock: at.clock, outcome: {}, answers: [], asked: [], missing: new Set(), inlines: true };
  const stamped = stampOf({ hmr: "durable_object", ...stamp });
  const position = (self.position = { epoch: stamped.epoch, seq: stamped.seq });
  let staged = [];
  const fetchPatch = async (name, signal) => {
    await settled(1);
    log.push(`fetch ${name}`);
    if (self.missing.has(name)) throw new TypeError("not found");
    if (self.silent?.delete(name)) await new Promise((_, failed) => signal.addEventListener("abort", () => failed(signal.reason)));
    return new Response(name);
  };
  at.fetch = async (url, { signal } = {}) => {
    if (url.includes("patch")) return fetchPatch(url.split("/").at(-1), signal);
    self.asked.push(url.slice(at.origin.length));
    const answer = self.answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    if (typeof answer === "number") return new Response("", { status: answer });
    return Response.json({ epoch: position.epoch, seq: position.seq, envelopes: [], ...answer });
  };
  const scripts = {
    inline(code, url) {
      const path = url.slice(at.origin.length);
      if (self.inlines) staged.push(path.endsWith(code) ? code : `${code} as ${path}`);
      return self.inlines;
    },
    async import(url) {
      await settled(1);
      const [path] = url.slice(at.origin.length).split("#");
      staged.push(path.slice(13));
      self.addresses = [...(self.addresses ?? []), url];
    },
  };
  const hot = {
    async apply() {
      log.push(`apply ${staged.join(" + ")}`);
      staged = [];
      if (self.waits) await self.waits;
      if (self.outcome instanceof Error) throw self.outcome;
      return { updated: [], failures: [], ...self.outcome };
    },
    emit: async (event, data) => void log.push(`emit ${event}${event.startsWith("vite:") ? "" : ` ${JSON.stringify(data)}`}`),
  };
  self.follow = new client.Follow({ stamp: stamped, position, world: at, scripts, hot, ready: self.ready ?? changes.ready ?? Promise.resolve() }, {
    link: (link) => log.push(`link ${link}`),
    stale: (stale) => log.push(stale ? "stale" : "not stale"),
    updating: () => {},
    updated: ({ seq, kind, paths }) => log.push(`updated ${seq} ${kind} ${paths.join(" ")}`),
    good: (seq) => log.push(`good ${seq}`),
    broken: ({ diagnostics }) => log.push(`broken ${diagnostics[0].message}`),
    reloading: (reason) => log.push(`reload: ${reason}`),
  });
  self.follow.start();
  at.last?.accept();
  await settled();
  log.length = 0;
  self.send = async (...envelopes) => {
    for (const message of envelopes) at.last.data(message);
    await settled();
  };
  return self;
}

const reloads = ({ at }) => at.reloads;

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

  "an update that was lost on its way, with nothing after it, is asked for once the server has twice said that it is further": async () => {
    const on = await page();
    const ping = async (seq, kind = "component-update") => {
      on.at.last.say({ type: "ping", seq, kind });
      await settled();
    };
    await ping(12);
    await on.send(envelope(13));
    await ping(13);
    await ping(14);
    assert.deepEqual(on.asked, [], "it may be on its way");
    on.answers.push({ seq: 14, envelopes: [envelope(14)] });
    await ping(14);
    assert.deepEqual([on.asked, on.position.seq], [["/__overskill/sync?epoch=e1&since=13"], 14]);
    await on.send(broken(15));
    await ping(15, "build-error");
    await ping(15, "build-error");
    assert.equal(on.asked.length, 1);
    await ping(15);
    on.answers.push({ seq: 15, envelopes: [envelope(15)] });
    await ping(15);
    assert.deepEqual([on.asked.length, on.position.seq], [2, 15], "built at last, and not told");
    await ping(16);
    for (let count = 0; count < 3; count++) await ping(16);
    assert.equal(on.asked.length, 3, "a question that failed is asked again in its own time");
  },

  "every 16th update is acknowledged": async () => {
    const on = await page();
    for (let seq = 13; seq <= 12 + 33; seq++) await on.send(envelope(seq));
    const acks = on.at.last.commands.filter(({ command }) => command === "message").map(({ data }) => JSON.parse(data));
    assert.deepEqual(acks, [{ action: "ack", seq: 28 }, { action: "ack", seq: 44 }]);
  },

  "on Rails' cable the page asks what it missed: on each confirmation, and when it wakes": async () => {
    const on = await page({ hmr: "action_cable" });
    assert.deepEqual(on.asked, ["/__overskill/sync?epoch=e1&since=12"]);
    on.answers.push({ seq: 13, envelopes: [envelope(13)] });
    on.follow.wake();
    await settled();
    await on.send();
    assert.equal(on.position.seq, 13);
    on.at.last.drop();
    await on.clock.pass(2000);
    on.answers.push({ seq: 14, envelopes: [envelope(14)] });
    on.at.last.accept();
    await on.send();
    assert.equal(on.position.seq, 14);
  },

  "who comes back asks at once what could not be asked before": async () => {
    const on = await page();
    on.at.seen = false;
    await on.send(envelope(15));
    await on.clock.pass(100_000);
    const before = on.asked.length;
    on.answers.push({ seq: 15, envelopes: [envelope(15, { base: 12 })] });
    on.at.seen = true;
    on.follow.wake();
    on.follow.wake();
    await settled();
    assert.deepEqual([on.asked.length, on.position.seq], [before + 1, 15]);
  },

  "on the object's socket the replay is enough": async () => {
    const on = await page();
    on.follow.wake();
    await on.send(envelope(13));
    assert.deepEqual(on.asked, []);
  },

  "a page that may not ask says so, until it may": async () => {
    const on = await page();
    on.answers.push(401);
    await on.send(envelope(15));
    assert.deepEqual(on.log, ["link unauthorized"]);
    on.answers.push({ seq: 15, envelopes: [envelope(15, { base: 12 })] });
    await on.clock.pass(2000);
    assert.deepEqual([on.log[1], on.position.seq], ["link connected", 15]);
  },

  "a page whose sockets all fail asks now and then, and does not reload for that": async () => {
    const on = await page();
    for (let second = 0; second < 120; second++) {
      on.at.last.drop();
      on.answers = [{ seq: on.position.seq + 1, envelopes: [envelope(on.position.seq + 1)] }];
      await on.clock.pass(1000);
    }
    assert.ok(on.asked.length >= 4 && on.asked.length <= 8, `${on.asked.length} questions`);
    assert.deepEqual([on.position.seq, reloads(on)], [12 + on.asked.length, 0]);
  },

  "sockets that never open are no reason to reload": async () => {
    const on = await page({}, { connect: () => { throw new Error("no sockets here"); } });
    await on.clock.pass(3_600_000);
    assert.equal(reloads(on), 0);
  },

  "a page of ours reloads on the first good news, of its own version too": async () => {
    for (const kind of ["component-update", "css-update", "build-ok", "full-reload"]) {
      const on = await page({ status: "failed" });
      await on.send(broken(12), envelope(12, { kind: "custom", event: "x" }));
      assert.deepEqual(on.log, []);
      await on.send(envelope(12, { kind, base: 0 }));
      assert.deepEqual([on.log.some((line) => line.startsWith("apply")), reloads(on)], [false, 1]);
    }
    const on = await page({ status: "empty", seq: 0 });
    await on.send(broken(1));
    assert.deepEqual(on.log, ["broken no"]);
  },

  "a page of ours asks for its own version, which may have been built since": async () => {
    const on = await page({ status: "failed", hmr: "action_cable" });
    assert.deepEqual(on.asked, ["/__overskill/sync?epoch=e1&since=11"]);
    const other = await page({ status: "empty", seq: 0 });
    assert.equal(JSON.parse(other.at.last.subscription).since, 0);
  },

  "a clock that is set back while the page reloads keeps it from nothing": async () => {
    const tab = storage();
    const first = await page({}, { storage: tab });
    await first.clock.sleep(86_400_000);
    await first.send(envelope(13, { kind: "full-reload", reason: "asked" }));
    const second = await page({ seq: 13 }, { storage: tab });
    await second.send(envelope(14, { kind: "full-reload", reason: "asked" }));
    assert.deepEqual([reloads(first), reloads(second)], [1, 1]);
  },

  "a reload that brought the page no further isn't repeated at once, and the page says so": async () => {
    const tab = storage();
    const reload = envelope(13, { kind: "full-reload", reason: "asked" });
    const first = await page({}, { storage: tab });
    await first.send(reload);
    assert.equal(reloads(first), 1);
    const second = await page({}, { storage: tab, clock: first.clock });
    await second.send(reload);
    assert.deepEqual([second.log, reloads(second)], [["stale"], 0]);
    await second.clock.pass(29_000);
    assert.equal(reloads(second), 0);
    second.answers.push({ seq: 13, envelopes: [reload] });
    await second.clock.pass(2000);
    assert.deepEqual([second.asked.length, reloads(second)], [1, 1], "it may try again later");
    const third = await page({}, { storage: tab, clock: first.clock });
    await third.send(reload);
    await third.clock.pass(59_000);
    assert.equal(reloads(third), 0, "and later still");
  },

  "reloads that help may follow each other": async () => {
    const tab = storage();
    for (let seq = 12; seq < 20; seq++) {
      const on = await page({ seq }, { storage: tab });
      await on.send(envelope(seq + 1, { kind: "full-reload" }));
      assert.equal(reloads(on), 1);
    }
  },

  "a page of ours that becomes the app counts as helped, at the same version": async () => {
    const tab = storage();
    const ours = await page({ status: "failed" }, { storage: tab });
    await ours.send(envelope(12, { base: 0 }));
    const app = await page({}, { storage: tab });
    await app.send(envelope(13, { kind: "full-reload" }));
    assert.deepEqual([reloads(ours), reloads(app)], [1, 1]);
  },

  "a server whose epoch changes on each load doesn't make the page spin": async () => {
    const tab = storage();
    let clock, count = 0;
    for (let turn = 0; turn < 10; turn++) {
      const on = await page({ epoch: `e${turn}` }, { storage: tab, ...(clock && { clock }) });
      clock = on.clock;
      on.answers.push({ epoch: `e${turn + 1}`, seq: 1 });
      await on.send(envelope(1, { epoch: `e${turn + 1}` }));
      await clock.pass(500);
      count += reloads(on);
      if (!reloads(on)) break;
    }
    assert.equal(count, 3);
  },

  "without storage a page that came by a reload waits before the next": async () => {
    const forbidden = { getItem() { throw new Error("sandboxed"); }, setItem() { throw new Error("sandboxed"); }, removeItem() { throw new Error("sandboxed"); } };
    const reload = envelope(13, { kind: "full-reload" });
    const first = await page({}, { storage: forbidden });
    await first.send(reload);
    assert.equal(reloads(first), 1);
    const second = await page({}, { storage: forbidden, reloaded: true });
    await second.send(reload);
    assert.equal(reloads(second), 0);
    second.answers.push({ seq: 13, envelopes: [reload] });
    await second.clock.pass(31_000);
    assert.equal(reloads(second), 1);
  },

  "what a page left its successor is taken once": async () => {
    const tab = storage();
    const ours = await page({}, { storage: tab });
    await ours.send(envelope(13, { kind: "full-reload" }));
    const others = [await page({ seq: 13 }, { storage: tab }), await page({}, { storage: tab })];
    await others[1].send(envelope(13, { kind: "full-reload" }));
    assert.equal(reloads(others[1]), 1);
  },

  "two frames of one tab reload each for itself": async () => {
    const tab = storage();
    const reload = envelope(13, { kind: "full-reload" });
    const [a, b] = [await page({}, { storage: tab }), await page({}, { storage: tab })];
    await a.send(reload);
    await b.send(reload);
    assert.deepEqual([reloads(a), reloads(b)], [1, 1]);
  },

  "a page whose reload someone prevented goes on later": async () => {
    const on = await page();
    await on.send(envelope(13, { kind: "full-reload" }));
    on.answers.push({ seq: 14, envelopes: [envelope(14, { base: 12 })] });
    await on.clock.pass(61_000);
    assert.equal(on.position.seq, 14);
  },

  "more than anyone can wait for is asked for instead": async () => {
    let go;
    const on = await page({}, { ready: new Promise((resolve) => (go = resolve)) });
    await on.send(...Array.from({ length: 600 }, (_, at) => envelope(13 + at)));
    on.answers.push({ seq: 612, envelopes: [envelope(612, { base: 12 })] });
    go();
    await on.send();
    assert.deepEqual([on.position.seq, reloads(on), on.asked.length], [612, 0, 1]);
  },
});
