// What is wrong with the app now: what doesn't build, and what was thrown. The overlay, the badge and the editor show it.
import type { Diagnostic, Envelope } from "./envelope.ts";

export interface Place {
  path: string;
  line?: number | null;
  column?: number | null;
}

export interface Frame extends Partial<Place> {
  function?: string | null;
}

export interface Problem {
  phase: "build" | "runtime";
  /** Two problems with the same key are the same to a reader. */
  key: string;
  severity: Diagnostic["severity"];
  /** A diagnostic's code, or an error's name. */
  label: string;
  message: string;
  place?: Place | undefined;
  frame?: string | null | undefined;
  hint?: string | null | undefined;
  /** Mapped to the source. */
  frames?: Frame[] | undefined;
  /** As the browser has it. */
  stack?: string | undefined;
  count: number;
}

/** Most run-time errors that are kept. */
const MOST = 20;

export class Problems {
  #build: Problem[] = [];
  #buildSeq = 0;
  #thrown = new Map<string, Problem>();
  #dismissed = new Set<string>();
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get all(): Problem[] {
    return [...this.#build, ...this.#thrown.values()];
  }

  /** Whether there is one that nobody put aside. */
  get open(): boolean {
    return this.all.some(({ key, severity }) => severity === "error" && !this.#dismissed.has(key));
  }

  of(phase: Problem["phase"]): Problem[] {
    return this.all.filter((problem) => problem.phase === phase);
  }

  broken({ seq, diagnostics }: Envelope): void {
    const order = { error: 0, warning: 1, info: 2 };
    const list = [...(diagnostics ?? [])].sort((a, b) => (order[a.severity] ?? 3) - (order[b.severity] ?? 3));
    this.#build = list.length ? list.map(problemOf) : [unknownFailure];
    this.#buildSeq = seq;
    this.#change();
  }

  /** The build is good as of `seq`. */
  good(seq: number): void {
    if (!this.#build.length || seq < this.#buildSeq) return;
    this.#build = [];
    this.#change();
  }

  thrown(problem: Problem): void {
    const known = this.#thrown.get(problem.key);
    if (known) known.count++;
    else if (this.#thrown.size < MOST) this.#thrown.set(problem.key, problem);
    else return;
    this.#change();
  }

  /** More is known about what was thrown. */
  located(key: string, more: Partial<Problem>): void {
    const known = this.#thrown.get(key);
    if (!known) return;
    Object.assign(known, more);
    this.#change();
  }

  /** New code runs: what the old threw says nothing about it. */
  forgetThrown(): void {
    if (!this.#thrown.size) return;
    this.#thrown.clear();
    this.#change();
  }

  dismiss(): void {
    for (const { key } of this.all) this.#dismissed.add(key);
    this.#changed();
  }

  reopen(): void {
    this.#dismissed.clear();
    this.#changed();
  }

  #change(): void {
    const keys = new Set(this.all.map(({ key }) => key));
    for (const key of this.#dismissed) if (!keys.has(key)) this.#dismissed.delete(key);
    this.#changed();
  }
}

function problemOf({ code, severity, message, path, line, column, frame, hint }: Diagnostic): Problem {
  return {
    phase: "build",
    key: JSON.stringify([code, message, path, line, frame]),
    severity,
    label: code,
    message,
    place: path ? { path, line: line ?? null, column: column ?? null } : undefined,
    frame,
    hint,
    count: 1,
  };
}

const unknownFailure: Problem = {
  phase: "build",
  key: "unknown",
  severity: "error",
  label: "build",
  message: "The app doesn't build.",
  count: 1,
};
