// Sockets of the relay, bare: what is sent and what comes, frame by frame.
import { WebSocket } from "ws";

export const PROTOCOLS = ["actioncable-v1-json", "actioncable-unsupported"];
export const EXTENDED = ["actioncable-v1-ext-json"];

/** An identifier as `@rails/actioncable` writes it. */
export const identifier = (app, more = {}) => JSON.stringify({ channel: "AppPreviewChannel", app_id: app, ...more });

export class Cable {
  /** Every frame that came and nobody has asked for yet, as a value. */
  frames = [];
  #waiting = [];

  /**
   * Opens a socket to `path` on `host`, a name without its port, and resolves when it is open; a refused upgrade throws
   * an error with its `status`.
   */
  static open(server, { host = "localhost", path = "/cable", protocols = PROTOCOLS, headers = {}, ...options } = {}) {
    const cable = new Cable();
    const socket = new WebSocket(`ws://localhost:${server.port}${path}`, protocols, {
      headers: { host: `${host}:${server.port}`, ...headers }, perMessageDeflate: false, ...options,
    });
    cable.socket = socket;
    cable.closed = new Promise((done) => socket.once("close", (code, reason) => done({ code, reason: reason.toString() })));
    socket.on("message", (data, binary) => cable.#take(binary ? data : JSON.parse(data)));
    return new Promise((done, failed) => {
      socket.once("open", () => done(cable));
      socket.once("unexpected-response", (_, response) => {
        response.resume();
        failed(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode, headers: response.headers }));
        socket.terminate();
      });
      socket.on("error", failed);
    });
  }

  /** An app's own relay, as our client opens it. */
  static own(server, app, options = {}) {
    return Cable.open(server, { host: `${app}.localhost`, path: "/__overskill/cable?client=1", ...options });
  }

  #take(frame) {
    this.frames.push(frame);
    for (const waiting of [...this.#waiting]) waiting();
  }

  /** The first frame that fits, and that nobody was given before; those before it stay. */
  next(fits = (frame) => frame.type !== "ping") {
    return new Promise((done, failed) => {
      const look = () => {
        const at = this.frames.findIndex(fits);
        if (at < 0) return;
        this.#waiting = this.#waiting.filter((waiting) => waiting !== look);
        done(this.frames.splice(at, 1)[0]);
      };
      this.#waiting.push(look);
      look();
      this.closed.then(({ code, reason }) => {
        if (this.#waiting.includes(look)) failed(new Error(`closed (${code} ${reason}) with ${JSON.stringify(this.frames)}`));
      });
    });
  }

  say(command, identifier, more = {}) {
    this.socket.send(JSON.stringify({ command, identifier, ...more }));
  }

  /** Subscribes; gives what came for the identifier before it was confirmed. */
  async subscribe(identifier, more = {}) {
    this.say("subscribe", identifier, more);
    const before = [];
    for (;;) {
      const frame = await this.next((frame) => frame.identifier === identifier);
      if (frame.type === "confirm_subscription") return before;
      if (frame.type === "reject_subscription") throw new Error("rejected");
      before.push(frame);
    }
  }

  /** The next message of a subscription. */
  async message(identifier) {
    const frame = await this.next((frame) => frame.message !== undefined && frame.identifier === identifier && !frame.type);
    return frame.message;
  }

  /** Whether all that was said before was read: an identifier of nobody is rejected in its turn. */
  async settled() {
    const nobody = JSON.stringify({ nobody: Math.random() });
    this.say("subscribe", nobody);
    await this.next((frame) => frame.type === "reject_subscription" && frame.identifier === nobody);
  }

  async close() {
    this.socket.close();
    return this.closed;
  }
}

/** Broadcasts; resolves with how many sockets it went to. */
export async function broadcast(server, app, event, data, options = {}) {
  const answer = await server.call("POST", `/v1/apps/${app}/broadcast`, { json: { event, data }, ...options });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.bytes}`);
  return answer.json.delivered;
}
