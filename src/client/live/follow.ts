// Follows the app: relay, queue, patches and reloads put together, without a document.
import type { Envelope } from "./envelope.ts";
import { Patches, type Scripts } from "./patch.ts";
import type { Position } from "./position.ts";
import { Relay, serversOf, type Link } from "./relay.ts";
import { Reloads } from "./reloads.ts";
import type { Stamp } from "./stamp.ts";
import { askSync } from "./sync.ts";
import { Updates, type Outcome, type Updated } from "./updates.ts";
import type { World } from "./world.ts";

/** What `hot/` does for it. */
export interface Hot {
  apply(): Promise<Outcome>;
  emit(event: string, data: unknown): Promise<void>;
}

export interface Following {
  stamp: Stamp;
  position: Position;
  world: World;
  scripts: Scripts;
  hot: Hot;
  /** Resolves when the page's own scripts have run: they would overwrite a patch that came before them. */
  ready: Promise<void>;
}

export interface Follower {
  link(link: Link): void;
  /** The page is behind and a reload doesn't help. */
  stale(stale: boolean): void;
  updating(): void;
  updated(update: Updated): void;
  good(seq: number): void;
  broken(envelope: Envelope): void;
  reloading(reason: string): void;
}

/** Attempts that failed before a page asks without a socket, and how often it does. */
const WITHOUT_SOCKET = 3;
const WITHOUT_SOCKET_EVERY = 15_000;
/** A tab that comes back says so in several ways. */
const WAKES = 1_000;

export class Follow {
  #world: World;
  #emit: Hot["emit"];
  #relay: Relay;
  #updates: Updates;
  #connected = false;
  #asked = -Infinity;
  #woken = -Infinity;

  constructor({ stamp, position, world, scripts, hot, ready }: Following, follower: Follower) {
    this.#world = world;
    this.#emit = async (event, data) => {
      try {
        await hot.emit(event, data);
      } catch (error) {
        world.log.error(`a listener of ${event} failed`, error);
      }
    };
    const built = stamp.status === "ready";
    // A page of ours runs nothing: its own version is news to it, should that have been built since.
    const from = () => ({ epoch: position.epoch, seq: built ? position.seq : Math.max(0, position.seq - 1) });
    const patches = new Patches(world, scripts);
    this.#updates = new Updates(
      {
        world,
        position,
        ready,
        built,
        load: (envelope) => patches.load(envelope),
        apply: () => hot.apply(),
        ask: () => askSync(world, from()),
        reloads: new Reloads(world, stamp),
        emit: this.#emit,
      },
      {
        updating: () => follower.updating(),
        updated: (update) => follower.updated(update),
        good: (seq) => follower.good(seq),
        broken: (envelope) => follower.broken(envelope),
        reloading: (reason) => follower.reloading(reason),
        stale: (stale) => follower.stale(stale),
        denied: (denied) => follower.link(denied ? "unauthorized" : this.#relay.link),
        acknowledge: (seq) => this.#relay.acknowledge(seq),
      },
    );
    this.#relay = new Relay(world, serversOf(stamp, world.origin, from), {
      connected: (server) => this.#up(server),
      disconnected: () => this.#down(),
      message: (message) => this.#updates.receive(message),
      head: (head) => this.#updates.head(head),
      failed: (attempts) => this.#alone(attempts),
      link: (link) => follower.link(link),
    });
  }

  start(): void {
    this.#relay.start();
  }

  /** The page can be seen again, or the network changed. */
  wake(): void {
    this.#relay.wake();
    const now = this.#world.clock.now();
    if (now - this.#woken < WAKES) return;
    this.#woken = now;
    // Rails' cable can't be asked whether it is alive, nor what it sent.
    if (this.#relay.server === "rails" || this.#updates.waiting) this.#updates.check();
  }

  /** Once, if it may help. */
  reload(reason: string): Promise<void> {
    return this.#updates.reload(reason);
  }

  hidden(): void {
    this.#relay.hidden();
  }

  pause(): void {
    this.#relay.pause();
  }

  #up(server: "object" | "rails"): void {
    if (!this.#connected) void this.#emit("vite:ws:connect", {});
    this.#connected = true;
    // Only our own object replays what was missed.
    if (server === "rails") this.#updates.check();
  }

  #down(): void {
    if (this.#connected) void this.#emit("vite:ws:disconnect", {});
    this.#connected = false;
  }

  /** Sockets may be forbidden where HTTP is not. */
  #alone(attempts: number): void {
    const now = this.#world.clock.now();
    if (attempts < WITHOUT_SOCKET || now - this.#asked < WITHOUT_SOCKET_EVERY) return;
    this.#asked = now;
    this.#updates.check();
  }
}
