// What sockets cost while nothing happens, how fast a sleeping object tells them, and how long it takes until they are
// all back after a restart. The clients are ours, bare.
import { execFileSync } from "node:child_process";
import { setTimeout as passed } from "node:timers/promises";
import { WebSocket } from "ws";
import { median } from "./measures.mjs";
import { p95 } from "./hot.mjs";
import { withBare } from "./relay.mjs";
import { Server } from "../worker-tests/support/server.mjs";

/** Quiet time after which the platform has put an object with nothing but hibernating sockets to sleep, in milliseconds. */
const ASLEEP = 20_000;
/** What a client of ours says in between, in milliseconds, which doesn't wake the object; who is silent is sent away. */
const PINGS = 3_000;
const PING = '{"command":"ping"}';
/** How long everyone may take to be back, in milliseconds. */
const PATIENCE = 60_000;
/** How many are opened at a time where their number isn't what is measured. */
const AT_ONCE = 50;

const PAGE = { "index.html": '<script type="module" src="/a.js"></script>' };
const text = (n) => `document.title = "${n}";\nif (import.meta.hot) import.meta.hot.accept();\n`;

/** Puts an app up; gives where it is. */
async function created(server, slug) {
  await server.call("POST", "/v1/apps", { json: { slug } });
  const { json } = await server.call("PUT", `/v1/apps/${slug}/files`, { json: { files: { ...PAGE, "a.js": text(0) } } });
  if (json.status !== "ready") throw new Error(JSON.stringify(json));
  await server.preview(slug, "/");
  return json;
}

const edit = async (server, slug, n) => (await server.call("PUT", `/v1/apps/${slug}/files/a.js`, { body: text(n) })).json;

/** One socket that stands at `since`; resolves, subscribed, with itself and with how far it was told that the app is. */
function listener(server, slug, { epoch, seq }, heard = () => {}) {
  const identifier = JSON.stringify({ channel: "AppPreviewChannel", app_id: slug, epoch, since: seq });
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/__overskill/cable?client=1`, ["actioncable-v1-json"], {
    headers: { host: `${slug}.localhost:${server.port}` }, perMessageDeflate: false,
  });
  let last = seq;
  return new Promise((done, failed) => {
    socket.once("error", failed);
    socket.once("close", () => failed(new Error("closed before it was subscribed")));
    socket.once("open", () => socket.send(JSON.stringify({ command: "subscribe", identifier })));
    socket.on("message", (data) => {
      const frame = JSON.parse(data);
      if (frame.message?.seq !== undefined) {
        last = Math.max(last, frame.message.seq);
        heard(frame.message);
      }
      if (frame.type === "confirm_subscription") done({ socket, seq: last });
    });
  });
}

async function opened(count, open) {
  const all = [];
  while (all.length < count) all.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - all.length) }, open))));
  return all;
}

/** What `edits` took from a sleeping object to a client that listens, in milliseconds. */
export async function wake(edits) {
  const server = await Server.start();
  const times = [];
  try {
    const slug = "sleepy";
    const at = await created(server, slug);
    let heard;
    const { socket } = await listener(server, slug, at, (message) => heard?.(message));
    const pings = setInterval(() => socket.send(PING), PINGS);
    socket.once("close", () => clearInterval(pings));
    for (let n = 1; times.length < edits; n++) {
      await passed(ASLEEP);
      const before = wakings(server);
      const told = new Promise((done) => (heard = done));
      const started = performance.now();
      const [message] = await Promise.all([told.then((message) => [performance.now() - started, message]), edit(server, slug, n)]);
      // One that hadn't slept yet doesn't count.
      if (wakings(server) > before) times.push(message[0]);
    }
    socket.terminate();
  } finally {
    await server.stop();
  }
  return { p50: median(times), worst: Math.max(...times) };
}

const wakings = (server) => [...server.log.matchAll(/"event":"relay","woken":/g)].length;

/** The resident memory of a runtime's processes that run Workers, in bytes. */
function resident(runtime) {
  const lines = execFileSync("ps", ["-eo", "pgid=,rss=,comm="], { encoding: "utf8" }).trim().split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter(([group, , name]) => Number(group) === runtime.process.pid && name === "workerd");
  return rows.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
}

/** What each of `count` sockets takes, in bytes; those before them make room that these use, too. */
async function perSocket(runtime, count, open, settle) {
  const all = await opened(count / 10, open);
  await settle();
  const before = resident(runtime);
  all.push(...(await opened(count, open)));
  await passed(ASLEEP);
  const bytes = (resident(runtime) - before) / count;
  for (const socket of all) socket.terminate();
  return bytes;
}

/**
 * Memory per socket while the object sleeps, in bytes: ours, and the bare object's. Wrangler's proxy and the runtime's own
 * buffers are in both; what one takes over the other is the object's.
 */
export async function memory(count) {
  const server = await Server.start({ vars: { MAX_SOCKETS: 2 * count } });
  try {
    const slug = "crowd";
    const at = await created(server, slug);
    const open = () => listener(server, slug, at).then(({ socket }) => socket);
    const ours = await perSocket(server.runtime, count, open, () => edit(server, slug, 1));
    const bare = await withBare((runtime) => perSocket(runtime, count, () => plain(runtime), async () => {}));
    return { ours, bare };
  } finally {
    await server.stop();
  }
}

/** A socket to the bare object that has, like one of ours, said something and been answered. */
function plain(runtime) {
  const socket = new WebSocket(`ws://127.0.0.1:${runtime.port}/`, { perMessageDeflate: false });
  return new Promise((done, failed) => {
    socket.once("error", failed);
    socket.once("open", () => socket.send(JSON.stringify({ command: "subscribe", identifier: "someone" })));
    socket.once("message", () => done(socket));
  });
}

/**
 * The runtime dies under `count` listeners and is started again, somebody writes, and all come back at once. Gives the
 * time until the median of them and the last is subscribed and told, in milliseconds, and how many are current.
 */
export async function reconnect(count) {
  const server = await Server.start({ vars: { MAX_SOCKETS: 2 * count } });
  try {
    const slug = "back";
    const at = await created(server, slug);
    const before = await opened(count, () => listener(server, slug, at));
    const gone = before.map(({ socket }) => new Promise((done) => socket.once("close", done)));
    await server.kill();
    await Promise.all(gone);
    await server.up();
    const { seq } = await edit(server, slug, 1).then((json) => json.update);
    const started = performance.now();
    const late = AbortSignal.timeout(PATIENCE);
    const times = [];
    const all = await Promise.race([
      Promise.all(before.map(() => listener(server, slug, at).then((one) => (times.push(performance.now() - started), one)))),
      new Promise((_, failed) => late.addEventListener("abort", () => failed(new Error(`${times.length} of ${count} were back in time`)))),
    ]);
    const current = all.filter((one) => one.seq === seq).length;
    for (const { socket } of all) socket.terminate();
    return { p50: median(times), p95: p95(times), last: Math.max(...times), current };
  } finally {
    await server.stop();
  }
}
