// The object sleeps while previews are open, and neither their pings nor anything else that is periodic wakes it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Cable, broadcast, identifier } from "./support/cable.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

/** How often the object has put its room together from what was kept, with how many sockets. */
const wakings = () => [...server.log.matchAll(/\{"event":"relay","woken":(\d+)\}/g)].map(([, sockets]) => Number(sockets));

/** Pings as our client does, until `count` were answered: each time with how far the app is. */
async function pinged(cables, count, { seq, kind }) {
  for (let nr = 0; nr < count; nr++) {
    for (const cable of cables) cable.socket.send('{"command":"ping"}');
    for (const cable of cables) assert.deepEqual(await cable.next(({ type }) => type === "ping"), { type: "ping", seq, kind });
    await new Promise((done) => setTimeout(done, 3_000));
  }
}

test("it sleeps through pings, and tells all when it wakes", async (t) => {
  const { epoch, seq } = await uploaded(server, "sleepy", { "index.html": '<script type="module" src="/a.ts"></script>', "a.ts": "document.title = '0'" });
  const own = identifier("sleepy", { epoch, since: seq });
  const [one, two] = [await Cable.own(server, "sleepy"), await Cable.own(server, "sleepy")];
  const stock = await Cable.open(server);
  await Promise.all([one.subscribe(own), two.subscribe(own), stock.subscribe(identifier("sleepy"))]);
  two.say("unsubscribe", own);
  await two.settled();
  // The flush of the write, and ten quiet seconds.
  let edits = 0, last;
  const edit = async () => {
    edits += 1;
    const started = performance.now();
    const { json } = await server.call("PUT", "/v1/apps/sleepy/files/a.ts", { body: `document.title = '${edits}'` });
    last = json.update;
    const told = await one.message(own);
    t.diagnostic(`edit ${edits}: told after ${Math.round(performance.now() - started)} ms`);
    assert.deepEqual({ ...told, code: undefined }, { ...json.update, code: undefined });
    assert.match(told.code, new RegExp(`["']${edits}["']`));
    assert.deepEqual(await stock.message(identifier("sleepy")), json.update);
  };
  await edit();
  const before = wakings().length;
  while (wakings().length === before) {
    await pinged([one, two], 6, last);
    await edit();
  }
  assert.equal(wakings().at(-1), 3, "it woke with all its sockets");
  await edit();
  await two.settled();
  assert.deepEqual(two.frames.filter(({ message }) => message?.kind), [], "who had unsubscribed still has");
  // What a sleeping object is told by a client wakes it, too, and so does a goodbye.
  const slept = wakings().length;
  while (wakings().length === slept) {
    await pinged([one], 6, last);
    await one.settled();
  }
  await two.close();
  assert.equal(await broadcast(server, "sleepy", "bye", 1), 2);
  await Promise.all([one.close(), stock.close()]);
});
