// What the live client does where envelopes are not enough: one reload where it helps, and no more. A sentence a row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { broken, envelope, page, reloads } from "./live-page.mjs";
import { settled, storage, table } from "./live-world.mjs";

table(test, {
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
    const behind = await page({ status: "failed" });
    behind.answers.push({ seq: 11 });
    await behind.send(envelope(15, { base: 14, epoch: "e0" }));
    assert.deepEqual([behind.asked.length, reloads(behind)], [1, 0], "where it asked from is no step back");
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
