// Who takes an update: from what changed up through the importers, to those that accept it.
import { State, type Module } from "../runtime/record.ts";
import { entries, importers } from "./graph.ts";
import { importedNames } from "./imported.ts";
import { executed, instanceOf } from "./instance.ts";
import { isRefreshed, whyNotRefreshed } from "./refresh.ts";

export interface Boundary {
  /** Who takes the update… */
  module: Module;
  /** …and what runs anew for it: itself, or what it imports. */
  via: Module;
}

export interface Plan {
  boundaries: Boundary[];
  /** All that runs anew. */
  set: Set<Module>;
  /** Why nobody can take the update. */
  reload: string | undefined;
}

/** A style sheet without exports. */
const isSheet = (module: Module): boolean => !!module.style && !module.cells.size;

/** One that failed accepts nothing: it isn't known what more it would have said. */
const accepts = (module: Module): boolean => !module.error && executed(module);

function acceptsItself(module: Module): boolean {
  if (!accepts(module)) return false;
  return instanceOf(module).acceptsItself || isSheet(module) || isRefreshed(module);
}

const acceptsDependency = (importer: Module, module: Module): boolean =>
  accepts(importer) && instanceOf(importer).dependencies.some(({ ids }) => ids.includes(module.id));

/** What follows when `sources` change. Those that never ran matter to nobody, and those of `done` have had their turn. */
export function propagate(sources: Iterable<Module>, done: ReadonlySet<Module> = new Set()): Plan {
  const importersOf = importers();
  const plan: Plan = { boundaries: [], set: new Set(), reload: undefined };

  /** Says why there is no way to go on, where there is none. */
  const visit = (module: Module, chain: Module[]): string | undefined => {
    if (plan.set.has(module) || done.has(module)) return undefined;
    plan.set.add(module);
    if (acceptsItself(module)) {
      plan.boundaries.push({ module, via: module });
      return undefined;
    }
    const names = accepts(module) ? instanceOf(module).exports : undefined;
    if (names) plan.boundaries.push({ module, via: module });
    const above = [...importersOf(module)];
    if (entries.includes(module.id) || (!above.length && !names)) return deadEnd(chain);
    for (const importer of above) {
      if (names && importedNames(importer, module)?.every((name) => names.has(name))) continue;
      if (acceptsDependency(importer, module)) plan.boundaries.push({ module: importer, via: module });
      else if (!chain.includes(importer)) {
        const reason = visit(importer, [...chain, importer]);
        if (reason) return reason;
      }
    }
    return undefined;
  };

  for (const source of sources) {
    if (!executed(source)) continue;
    plan.reload = visit(source, [source]);
    if (plan.reload) return plan;
  }
  if (plan.set.size && !plan.boundaries.length) plan.reload = deadEnd([...plan.set]);
  return plan;
}

function deadEnd(chain: Module[]): string {
  const ids = chain.map(({ id }) => id);
  const why = chain.flatMap((module) => whyNotRefreshed(module) ?? []);
  const way = ids.length > 1 ? ` (${ids.join(" → ")})` : "";
  return `${ids[0]} changed, and nothing that imports it accepts updates${way}${why.length ? `: ${why.join("; ")}` : ""}`;
}

/** Those of `set` that are still starting: they, or what they import, await. */
export const starting = (set: Iterable<Module>): Module[] => [...set].filter(({ state }) => state === State.Waiting || state === State.Evaluating);
