// The queue of envelopes: strictly one after the other, nothing missed, and what waits together applied as one.
import { isUpdate, type Envelope, type Head, readEnvelope, type Sync } from "./envelope.ts";
import { judge, judgeUnbuilt, type Position, type Verdict } from "./position.ts";
import { Unauthorized } from "./sync.ts";
import { sleep, type Cancel, type World } from "./world.ts";

/** What applying a patch came to; see `hot/`. */
export interface Outcome {
  reload?: string;
  updated: string[];
  failures: { id: string; error: unknown }[];
}

export interface Updated {
  seq: number;
  /** Of a style sheet alone, or of scripts as well. */
  kind: "component-update" | "css-update";
  paths: string[];
  /** Milliseconds. */
  took: number;
  failures: Outcome["failures"];
}

/** What the queue works with. */
export interface Parts {
  world: World;
  position: Position;
  /** Whether the app runs, rather than a page of ours. */
  built: boolean;
  /** Resolves when the page's own scripts have run. */
  ready: Promise<void>;
  load(envelope: Envelope): Promise<void>;
  apply(): Promise<Outcome>;
  ask(): Promise<Sync>;
  reloads: { wait(): number; go(position: Position): void };
  /** Never fails. */
  emit(event: string, data: unknown): Promise<void>;
}

export interface UpdatesListener {
  /** Before patches are applied. */
  updating(): void;
  updated(update: Updated): void;
  /** The build is good as of `seq`. */
  good(seq: number): void;
  broken(envelope: Envelope): void;
  acknowledge(seq: number): void;
  /** The page may not ask what it missed, or may again. */
  denied(denied: boolean): void;
  reloading(reason: string): void;
  /** The page is behind and a reload doesn't help; `false` once it may be tried again. */
  stale(stale: boolean): void;
}

const ACKNOWLEDGE_EVERY = 16;
const SYNC_AGAIN = 1_000;
const SYNC_AGAIN_MOST = 30_000;
const SYNC_AGAIN_HIDDEN = 300_000;
/** More than this is asked for again instead. */
const INBOX = 500;
/** Listeners of `vite:beforeFullReload` may take as long. */
const FAREWELL = 500;
/** A page that is still there so long after its reload was kept by someone. */
const STILL_HERE = 60_000;

export class Updates {
  #parts: Parts;
  #listener: UpdatesListener;
  #inbox: Envelope[] = [];
  #running = false;
  /** An envelope brought the page to where it is. */
  #told = false;
  #syncWanted = false;
  #syncFailures = 0;
  #denied = false;
  #syncTimer: Cancel | undefined;
  #gapAt: number | undefined;
  /** The newest version that the page was told of, and the newest of those that build. */
  #heard: { told: number; good: number };
  /** What the server said last of how far it is. */
  #head: Head = { seq: 0, kind: "build-ok" };
  #failed: string | undefined;
  #unacknowledged = 0;
  /** A reload is under way or waited for. */
  #closed = false;

  constructor(parts: Parts, listener: UpdatesListener) {
    this.#parts = parts;
    this.#listener = listener;
    const { seq } = parts.position;
    this.#heard = { told: seq, good: seq };
  }

  receive(message: unknown): void {
    const envelope = readEnvelope(message);
    if (!envelope || this.#closed) return;
    this.#hear(envelope);
    this.#inbox.push(envelope);
    if (this.#inbox.length > INBOX) {
      this.#inbox = [];
      this.#syncWanted = true;
    }
    void this.#run();
  }

  #hear({ epoch, seq, kind }: Envelope): void {
    if (epoch !== this.#parts.position.epoch || kind === "custom") return;
    const { told, good } = this.#heard;
    this.#heard = { told: Math.max(told, seq), good: kind === "build-error" ? good : Math.max(good, seq) };
  }

  /** How far the server is: what it told of until now is here before it says so again, or was lost on its way. */
  head(head: Head): void {
    const { seq, kind } = this.#head;
    const { told, good } = this.#heard;
    this.#head = head;
    if (seq > (kind === "build-error" ? told : good) && !this.waiting) this.check();
  }

  /** Whether an answer is still owed: the last question failed. */
  get waiting(): boolean {
    return this.#syncTimer !== undefined;
  }

  /** Asks the server what was missed. */
  check(): void {
    if (this.#closed) return;
    this.#syncWanted = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#parts.ready;
      while (await this.#step());
    } finally {
      this.#running = false;
    }
  }

  /** Works on what is first; `false` when there is nothing to do until something comes. */
  async #step(): Promise<boolean> {
    if (this.#closed) return false;
    if (this.#syncWanted) {
      this.#syncWanted = false;
      await this.#sync();
      return true;
    }
    const { batch, to } = this.#take();
    if (batch.length) {
      await this.#advance(batch, to);
      return !this.#syncTimer;
    }
    const [head] = this.#inbox;
    return head ? this.#handle(head, this.#judge(head)) : false;
  }

  #judge(envelope: Envelope, at = this.#parts.position): Verdict {
    return this.#parts.built ? judge(at, this.#told, envelope) : judgeUnbuilt(at, envelope);
  }

  /** The envelopes at the front that make one update, and where they lead. */
  #take(): { batch: Envelope[]; to: number } {
    const at: Position = { ...this.#parts.position };
    const batch: Envelope[] = [];
    for (let head; (head = this.#inbox[0]); this.#inbox.shift()) {
      const verdict = this.#judge(head, at);
      if (verdict === "skip" || (verdict === "error" && this.#outdated(head))) continue;
      if (verdict !== "apply" && verdict !== "advance") break;
      batch.push(head);
      at.seq = Math.max(at.seq, head.seq);
    }
    return { batch, to: at.seq };
  }

  /** A good build waits behind the error. */
  #outdated(error: Envelope): boolean {
    const good = (other: Envelope) => isUpdate(other) || other.kind === "build-ok" || other.kind === "full-reload";
    return this.#inbox.some((other) => other.epoch === error.epoch && other.seq >= error.seq && good(other));
  }

  async #handle(head: Envelope, verdict: Verdict): Promise<boolean> {
    const { position, emit } = this.#parts;
    if (verdict === "gap") return this.#bridge(head);
    this.#inbox.shift();
    if (verdict === "error") this.#listener.broken(head);
    else if (verdict === "custom") await emit(String(head.event), head.data);
    else if (verdict === "reload") await this.reload(head.reason ?? (this.#parts.built ? "the server asks for it" : "the app builds"));
    else if (verdict === "foreign" && head.v !== 1) await this.reload("the server speaks a newer protocol");
    else if (verdict === "foreign") {
      // It may be late, from before the page was loaded: the server says which epoch it is.
      this.#inbox = this.#inbox.filter(({ epoch }) => epoch === position.epoch);
      this.#syncWanted = true;
    }
    return true;
  }

  /** Updates before `head` are missing. */
  async #bridge(head: Envelope): Promise<boolean> {
    const { seq } = this.#parts.position;
    // What is owed may hold them.
    if (this.#syncTimer) return false;
    if (this.#gapAt === seq) {
      await this.reload(`updates ${seq + 1} to ${head.base} are missing`);
      return false;
    }
    if (!(await this.#sync())) return false;
    this.#gapAt = seq;
    return true;
  }

  async #advance(batch: Envelope[], to: number): Promise<void> {
    const { world, position, load, apply } = this.#parts;
    const started = world.clock.now();
    let reached = to;
    let failed: Envelope | undefined;
    const done: Envelope[] = [];
    for (const envelope of batch) {
      try {
        if (isUpdate(envelope)) await load(envelope);
        done.push(envelope);
      } catch (error) {
        world.log.debug(`${envelope.url} can't be loaded`, error);
        failed = envelope;
        reached = Math.max(position.seq, ...done.map(({ seq }) => seq));
        break;
      }
    }
    const patches = done.filter(isUpdate);
    if (patches.length) {
      this.#listener.updating();
      let outcome: Outcome;
      try {
        outcome = await apply();
      } catch (error) {
        world.log.error("the update failed", error);
        outcome = { reload: "the update failed", updated: [], failures: [] };
      }
      if (outcome.reload !== undefined) return this.reload(outcome.reload);
      this.#arrive(reached);
      const paths = [...new Set(patches.flatMap(({ paths }) => paths))];
      const kind = patches.every(({ kind }) => kind === "css-update") ? "css-update" : "component-update";
      this.#listener.updated({ seq: reached, kind, paths, took: world.clock.now() - started, failures: outcome.failures });
      this.#acknowledge(patches.length);
    } else if (done.length) {
      this.#arrive(reached);
    }
    if (failed) await this.#unloaded(failed);
  }

  #arrive(seq: number): void {
    this.#parts.position.seq = seq;
    this.#told = true;
    this.#failed = undefined;
    this.#listener.good(seq);
  }

  /** A patch can't be had: the server may have a better way, and knows whether there is a server at all. */
  async #unloaded({ url, seq }: Envelope): Promise<void> {
    const name = `${seq} ${url}`;
    if (this.#failed === name) return this.reload(`update ${seq} can't be loaded`);
    if (await this.#sync()) this.#failed = name;
  }

  #acknowledge(count: number): void {
    this.#unacknowledged += count;
    if (this.#unacknowledged < ACKNOWLEDGE_EVERY) return;
    this.#unacknowledged = 0;
    this.#listener.acknowledge(this.#parts.position.seq);
  }

  /** Puts what was missed in front of what waits. `false` when the server can't be asked; it will be. */
  async #sync(): Promise<boolean> {
    const { position, ask, built, world } = this.#parts;
    this.#syncTimer?.();
    this.#syncTimer = undefined;
    let sync: Sync;
    try {
      sync = await ask();
    } catch (error) {
      if (error instanceof Unauthorized) this.#listener.denied((this.#denied = true));
      const most = world.visible() ? SYNC_AGAIN_MOST : SYNC_AGAIN_HIDDEN;
      const pause = Math.min(most, SYNC_AGAIN * 2 ** this.#syncFailures++);
      this.#syncTimer = world.clock.after(pause * (0.5 + world.random() / 2), () => {
        this.#syncTimer = undefined;
        this.check();
      });
      return false;
    }
    this.#syncFailures = 0;
    sync.envelopes.forEach((envelope) => this.#hear(envelope));
    if (this.#denied) this.#listener.denied((this.#denied = false));
    if (sync.epoch !== position.epoch) await this.reload(reasonIn(sync) ?? "the preview was started anew");
    else if (sync.seq < position.seq - (built ? 0 : 1)) await this.reload("the preview went back to an older version");
    else this.#inbox.unshift(...sync.envelopes.filter(({ epoch }) => epoch === position.epoch));
    return true;
  }

  async reload(reason: string): Promise<void> {
    if (this.#closed) return;
    const { reloads, world, position, emit } = this.#parts;
    this.#closed = true;
    this.#inbox = [];
    this.#syncTimer?.();
    this.#syncTimer = undefined;
    const wait = reloads.wait();
    if (wait > 0) {
      world.log.warn(`out of date: ${reason}. A reload didn't help; the next is tried in ${Math.ceil(wait / 1000)} s`);
      this.#listener.stale(true);
      return void world.clock.after(wait, () => this.#reopen());
    }
    world.log.warn(`reloading: ${reason}`);
    this.#listener.reloading(reason);
    await Promise.race([emit("vite:beforeFullReload", { type: "full-reload", path: "*" }), sleep(world.clock, FAREWELL)]);
    reloads.go(position);
    world.clock.after(STILL_HERE, () => this.#reopen());
  }

  #reopen(): void {
    this.#closed = false;
    this.#gapAt = this.#failed = undefined;
    this.#listener.stale(false);
    this.check();
  }
}

const reasonIn = ({ envelopes }: Sync): string | undefined => envelopes.find(({ kind }) => kind === "full-reload")?.reason;
