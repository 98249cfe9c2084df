// A proxy between pages and the Workers that cuts, loses and delays what goes through it, by chance and when told to.
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as passed } from "node:timers/promises";

/** Of a thousand frames or requests, how many suffer what; `slow` is how long a delay may be, in milliseconds. */
export const FAULTS = { drop: 10, delay: 20, slow: 300, refuse: 80, cut: 40, swallow: 15, lag: 80 };
const CALM = Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0]));
/** What pages ask for besides themselves: they have to cope where it can't be had. */
const FALLIBLE = /^\/__overskill\/(patch-|sync|errors)/;
const TEXT = 1;

export class ChaosProxy {
  /** How often what was done. */
  counts = { sockets: 0, frames: 0, drop: 0, delay: 0, cutSockets: 0, halfOpen: 0, refuse: 0, cut: 0, swallow: 0, lag: 0 };
  #faults = CALM;
  #random;
  #server;
  #links = new Set();
  #sockets = new Set();
  #upstream;
  #back = () => {};

  /** Starts one; `random` draws whole numbers below what it is given. */
  static async start(random) {
    const proxy = new ChaosProxy();
    proxy.#random = random;
    proxy.down();
    const server = (proxy.#server = createServer((incoming, outgoing) => void proxy.#answer(incoming, outgoing)));
    server.on("upgrade", (incoming, client, head) => proxy.#upgrade(incoming, client, head));
    server.on("connection", (socket) => {
      proxy.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => proxy.#sockets.delete(socket));
    });
    await new Promise((done) => server.listen(0, "localhost", done));
    proxy.port = server.address().port;
    return proxy;
  }

  /** There is nothing behind it. */
  down() {
    this.#upstream = new Promise((back) => (this.#back = back));
  }

  /** The Workers are on this port. */
  up(port) {
    this.upstream = port;
    this.#back();
  }

  /** From now on chance has its way, or no longer. What is half open stays so. */
  chaos(on) {
    this.#faults = on ? FAULTS : CALM;
  }

  /** Cuts so many sockets at both ends. */
  cut(count = Infinity) {
    for (const link of this.#some(count)) {
      this.counts.cutSockets += 1;
      link.cut();
    }
  }

  /** From now on a socket swallows all that either end sends, and tells neither. */
  halfOpen() {
    for (const link of this.#some(1)) {
      this.counts.halfOpen += 1;
      link.dead = true;
    }
  }

  #some(count) {
    const left = [...this.#links].filter(({ dead }) => !dead);
    const some = [];
    while (left.length && some.length < count) some.push(...left.splice(this.#random(left.length), 1));
    return some;
  }

  /** Whether chance wants it; noted, if so. */
  hits(fault) {
    if (this.#random(1000) >= this.#faults[fault]) return false;
    this.counts[fault] += 1;
    return true;
  }

  pause() {
    return passed(this.#random(this.#faults.slow + 1));
  }

  /** One request. What a page can't do without waits until it can be had; the rest fails with the Workers. */
  async #answer(incoming, outgoing) {
    const body = await Array.fromAsync(incoming).catch(() => undefined);
    if (!body) return;
    const fallible = FALLIBLE.test(incoming.url);
    if (fallible && this.hits("swallow")) return;
    if (fallible && this.hits("refuse")) return void outgoing.writeHead(502).end();
    if (fallible && this.hits("lag")) await this.pause();
    const cut = fallible && this.hits("cut");
    for (;;) {
      if (!fallible) await this.#upstream;
      const answer = await this.#ask(incoming, Buffer.concat(body));
      if (answer) {
        const { status, headers, bytes } = answer;
        outgoing.writeHead(status, { ...headers, "content-length": bytes.length });
        if (!cut) return void outgoing.end(bytes);
        outgoing.write(bytes.subarray(0, bytes.length >> 1));
        return incoming.socket.destroy();
      }
      if (fallible || incoming.socket.destroyed) return void outgoing.writeHead(502).end();
      await passed(50);
    }
  }

  /** What the Workers answer, whole; nothing where they don't. */
  #ask({ method, url, headers }, body) {
    return new Promise((done) => {
      const asked = request({ host: "localhost", port: this.upstream, method, path: url, headers, agent: false }, (answer) => {
        Array.fromAsync(answer).then(
          (chunks) => {
            const { "transfer-encoding": _, connection: __, ...kept } = answer.headers;
            done({ status: answer.statusCode, headers: kept, bytes: Buffer.concat(chunks) });
          },
          () => done(undefined),
        );
      });
      asked.on("error", () => done(undefined));
      asked.end(body);
    });
  }

  #upgrade(incoming, client, head) {
    this.counts.sockets += 1;
    const upstream = connect(this.upstream, "localhost");
    const link = new Link(this, client, upstream);
    this.#links.add(link);
    for (const end of [client, upstream]) end.on("close", () => this.#links.delete(link));
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      const [name, value] = incoming.rawHeaders.slice(at, at + 2);
      // Compressed frames could not be read here.
      if (name.toLowerCase() !== "sec-websocket-extensions") lines.push(`${name}: ${value}`);
    }
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    if (head.length) upstream.write(head);
  }

  async stop() {
    const closed = new Promise((done) => this.#server.close(done));
    this.cut();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** A WebSocket that goes through: bytes from the client, frame by frame from the server. */
class Link {
  dead = false;
  #proxy;
  #client;
  #upstream;
  #rest = Buffer.alloc(0);
  #open = false;
  /** Frames keep their order, however long one takes. */
  #turn = Promise.resolve();

  constructor(proxy, client, upstream) {
    this.#proxy = proxy;
    this.#client = client;
    this.#upstream = upstream;
    client.on("data", (data) => this.dead || upstream.write(data));
    upstream.on("data", (data) => this.dead || this.#read(data));
    for (const [end, other] of [[client, upstream], [upstream, client]]) {
      end.on("error", () => {});
      // Who is at the other end of a half open one doesn't hear that this one left.
      end.on("close", () => this.dead || this.#turn.then(() => other.destroy()));
    }
  }

  cut() {
    this.dead = true;
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  #read(data) {
    this.#rest = Buffer.concat([this.#rest, data]);
    if (!this.#open) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#open = true;
      this.#write(this.#rest.subarray(0, end + 4));
      this.#rest = this.#rest.subarray(end + 4);
    }
    for (let length; (length = frameLength(this.#rest)) <= this.#rest.length; this.#rest = this.#rest.subarray(length)) {
      this.#pass(this.#rest.subarray(0, length));
    }
  }

  #pass(frame) {
    this.#proxy.counts.frames += 1;
    if (isData(frame) && this.#proxy.hits("drop")) return;
    if (this.#proxy.hits("delay")) this.#turn = this.#turn.then(() => this.#proxy.pause());
    this.#write(frame);
  }

  #write(bytes) {
    this.#turn = this.#turn.then(() => void (this.dead || this.#client.write(bytes)));
  }
}

/** How many bytes the frame at the start has; more than there are where that can't be told yet. Servers' have no mask. */
function frameLength(bytes) {
  const short = bytes.length > 1 ? bytes[1] & 127 : Infinity;
  if (short < 126) return 2 + short;
  if (short === 126) return bytes.length < 4 ? Infinity : 4 + bytes.readUInt16BE(2);
  return bytes.length < 10 ? Infinity : 10 + Number(bytes.readBigUInt64BE(2));
}

/** Whether it is a whole text that carries what someone sent, not the protocol's own. */
function isData(frame) {
  if ((frame[0] & 15) !== TEXT || !(frame[0] & 128)) return false;
  const short = frame[1] & 127;
  const text = frame.subarray(short < 126 ? 2 : short === 126 ? 4 : 10);
  return JSON.parse(text).type === undefined;
}
