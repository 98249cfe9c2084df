// One socket to one relay: Action Cable's handshake, what it carries, and noticing that it died.
import type { Head } from "./envelope.ts";
import type { Cancel, Socket, World } from "./world.ts";

export interface Server {
  /** `object` is our own and understands more; `rails` is any Action Cable server. */
  name: "object" | "rails";
  url: string;
  /** What the page subscribes to, as text: servers echo it byte for byte. */
  identifier(): string;
}

/** `lost`: try again · `restart`: so does everyone else · `refused`, `unauthorized`, `stopped`: not before something changes. */
export type End = "lost" | "restart" | "refused" | "unauthorized" | "stopped";

export interface Listener {
  confirmed(): void;
  /** The payload of a data frame. */
  message(message: unknown): void;
  head(head: Head): void;
  /** At most once, and never after `close`. */
  ended(end: End, detail: string): void;
}

const PROTOCOL = "actioncable-v1-json";
const PROTOCOLS = [PROTOCOL, "actioncable-unsupported"];
/** Answered by the platform without waking the object. */
const PING = '{"command":"ping"}';
const PING_EVERY = 5_000;
const PING_EVERY_HIDDEN = 10_000;
const ANSWER_WITHIN = 4_000;
const ANSWER_WITHIN_AWAKE = 2_000;
/** Rails pings each 3 s. */
const RAILS_SILENCE = 9_000;
const RAILS_SILENCE_AWAKE = 4_000;
/** A timer as late as this slept with the machine: what it would have heard may still be on its way. */
const LATE = 2_000;
const CONNECTING = 0;
const CLOSED = 3;

export class Connection {
  readonly server: Server;
  confirmed = false;
  #world: World;
  #listener: Listener;
  #socket: Socket | undefined;
  #identifier = "";
  #timer: Cancel | undefined;
  #expecting = false;
  #probing = false;

  /** Dials at once; `patience` is how long it may take until the subscription is confirmed. */
  constructor(world: World, server: Server, patience: number, listener: Listener) {
    this.#world = world;
    this.server = server;
    this.#listener = listener;
    this.#after(patience, () => this.#end("lost", "no answer"));
    let socket;
    try {
      socket = world.connect(server.url, PROTOCOLS);
    } catch (error) {
      this.#after(0, () => this.#end("lost", String(error)));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      if (socket.protocol !== PROTOCOL) this.#end("stopped", `it speaks "${socket.protocol}"`);
    };
    socket.onmessage = ({ data }: MessageEvent) => this.#frame(data);
    socket.onclose = ({ code }: CloseEvent) => this.#end("lost", `closed, ${code}`);
    socket.onerror = () => {
      // Of a socket that a policy of the page forbids, browsers tell no close.
      if (socket.readyState === CLOSED) this.#after(0, () => this.#end("lost", "failed"));
    };
  }

  /** Lets go of it without a word. */
  close(): void {
    this.#timer?.();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onmessage = socket.onclose = socket.onerror = null;
    // Safari doesn't stand the close of a socket that is connecting.
    if (socket.readyState === CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }

  /** The machine or the tab woke up: is anyone there? */
  probe(): void {
    if (!this.confirmed || this.#probing) return;
    this.#probing = true;
    if (this.server.name === "object") this.#ping(ANSWER_WITHIN_AWAKE);
    else this.#expect(RAILS_SILENCE_AWAKE);
  }

  /** Tells the object how far the page is. */
  acknowledge(seq: number): void {
    if (!this.confirmed || this.server.name !== "object") return;
    this.#send({ command: "message", identifier: this.#identifier, data: JSON.stringify({ action: "ack", seq }) });
  }

  #frame(text: unknown): void {
    // Any frame is a sign of life.
    if (this.#expecting) this.#rest();
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(String(text)) ?? {};
    } catch {
      return;
    }
    const mine = frame.identifier === this.#identifier;
    switch (frame.type) {
      case "welcome":
        if (this.#identifier) return;
        this.#identifier = this.server.identifier();
        return this.#send({ command: "subscribe", identifier: this.#identifier });
      case "confirm_subscription":
        if (!mine || this.confirmed) return;
        this.confirmed = true;
        this.#rest();
        return this.#listener.confirmed();
      case "reject_subscription":
        return mine ? this.#end("refused", "the subscription was rejected") : undefined;
      case "disconnect":
        return this.#disconnected(String(frame.reason), frame.reconnect !== false);
      case "ping":
        if (this.confirmed && Number.isInteger(frame.seq)) this.#listener.head(frame as unknown as Head);
        return;
      case undefined:
        if (mine && this.#identifier) this.#listener.message(frame.message);
    }
  }

  #disconnected(reason: string, again: boolean): void {
    // AnyCable has a reason of its own for a token that has expired.
    if (reason === "unauthorized" || reason === "token_expired") this.#end("unauthorized", reason);
    else if (!again) this.#end("stopped", reason);
    else this.#end(reason === "server_restart" ? "restart" : "lost", reason);
  }

  /** It lives: until the next check. */
  #rest(): void {
    this.#expecting = this.#probing = false;
    if (this.server.name === "rails") this.#expect(RAILS_SILENCE);
    else this.#after(this.#world.visible() ? PING_EVERY : PING_EVERY_HIDDEN, () => this.#ping(ANSWER_WITHIN));
  }

  #ping(within: number): void {
    this.#write(PING);
    this.#expect(within);
  }

  #expect(within: number): void {
    const { clock } = this.#world;
    const due = clock.now() + within;
    this.#expecting = true;
    this.#after(within, () => {
      if (clock.now() - due < LATE) this.#end("lost", "silence");
      else if (this.server.name === "object") this.#ping(ANSWER_WITHIN_AWAKE);
      else this.#expect(RAILS_SILENCE_AWAKE);
    });
  }

  #after(ms: number, run: () => void): void {
    this.#timer?.();
    this.#timer = this.#world.clock.after(ms, run);
  }

  #send(command: object): void {
    this.#write(JSON.stringify(command));
  }

  #write(text: string): void {
    try {
      this.#socket?.send(text);
    } catch {
      // Closing: `onclose` or the silence tells.
    }
  }

  #end(end: End, detail: string): void {
    this.close();
    this.#listener.ended(end, detail);
  }
}
