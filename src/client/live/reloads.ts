// Reloading the page: once when it helps, and never in a loop.
import type { Position } from "./position.ts";
import type { Stamp } from "./stamp.ts";
import type { World } from "./world.ts";

const KEY = "overskill:reload";
/** How long after a reload that didn't help the next one may come. */
const STALLED = 30_000;
const STALLED_MOST = 600_000;
/** Reloads for a new epoch, one soon after the other, that are taken for a server in trouble. */
const TURNS = 3;
const TURN_WITHIN = 30_000;

/** What a page leaves to its successor. */
interface Left extends Position {
  status: string;
  at: number;
  /** Reloads in a row that brought the page no further. */
  stalls: number;
  /** Reloads in a row that came upon another epoch. */
  turns: number;
}

export class Reloads {
  #world: World;
  #status: string;
  #since: number;
  #left: Left | undefined;
  #stalls = 0;
  #turns = 0;
  #forbidden = false;

  constructor(world: World, stamp: Stamp) {
    this.#world = world;
    this.#status = stamp.status;
    this.#since = world.clock.now();
    const left = (this.#left = this.#take());
    if (!left) return;
    if (left.epoch !== stamp.epoch) {
      if (this.#since - left.at < TURN_WITHIN) this.#turns = left.turns + 1;
      this.#stalls = Math.max(0, this.#turns - TURNS + 1);
    } else if (left.seq >= stamp.seq && left.status === stamp.status) {
      this.#stalls = left.stalls + 1;
    }
  }

  /** How long to wait until a reload may be tried; 0 is now. */
  wait(): number {
    const { clock, reloaded } = this.#world;
    let from = this.#left?.at ?? 0;
    let pause = this.#stalls ? Math.min(STALLED_MOST, STALLED * 2 ** (this.#stalls - 1)) : 0;
    if (this.#forbidden) [from, pause] = [this.#since, reloaded ? STALLED : 0];
    // A clock that was set back meanwhile makes it no longer.
    return Math.min(pause, Math.max(0, from + pause - clock.now()));
  }

  /** Reloads, leaving word of where the page stood. */
  go(position: Position): void {
    const { clock, storage } = this.#world;
    const left: Left = { ...position, status: this.#status, at: clock.now(), stalls: this.#stalls, turns: this.#turns };
    this.#left = left;
    this.#stalls++;
    try {
      storage.setItem(KEY, JSON.stringify(left));
    } catch {
      this.#forbidden = true;
    }
    this.#world.reload();
  }

  /** Taken away at once: another frame of the same app has the same storage. */
  #take(): Left | undefined {
    try {
      const text = this.#world.storage.getItem(KEY);
      this.#world.storage.removeItem(KEY);
      return text ? (JSON.parse(text) as Left) : undefined;
    } catch {
      this.#forbidden = true;
      return undefined;
    }
  }
}
