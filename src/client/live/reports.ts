// What the app throws and nobody catches: shown here, and told to the server, which knows where in the source it was.
import type { Frame, Problems } from "./problems.ts";
import type { Position } from "./position.ts";
import type { Cancel, World } from "./world.ts";

export type ErrorKind = "error" | "unhandledrejection" | "react";

interface Report {
  kind: ErrorKind;
  name: string;
  message: string;
  stack: string;
  url: string;
}

interface Located {
  path?: string | null;
  line?: number | null;
  column?: number | null;
  frame?: string | null;
  frames?: Frame[] | null;
}

const TOGETHER = 100;
const MOST_A_MINUTE = 20;
const MINUTE = 60_000;
const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 8_000;
/** Browsers say it of layouts that settle a frame later; nothing is wrong. */
const HARMLESS = /^ResizeObserver loop/;
/** What extensions throw is not the app's. */
const EXTENSION = /\b[a-z-]+-extension:\/\//;
/** A patch's address in this page; see `patch.ts`. */
const TURN = /(\/__overskill\/patch-[^\s#):]+)#\d+/g;

export class Reports {
  #world: World;
  #position: Position;
  #problems: Problems;
  #url: () => string;
  #seen = new WeakSet<object>();
  #waiting = new Map<string, Report>();
  #timer: Cancel | undefined;
  #sent: number[] = [];

  constructor(world: World, position: Position, problems: Problems, url: () => string) {
    this.#world = world;
    this.#position = position;
    this.#problems = problems;
    this.#url = url;
  }

  listen(window: Window): void {
    const listener = ({ target, error, message, filename, lineno, colno }: ErrorEvent) => {
      if (target instanceof HTMLScriptElement) return this.#unloaded(target);
      if (target !== window) return;
      // Browsers have nothing but a place for what scripts of other origins throw.
      const place = filename ? `    at ${filename}:${lineno}:${colno}` : "";
      this.report("error", error ?? { name: "Error", message, stack: place });
    };
    // What fails to load tells only those who listen on the way to it.
    window.addEventListener("error", listener, true);
    window.addEventListener("unhandledrejection", ({ reason }) => this.report("unhandledrejection", reason));
  }

  /** Without one of ours there is no app. */
  #unloaded({ src }: HTMLScriptElement): void {
    if (src.startsWith(`${this.#world.origin}/__overskill/`)) this.report("error", { name: "Error", message: `${src} could not be loaded`, stack: "" });
  }

  /** One that is thrown again on its way, or logged by React, too, counts once. */
  report(kind: ErrorKind, thrown: unknown): void {
    if (typeof thrown === "object" && thrown !== null) {
      if (this.#seen.has(thrown)) return;
      this.#seen.add(thrown);
    }
    const report = { kind, ...describe(thrown), url: this.#url() };
    if (HARMLESS.test(report.message) || EXTENSION.test(report.stack)) return;
    const key = JSON.stringify([report.name, report.message, report.stack.split("\n").slice(0, 3)]);
    const { name: label, message, stack } = report;
    // What an error boundary of the app's caught, it deals with.
    this.#problems.thrown({ phase: "runtime", key, severity: kind === "react" ? "warning" : "error", label, message, stack, count: 1 });
    if (this.#waiting.has(key) || !this.#mayTell()) return;
    this.#waiting.set(key, report);
    this.#timer ??= this.#world.clock.after(TOGETHER, () => void this.#tell());
  }

  #mayTell(): boolean {
    const now = this.#world.clock.now();
    this.#sent = this.#sent.filter((at) => now - at < MINUTE);
    return this.#sent.length < MOST_A_MINUTE && Boolean(this.#sent.push(now));
  }

  async #tell(): Promise<void> {
    this.#timer = undefined;
    const told = [...this.#waiting];
    this.#waiting.clear();
    try {
      const answer = await this.#world.fetch(`${this.#world.origin}/__overskill/errors`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ seq: this.#position.seq, errors: told.map(([, report]) => report) }),
        keepalive: true,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { errors } = (await answer.json()) as { errors: Located[] };
      told.forEach(([key], at) => {
        const { path, line = null, column = null, frame, frames } = errors[at] ?? {};
        const place = path ? { path, line, column } : undefined;
        this.#problems.located(key, { place, frame, ...(frames?.length ? { frames } : {}) });
      });
    } catch (error) {
      this.#world.log.debug("errors could not be reported", error);
    }
  }
}

/** Anything can be thrown. */
function describe(thrown: unknown): Pick<Report, "name" | "message" | "stack"> {
  const { name, message, stack } = fields(thrown);
  return {
    name: name.slice(0, 200),
    message: message.slice(0, LONGEST_MESSAGE),
    stack: stack.replace(TURN, "$1").slice(0, LONGEST_STACK),
  };
}

function fields(thrown: unknown): Pick<Report, "name" | "message" | "stack"> {
  try {
    if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
      const { name, message, stack } = thrown as Partial<Error>;
      return { name: String(name ?? "Error"), message: String(message), stack: String(stack ?? "") };
    }
    const message = typeof thrown === "object" ? (JSON.stringify(thrown) ?? String(thrown)) : String(thrown);
    return { name: "Error", message, stack: "" };
  } catch {
    return { name: "Error", message: "something that can't be read was thrown", stack: "" };
  }
}
