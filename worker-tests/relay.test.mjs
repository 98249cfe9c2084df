// The relay's words on bare sockets: Action Cable's protocol as the object speaks it to our own client, and as the edge
// speaks it to all others.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Cable, EXTENDED, PROTOCOLS, broadcast, identifier } from "./support/cable.mjs";
import { Server } from "./support/server.mjs";

const page = '<!doctype html><div id="root"></div><script type="module" src="/src/main.ts"></script>';
const tree = { "index.html": page, "src/main.ts": "document.title = 'one'" };

let server;
before(async () => {
  server = await Server.start();
  for (const slug of ["one", "two"]) await server.call("POST", "/v1/apps", { json: { slug } });
});
after(() => server.stop());

/** Both ways in: through to the object, and over the edge. */
const WAYS = [
  ["our own client", { host: "one.localhost", path: "/__overskill/cable?client=1" }],
  ["a preview's host", { host: "one.localhost", path: "/__overskill/cable" }],
  ["the control host", {}],
  ["the control host, with the app", { path: "/cable?app=one" }],
];

for (const [way, options] of WAYS) {
  test(`${way}: welcome, confirm, messages in order, silence after unsubscribing`, async () => {
    const cable = await Cable.open(server, options);
    assert.equal(cable.socket.protocol, "actioncable-v1-json");
    assert.deepEqual(await cable.next(), { type: "welcome" });
    const [first, second] = [identifier("one"), identifier("one", { nr: 2 })];
    assert.deepEqual(await cable.subscribe(first), []);
    assert.deepEqual(await cable.subscribe(second), []);
    const sent = [{ a: 1 }, "<b>\"html\" & 'quotes'</b>", '{"json":"in a string"}', null, [1, 2.5], "ü😀\u2028"];
    for (const data of sent) assert.equal(await broadcast(server, "one", "hi", data), 1);
    for (const of of [first, second]) {
      for (const data of sent) {
        const { at, epoch, ...message } = await cable.message(of);
        assert.ok(Math.abs(at - Date.now()) < 60_000);
        assert.match(epoch, /^[0-9a-f]{16}$/);
        assert.deepEqual(message, { v: 1, seq: 0, base: 0, kind: "custom", paths: [], event: "hi", data });
      }
    }
    cable.say("unsubscribe", first);
    await cable.settled();
    await broadcast(server, "one", "bye", 1);
    assert.equal((await cable.message(second)).event, "bye");
    cable.say("unsubscribe", second);
    await cable.settled();
    assert.equal(await broadcast(server, "one", "nobody", 1), 0);
    assert.deepEqual(cable.frames.filter(({ type }) => type !== "ping"), []);
    assert.ok([1000, 1005].includes((await cable.close()).code), "the goodbye is answered");
  });

  test(`${way}: identifiers come back byte for byte, and what is said twice counts once`, async () => {
    const cable = await Cable.open(server, options);
    const odd = [
      '{"app_id":"one","channel":"AppPreviewChannel"}',
      ' { "channel" : "AppPreviewChannel" ,\n\t"app_id":"one", "x": "ü😀\u2028\\u00e9</script>" } ',
      '{"channel":"AppPreviewChannel","app_id":"\\u006fne","nested":{"a":[1,null]}}',
    ];
    for (const each of odd) {
      await cable.subscribe(each);
      // As a client does that has heard nothing for half a second.
      await cable.subscribe(each);
    }
    await broadcast(server, "one", "once", 1);
    for (const each of odd) assert.equal((await cable.message(each)).event, "once");
    await cable.settled();
    assert.deepEqual(cable.frames.filter(({ type }) => type !== "ping" && type !== "welcome"), []);
    await cable.close();
  });

  test(`${way}: what is no command is passed over`, async () => {
    const [cable, other] = [await Cable.open(server, options), await Cable.open(server, options)];
    const own = identifier("one");
    await Promise.all([cable.subscribe(own), other.subscribe(own)]);
    for (const text of ["", "{", "null", "[]", "7", '"x"', '{"command":7}', '{"command":"dance"}', '{"command":"subscribe"}', '{"identifier":"x"}',
      '{"command":"subscribe","identifier":{}}', '{"command":"message","identifier":"nope","data":"{}"}', "\u0000", "[".repeat(5_000)]) {
      cable.socket.send(text);
    }
    cable.socket.send(Buffer.from([0xff, 0xfe]));
    cable.say("message", own, { data: "not json" });
    cable.say("message", own, { data: '{"action":"speak"}' });
    cable.say("message", own, { data: '{"action":"ack","seq":-1}' });
    cable.say("whisper", own, { data: {} });
    await broadcast(server, "one", "still", 1);
    for (const each of [cable, other]) assert.equal((await each.message(own)).event, "still");
    // A subscription without an identifier is one to nothing.
    assert.deepEqual((await cable.next(({ type }) => type === "reject_subscription")).identifier, "");
    await Promise.all([cable.close(), other.close()]);
  });

  test(`${way}: what isn't a preview of this relay is rejected`, async () => {
    const cable = await Cable.open(server, options);
    for (const wrong of [
      "", "x", "{}", "[]", "null", '{"channel":"AppPreviewChannel"}', '{"channel":"ChatChannel","app_id":"one"}', identifier("nobody"),
      identifier("One"), identifier("../one"), '{"channel":"AppPreviewChannel","app_id":1}', '{"channel":"AppPreviewChannel","app_id":"one","app_id":"two"}',
      identifier("one", { token: 7 }),
    ]) {
      await assert.rejects(cable.subscribe(wrong), /rejected/, wrong);
    }
    await cable.subscribe(identifier("one"));
    await cable.close();
  });
}

test("one connection to the control host listens to several apps", async () => {
  const cable = await Cable.open(server);
  await cable.subscribe(identifier("one"));
  await cable.subscribe(identifier("two"));
  await broadcast(server, "two", "to", "two");
  await broadcast(server, "one", "to", "one");
  assert.equal((await cable.message(identifier("one"))).data, "one");
  assert.equal((await cable.message(identifier("two"))).data, "two");
  await cable.close();
});

test("an app's own host knows no other app", async () => {
  for (const path of ["/__overskill/cable", "/__overskill/cable?client=1"]) {
    const cable = await Cable.open(server, { host: "one.localhost", path });
    await assert.rejects(cable.subscribe(identifier("two")), /rejected/);
    await cable.close();
  }
});

test("stock clients are pinged every three seconds, by rising whole numbers; our own pings itself", async () => {
  const [stock, own] = [await Cable.open(server), await Cable.own(server, "one")];
  const pings = [];
  while (pings.length < 3) pings.push((await stock.next(({ type }) => type === "ping")).message);
  assert.ok(pings.every(Number.isInteger) && pings[0] < pings[1] && pings[1] < pings[2], String(pings));
  assert.equal(own.frames.some(({ type }) => type === "ping"), false);
  own.socket.send('{"command":"ping"}');
  await own.next(({ type }) => type === "ping");
  await Promise.all([stock.close(), own.close()]);
});

test("the subprotocol is the first that is known, of those that the client offers", async () => {
  for (const { 1: options } of WAYS) {
    for (const [protocols, named] of [
      [PROTOCOLS, "actioncable-v1-json"],
      [["actioncable-v1-ext-json", "actioncable-v1-json"], "actioncable-v1-ext-json"],
      [["x", "actioncable-v1-json", "actioncable-v1-ext-json"], "actioncable-v1-json"],
      [["x", "actioncable-unsupported"], "actioncable-unsupported"],
      [[], ""],
    ]) {
      const cable = await Cable.open(server, { ...options, protocols });
      assert.equal(cable.socket.protocol, named);
      assert.equal((await cable.next()).type, "welcome");
      await cable.close();
    }
    await assert.rejects(Cable.open(server, { ...options, protocols: ["vite-hmr"] }), /no subprotocol/);
  }
});

test("what is no upgrade is told so, and what is nobody's is not there", async () => {
  for (const [host, path] of [["one.localhost", "/__overskill/cable"], ["localhost", "/cable"], ["localhost", "/cable?app=one"]]) {
    const answer = await server.call("GET", path, { token: null, headers: { host: `${host}:${server.port}` } });
    assert.equal(answer.status, 426);
  }
  for (const [options, status] of [
    [{ host: "nobody.localhost", path: "/__overskill/cable" }, 404],
    [{ host: "one--x.localhost", path: "/__overskill/cable" }, 404],
    [{ path: "/cable?app=nobody" }, 404],
    [{ path: "/cable?app=../x" }, 404],
    [{ path: "/cable?client=1" }, 400],
    [{ path: "/cable/x" }, 404],
  ]) {
    await assert.rejects(Cable.open(server, options), { status });
  }
});

test("an error that holds is told before the subscription is confirmed, also to those that come later", async () => {
  const written = await uploaded(server, "broken", { ...tree, "src/main.ts": "const a = (" });
  assert.equal(written.status, "failed");
  for (const open of [() => Cable.own(server, "broken"), () => Cable.open(server)]) {
    const cable = await open();
    const [told, ...others] = await cable.subscribe(identifier("broken"));
    assert.deepEqual(others, []);
    assert.equal(told.message.kind, "build-error");
    assert.equal(told.message.diagnostics[0].path, "src/main.ts");
    await cable.close();
  }
});

test("our own client is told what it missed, and gets code; all others get an address", async () => {
  const { epoch, seq } = await uploaded(server, "edited", tree);
  const late = identifier("edited", { epoch, since: seq });
  const [own, stock] = [await Cable.own(server, "edited"), await Cable.open(server)];
  assert.deepEqual(await own.subscribe(late), []);
  await stock.subscribe(identifier("edited"));
  const edit = (title) => server.call("PUT", "/v1/apps/edited/files/src/main.ts", { body: `document.title = '${title}'` });
  const { update } = (await edit("two")).json;
  assert.equal(update.seq, seq + 1);
  const [told, plain] = [await own.message(late), await stock.message(identifier("edited"))];
  assert.deepEqual(plain, update);
  assert.match(told.code, /'two'|"two"/);
  assert.deepEqual({ ...told, code: undefined }, { ...update, code: undefined });
  await edit("three");
  const again = await Cable.own(server, "edited");
  const replayed = await again.subscribe(late);
  assert.deepEqual(replayed.map(({ message }) => message.seq), [seq + 1, seq + 2]);
  const lost = await again.subscribe(identifier("edited", { epoch: "another", since: seq }));
  assert.deepEqual(lost.map(({ message }) => message.kind), ["full-reload"]);
  await Promise.all([own, stock, again].map((cable) => cable.close()));
});

test("AnyCable's extension: places in the log, history, sessions", async () => {
  const { epoch, seq } = await uploaded(server, "extended", tree);
  const edit = (title) => server.call("PUT", "/v1/apps/extended/files/src/main.ts", { body: `document.title = '${title}'` });
  const open = (query = "") => Cable.open(server, { host: "extended.localhost", path: `/__overskill/cable${query}`, protocols: EXTENDED });
  const own = identifier("extended");
  const cable = await open();
  const welcome = await cable.next();
  assert.match(welcome.sid, /^[0-9a-f]{32}$/);
  await cable.subscribe(own);
  await edit("two");
  const frame = await cable.next(({ message }) => message?.kind);
  const stream = "preview:extended";
  assert.deepEqual([frame.stream_id, frame.epoch, frame.offset], [stream, epoch, seq + 1]);
  assert.ok([1000, 1005].includes((await cable.close()).code), "the goodbye is answered");
  await edit("three");
  await edit("four");
  // A session is there once the object has heard that its client went.
  let back;
  do back = await open(`?sid=${welcome.sid}`); while (!(back.greeting = await back.next()).restored && (await back.close()));
  assert.deepEqual(back.greeting.restored_ids, [own]);
  assert.notEqual(back.greeting.sid, welcome.sid);
  const place = { [stream]: { epoch, offset: seq + 1 } };
  back.say("history", own, { history: { since: 0, streams: place } });
  assert.deepEqual([(await back.next()).offset, (await back.next()).offset], [seq + 2, seq + 3]);
  assert.deepEqual(await back.next(({ type }) => type !== "ping"), { type: "confirm_history", identifier: own });
  await edit("five");
  assert.equal((await back.next(({ message }) => message?.kind)).offset, seq + 4);
  const other = await open("?sid=unknown");
  assert.equal((await other.next()).restored, undefined);
  other.say("subscribe", own, { history: { streams: place } });
  assert.equal((await other.next()).type, "confirm_subscription");
  assert.deepEqual([(await other.next()).offset, (await other.next()).offset, (await other.next()).offset], [seq + 2, seq + 3, seq + 4]);
  assert.equal((await other.next()).type, "confirm_history");
  other.say("history", own, { history: { streams: { [stream]: { epoch: "another", offset: 1 } } } });
  assert.equal((await other.next(({ type }) => /history/.test(type))).type, "reject_history");
  other.say("history", own, { history: { since: Math.ceil(Date.now() / 1000) + 5 } });
  assert.equal((await other.next(({ type }) => /history/.test(type))).type, "confirm_history");
  other.say("pong", own);
  await Promise.all([back.close(), other.close()]);
});

test("a broadcast is bounded and wants what it wants", async () => {
  const call = (json, options = {}) => server.call("POST", "/v1/apps/one/broadcast", { json, ...options });
  for (const [json, status] of [
    [{ event: "x".repeat(201), data: 1 }, 422],
    [{ event: "", data: 1 }, 422],
    [{ data: 1 }, 422],
    [{ event: "x", data: 1, more: 1 }, 422],
    [{ event: "x", data: "y".repeat(8_000) }, 413],
  ]) {
    assert.equal((await call(json)).status, status, JSON.stringify(json).slice(0, 60));
  }
  assert.equal((await call(undefined, { body: "{", headers: { "content-type": "application/json" } })).status, 400);
  assert.equal((await call({ event: "x" }, { token: null })).status, 401);
  const { delivered, update } = (await call({ event: "x" })).json;
  assert.deepEqual([delivered, update.kind, update.event], [0, "custom", "x"]);
  let deep = 1;
  for (let at = 0; at < 100; at++) deep = [deep];
  assert.equal((await call({ event: "x", data: deep })).status, 200);
});
