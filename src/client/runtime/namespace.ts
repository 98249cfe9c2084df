// Holders: the namespace objects that importers read through.
//
// A holder is an ordinary object with an accessor per name, not a Proxy: compiled code reads every imported
// name through one, in its hottest loops. The accessor reads a cell, so a module that is instantiated again
// re-points all holders that were ever handed out, although these are sealed as ECMA-262 wants them.
import { hooks } from "./hooks.ts";
import { isCommonJs } from "./registry.ts";
import { State, type Module } from "./record.ts";

export type Holder = Record<string, unknown>;

export interface Cell {
  get(): unknown;
  readonly enumerable: boolean;
}

export function emptyHolder(): Holder {
  return Object.defineProperty(Object.create(null), Symbol.toStringTag, { value: "Module" });
}

/** The holder of `module` for an importer of the given kind, fetched without evaluating anything. */
export function holderOf(module: Module, importer?: Module): Holder {
  const kind = isCommonJs(module) && importer?.header.n ? 1 : 0;
  const known = module.holders[kind];
  if (known) return known;
  const holder = (module.holders[kind] = emptyHolder());
  // Before that its names are not known.
  if (module.state > State.Linked) publish(module);
  return holder;
}

/** Gives the holders of `module` the names it has by now, and closes them when no more can come. */
export function publish(module: Module): void {
  if (!module.holders.length) return;
  module.holders.forEach((holder, kind) => {
    if (!holder) return;
    const [names, complete] = namesFor(module, kind);
    for (const name of [...names.keys()].sort()) {
      if (Object.hasOwn(holder, name)) continue;
      const cell = names.get(name)!;
      reveal(holder, name, LIVE ? hooks.cell(module, holder, name, cell) : cell);
    }
    if (complete) Object.preventExtensions(holder);
  });
}

/** The names of `module` for a kind of importer, and whether these are all. */
export function namesFor(module: Module, kind: number): [Map<string, Cell>, boolean] {
  const names = new Map<string, Cell>();
  const complete = collect(module, names, new Set(), module);
  if (isCommonJs(module)) names.set("default", { get: () => defaultOf(module, kind), enumerable: true });
  return [names, complete];
}

export function reveal(object: object, name: string, cell: Cell): void {
  Object.defineProperty(object, name, { get: () => cell.get(), enumerable: cell.enumerable });
}

/**
 * Adds the names of `module` to `names`, own ones first, then those of its stars in order, so that the first wins.
 * Says whether these are all; if not, `reader` is told when they are.
 */
function collect(module: Module, names: Map<string, Cell>, seen: Set<Module>, reader: Module): boolean {
  if (seen.has(module)) return true;
  seen.add(module);
  const add = (cell: Cell, name: string) => {
    if (!names.has(name) && (name !== "default" || module === reader)) names.set(name, cell);
  };
  if (isCommonJs(module)) {
    namesOf(module.module?.exports).forEach((enumerable, name) => add({ get: () => read(module, name), enumerable }, name));
    if (module.state === State.Evaluated) return true;
    if (module !== reader) module.watchers.add(reader);
    return false;
  }
  module.cells.forEach(add);
  let complete = true;
  for (const star of module.stars) if (!collect(star, names, seen, reader)) complete = false;
  return complete;
}

const read = (module: Module, name: string): unknown => (module.module!.exports as Holder | null | undefined)?.[name];

/** The names of a CommonJS module, and whether one sees them: a class's static methods can be imported too. */
function namesOf(exports: unknown): Map<string, boolean> {
  const names = new Map<string, boolean>();
  if (exports && (typeof exports === "object" || typeof exports === "function")) {
    for (const name of Object.getOwnPropertyNames(exports)) names.set(name, false);
    for (const name in exports) names.set(name, true);
  }
  names.delete("__esModule");
  names.delete("default");
  return names;
}

/** Vite's rule. Asked at each read, for in a cycle `module.exports` is still to change. */
function defaultOf(module: Module, kind: number): unknown {
  const exports = module.module!.exports as Holder;
  return !kind && exports?.__esModule ? exports.default : exports;
}
