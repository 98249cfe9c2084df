// The bridge to the editor that shows the page in a frame.
import { serialise } from "./serialise.ts";
import type { Clock } from "./world.ts";

export type EditorEvent = "update" | "error" | "console" | "status";

const EVENTS: EditorEvent[] = ["update", "error", "console", "status"];
const LEVELS = ["debug", "log", "info", "warn", "error"] as const;
/** Console messages that pass in a second. */
const MOST_A_SECOND = 100;

/** The origins that may listen: those of the stamp; where it has none and the preview is local, local ones. */
export function mayListen(editors: string[], preview: URL, origin: string): boolean {
  if (editors.length) return editors.includes(origin);
  const { hostname } = preview;
  const local = hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1";
  return local && /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin);
}

export interface EditorParts {
  window: Window;
  clock: Clock;
  editors: string[];
  /** What a new subscriber is told of the page. */
  hello(): Record<string, unknown>;
  /** It listens, or no longer does, to `events`. */
  subscribed(events: ReadonlySet<EditorEvent>): void;
}

export class Editor {
  #parts: EditorParts;
  #origin: string | undefined;
  #events: ReadonlySet<EditorEvent> = new Set();
  #unwrap: (() => void) | undefined;
  #second = 0;
  #passed = 0;

  constructor(parts: EditorParts) {
    this.#parts = parts;
    const { window } = parts;
    if (window.parent === window) return;
    window.addEventListener("message", (event) => this.#message(event));
    // An editor must hear of a page that was loaded anew; it is known only where the browser says who frames it.
    const origin = framedBy(window);
    if (origin !== undefined && this.#allowed(origin)) this.#post(origin, "ready", parts.hello());
  }

  /** Whether someone opens files. */
  get listening(): boolean {
    return this.#origin !== undefined;
  }

  send(event: EditorEvent, type: string, data: Record<string, unknown>): void {
    if (this.#origin !== undefined && this.#events.has(event)) this.#post(this.#origin, type, data);
  }

  open(path: string, line: number | null, column: number | null): void {
    if (this.#origin !== undefined) this.#post(this.#origin, "open-file", { path, line, column });
  }

  #allowed(origin: string): boolean {
    const { editors, window } = this.#parts;
    return mayListen(editors, new URL(window.location.href), origin);
  }

  #message({ source, origin, data }: MessageEvent): void {
    if (source !== this.#parts.window.parent || !this.#allowed(origin)) return;
    if (typeof data !== "object" || data === null || data.source !== "overskill-editor" || data.type !== "subscribe") return;
    const wanted: unknown[] = Array.isArray(data.events) ? data.events : [];
    this.#origin = origin;
    this.#events = new Set(EVENTS.filter((event) => wanted.includes(event)));
    this.#post(origin, "ready", this.#parts.hello());
    this.#watch(this.#events.has("console"));
    this.#parts.subscribed(this.#events);
  }

  #post(origin: string, type: string, data: Record<string, unknown>): void {
    try {
      this.#parts.window.parent.postMessage({ ...data, source: "overskill-preview", type }, origin);
    } catch {
      // What can't be cloned is not worth an error in the app.
    }
  }

  /** The console is wrapped only while someone listens: it costs the devtools the place of the call. */
  #watch(on: boolean): void {
    if (on === Boolean(this.#unwrap)) return;
    if (!on) {
      this.#unwrap?.();
      this.#unwrap = undefined;
      return;
    }
    const { console } = globalThis;
    let listening = true;
    const undo = LEVELS.map((level) => {
      const native = console[level];
      const wrapped = (...args: unknown[]) => {
        native.apply(console, args);
        // What is logged while a message is made would come back here.
        if (!listening) return;
        listening = false;
        if (this.#passes()) this.send("console", "console", { level, args: serialise(args), at: Date.now() });
        listening = true;
      };
      console[level] = wrapped;
      // Where the app wrapped it in turn, taking it back would take the app's away.
      return () => void (console[level] === wrapped && (console[level] = native));
    });
    this.#unwrap = () => {
      listening = false;
      undo.forEach((run) => run());
    };
  }

  #passes(): boolean {
    const second = Math.floor(this.#parts.clock.now() / 1000);
    if (second !== this.#second) [this.#second, this.#passed] = [second, 0];
    return this.#passed++ < MOST_A_SECOND;
  }
}

/** The origin of the frame around the page, where the browser tells. */
function framedBy({ location, document }: Window): string | undefined {
  const ancestors = (location as { ancestorOrigins?: DOMStringList }).ancestorOrigins;
  if (ancestors) return ancestors[0];
  try {
    return new URL(document.referrer).origin;
  } catch {
    return undefined;
  }
}
