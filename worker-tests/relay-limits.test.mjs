// What the relay bears: who floods it, says too much, or doesn't read, is sent away, and nobody else notices.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cable, broadcast, identifier } from "./support/cable.mjs";
import { Server } from "./support/server.mjs";

const LIMITS = { MAX_SOCKETS: 12, MAX_CABLE_FRAME: 4_096, MAX_SUBSCRIPTIONS: 6, MAX_IDENTIFIER: 512, MAX_UNACKNOWLEDGED: 4, MAX_SILENCE: 12 };

let server;
before(async () => {
  server = await Server.start({ vars: LIMITS });
  await server.call("POST", "/v1/apps", { json: { slug: "one" } });
  await server.call("PUT", "/v1/apps/one/files", { json: { files: { "index.html": '<script type="module" src="/a.ts"></script>', "a.ts": "document.title = '0'" } } });
});
after(() => server.stop());

const own = identifier("one");
const WAYS = [
  ["our own client", { host: "one.localhost", path: "/__overskill/cable?client=1" }],
  ["a preview's host", { host: "one.localhost", path: "/__overskill/cable" }],
  ["the control host", {}],
];

for (const [way, options] of WAYS) {
  test(`${way}: a flood ends the connection that it comes from, and no other`, async () => {
    const [flood, calm] = [await Cable.open(server, options), await Cable.open(server, options)];
    await Promise.all([flood.subscribe(own), calm.subscribe(own)]);
    for (let at = 0; at < 500; at++) flood.say("message", own, { data: "{}" });
    assert.deepEqual(await flood.next(({ type }) => type === "disconnect"), { type: "disconnect", reason: "invalid_request", reconnect: false });
    assert.equal((await flood.closed).code, 1008);
    assert.equal(await broadcast(server, "one", "on", 1), 1);
    assert.equal((await calm.message(own)).event, "on");
    await calm.close();
  });

  test(`${way}: so does a frame that is too large`, async () => {
    const cable = await Cable.open(server, options);
    cable.say("subscribe", "x".repeat(LIMITS.MAX_CABLE_FRAME));
    assert.equal((await cable.next(({ type }) => type === "disconnect")).reason, "invalid_request");
    assert.equal((await cable.closed).code, 1009);
  });

  test(`${way}: subscriptions and identifiers are bounded, and what is refused costs nothing`, async () => {
    const cable = await Cable.open(server, options);
    await assert.rejects(cable.subscribe(identifier("one", { long: "x".repeat(LIMITS.MAX_IDENTIFIER) })), /rejected/);
    const all = Array.from({ length: LIMITS.MAX_SUBSCRIPTIONS }, (_, nr) => identifier("one", { nr }));
    for (const each of all) await cable.subscribe(each);
    await assert.rejects(cable.subscribe(own), /rejected/);
    cable.say("unsubscribe", all[0]);
    await cable.subscribe(own);
    await cable.close();
  });
}

test("an app has so many sockets and no more, until one of them goes", async () => {
  const open = () => Cable.own(server, "one");
  const all = [];
  await assert.rejects(async () => {
    for (;;) all.push(await open());
  }, { status: 503 });
  assert.ok(all.length <= LIMITS.MAX_SOCKETS);
  await assert.rejects(Cable.open(server, { path: "/cable?app=one" }), { status: 503 });
  const stock = await Cable.open(server);
  await assert.rejects(stock.subscribe(own), /rejected/);
  await all.pop().close();
  let again;
  while (!again) again = await open().catch(() => undefined);
  await Promise.all([...all, stock, again].map((cable) => cable.close()));
});

test("our own client that acknowledges nothing is sent away, with word to come back; those that do go on", async () => {
  const [slow, quick] = [await Cable.own(server, "one"), await Cable.own(server, "one")];
  await Promise.all([slow.subscribe(own), quick.subscribe(own)]);
  const versions = LIMITS.MAX_UNACKNOWLEDGED * 3;
  for (let at = 1; at <= versions; at++) {
    const { status } = await server.call("PUT", "/v1/apps/one/files/a.ts", { body: `document.title = '${at}'` });
    assert.equal(status, 200);
    const { seq } = await quick.message(own);
    quick.say("message", own, { data: JSON.stringify({ action: "ack", seq }) });
    await quick.settled();
  }
  assert.deepEqual(await slow.next(({ type }) => type === "disconnect"), { type: "disconnect", reason: "server_restart", reconnect: true });
  assert.equal((await slow.closed).code, 1013);
  assert.equal(slow.frames.filter(({ message }) => message).length, LIMITS.MAX_UNACKNOWLEDGED);
  await quick.close();
});

test("stock clients acknowledge nothing and need not", async () => {
  const stock = await Cable.open(server);
  await stock.subscribe(own);
  for (let at = 1; at <= 40; at++) await broadcast(server, "one", "nr", at);
  for (let at = 1; at <= 40; at++) assert.equal((await stock.message(own)).data, at);
  await stock.close();
});

test("who was silent for long goes with the next thing that there is to hear; who pings, and who is pinged from here, stays", async () => {
  const [silent, pinging, stock] = [await Cable.own(server, "one"), await Cable.own(server, "one"), await Cable.open(server)];
  await Promise.all([silent, pinging, stock].map((cable) => cable.subscribe(own)));
  let gone;
  silent.closed.then((closed) => (gone = closed));
  let told = 0;
  while (!gone) {
    // Every three seconds, as often as the edge's ping comes.
    await stock.next(({ type }) => type === "ping");
    pinging.socket.send('{"command":"ping"}');
    await pinging.next(({ type }) => type === "ping");
    await broadcast(server, "one", "told", ++told);
    assert.equal((await pinging.message(own)).data, told);
    assert.equal((await stock.message(own)).data, told);
  }
  assert.equal(gone.code, 1001);
  assert.ok(silent.frames.some(({ type, reason }) => type === "disconnect" && reason === "server_restart"));
  assert.equal(await broadcast(server, "one", "on", 1), 2);
  await Promise.all([pinging.close(), stock.close()]);
});
