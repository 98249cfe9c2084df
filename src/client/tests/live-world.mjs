// A browser without a browser for the live client: a clock that is set by hand, sockets that a test's server holds.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const live = join(dirname(fileURLToPath(import.meta.url)), "../live");
const FILES = ["connection", "editor", "follow", "patch", "position", "problems", "relay", "reloads", "reports", "serialise", "sync", "updates", "badge"];

const { outputFiles } = await build({
  stdin: { contents: FILES.map((name) => `export * from "./${name}.ts";`).join("\n"), resolveDir: live, loader: "ts" },
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
});

/** What the client's files export. */
export const client = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);

/** Lets all promises that can settle do so, and what follows from them. */
export async function settled(turns = 20) {
  while (turns--) await new Promise((resolve) => setImmediate(resolve));
}

/** Time that passes only when told to. */
export class Clock {
  #now = 1_000_000;
  #timers = [];
  #order = 0;

  now() {
    return this.#now;
  }

  after(ms, run) {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs what falls due within `ms`, each at its time and with all that follows from it. */
  async pass(ms) {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.order - b.order);
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = until;
  }

  /** The machine sleeps: timers that fall due meanwhile run late. */
  async sleep(ms) {
    this.#now += ms;
    await this.pass(0);
  }

  get waiting() {
    return this.#timers.length;
  }
}

export class Socket {
  readyState = 0;
  protocol = "";
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  /** What the client sent. */
  sent = [];
  /** Called with each text the client sends. */
  heard = () => {};

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
  }

  send(text) {
    if (this.readyState !== 1) throw new Error("not open");
    this.sent.push(text);
    queueMicrotask(() => this.heard(text));
  }

  close() {
    if (this.readyState === 0) this.closedWhileConnecting = true;
    if (this.readyState > 1) return;
    this.readyState = 3;
    this.left = true;
  }

  open(protocol = "actioncable-v1-json") {
    if (this.readyState !== 0) return;
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen?.({});
  }

  say(frame) {
    if (this.readyState === 1) this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** The server, or the network, ends it. */
  drop(code = 1006) {
    if (this.readyState > 1) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }

  get commands() {
    return this.sent.map((text) => JSON.parse(text));
  }

  get subscription() {
    return this.commands.find(({ command }) => command === "subscribe")?.identifier;
  }

  /** Opens, welcomes and confirms. */
  accept() {
    this.open();
    this.say({ type: "welcome" });
    this.say({ type: "confirm_subscription", identifier: this.subscription });
  }

  data(message) {
    this.say({ identifier: this.subscription, message });
  }
}

/** What a page's tab keeps over reloads. */
export function storage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** A world for the client. `sockets` are those it opened, `log` what it said. */
export function world(changes = {}) {
  const self = {
    clock: new Clock(),
    random: () => 0.5,
    sockets: [],
    log: { lines: [] },
    reloads: 0,
    seen: true,
    network: true,
    origin: "https://app.preview.test",
    storage: storage(),
    reloaded: false,
    connect(url, protocols) {
      const socket = new Socket(url, protocols);
      self.sockets.push(socket);
      return socket;
    },
    fetch: async () => {
      throw new TypeError("Failed to fetch");
    },
    visible: () => self.seen,
    online: () => self.network,
    reload: () => void self.reloads++,
    get last() {
      return self.sockets.at(-1);
    },
  };
  for (const level of ["debug", "info", "warn", "error"]) self.log[level] = (...args) => void self.log.lines.push(`${level}: ${args.join(" ")}`);
  return Object.assign(self, changes);
}

export const stampOf = (changes = {}) => ({
  v: 1, epoch: "e1", seq: 12, app: "shop", hmr: "auto", cable: "wss://rails.test/cable", token: null, editors: [], status: "ready", ...changes,
});

/** A table of tests: sentence → what shows it. */
export function table(test, rows) {
  for (const [name, run] of Object.entries(rows)) test(name, run);
}
