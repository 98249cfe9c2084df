// What the runtime knows of one module. Field names follow ECMA-262's cyclic module records where they have one.
import type { Cell, Holder } from "./namespace.ts";
import type { Os } from "./os.ts";

export const enum State {
  New,
  Linked,
  Evaluating,
  /** ECMA-262's "evaluating-async": it, or something it imports, awaits. */
  Waiting,
  /** Done, or failed: then `error` is set. */
  Evaluated,
}

/** `[specifier, id]`; no id where an optional dependency was not found. */
export type Edge = [specifier: string, id: string | null];

/** A definition's header, as `link` writes it. */
export interface Header {
  k: "esm" | "cjs";
  /** Imports CommonJS as Node does. */
  n?: 1;
  /** Awaits at its top level. */
  a?: 1;
  /** Passes on names of others and does nothing else. */
  v?: 1;
  /** A hash of what the definition means. */
  h?: string;
  /** Its components are refreshed in place. */
  r?: 1;
  i?: Edge[];
  d?: Edge[];
  u?: [specifier: string, url: string][];
  w?: [specifier: string, kind: string, url: string][];
  g?: (GlobTable | null)[];
}

/** A set of files, as the tree had it when the chunk was written. */
export interface GlobTable {
  /** Its modules are among the static imports. */
  e?: true;
  /** Only the keys are wanted. */
  k?: true;
  /** The one export that is wanted. */
  m?: string;
  f: [key: string, id: string | null][];
}

export type Body = Generator<undefined, void, void> | AsyncGenerator<undefined, void, void>;
export type EsmFactory = (os: Os) => Body;
export type CjsFactory = (this: unknown, module: CjsModule, exports: unknown, require: (specifier: string) => unknown) => void;

export interface CjsModule {
  id: string;
  exports: unknown;
}

/** Settled when the whole cycle that a module is the root of is. */
export interface Capability {
  promise: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

export interface Module {
  readonly id: string;
  header: Header;
  factory: EsmFactory | CjsFactory;
  state: State;
  /** Boxed, for one may throw `undefined`. */
  error: { readonly value: unknown } | undefined;

  // Instantiation
  body: Body | undefined;
  /** The static imports, in source order. */
  dependencies: Module[];
  /** Own exports. */
  cells: Map<string, Cell>;
  /** Targets of `export *`. */
  stars: Module[];
  /** ECMAScript: one. CommonJS: for Babel-like importers, for Node importers. */
  holders: (Holder | undefined)[];
  /** ECMAScript modules with this CommonJS module behind an `export *`; its names are known only once it has run. */
  watchers: Set<Module>;
  /** What `require` gives of an ECMAScript module. */
  view: object | undefined;

  // Evaluation
  /** The stack of the evaluation that this module is on; evaluations nest through `require`. */
  stack: Module[] | undefined;
  next: number;
  index: number;
  ancestor: number;
  cycleRoot: Module | undefined;
  /** ECMA-262's AsyncEvaluationOrder; 0 for unset and for done. */
  order: number;
  pending: number;
  parents: Module[];
  capability: Capability | undefined;

  // CommonJS
  module: CjsModule | undefined;

  style: HTMLStyleElement | undefined;
}
