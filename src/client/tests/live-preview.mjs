// A preview host for browser tests of the live client: serves a small app in the module format, and speaks the relay.
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { live } from "../build.mjs";

const script = await live();
const APP = "/src/App.js";
const MAIN = "/src/main.js";

/** The definition of a module that accepts itself and shows a text. */
const shows = (text, before = "") =>
  `["${APP}",{"k":"esm","h":"${Buffer.from(text).toString("hex").padStart(8, "0")}"},\nfunction*(os){os.x({text:()=>text});yield;${before}const text=${JSON.stringify(text)};document.querySelector("main").dataset.text=text;os.meta.hot?.accept();}],`;

export const patch = (text, before) => `__overskill__.stage({},[\n${shows(text, before)}\n]);\n`;

export class Preview {
  static async start() {
    const preview = new Preview();
    await preview.#listen();
    return preview;
  }

  stamp = { v: 1, epoch: "e1", seq: 1, app: "shop", hmr: "durable_object", cable: null, token: null, editors: [], status: "ready" };
  /** What the app's module does before it shows its text. */
  before = "";
  text = "one";
  policy = "";
  body = '<main><label>Name <input id="name"></label></main>';
  styles = "";
  /** Address → script. */
  patches = new Map();
  requests = [];
  posted = [];
  /** What the server makes of reported errors. */
  located = [];
  error = null;
  accepts = true;
  sockets = new Set();
  events = new EventEmitter();
  #log = [];

  async #listen() {
    this.server = createServer((request, response) => void this.#answer(request, response));
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "actioncable-v1-json" });
    this.server.on("upgrade", (request, socket, head) => {
      if (!this.accepts) return socket.destroy();
      sockets.handleUpgrade(request, socket, head, (accepted) => this.#cable(accepted));
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.url = `http://shop.localhost:${this.port}/`;
  }

  #cable(socket) {
    socket.on("message", (text) => {
      const { command, identifier } = JSON.parse(text);
      if (command === "ping") return socket.send('{"type":"ping"}');
      if (command !== "subscribe") return;
      if (this.refuses) return socket.send(JSON.stringify({ type: "reject_subscription", identifier }));
      socket.identifier = identifier;
      const { since } = JSON.parse(identifier);
      for (const message of this.#log.filter(({ seq }) => seq > since)) socket.send(JSON.stringify({ identifier, message }));
      if (this.error) socket.send(JSON.stringify({ identifier, message: this.error }));
      socket.send(JSON.stringify({ type: "confirm_subscription", identifier }));
      this.sockets.add(socket);
    });
    socket.on("close", () => this.sockets.delete(socket));
    socket.send('{"type":"welcome"}');
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    this.requests.push(pathname);
    const kept = pathname.startsWith("/__overskill/patch-") && { "cache-control": "public, max-age=31536000, immutable" };
    const send = (type, body, status = 200) => response.writeHead(status, { "content-type": type, ...kept, ...(this.policy && { "content-security-policy": this.policy }) }).end(body);
    if (pathname === this.without) return send("text/plain", "", 404);
    if (pathname === "/") return send("text/html", this.#page());
    if (pathname === "/editor") return send("text/html", this.editor ?? "");
    if (pathname === "/__overskill/live.js") return send("text/javascript", script);
    if (pathname === "/__overskill/app.js") return send("text/javascript", this.#app());
    if (this.patches.has(pathname)) {
      response.setHeader("cache-control", "public, max-age=31536000, immutable");
      return send("text/javascript", this.patches.get(pathname));
    }
    if (pathname === "/__overskill/sync") {
      const { epoch, seq } = this.stamp;
      return send("application/json", JSON.stringify({ epoch, seq, envelopes: this.error ? [this.error] : [] }));
    }
    if (pathname === "/__overskill/errors") {
      let body = "";
      for await (const part of request) body += part;
      const report = JSON.parse(body);
      this.posted.push(report);
      this.events.emit("report");
      const errors = report.errors.map((error, at) => ({ id: at, ...error, ...this.located[at] }));
      return send("application/json", JSON.stringify({ errors }));
    }
    send("text/plain", "", 404);
  }

  #page() {
    const app = this.stamp.status === "ready" ? '<script type="module" src="/__overskill/app.js"></script>' : "";
    return `<!doctype html><html lang="en"><head><script type="application/json" id="overskill-preview">${JSON.stringify(this.stamp)}</script>
<meta name="viewport" content="width=device-width"><title>Shop</title><style>${this.styles}</style>
<script type="module" src="/__overskill/live.js"></script>${app}</head><body>${this.body}</body></html>`;
  }

  #app() {
    return `__overskill__.define([\n["${MAIN}",{"k":"esm","i":[["./App",${JSON.stringify(APP)}]]},\nfunction*(os){os.i("./App");yield;}],\n${shows(this.text, this.before)}\n]);\n__overskill__.boot({"entries":["${MAIN}"]});`;
  }

  /** Sends an envelope of the next version; what a page that comes later is served follows it. */
  send(changes) {
    const base = this.stamp.seq;
    const envelope = { v: 1, epoch: this.stamp.epoch, seq: (this.seq = (this.seq ?? base) + 1), base, paths: [], at: 0, ...changes };
    if (envelope.kind === "build-error") this.error = envelope;
    else {
      this.error = null;
      this.#log.push(envelope);
      if (envelope.kind !== "build-ok" && envelope.kind !== "custom") this.stamp.seq = envelope.seq;
    }
    for (const socket of this.sockets) socket.send(JSON.stringify({ identifier: socket.identifier, message: envelope }));
    return envelope;
  }

  /** An update that shows a text. */
  update(text, { inline = false, before } = {}) {
    const url = `/__overskill/patch-${this.patches.size}.js`;
    this.text = text;
    if (before !== undefined) this.before = before;
    const code = patch(text, before);
    this.patches.set(url, code);
    return this.send({ kind: "component-update", paths: [APP], url, ...(inline && { code }) });
  }

  broken(...diagnostics) {
    return this.send({ kind: "build-error", diagnostics });
  }

  /** The errors that pages reported, once there are so many. */
  async reported(count) {
    for (;;) {
      const errors = this.posted.flatMap(({ errors }) => errors);
      if (errors.length >= count) return errors;
      await once(this.events, "report");
    }
  }

  drop() {
    for (const socket of this.sockets) socket.terminate();
  }

  async stop() {
    this.drop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
