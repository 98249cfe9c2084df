// Who imports whom, among the modules that ran.
import type { Header, Module } from "../runtime/record.ts";
import { modules } from "../runtime/registry.ts";
import { executed, instanceOf } from "./instance.ts";

/** The page's entries, once it booted. */
export const entries: string[] = [];

function found(ids: Iterable<string | null>): Module[] {
  const list = [];
  for (const id of ids) {
    const module = id && modules.get(id);
    if (module) list.push(module);
  }
  return list;
}

export const isApp = (module: Module): boolean => module.id[0] === "/";

/** What a module imports before it runs. */
export const imports = ({ header }: Module): Module[] => found((header.i ?? []).map(([, id]) => id));

/** What it may ask for while it runs. */
export const lazyImports = ({ header }: Module): Module[] =>
  found([...(header.d ?? []), ...(header.g ?? []).flatMap((table) => (table && !table.k ? table.f : []))].map(([, id]) => id));

/** All that a header names. */
export function named(header: Header): Set<string> {
  const edges = [...(header.i ?? []), ...(header.d ?? []), ...(header.g ?? []).flatMap((table) => table?.f ?? [])];
  return new Set(edges.flatMap(([, id]) => id ?? []));
}

/** For each module of the app, those that ran and import it: statically, or because they asked for it. */
export function importers(): (module: Module) => Iterable<Module> {
  const known = new Map<Module, Set<Module>>();
  for (const importer of modules.values()) {
    // No package imports a file of the app.
    if (!isApp(importer) || !executed(importer)) continue;
    for (const module of [...imports(importer), ...instanceOf(importer).uses]) {
      if (!known.has(module)) known.set(module, new Set());
      known.get(module)!.add(importer);
    }
  }
  return (module) => known.get(module) ?? [];
}

/**
 * What the entries reach through modules that run. What a module may ask for counts as reached, but leads on only if
 * it has run (or is in `runs`, and will).
 */
export function reachable(runs: ReadonlySet<Module> = new Set()): Set<Module> {
  const reached = new Set<Module>();
  const followed = new Set<Module>();
  const queue = found(entries);
  const asked = (module: Module) => {
    reached.add(module);
    if (executed(module) || runs.has(module)) queue.push(module);
  };
  for (const module of queue) {
    if (followed.has(module)) continue;
    followed.add(module);
    reached.add(module);
    queue.push(...imports(module));
    lazyImports(module).forEach(asked);
    instanceOf(module).uses.forEach(asked);
  }
  return reached;
}

const isOrdered = (module: Module): boolean => isApp(module) || !!module.style;

/**
 * The app's modules, and packages' style sheets, that `roots` import, each circle by itself in the order in which it is entered, as a page that is
 * loaded evaluates them (Tarjan's algorithm).
 */
export function evaluationOrder(roots: Iterable<Module>): Module[][] {
  const order: Module[][] = [];
  const index = new Map<Module, number>();
  const open: Module[] = [];
  const closed = new Set<Module>();
  for (const root of roots) {
    if (index.has(root)) continue;
    const path: { module: Module; rest: Module[]; low: number }[] = [];
    const enter = (module: Module) => {
      index.set(module, index.size);
      open.push(module);
      path.push({ module, rest: imports(module).filter(isOrdered).reverse(), low: index.get(module)! });
    };
    enter(root);
    for (let top; (top = path.at(-1)); ) {
      const next = top.rest.pop();
      if (next) {
        if (!index.has(next)) enter(next);
        else if (!closed.has(next)) top.low = Math.min(top.low, index.get(next)!);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above) above.low = Math.min(above.low, top.low);
      if (top.low !== index.get(top.module)) continue;
      const circle = open.splice(open.lastIndexOf(top.module));
      for (const member of circle) closed.add(member);
      order.push(circle);
    }
  }
  return order;
}

/** Those of `modules` that import themselves in the end. */
export function inCircles(modules: Iterable<Module>): Set<Module> {
  const found = new Set<Module>();
  for (const circle of evaluationOrder(modules)) {
    if (circle.length > 1 || imports(circle[0]!).includes(circle[0]!)) for (const module of circle) found.add(module);
  }
  return found;
}
