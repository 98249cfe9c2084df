// An app's server as the live client sees it, with a network that can be cut, slowed and confused.
import { client, stampOf, storage, world } from "./live-world.mjs";

const KEPT = 8;

export class Server {
  epoch = "e1";
  seq = 1;
  /** The newest update that changed what runs. */
  base = 1;
  /** What runs: file → version. */
  files = {};
  /** Written, but the build failed. */
  pending = {};
  error = null;
  log = [];
  patches = new Map();
  sockets = new Set();
  /** Full reloads that were asked for. */
  demands = 0;

  constructor(clock, random) {
    Object.assign(this, { clock, random });
  }

  write(path, { fails = false, kind = "component-update" } = {}) {
    this.pending[path] = ++this.seq;
    if (fails) this.#fail();
    else this.#good(kind);
  }

  /** Builds what failed once more, as it is. */
  retry() {
    if (this.error) this.#good("component-update");
  }

  /** A write that doesn't change what runs. */
  touch() {
    this.seq++;
    if (Object.keys(this.pending).length) this.#good("component-update");
    else this.#tell({ kind: "build-ok" });
  }

  reload() {
    this.seq++;
    Object.assign(this.files, this.pending);
    this.pending = {};
    this.demands++;
    this.error = null;
    const base = this.base;
    this.base = this.seq;
    this.#tell({ kind: "full-reload", reason: "asked", base });
  }

  restart() {
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
    this.log = [];
    this.demands++;
    if (this.error) this.error = { ...this.error, epoch: this.epoch };
    for (const socket of this.sockets) socket.drop();
  }

  #good(kind) {
    const url = `/__overskill/patch-${this.epoch}-${this.seq}-${this.patches.size}.js`;
    this.patches.set(url, this.pending);
    Object.assign(this.files, this.pending);
    this.pending = {};
    this.error = null;
    const base = this.base;
    this.base = this.seq;
    this.#tell({ kind, url, base });
  }

  #fail() {
    this.error = this.envelope({ kind: "build-error", diagnostics: [{ code: "x", severity: "error", message: `no ${this.seq}` }] });
    this.#send(this.error);
  }

  envelope(more) {
    return { v: 1, epoch: this.epoch, seq: this.seq, base: this.base, paths: [], at: 0, ...more };
  }

  #tell(more) {
    const envelope = this.envelope(more);
    this.log.push(envelope);
    this.log = this.log.slice(-KEPT);
    this.#send(envelope);
  }

  #send(envelope) {
    this.head = { seq: envelope.seq, kind: envelope.kind };
    for (const socket of this.sockets) socket.broadcast(envelope);
  }

  sync(epoch, since) {
    const { log } = this;
    const envelopes = log.filter(({ seq }) => seq > since);
    const bridged = epoch === this.epoch && (since >= this.base || (envelopes[0]?.base ?? Infinity) <= since);
    if (!bridged) {
      this.demands++;
      return { epoch: this.epoch, seq: this.seq, envelopes: [this.envelope({ kind: "full-reload", reason: "too far behind" })] };
    }
    return { epoch, seq: this.seq, envelopes: [...envelopes, ...(this.error ? [this.error] : [])] };
  }
}

/** A tab that shows the app: reloads make a new page in it. */
export class Tab {
  reloads = 0;
  /** The network of this tab: sockets and requests get through, or don't, or vanish in silence. */
  network = "up";
  /** Frames are lost; Rails repeats and mixes them up, too. */
  unruly = false;
  /** How often a patch can't be had. */
  lost = 0;
  storage = storage();

  constructor(server, stamp = {}) {
    Object.assign(this, { server, stamp });
    this.#load();
  }

  #load(reloaded = false) {
    const { server } = this;
    const { clock, random } = server;
    this.alive?.end();
    const life = { on: true, end: () => (life.on = false) };
    this.alive = life;
    this.content = { ...server.files };
    this.error = null;
    const stamp = stampOf({ ...this.stamp, epoch: server.epoch, seq: server.base });
    this.position = { epoch: stamp.epoch, seq: stamp.seq };
    let staged = [];
    const get = async () => {
      await new Promise((resolve) => clock.after(random() * 80, resolve));
      if (!life.on || this.network !== "up") throw new TypeError("Failed to fetch");
    };
    const at = world({
      clock: { now: () => clock.now(), after: (ms, run) => clock.after(ms, () => life.on && run()) },
      random,
      storage: this.storage,
      reloaded,
      fetch: async (url) => {
        await get();
        const { pathname, searchParams } = new URL(url);
        if (pathname.includes("patch-")) {
          if (random() < this.lost) throw new TypeError("not found");
          return new Response(pathname);
        }
        const answer = server.sync(searchParams.get("epoch"), Number(searchParams.get("since")));
        return { ok: true, status: 200, json: async () => structuredClone(answer) };
      },
      reload: () => {
        this.reloads++;
        for (const socket of at.sockets) socket.gone = true;
        for (const socket of at.sockets) server.sockets.delete(socket);
        life.end();
        clock.after(20 + random() * 200, () => this.#load(true));
      },
    });
    const connect = at.connect;
    at.connect = (...args) => this.#socket(connect(...args));
    this.follow = new client.Follow(
      {
        stamp, position: this.position, world: at, ready: Promise.resolve(),
        scripts: {
          inline: () => false,
          import: async (url) => void staged.push(server.patches.get(new URL(url).pathname)),
        },
        hot: {
          apply: async () => {
            await new Promise((resolve) => clock.after(random() * 20, resolve));
            Object.assign(this.content, ...staged);
            staged = [];
            return { updated: [], failures: [] };
          },
          emit: async () => {},
        },
      },
      {
        link: (link) => (this.link = link), stale: (stale) => (this.stale = stale), updating() {}, updated() {}, reloading() {},
        good: (seq) => this.error && seq >= this.error.seq && (this.error = null),
        broken: (envelope) => (this.error = envelope),
      },
    );
    this.follow.start();
  }

  /** The server's end of a socket that the page opened. */
  #socket(socket) {
    const { server } = this;
    const { clock, random } = server;
    const object = socket.url.includes("client=1");
    const reachable = () => !socket.gone && this.network === "up" && (object ? !this.objectDown : !this.railsDown);
    const later = (ms, run) => clock.after(ms, () => reachable() && run());
    let last = clock.now();
    /** In order, as TCP has it. */
    const deliver = (frame) => {
      last = Math.max(last, clock.now() + random() * 60);
      clock.after(last - clock.now(), () => reachable() && socket.say(frame));
    };
    clock.after(random() * 60, () => (reachable() ? (socket.open(), deliver({ type: "welcome" })) : this.network === "up" && socket.drop()));
    socket.heard = (text) => {
      if (!reachable()) return;
      const { command, identifier } = JSON.parse(text);
      if (command === "ping") deliver({ type: "ping", ...server.head });
      if (command !== "subscribe") return;
      const send = (message) => deliver({ identifier, message: structuredClone(message) });
      later(random() * 30, () => {
        if (object) {
          const { epoch, since } = JSON.parse(identifier);
          server.sync(epoch, since).envelopes.forEach(send);
        }
        deliver({ type: "confirm_subscription", identifier });
        server.sockets.add(socket);
      });
      socket.broadcast = (message) => {
        if (!this.unruly) return send(message);
        if (object) return random() < 0.1 ? undefined : send(message);
        for (let copies = Math.floor(random() * 3); copies > 0; copies--) {
          later(random() * 500, () => socket.say({ identifier, message: structuredClone(message) }));
        }
      };
      if (!object) this.#beat(socket, deliver);
    };
    return socket;
  }

  #beat(socket, deliver) {
    this.server.clock.after(3000, () => {
      if (socket.gone || socket.readyState !== 1) return;
      deliver({ type: "ping", message: 1 });
      this.#beat(socket, deliver);
    });
  }

  /** Cuts what is open: at once, or in silence. */
  cut(silently = false) {
    for (const socket of this.server.sockets) {
      this.server.sockets.delete(socket);
      if (silently) socket.gone = true;
      else socket.drop();
    }
  }

  get current() {
    const { server } = this;
    const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
    return this.position.epoch === server.epoch && this.position.seq >= server.base && same(this.content, server.files) && this.error?.seq === server.error?.seq;
  }
}

/** Numbers that look random, the same for the same seed. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
