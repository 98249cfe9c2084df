// How the live client gets to a relay, notices that it is gone, and gets back: a sentence a row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, settled, stampOf, table, world } from "./live-world.mjs";

/** A relay client that keeps what it told. */
function relay(stamp = {}, changes = {}) {
  const at = world(changes);
  const heard = { links: [], connected: [], disconnected: 0, messages: [], failed: [] };
  const position = { epoch: "e1", seq: 12 };
  const self = new client.Relay(at, client.serversOf(stampOf(stamp), at.origin, () => position), {
    connected: (server) => heard.connected.push(server),
    disconnected: () => heard.disconnected++,
    message: (message) => heard.messages.push(message),
    head: () => {},
    failed: (attempts) => heard.failed.push(attempts),
    link: (link) => heard.links.push(link),
  });
  self.start();
  return { at, self, heard, position, clock: at.clock };
}

const object = { hmr: "durable_object" };
const rails = { hmr: "action_cable" };
const isObject = (socket) => socket.url === "wss://app.preview.test/__overskill/cable?client=1";
const pings = (socket) => socket.sent.filter((text) => text === '{"command":"ping"}').length;

table(test, {
  "the object is offered the cable's protocol and told where the page stands": async () => {
    const { at, heard } = relay(object);
    const [socket] = at.sockets;
    assert.ok(isObject(socket));
    assert.deepEqual(socket.protocols, ["actioncable-v1-json", "actioncable-unsupported"]);
    socket.open();
    assert.deepEqual(socket.sent, [], "nothing before the welcome");
    socket.say({ type: "welcome" });
    assert.deepEqual(JSON.parse(socket.subscription), { channel: "AppPreviewChannel", app_id: "shop", epoch: "e1", since: 12 });
    socket.data({ early: true });
    socket.say({ type: "confirm_subscription", identifier: socket.subscription });
    assert.deepEqual([heard.links, heard.connected, heard.messages], [["connected"], ["object"], [{ early: true }]]);
  },

  "a later subscription says where the page stands by then": async () => {
    const { at, position, clock } = relay(object);
    at.last.accept();
    position.seq = 20;
    at.last.drop();
    await clock.pass(300);
    at.last.accept();
    assert.equal(JSON.parse(at.last.subscription).since, 20);
  },

  "Rails is sent what Action Cable knows and nothing else": async () => {
    const { at, clock, self, heard } = relay({ ...rails, token: "signed" });
    const [socket] = at.sockets;
    assert.equal(socket.url, "wss://rails.test/cable");
    socket.accept();
    assert.deepEqual(JSON.parse(socket.subscription), { channel: "AppPreviewChannel", app_id: "shop", token: "signed" });
    self.acknowledge(16);
    self.wake();
    for (let beat = 0; beat < 10; beat++) {
      await clock.pass(3000);
      socket.say({ type: "ping", message: beat });
    }
    assert.deepEqual(socket.commands.map(({ command }) => command), ["subscribe"]);
    assert.deepEqual(heard.links, ["connected"]);
  },

  "the object is told how far the page is": () => {
    const { at, self } = relay(object);
    at.last.accept();
    self.acknowledge(28);
    const { subscription } = at.last;
    assert.deepEqual(at.last.commands.at(-1), { command: "message", identifier: subscription, data: '{"action":"ack","seq":28}' });
  },

  "off opens no socket": async () => {
    const { at, self, clock } = relay({ hmr: "off" });
    self.wake();
    await clock.pass(60_000);
    assert.deepEqual([at.sockets.length, clock.waiting], [0, 0]);
  },

  "frames for others and frames that are no JSON are passed over": () => {
    const { at, heard } = relay(object);
    at.last.open();
    at.last.say({ type: "welcome" });
    at.last.say({ type: "confirm_subscription", identifier: "another" });
    assert.deepEqual(heard.connected, []);
    at.last.accept();
    at.last.say("{");
    at.last.say("null");
    at.last.say({ identifier: "another", message: 1 });
    at.last.say({ type: "welcome" });
    at.last.data(2);
    assert.deepEqual([heard.connected, heard.messages], [["object"], [2]]);
    assert.equal(at.last.commands.length, 1, "one subscription");
  },

  "a ping each 5 s, and silence after one is the end within 15 s": async () => {
    const { at, heard, clock } = relay(object);
    const [socket] = at.sockets;
    socket.accept();
    socket.heard = (text) => text.includes("ping") && socket.say({ type: "ping" });
    await clock.pass(60_000);
    assert.ok(pings(socket) >= 11, `${pings(socket)} pings`);
    assert.deepEqual(heard.links, ["connected"]);
    socket.heard = () => {};
    const from = clock.now();
    while (heard.links.length === 1) await clock.pass(100);
    assert.ok(clock.now() - from <= 10_000, `${clock.now() - from} ms`);
    assert.ok(socket.left);
  },

  "a hidden tab pings less often, and still notices within 15 s": async () => {
    const { at, heard, clock } = relay(object, { seen: false });
    at.last.accept();
    const from = clock.now();
    while (heard.links.length === 1) await clock.pass(100);
    assert.ok(clock.now() - from <= 15_000, `${clock.now() - from} ms`);
    assert.equal(pings(at.sockets[0]), 1);
  },

  "any frame is a sign of life": async () => {
    const { at, heard, clock } = relay(object);
    at.last.accept();
    for (let beat = 0; beat < 20; beat++) {
      await clock.pass(2000);
      at.last.data(beat);
    }
    assert.deepEqual(heard.links, ["connected"]);
  },

  "Rails is gone after 9 s of silence, counted from its last frame": async () => {
    const { at, heard, clock } = relay(rails);
    at.last.accept();
    await clock.pass(8000);
    at.last.say({ type: "ping" });
    await clock.pass(8900);
    assert.deepEqual(heard.links, ["connected"]);
    await clock.pass(200);
    assert.deepEqual(heard.links, ["connected", "reconnecting"]);
  },

  "who wakes up asks at once, and has 2 s to hear an answer": async () => {
    const { at, self, heard, clock } = relay(object);
    at.last.accept();
    await clock.pass(1000);
    self.wake();
    self.wake();
    assert.equal(pings(at.last), 1);
    at.last.say({ type: "ping" });
    await clock.pass(2100);
    assert.deepEqual(heard.links, ["connected"]);
    self.wake();
    await clock.pass(2100);
    assert.deepEqual(heard.links, ["connected", "reconnecting"]);
  },

  "a machine that slept doesn't take its own absence for the server's": async () => {
    const { at, heard, clock } = relay(object);
    at.last.accept();
    await clock.pass(5000);
    assert.equal(pings(at.last), 1);
    await clock.sleep(600_000);
    assert.deepEqual([heard.links, pings(at.last)], [["connected"], 2]);
    at.last.say({ type: "ping" });
    await clock.pass(2000);
    assert.deepEqual(heard.links, ["connected"]);
  },

  "after a loss the first attempt comes within 300 ms, later ones later, 10 s at most": async () => {
    const { at, clock } = relay(object, { random: () => 1 });
    at.last.accept();
    await clock.pass(6000);
    at.last.say({ type: "ping" });
    const gaps = [];
    for (let round = 0; round < 8; round++) {
      const known = at.sockets.length;
      at.last.drop();
      const from = clock.now();
      while (at.sockets.length === known) await clock.pass(50);
      gaps.push(clock.now() - from);
    }
    assert.deepEqual(gaps, [300, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  },

  "a server that takes connections only to drop them is not dialled in a tight loop": async () => {
    const { at, clock } = relay(object);
    for (let second = 0; second < 600; second++) {
      await clock.pass(100);
      if (at.last.readyState === 0) at.last.accept();
      at.last.drop();
    }
    assert.ok(at.sockets.length < 20, `${at.sockets.length} in a minute`);
  },

  "a restart is met with spread": async () => {
    const { at, clock } = relay(object, { random: () => 0.9 });
    at.last.accept();
    await clock.pass(5000);
    at.last.say({ type: "disconnect", reason: "server_restart", reconnect: true });
    await clock.pass(2600);
    assert.equal(at.sockets.length, 1);
    await clock.pass(200);
    assert.equal(at.sockets.length, 2);
  },

  "a connection that doesn't come about is given up, and Safari-safe": async () => {
    const { at, clock } = relay(object);
    const [first] = at.sockets;
    await clock.pass(6000);
    assert.equal(at.sockets.length, 2);
    assert.ok(!first.closedWhileConnecting && !first.left);
    first.open();
    assert.ok(first.left, "closed once it opened");
  },

  "unauthorized is said once, and not asked again and again": async () => {
    const { at, heard, self, clock } = relay(object);
    at.last.open();
    at.last.say({ type: "disconnect", reason: "unauthorized", reconnect: false });
    assert.deepEqual(heard.links, ["unauthorized"]);
    await clock.pass(40_000);
    assert.equal(at.sockets.length, 1);
    self.wake();
    await clock.pass(0);
    assert.equal(at.sockets.length, 2, "someone came back to the tab");
    at.last.open();
    at.last.say({ type: "disconnect", reason: "unauthorized", reconnect: false });
    self.wake();
    await clock.pass(9000);
    assert.equal(at.sockets.length, 2);
    assert.deepEqual([heard.links, at.log.lines.filter((line) => line.startsWith("warn")).length], [["unauthorized"], 1]);
  },

  "a token that has expired is no authorization": () => {
    const { at, heard } = relay(rails);
    at.last.open();
    at.last.say({ type: "disconnect", reason: "token_expired", reconnect: false });
    assert.deepEqual(heard.links, ["unauthorized"]);
  },

  "where there is no cable of Rails', the object serves": () => {
    for (const hmr of ["action_cable", "auto"]) {
      const { at } = relay({ hmr, cable: null });
      assert.deepEqual(at.sockets.map(isObject), [true]);
    }
  },

  "a rejected subscription is unauthorized, too": () => {
    const { at, heard } = relay(object);
    at.last.open();
    at.last.say({ type: "welcome" });
    at.last.say({ type: "reject_subscription", identifier: at.last.subscription });
    assert.deepEqual(heard.links, ["unauthorized"]);
  },

  "a server that ends it for good is left alone until somebody comes back": async () => {
    const { at, heard, self, clock } = relay(object);
    at.last.accept();
    await clock.pass(3000);
    at.last.say({ type: "disconnect", reason: "remote", reconnect: false });
    assert.deepEqual(heard.links, ["connected", "reconnecting", "stopped"]);
    await clock.pass(40_000);
    assert.equal(at.sockets.length, 1);
    self.wake();
    await clock.pass(0);
    at.last.accept();
    assert.equal(heard.links.at(-1), "connected");
  },

  "another protocol is no connection": () => {
    const { at, heard } = relay(object);
    at.last.open("actioncable-unsupported");
    assert.deepEqual(heard.links, ["stopped"]);
  },

  "auto: the object first, Rails after two failures, and back once the object answers": async () => {
    const { at, heard, clock } = relay();
    assert.ok(isObject(at.last));
    at.last.drop();
    await clock.pass(300);
    assert.ok(isObject(at.last));
    at.last.drop();
    await clock.pass(1000);
    assert.ok(!isObject(at.last));
    const cable = at.last;
    cable.accept();
    const beats = async (ms) => {
      for (let beat = 0; beat < ms / 3000; beat++) {
        await clock.pass(3000);
        cable.say({ type: "ping" });
      }
    };
    await beats(18_000);
    assert.ok(isObject(at.last));
    at.last.drop();
    const before = at.sockets.length;
    await beats(24_000);
    assert.equal(at.sockets.length, before, "the next look comes later");
    await beats(12_000);
    assert.ok(isObject(at.last) && at.sockets.length === before + 1);
    at.last.accept();
    assert.deepEqual([heard.links, heard.connected, cable.left], [["connected"], ["rails", "object"], true]);
    at.last.data("from the object");
    assert.deepEqual(heard.messages, ["from the object"]);
    await clock.pass(9000);
    assert.equal(heard.links.at(-1), "reconnecting", "silence ends this socket as it does any");
  },

  "auto: when Rails is lost the object gets its turn": async () => {
    const { at, clock } = relay();
    for (const pause of [300, 1000]) {
      at.last.drop();
      await clock.pass(pause);
    }
    at.last.accept();
    await clock.pass(6000);
    at.last.drop();
    const tried = [];
    for (let round = 0; round < 4; round++) {
      await clock.pass(10_000);
      tried.push(isObject(at.last) ? "object" : "rails");
      at.last.drop();
    }
    assert.deepEqual(tried, ["rails", "rails", "object", "object"]);
  },

  "auto: a cable that rejects is left out while the object is away": async () => {
    const { at, heard, clock } = relay();
    for (const pause of [300, 1000]) {
      at.last.drop();
      await clock.pass(pause);
    }
    at.last.open();
    at.last.say({ type: "welcome" });
    at.last.say({ type: "reject_subscription", identifier: at.last.subscription });
    for (let round = 0; round < 4; round++) {
      await clock.pass(6000);
      assert.ok(isObject(at.last));
      if (round < 3) at.last.drop();
    }
    at.last.accept();
    assert.deepEqual(heard.links, ["connected"]);
  },

  "a tab that is hidden for long doesn't dial, and does at once when it is seen": async () => {
    const { at, self, clock } = relay(object);
    at.last.accept();
    at.seen = false;
    self.hidden();
    await clock.pass(6000);
    at.last.drop();
    await clock.pass(60_000);
    const dialled = at.sockets.length;
    at.last.drop();
    await clock.pass(600_000);
    assert.equal(at.sockets.length, dialled);
    at.seen = true;
    self.wake();
    await clock.pass(0);
    assert.equal(at.sockets.length, dialled + 1);
  },

  "a page that is left holds no socket, and comes back with one": async () => {
    const { at, self, heard, clock } = relay(object);
    at.last.accept();
    self.pause();
    assert.ok(at.last.left);
    await clock.pass(600_000);
    assert.deepEqual([at.sockets.length, clock.waiting, heard.disconnected], [1, 0, 1]);
    self.wake();
    await clock.pass(0);
    at.last.accept();
    assert.equal(heard.links.at(-1), "connected");
  },

  "without a network it says so, and tries nevertheless: the server may be this machine": async () => {
    const { at, heard, clock } = relay(object);
    at.last.accept();
    at.network = false;
    at.last.drop();
    assert.deepEqual(heard.links, ["connected", "offline"]);
    await clock.pass(300);
    at.last.accept();
    assert.equal(heard.links.at(-1), "connected");
  },

  "an address that no socket can be made for is a failure like any": async () => {
    const { heard, clock } = relay(object, { connect: () => { throw new SyntaxError("bad address"); } });
    await clock.pass(5000);
    assert.ok(heard.failed.length > 1 && heard.failed.length < 10);
    await settled();
  },

  "a socket that the page's policy forbids tells of an error and of no close": async () => {
    const { at, heard, clock } = relay(rails);
    Object.assign(at.last, { readyState: 3 }).onerror({});
    await clock.pass(300);
    assert.deepEqual([heard.failed, at.sockets.length], [[1], 2]);
    at.last.accept();
    assert.deepEqual(heard.connected, ["rails"]);
  },

  "an error before the close is one failure": async () => {
    const { at, heard, clock } = relay(rails);
    const [socket] = at.sockets;
    socket.readyState = 3;
    socket.onerror({});
    socket.onclose({ code: 1006 });
    await clock.pass(100);
    assert.deepEqual(heard.failed, [1]);
  },
});
