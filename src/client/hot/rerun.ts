// Runs modules anew. Those that depend on each other come into use together or not at all: whoever imports them keeps
// the old instances until all are through, and keeps them if one fails.
import { evaluate, evaluateNow } from "../runtime/evaluate.ts";
import { link, started } from "../runtime/link.ts";
import { State, type Module } from "../runtime/record.ts";
import { fresh, modules, type Definition } from "../runtime/registry.ts";
import { entries, evaluationOrder, imports, inCircles, isApp, reachable } from "./graph.ts";
import { keep, repoint } from "./holders.ts";
import { disposeOf, executed, instanceOf, restore, retire, type Instance } from "./instance.ts";
import { patience } from "./patience.ts";
import type { Plan } from "./propagate.ts";
import { replace } from "./refresh.ts";
import { open, use } from "./styles.ts";

export interface Saved {
  record: Module;
  instance: Instance;
}

export interface Failure {
  id: string;
  error: unknown;
}

/** Modules that come into use together. */
interface Component {
  members: Set<Module>;
  failure: Failure | undefined;
}

export interface Result {
  /** The instances that are in use now. */
  committed: Set<Module>;
  /** What is as it was. */
  restored: Set<Module>;
  failures: Failure[];
  /** What was asked for meanwhile and failed of the same. */
  stranded: Set<Module>;
  /** The instances before. */
  saved: Map<Module, Saved>;
  reload: string | undefined;
}

export async function rerun(plan: Plan, definitions: ReadonlyMap<string, Definition>): Promise<Result> {
  const result: Result = { committed: new Set(), restored: new Set(), failures: [], stranded: new Set(), saved: new Map(), reload: undefined };
  if (!(await patience(disposeAll(plan.set)))) {
    result.reload = "what an update disposes of has not come to an end";
    return result;
  }
  const circles = inCircles(plan.boundaries.map(({ via }) => via));
  const { saved } = result;
  for (const module of plan.set) {
    saved.set(module, { record: { ...module }, instance: retire(module) });
    begin(module, definitions.get(module.id));
  }
  for (const module of modules.values()) {
    // A circle's root stands for all of it; without it each stands for itself.
    if (module.cycleRoot && plan.set.has(module.cycleRoot) && !plan.set.has(module)) module.cycleRoot = module;
  }

  open();
  const live = reachable(plan.set);
  const roots = new Set(plan.boundaries.map(({ via }) => via).filter((via) => live.has(via)));
  const components = componentsOf(roots, saved);
  const start = [...entries.flatMap((id) => modules.get(id) ?? []), ...roots];
  const order = evaluationOrder(start).flat().filter((module) => plan.set.has(module) && components.has(module));
  const complete = await evaluateAll([...order, ...roots], components);

  // What is only to be asked for, or gone, did not run with the others.
  const rest = [...plan.set].filter((module) => !components.has(module));
  for (const module of rest) instanceOf(module).held = false;

  if (!complete) {
    result.reload = `${[...roots].map(({ id }) => id).join(", ")} still awaits at its top level`;
    return result;
  }
  for (const component of new Set(components.values())) {
    const { members, failure } = component;
    if (!failure) {
      commit(members, saved);
      for (const module of members) result.committed.add(module);
      continue;
    }
    const circular = [...roots].find((root) => members.has(root) && circles.has(root));
    if (circular) result.reload ??= `${failure.id} failed while ${circular.id}, which is in a circle of imports, ran anew: ${String(failure.error)}`;
    result.failures.push(failure);
    rollBack(members, saved);
    for (const module of members) result.restored.add(module);
    for (const module of modules.values()) if (module.error && module.error.value === failure.error) result.stranded.add(module);
  }
  // Set.forEach goes on to what is added meanwhile.
  result.restored.forEach((importer) => {
    const old = saved.get(importer)!;
    for (const module of rest) {
      if (result.restored.has(module) || !imports(old.record).concat(...old.instance.uses).includes(module)) continue;
      result.restored.add(module);
      if (executed(module)) commit(new Set([module]), saved);
      else rollBack(new Set([module]), saved);
    }
  });
  for (const module of modules.values()) if (isApp(module) && module.stars.length && executed(module) && !plan.set.has(module)) repoint(module);
  use(result.committed);
  for (const module of result.committed) replace(module);
  return result;
}

async function disposeAll(set: Iterable<Module>): Promise<void> {
  for (const module of set) await disposeOf(module, instanceOf(module));
}

/** Makes `module` one that never ran, as `definition` says it is. Its style sheet stays in the page. */
export function begin(module: Module, definition?: Definition): void {
  const { id, style } = module;
  const [, header, factory] = definition ?? [id, module.header, module.factory];
  Object.assign(module, fresh(id, header, factory), { style });
  instanceOf(module).held = true;
}

/** What is to run for each root; those who share some of it are one. */
function componentsOf(roots: Iterable<Module>, saved: Map<Module, Saved>): Map<Module, Component> {
  const found = new Map<Module, Component>();
  for (const root of roots) {
    let component: Component = { members: new Set(), failure: undefined };
    const seen = new Set([root]);
    for (const module of seen) {
      if (executed(module)) continue;
      const known = found.get(module);
      if (known === component) continue;
      if (known) {
        // What is behind it was seen with another root.
        const [small, large] = known.members.size < component.members.size ? [known, component] : [component, known];
        for (const member of small.members) found.set(member, large);
        for (const member of small.members) large.members.add(member);
        component = large;
        continue;
      }
      for (const next of imports(module)) seen.add(next);
      if (!isApp(module)) continue;
      if (!saved.has(module)) {
        saved.set(module, { record: { ...module }, instance: retire(module) });
        instanceOf(module).held = true;
      }
      component.members.add(module);
      found.set(module, component);
    }
  }
  return found;
}

/** Says whether all is through. */
async function evaluateAll(order: Iterable<Module>, components: Map<Module, Component>): Promise<boolean> {
  const list = [...new Set(order)];
  const waiting: Promise<unknown>[] = [];
  const fail = (root: Module, error: unknown) => {
    const component = components.get(root)!;
    component.failure ??= { id: culprit(component.members, error) ?? root.id, error };
  };
  const attempt = (root: Module, run: () => void) => {
    if (components.get(root)!.failure) return;
    try {
      run();
    } catch (error) {
      fail(root, error);
    }
  };
  for (const root of list) attempt(root, () => void link(root));
  await started();
  for (const root of list) {
    attempt(root, () => {
      evaluateNow(root);
      if ((root.cycleRoot ?? root).state === State.Waiting) waiting.push(evaluate(root).catch((error: unknown) => fail(root, error)));
    });
  }
  return patience(Promise.all(waiting));
}

/** The module that failed first: those that import it failed of it. */
function culprit(members: Set<Module>, error: unknown): string | undefined {
  const failed = (module: Module) => !!module.error && module.error.value === error;
  const all = [...members].filter(failed);
  return (all.find((module) => !imports(module).some(failed)) ?? all[0])?.id;
}

function commit(members: Set<Module>, saved: Map<Module, Saved>): void {
  for (const module of members) {
    instanceOf(module).held = false;
    keep(module, saved.get(module)!.record.holders);
    repoint(module);
  }
}

function rollBack(members: Set<Module>, saved: Map<Module, Saved>): void {
  for (const module of members) {
    const { record, instance } = saved.get(module)!;
    const { holders } = module;
    // One that never ran has no other record, and links anew.
    if (executed(record)) Object.assign(module, record);
    else Object.assign(module, fresh(module.id, module.header, module.factory));
    restore(module, instance);
    instance.disposed = false;
    keep(module, holders);
  }
  for (const module of members) if (executed(module)) repoint(module);
  // A package that failed is tried again.
  for (const module of modules.values()) if (!isApp(module) && module.error) Object.assign(module, fresh(module.id, module.header, module.factory));
}
