// Where hot updates take part in running modules. The plain runtime is built with `LIVE` false and has nothing of it.
import type { Cell, Holder } from "./namespace.ts";
import type { Module } from "./record.ts";

declare global {
  /** Whether this is the runtime that can be updated; the build puts the value in. */
  const LIVE: boolean;
}

export interface Hooks {
  /** The page's entries, before the first of them runs. */
  boot(entries: string[]): void;
  /** `importer` asked for `module` while it ran: by `import()` or `require`. */
  used(importer: Module, module: Module): void;
  /** `import.meta.hot` of a module. */
  hot(module: Module): object | undefined;
  /** `$RefreshReg$` and `$RefreshSig$`. */
  register(module: Module, value: unknown, name: string): void;
  sign(): (type?: unknown, ...rest: unknown[]) => unknown;
  style(module: Module, text: string): void;
  /** The cell that a holder reads a name through, so that it can be pointed elsewhere later. */
  cell(module: Module, holder: Holder, name: string, cell: Cell): Cell;
}

/** Filled by `hot/`. */
export const hooks = {} as Hooks;
