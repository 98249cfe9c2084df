// The modules of the page by id, and who a specifier means.
import { urlOf } from "./meta.ts";
import { State, type CjsFactory, type Edge, type EsmFactory, type Header, type Module } from "./record.ts";

/** A `Map`, because `/__proto__` is a good id. */
export const modules = new Map<string, Module>();

export const isCommonJs = (module: Module): boolean => module.header.k === "cjs";

export type Definition = [id: string, header: Header, factory: EsmFactory | CjsFactory];

/**
 * What a chunk does. A definition of a known id changes its code and nothing that ran; but for a package's module that
 * only passes names on, which begins anew, for it may pass on more of them now.
 */
export function define(list: Definition[]): void {
  for (const [id, header, factory] of list) {
    const known = modules.get(id);
    if (!known) modules.set(id, fresh(id, header, factory));
    else if (!LIVE || id[0] === "/" || known.state <= State.Linked) Object.assign(known, { header, factory });
    else if (known.header.v) Object.assign(known, fresh(id, header, factory));
  }
}

export function fresh(id: string, header: Header, factory: EsmFactory | CjsFactory): Module {
  return {
    id,
    header,
    factory,
    state: State.New,
    error: undefined,
    body: undefined,
    dependencies: [],
    cells: new Map(),
    stars: [],
    holders: [],
    watchers: new Set(),
    view: undefined,
    stack: undefined,
    next: 0,
    index: 0,
    ancestor: 0,
    cycleRoot: undefined,
    order: 0,
    pending: 0,
    parents: [],
    capability: undefined,
    module: undefined,
    style: undefined,
  };
}

export function notFound(specifier: string): Error {
  return Object.assign(new Error(`Cannot find module '${specifier}'`), { code: "MODULE_NOT_FOUND" });
}

/** The module `id`; an error names it as the author wrote it. */
export function named(id: string | null, specifier = id): Module {
  const module = modules.get(id!);
  if (!module) throw notFound(specifier!);
  return module;
}

function target(edges: Edge[] | undefined, specifier: string): Module | undefined {
  const edge = edges?.find((edge) => edge[0] === specifier);
  return edge && named(edge[1], specifier);
}

/** The module of an `import()` or a `require`, or the address that no module has. */
export function wanted(importer: Module, specifier: string): Module | string {
  const { d, i } = importer.header;
  const known = target(d, specifier) ?? target(i, specifier);
  if (known) return known;
  const address = /^\.{0,2}\//.test(specifier) ? new URL(specifier, urlOf(importer.id)).href : specifier;
  const path = address.startsWith(location.origin + "/") ? decodeURI(address.slice(location.origin.length)) : address;
  // The URL of a package's file has a slash before its id.
  return modules.get(path) ?? modules.get(path.slice(1)) ?? address;
}
