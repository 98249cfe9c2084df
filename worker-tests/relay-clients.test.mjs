// The relay as the clients that people have speak to it: `@rails/actioncable` and `@anycable/core`, as they are published.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCable } from "@anycable/core";
import { adapters, createConsumer } from "@rails/actioncable";
import { WebSocket } from "ws";
import { uploaded } from "./support/app.mjs";
import { Cable, broadcast, identifier } from "./support/cable.mjs";
import { Server } from "./support/server.mjs";

// What a page has and Node hasn't: the client listens for the page's becoming visible.
const page = new EventTarget();
globalThis.addEventListener ??= page.addEventListener.bind(page);
globalThis.removeEventListener ??= page.removeEventListener.bind(page);

/** Names under `localhost` are this machine, as browsers have it. */
class Local extends WebSocket {
  constructor(address, protocols, options) {
    super(address, protocols, { ...options, lookup: (_, wanted, done) => (wanted.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4)) });
  }
}
adapters.WebSocket = Local;

const tree = { "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>', "src/main.ts": "document.title = 'one'" };

let server;
before(async () => {
  server = await Server.start();
  await uploaded(server, "one", tree);
  await uploaded(server, "two", tree);
});
after(() => server.stop());

/** Values in the order in which they are added, for whoever waits for the next. */
class Heard {
  #values = [];
  #waiting = [];

  add(...value) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#values.push(value);
  }

  next() {
    return this.#values.length ? Promise.resolve(this.#values.shift()) : new Promise((done) => this.#waiting.push(done));
  }
}

/** A subscription of Rails' client, and what it hears. */
function subscription(consumer, params) {
  const heard = new Heard();
  const callbacks = {};
  for (const name of ["connected", "disconnected", "rejected", "received"]) callbacks[name] = (value) => heard.add(name, value);
  const made = consumer.subscriptions.create(params, callbacks);
  return { heard, made };
}

const params = (app, more = {}) => ({ channel: "AppPreviewChannel", app_id: app, ...more });

test("@rails/actioncable hears of updates and broadcasts, by every address that it can have", async () => {
  for (const address of [`ws://localhost:${server.port}/cable`, `ws://localhost:${server.port}/cable?app=one`, `ws://one.localhost:${server.port}/__overskill/cable`]) {
    const consumer = createConsumer(address);
    const { heard, made } = subscription(consumer, params("one"));
    assert.deepEqual(await heard.next(), ["connected", { reconnected: false }]);
    // Beyond the time after which it would take a connection without pings for dead.
    made.perform("anything", { at: 1 });
    await broadcast(server, "one", "hi", { from: address });
    const [, message] = await heard.next();
    assert.deepEqual([message.kind, message.event, message.data], ["custom", "hi", { from: address }]);
    const { json } = await server.call("PUT", "/v1/apps/one/files/src/main.ts", { body: `document.title = ${JSON.stringify(address)}` });
    assert.deepEqual(await heard.next(), ["received", json.update]);
    consumer.disconnect();
  }
});

test("@rails/actioncable: several subscriptions, a rejected one, and one that ends while others go on", async () => {
  const consumer = createConsumer(`ws://localhost:${server.port}/cable`);
  const [first, second, other, wrong] = [params("one"), params("one", { tab: "ü" }), params("two"), params("nobody")].map((each) => subscription(consumer, each));
  for (const { heard } of [first, second, other]) assert.equal((await heard.next())[0], "connected");
  assert.equal((await wrong.heard.next())[0], "rejected");
  await broadcast(server, "one", "a", 1);
  await broadcast(server, "two", "b", 2);
  assert.equal((await first.heard.next())[1].event, "a");
  assert.equal((await second.heard.next())[1].event, "a");
  assert.equal((await other.heard.next())[1].event, "b");
  first.made.unsubscribe();
  await broadcast(server, "two", "c", 3);
  assert.equal((await other.heard.next())[1].event, "c");
  await broadcast(server, "one", "d", 4);
  assert.equal((await second.heard.next())[1].event, "d");
  consumer.disconnect();
});

test("@rails/actioncable stays connected for longer than it bears silence", async () => {
  const consumer = createConsumer(`ws://localhost:${server.port}/cable`);
  const { heard } = subscription(consumer, params("one"));
  assert.equal((await heard.next())[0], "connected");
  const { monitor } = consumer.connection;
  const pings = new Set();
  await new Promise((done) => {
    const poll = setInterval(() => {
      pings.add(monitor.pingedAt);
      if (pings.size < 5) return;
      clearInterval(poll);
      done();
    }, 50);
  });
  assert.equal(monitor.reconnectAttempts, 0);
  await broadcast(server, "one", "late", 1);
  assert.equal((await heard.next())[1].event, "late");
  consumer.disconnect();
});

test("@rails/actioncable stops for good when its app is deleted, and comes back when it is renamed", async () => {
  await uploaded(server, "short", tree);
  await uploaded(server, "old-name", tree);
  const [deleted, renamed] = ["short", "old-name"].map((app) => {
    const consumer = createConsumer(`ws://localhost:${server.port}/cable?app=${app}`);
    return { consumer, ...subscription(consumer, params(app)) };
  });
  for (const { heard } of [deleted, renamed]) assert.equal((await heard.next())[0], "connected");
  await server.call("DELETE", "/v1/apps/short");
  assert.deepEqual(await deleted.heard.next(), ["disconnected", { willAttemptReconnect: false }]);
  await server.call("PATCH", "/v1/apps/old-name", { json: { slug: "new-name" } });
  assert.deepEqual(await renamed.heard.next(), ["disconnected", { willAttemptReconnect: true }]);
  for (const { consumer } of [deleted, renamed]) consumer.disconnect();
});

for (const protocol of ["actioncable-v1-json", "actioncable-v1-ext-json"]) {
  test(`@anycable/core, ${protocol}: subscribes, hears, and misses nothing when it was away`, async (t) => {
    const cable = createCable(`ws://one.localhost:${server.port}/__overskill/cable`, { protocol, websocketImplementation: Local, logLevel: "error" });
    t.after(() => cable.disconnect());
    const heard = new Heard();
    const channel = cable.subscribeTo("AppPreviewChannel", { app_id: "one" });
    channel.on("message", (message, meta) => heard.add(message, meta));
    await channel.ensureSubscribed();
    const edit = async (title) => (await server.call("PUT", "/v1/apps/one/files/src/main.ts", { body: `document.title = '${protocol} ${title}'` })).json.update;
    const update = await edit("first");
    // Its protocol counts in seconds: what was told in the one in which it came, it may be told, too.
    let message, meta;
    do [message, meta] = await heard.next(); while (message.seq < update.seq);
    assert.deepEqual(message, update);
    await broadcast(server, "one", "hi", 1);
    assert.equal((await heard.next())[0].event, "hi");
    if (protocol === "actioncable-v1-ext-json") {
      assert.deepEqual(meta, { stream: "preview:one", epoch: update.epoch, offset: update.seq });
      const closed = new Promise((done) => cable.once("disconnect", done));
      cable.transport.ws.terminate();
      await closed;
      const missed = await edit("second");
      await cable.connect();
      // Where its session is not taken up, it asks by the second, and may hear again what it heard before.
      let again;
      do [again] = await heard.next(); while (again.seq < missed.seq);
      assert.deepEqual(again, missed);
    }
  });
}

test("a runtime that dies is noticed, and the client is back with the next one", async () => {
  const stock = await Cable.open(server);
  await stock.subscribe(identifier("one"));
  await server.kill();
  await stock.closed;
  await server.up();
  const again = await Cable.open(server);
  await again.subscribe(identifier("one"));
  await broadcast(server, "one", "back", 1);
  assert.equal((await again.message(identifier("one"))).event, "back");
  await again.close();
});
