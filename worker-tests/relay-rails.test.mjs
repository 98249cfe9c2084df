// A real Rails app: what it uploads reaches open previews over Action Cable, and the tokens that it signs open them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { adapters, createConsumer } from "@rails/actioncable";
import { WebSocket } from "ws";
import { uploaded } from "./support/app.mjs";
import { Cable, broadcast, identifier } from "./support/cable.mjs";
import { Rails } from "./support/rails.mjs";
import { Server } from "./support/server.mjs";

const KEY = "a secret that both sides have";
const tree = { "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>', "src/main.ts": "document.title = 'one'" };

// What a page has and Node hasn't.
const page = new EventTarget();
globalThis.addEventListener ??= page.addEventListener.bind(page);
globalThis.removeEventListener ??= page.removeEventListener.bind(page);

let server, rails;
before(async () => {
  server = await Server.start({ vars: { SIGNING_KEY: KEY } });
  rails = await Rails.start(server, { key: KEY, apps: ["hidden"] });
  adapters.WebSocket = class extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { origin: `http://one.localhost:${server.port}` });
    }
  };
  await server.call("POST", "/v1/apps", { json: { slug: "hidden", visibility: "private" } });
  await uploaded(server, "one", tree);
  await uploaded(server, "hidden", tree);
});
after(async () => {
  await rails?.stop();
  await server.stop();
});

/** A subscription's first answer, and then what it receives. */
function subscribed(consumer, params) {
  const events = [];
  let wake = () => {};
  const heard = (...event) => {
    events.push(event);
    wake();
  };
  consumer.subscriptions.create({ channel: "AppPreviewChannel", ...params }, {
    connected: () => heard("connected"), rejected: () => heard("rejected"), received: (message) => heard("received", message),
  });
  return async () => {
    while (!events.length) await new Promise((done) => (wake = done));
    return events.shift();
  };
}

test("what Rails uploads reaches previews over its own cable, and over ours", async () => {
  const consumer = createConsumer(rails.cable);
  const next = subscribed(consumer, { app_id: "one" });
  assert.deepEqual(await next(), ["connected"]);
  const ours = await Cable.open(server);
  await ours.subscribe(identifier("one"));
  for (const title of ["two", "three"]) {
    const { status, json } = await rails.call("/publish", { app: "one", upsert: { "src/main.ts": `document.title = '${title}'` } });
    assert.deepEqual([status, json.status, json.update.kind], [200, "ready", "component-update"]);
    assert.deepEqual(await next(), ["received", json.update]);
    assert.deepEqual(await ours.message(identifier("one")), json.update);
  }
  const failed = await rails.call("/publish", { app: "one", upsert: { "src/main.ts": "(" } });
  assert.equal(failed.json.update.kind, "build-error");
  assert.deepEqual(await next(), ["received", failed.json.update]);
  consumer.disconnect();
  await ours.close();
});

test("a token that Rails signs opens a private preview: its page, our relay, and Rails' own", async () => {
  const { json: { token } } = await rails.call("/token?app=hidden");
  const entered = await server.preview("hidden", `/?__overskill_token=${encodeURIComponent(token)}`, { headers: { "sec-fetch-mode": "navigate" } });
  assert.equal(entered.status, 303);
  const cookie = entered.headers["set-cookie"][0].split(";")[0];
  assert.equal((await server.preview("hidden", "/", { headers: { cookie, accept: "text/html" } })).status, 200);
  const cable = await Cable.open(server);
  const own = identifier("hidden", { token });
  await cable.subscribe(own);
  await broadcast(server, "hidden", "hi", 1);
  assert.equal((await cable.message(own)).event, "hi");
  await assert.rejects(cable.subscribe(identifier("hidden", { token: (await rails.call("/token?app=one")).json.token })), /rejected/);
  await cable.close();
  const consumer = createConsumer(rails.cable);
  assert.deepEqual(await subscribed(consumer, { app_id: "hidden", token })(), ["connected"]);
  assert.deepEqual(await subscribed(consumer, { app_id: "hidden" })(), ["rejected"]);
  consumer.disconnect();
});
