// Rooms full of sockets: how long a broadcast takes until the last of them has it. Ours, a Durable Object in JavaScript
// that sends what it gets, and nothing else, and Rails' Action Cable. The clients are in this process, for all of them alike.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { Runtime } from "../scripts/wrangler.mjs";
import { Rails } from "../worker-tests/support/rails.mjs";
import { Server, TOKEN } from "../worker-tests/support/server.mjs";

/** How many sockets are opened at a time; Puma stalls where many come in together. */
const AT_ONCE = 50;
const AT_ONCE_RAILS = 1;
/** How long a broadcast may take, in milliseconds: Action Cable now and then leaves sockets out. */
const PATIENCE = 10_000;
/** Broadcasts before those that count. */
const WARM = 3;

const APP = "room";
const IDENTIFIER = JSON.stringify({ channel: "AppPreviewChannel", app_id: APP });
/** What an update says, without code. */
const DATA = { paths: ["src/components/Card.tsx"], url: "/__overskill/patch-0123456789abcdef.js", hash: "0123456789abcdef" };

/** The object that the relay is held against: it hibernates, too, and knows nothing. */
const BARE = `
export class Room {
  constructor(context) { this.context = context; }
  async fetch(request) {
    if (request.headers.get("upgrade")) {
      const { 0: client, 1: server } = new WebSocketPair();
      this.context.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    const text = await request.text();
    for (const socket of this.context.getWebSockets()) socket.send(text);
    return new Response("sent");
  }
  webSocketMessage(socket, text) { socket.send(text); }
  webSocketClose() {}
}
export default { fetch: (request, env) => env.ROOM.getByName("room").fetch(request) };
`;
const BARE_CONFIG = `
name = "bare-room"
main = "index.js"
compatibility_date = "2026-08-01"
[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Room"]
`;

const percentile = (times, part) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];

/** A room of one side, grown to what is asked for. `open` gives an address and what to say there, `send` broadcasts. */
class Sockets {
  #all = [];
  #heard = () => {};

  constructor({ atOnce = AT_ONCE, ...side }) {
    Object.assign(this, side, { atOnce });
  }

  async grow(count) {
    while (this.#all.length < count) {
      const more = Math.min(this.atOnce, count - this.#all.length);
      this.#all.push(...(await Promise.all(Array.from({ length: more }, () => this.#open()))));
    }
  }

  #open() {
    const socket = new WebSocket(this.address, this.protocols, { headers: this.headers, perMessageDeflate: false, skipUTF8Validation: true });
    return new Promise((done, failed) => {
      socket.once("error", failed);
      socket.once("close", () => failed(new Error("closed before it was subscribed")));
      socket.once("open", () => (this.hello ? socket.send(this.hello) : done(socket)));
      socket.on("message", (data) => {
        if (this.counts(data)) this.#heard();
        else if (this.confirmed?.(data)) done(socket);
      });
    });
  }

  /** How long `rounds` broadcasts took to reach everyone, from the call on, and from the first who had it on. */
  async measure(rounds, send) {
    const [whole, spread] = [[], []];
    for (let round = -WARM; round < rounds; round++) {
      let [left, first] = [this.#all.length, 0];
      const started = performance.now();
      await new Promise((done, failed) => {
        this.#heard = () => {
          first ||= performance.now();
          left -= 1;
          if (left > 0) return;
          clearTimeout(late);
          done();
        };
        const late = setTimeout(() => failed(new Error(`${left} sockets were left out`)), PATIENCE);
        send().catch(failed);
      });
      if (round < 0) continue;
      whole.push(performance.now() - started);
      spread.push(performance.now() - first);
    }
    return { p50: percentile(whole, 0.5), p95: percentile(whole, 0.95), spread: percentile(spread, 0.5) };
  }

  close() {
    for (const socket of this.#all) socket.terminate();
  }
}

/** Rooms of growing size; gives `[count, measured]`. */
async function rooms(counts, rounds, sockets, send) {
  const measured = new Map();
  try {
    for (const count of counts) {
      await sockets.grow(count);
      measured.set(count, await sockets.measure(rounds, send));
    }
  } finally {
    sockets.close();
  }
  return measured;
}

const has = (text) => (data) => data.includes(text);

/** Our relay. */
export async function ours(counts, rounds) {
  const server = await Server.start({ vars: { MAX_SOCKETS: Math.max(...counts) } });
  try {
    await server.call("POST", "/v1/apps", { json: { slug: APP } });
    const sockets = new Sockets({
      address: `ws://127.0.0.1:${server.port}/__overskill/cable?client=1`, headers: { host: `${APP}.localhost:${server.port}` },
      protocols: ["actioncable-v1-json"], hello: JSON.stringify({ command: "subscribe", identifier: IDENTIFIER }),
      confirmed: has('"confirm_subscription"'), counts: has('"message":{'),
    });
    const body = JSON.stringify({ event: "update", data: DATA });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    return await rooms(counts, rounds, sockets, () => fetch(`${server.url}/v1/apps/${APP}/broadcast`, { method: "POST", headers, body }));
  } finally {
    await server.stop();
  }
}

/** Runs the bare object for as long as `work` takes, which gets the runtime. */
export async function withBare(work) {
  const folder = mkdtempSync(join(tmpdir(), "overskill-bench-"));
  writeFileSync(join(folder, "index.js"), BARE);
  writeFileSync(join(folder, "wrangler.toml"), BARE_CONFIG);
  const runtime = await Runtime.start({ state: join(folder, "state"), configs: [join(folder, "wrangler.toml")] });
  try {
    return await work(runtime);
  } finally {
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The bare object. */
export function bare(counts, rounds) {
  return withBare((runtime) => {
    const url = `http://127.0.0.1:${runtime.port}/`;
    // As long as a frame of ours.
    const envelope = { v: 1, epoch: "0123456789abcdef", seq: 0, base: 0, kind: "custom", paths: [], event: "update", data: DATA, at: Date.now() };
    const body = JSON.stringify({ identifier: IDENTIFIER, message: envelope });
    const sockets = new Sockets({ address: url.replace("http", "ws"), protocols: [], counts: () => true });
    return rooms(counts, rounds, sockets, () => fetch(url, { method: "POST", body }));
  });
}

/** Rails' Action Cable with its adapter in memory, under Puma. */
export async function rails(counts, rounds) {
  const app = await Rails.start({ port: 1 });
  try {
    const sockets = new Sockets({
      atOnce: AT_ONCE_RAILS, address: app.cable, headers: { origin: `http://${APP}.localhost` }, protocols: ["actioncable-v1-json"],
      hello: JSON.stringify({ command: "subscribe", identifier: IDENTIFIER }), confirmed: has('"confirm_subscription"'), counts: has('"message":{'),
    });
    return await rooms(counts, rounds, sockets, () => app.call("/broadcast", { app: APP, message: { v: 1, kind: "custom", event: "update", data: DATA } }));
  } finally {
    await app.stop();
  }
}
