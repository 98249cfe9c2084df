// Which relay the page listens to, and getting back to one that was lost.
import { Connection, type End, type Server } from "./connection.ts";
import type { Head } from "./envelope.ts";
import type { Stamp } from "./stamp.ts";
import type { Position } from "./position.ts";
import type { Cancel, World } from "./world.ts";

export type Link = "connecting" | "connected" | "reconnecting" | "offline" | "unauthorized" | "stopped";

export interface RelayListener {
  /** The subscription is confirmed. */
  connected(server: Server["name"]): void;
  disconnected(): void;
  message(message: unknown): void;
  head(head: Head): void;
  /** An attempt came to nothing; how many in a row. */
  failed(attempts: number): void;
  link(link: Link): void;
}

const PATIENCE = 5_000;
const PATIENCE_LATER = 10_000;
/** The first attempt after a loss comes within this, so that pages don't come all at once. */
const SPREAD = 300;
const SPREAD_RESTART = 3_000;
const BACKOFF = 500;
const BACKOFF_MOST = 10_000;
/** Where the server said no. */
const REFUSED = 60_000;
const REFUSED_MOST = 600_000;
/** Looking whether the preferred server is back. */
const RETURN = 15_000;
const RETURN_MOST = 300_000;
/** A connection that lasted is no part of a series of failures. */
const LASTED = 5_000;
/** Attempts on one server before the other gets its turn. */
const TRIES = 2;
/** A tab hidden for longer doesn't dial. */
const HIDDEN = 60_000;
/** People switch tabs faster than it is worth to dial. */
const AGAIN = 1_000;
const AGAIN_REFUSED = 10_000;

/** The servers of a page, the preferred one first; `from` is what it asks the object to replay after. */
export function serversOf(stamp: Stamp, origin: string, from: () => Position): Server[] {
  const channel = {
    channel: "AppPreviewChannel",
    app_id: stamp.app,
    ...(stamp.token === null || stamp.token === undefined ? {} : { token: stamp.token }),
  };
  const object: Server = {
    name: "object",
    url: `${origin.replace(/^http/, "ws")}/__overskill/cable?client=1`,
    identifier: () => {
      const { epoch, seq } = from();
      return JSON.stringify({ ...channel, epoch, since: seq });
    },
  };
  const rails: Server[] = stamp.cable ? [{ name: "rails", url: stamp.cable, identifier: () => JSON.stringify(channel) }] : [];
  switch (stamp.hmr) {
    case "durable_object":
      return [object];
    case "action_cable":
      return rails.length ? rails : [object];
    case "auto":
      return [object, ...rails];
    default:
      return [];
  }
}

export class Relay {
  #world: World;
  #servers: Server[];
  #listener: RelayListener;
  #at = 0;
  #connection: Connection | undefined;
  #scout: Connection | undefined;
  #link: Link = "connecting";
  #timer: Cancel | undefined;
  #returning: Cancel | undefined;
  #attempts = 0;
  #failures = 0;
  /** By server: how often in a row it said no, and until when it isn't asked again. */
  #refusals: [number, number] = [0, 0];
  #closedUntil: [number, number] = [0, 0];
  #returns = 0;
  #dialled = -Infinity;
  #confirmed = 0;
  #ever = false;
  #hiddenAt: number | undefined;
  #paused = false;

  constructor(world: World, servers: Server[], listener: RelayListener) {
    this.#world = world;
    this.#servers = servers;
    this.#listener = listener;
    if (!world.visible()) this.#hiddenAt = world.clock.now();
  }

  get link(): Link {
    return this.#link;
  }

  /** Which one the page is connected to. */
  get server(): Server["name"] | undefined {
    return this.#connection?.confirmed ? this.#connection.server.name : undefined;
  }

  start(): void {
    if (this.#servers.length) this.#dial();
  }

  /** The page can be seen, is shown again, or is back online. */
  wake(): void {
    this.#paused = false;
    if (this.#world.visible()) this.#hiddenAt = undefined;
    if (this.#connection?.confirmed) return this.#connection.probe();
    if (this.#connection || !this.#servers.length) return;
    const pause = this.#link === "unauthorized" || this.#link === "stopped" ? AGAIN_REFUSED : AGAIN;
    this.#dialAfter(Math.max(0, this.#dialled + pause - this.#world.clock.now()));
  }

  hidden(): void {
    this.#hiddenAt ??= this.#world.clock.now();
  }

  /** The page is left, perhaps to come back: browsers keep no page that holds a socket. */
  pause(): void {
    this.#paused = true;
    this.#timer?.();
    this.#returning?.();
    this.#scout?.close();
    const connection = this.#connection;
    this.#scout = this.#connection = undefined;
    connection?.close();
    if (connection?.confirmed) this.#lost();
  }

  acknowledge(seq: number): void {
    this.#connection?.acknowledge(seq);
  }

  #dial(): void {
    const { clock } = this.#world;
    this.#dialled = clock.now();
    const server = this.#servers[this.#at]!;
    const connection = new Connection(this.#world, server, this.#attempts ? PATIENCE_LATER : PATIENCE, {
      confirmed: () => this.#settle(connection),
      message: (message) => this.#listener.message(message),
      head: (head) => this.#listener.head(head),
      ended: (end, detail) => this.#ended(connection, end, detail),
    });
    this.#connection = connection;
  }

  #settle(connection: Connection): void {
    const { server } = connection;
    this.#connection = connection;
    this.#at = this.#servers.indexOf(server);
    this.#confirmed = this.#world.clock.now();
    this.#failures = 0;
    this.#refusals[this.#at] = this.#closedUntil[this.#at] = 0;
    this.#world.log.debug(this.#ever ? `connected again (${server.name})` : `connected (${server.name})`);
    this.#ever = true;
    this.#say("connected");
    this.#listener.connected(server.name);
    if (this.#at > 0) this.#lookForBetter();
  }

  #ended(connection: Connection, end: End, detail: string): void {
    this.#connection = undefined;
    this.#returning?.();
    const { clock, random, log } = this.#world;
    log.debug(`${connection.confirmed ? "connection lost" : "no connection"} (${connection.server.name}): ${detail}`);
    if (connection.confirmed) {
      if (clock.now() - this.#confirmed >= LASTED) this.#attempts = 0;
      this.#lost();
    } else {
      this.#failures++;
      this.#listener.failed(this.#attempts + 1);
    }
    const refused = end !== "lost" && end !== "restart";
    if (refused) this.#close(this.#at);
    const other = 1 - this.#at;
    const turn = (refused || this.#failures >= TRIES) && this.#servers.length > 1 && this.#closedUntil[other]! <= clock.now();
    if (turn) [this.#at, this.#failures] = [other, 0];
    else if (refused) return this.#wait(end, detail);
    const attempt = this.#attempts++;
    const most = attempt ? Math.min(BACKOFF_MOST, BACKOFF * 2 ** attempt) : end === "restart" ? SPREAD_RESTART : SPREAD;
    this.#say(!this.#world.online() ? "offline" : this.#ever ? "reconnecting" : "connecting");
    this.#dialAfter(random() * most);
  }

  /** A server that said no is left alone for a while. */
  #close(at: number): void {
    const pause = Math.min(REFUSED_MOST, REFUSED * 2 ** this.#refusals[at]!++);
    this.#closedUntil[at] = this.#world.clock.now() + pause * (0.75 + this.#world.random() / 2);
  }

  /** Every server said no. */
  #wait(end: End, detail: string): void {
    const link = end === "stopped" ? "stopped" : "unauthorized";
    const why = end === "stopped" ? `the server ended them (${detail})` : "this page isn't authorized any more";
    if (this.#link !== link) this.#world.log.warn(`no live updates: ${why}`);
    this.#say(link);
    const [first, second] = this.#closedUntil;
    if (this.#servers.length > 1) this.#at = first <= second ? 0 : 1;
    this.#dialAfter(this.#closedUntil[this.#at]! - this.#world.clock.now());
  }

  #lost(): void {
    this.#say(this.#world.online() ? "reconnecting" : "offline");
    this.#listener.disconnected();
  }

  #dialAfter(ms: number): void {
    this.#timer?.();
    this.#timer = this.#world.clock.after(ms, () => {
      const since = this.#hiddenAt;
      // `wake` comes when it can be seen again.
      if (this.#paused || this.#connection || (since !== undefined && this.#world.clock.now() - since >= HIDDEN)) return;
      this.#dial();
    });
  }

  /** While another server serves, the preferred one is asked now and then; it takes over once it has confirmed. */
  #lookForBetter(): void {
    const { clock, random } = this.#world;
    this.#returning?.();
    this.#returning = clock.after(Math.min(RETURN_MOST, RETURN * 2 ** this.#returns) * (0.75 + random() / 2), () => {
      if (!this.#world.visible()) return this.#lookForBetter();
      this.#returns++;
      const scout = new Connection(this.#world, this.#servers[0]!, PATIENCE_LATER, {
        confirmed: () => {
          this.#timer?.();
          this.#connection?.close();
          this.#scout = undefined;
          this.#returns = 0;
          this.#settle(scout);
        },
        message: (message) => this.#listener.message(message),
        head: (head) => this.#listener.head(head),
        ended: (end, detail) => {
          if (this.#connection === scout) return this.#ended(scout, end, detail);
          this.#scout = undefined;
          if (this.#connection?.confirmed) this.#lookForBetter();
        },
      });
      this.#scout = scout;
    });
  }

  #say(link: Link): void {
    if (link === this.#link) return;
    this.#link = link;
    this.#listener.link(link);
  }
}
