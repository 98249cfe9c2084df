// What an ECMAScript module's factory is given.
import { requireFrom } from "./commonjs.ts";
import { importFrom } from "./dynamic.ts";
import { globOf, pickFrom } from "./glob.ts";
import { hooks } from "./hooks.ts";
import { metaOf } from "./meta.ts";
import { holderOf, type Cell, type Holder } from "./namespace.ts";
import type { Module } from "./record.ts";
import { named } from "./registry.ts";
import { style } from "./stylesheet.ts";
import { instantiate } from "./wasm.ts";

export interface Os {
  x(getters: Record<string, () => unknown>): void;
  i(specifier: string): Holder;
  s(specifier: string): void;
  import(expression: unknown): Promise<unknown>;
  require(specifier: string): unknown;
  u(specifier: string): string;
  w(specifier: string, kind: string): string;
  wasm(url: string, imports?: WebAssembly.Imports): Promise<WebAssembly.Instance>;
  glob(index: number): Record<string, unknown>;
  pick(index: number, path: unknown, parts: number): Promise<unknown>;
  readonly meta: object;
  css(text: string): void;
  /** `$RefreshReg$`. */
  r(value: unknown, name: string): void;
  /** `$RefreshSig$`. */
  g(): (type?: unknown, ...rest: unknown[]) => unknown;
}

export function createOs(module: Module): Os {
  // A barrel imports thousands.
  const ids = new Map(module.header.i);
  const imported = (specifier: string) => named(ids.get(specifier) ?? null, specifier);
  let meta: object | undefined;
  return {
    x: (getters) => exportAll(module, getters),
    i: (specifier) => holderOf(imported(specifier), module),
    s: (specifier) => module.stars.push(imported(specifier)),
    import: (expression) => importFrom(module, expression),
    require: (specifier) => requireFrom(module, specifier),
    u: (specifier) => module.header.u?.find((asset) => asset[0] === specifier)?.[1] ?? specifier,
    w: (specifier, kind) => module.header.w?.find((worker) => worker[0] === specifier && worker[1] === kind)?.[2] ?? specifier,
    wasm: instantiate,
    glob: (index) => globOf(module, index),
    pick: (index, path, parts) => pickFrom(module, index, path, parts),
    get meta() {
      return (meta ??= metaOf(module));
    },
    css: (text) => (LIVE ? hooks.style(module, text) : style(module, text)),
    r: (value, name) => {
      if (LIVE) hooks.register(module, value, name);
    },
    g: () => (LIVE ? hooks.sign() : (type) => type),
  };
}

function exportAll(module: Module, getters: Record<string, () => unknown>): void {
  const before = module.cells;
  module.cells = new Map();
  for (const name of Object.keys(getters)) {
    const cell: Cell = before.get(name) ?? { get: getters[name]!, enumerable: true };
    cell.get = getters[name]!;
    module.cells.set(name, cell);
  }
}
