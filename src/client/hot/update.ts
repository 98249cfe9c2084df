// Applies patches to the page, one update at a time.
import { evaluate } from "../runtime/evaluate.ts";
import { holderOf } from "../runtime/namespace.ts";
import type { Module } from "../runtime/record.ts";
import { define, modules, type Definition } from "../runtime/registry.ts";
import { events } from "./events.ts";
import { entries, importers, inCircles } from "./graph.ts";
import { executed, instanceOf, type Instance } from "./instance.ts";
import { invalidate, invalidated, isInvalidated, onInvalidate } from "./invalidate.ts";
import { next, patience, queueUp } from "./patience.ts";
import { propagate, starting, type Plan } from "./propagate.ts";
import { forget, prune } from "./prune.ts";
import { exportsOf, incompatible, isRefreshed, refresh, remember } from "./refresh.ts";
import { begin, rerun, type Failure, type Result } from "./rerun.ts";
import { take, type Batch } from "./staging.ts";
import { whyNotStarted } from "./start.ts";
import { relink } from "./styles.ts";
import type { HotEvents, Update } from "./types.ts";

export interface Outcome {
  /** The page must be reloaded, and why. */
  reload?: string;
  /** What runs anew; style sheets by their new address. */
  updated: string[];
  failures: Failure[];
}

/** Definitions of modules that run, which are not in use: they are new, or failed when they were tried. */
const pending = new Map<string, Definition>();
/** Modules that failed when they had to run anew for the sake of another. */
const retry = new Set<Module>();
/** Files that are deleted. */
const removed = new Set<string>();

/** What one update has done so far. */
interface Course {
  updated: Set<string>;
  failures: Failure[];
  /** What the console is told, in one message. */
  notes: string[];
  payloads: HotEvents["vite:afterUpdate"][];
  /** What ran anew and, by React Refresh's rules, made its importers update: it need not run again. */
  incompatible: Set<Module>;
  /** The instances that were in use before. */
  earlier: Map<Module, Instance>;
}

let queue: Promise<unknown> = Promise.resolve();
let running = false;

/** Applies all that is staged. */
export function apply(): Promise<Outcome> {
  return enqueue(() => update(take()));
}

function enqueue(work: () => Promise<Outcome>): Promise<Outcome> {
  queueUp();
  const done = queue.then(async () => {
    next();
    running = true;
    try {
      return await work();
    } catch (error) {
      console.error(error);
      return { reload: `the update failed: ${String(error)}`, updated: [], failures: [] };
    } finally {
      running = false;
      if (isInvalidated()) void invalidateLater();
    }
  });
  queue = done;
  return done;
}

/** Outside of an update an invalidation is one of its own. */
onInvalidate(() => {
  if (!running) void invalidateLater();
});

async function invalidateLater(): Promise<void> {
  const { reload: reason } = await enqueue(() => follow(undefined, newCourse()));
  if (reason) await reload(reason);
}

/** Reloads the page, after telling the app. */
let reload = async (reason: string): Promise<void> => {
  console.info(`[overskill] The page is reloaded: ${reason}`);
  await events.emit("vite:beforeFullReload", { type: "full-reload", path: "*" });
  location.reload();
};

/** Leaves reloads to someone who sees that they come to an end: a module may invalidate itself on each load. */
export function setReload(take: (reason: string) => Promise<void>): void {
  reload = take;
}

const newCourse = (): Course => ({ updated: new Set(), failures: [], notes: [], payloads: [], incompatible: new Set(), earlier: new Map() });

async function update(batch: Batch): Promise<Outcome> {
  const course = newCourse();
  const { definitions, links, remove, scripts } = batch;
  if (!definitions.size && !links.length && !remove.size && !scripts.size) return { updated: [], failures: [] };
  const reason = (await whyNotStarted()) ?? (await load(scripts));
  if (reason) return { reload: reason, updated: [], failures: [] };
  takeIn(batch);
  for (const [from, to] of links) {
    relink(from, to);
    course.updated.add(to);
  }
  const plan = await planned([...[...pending.keys()].map((id) => modules.get(id)!), ...retry]);
  return follow(plan, course, links.map(([from, to]) => describe("css-update", from, to)));
}

async function load(scripts: Iterable<string>): Promise<string | undefined> {
  for (const script of scripts) {
    try {
      await import(/* @vite-ignore */ new URL(script, location.origin).href);
    } catch (error) {
      return `${script} failed to load: ${String(error)}`;
    }
  }
  return undefined;
}

/** What never ran is as its definition says from now on; the rest waits to be run. */
function takeIn({ definitions, remove }: Batch): void {
  for (const id of remove) {
    pending.delete(id);
    removed.add(id);
  }
  for (const [id, definition] of definitions) {
    const [, header, factory] = definition;
    const module = modules.get(id);
    removed.delete(id);
    pending.delete(id);
    if (!module) define([definition]);
    else if (!executed(module)) replaceUnused(module, definition);
    else if (header.h && header.h === module.header.h) Object.assign(module, { header, factory });
    else pending.set(id, definition);
  }
}

function replaceUnused(module: Module, definition: Definition): void {
  begin(module, definition);
  instanceOf(module).held = false;
}

/** What nothing runs any more has nothing to wait for. */
function settleUnused(): void {
  for (const module of retry) if (!executed(module)) retry.delete(module);
  for (const [id, definition] of pending) {
    const module = modules.get(id);
    if (module && executed(module)) continue;
    pending.delete(id);
    if (module) replaceUnused(module, definition);
  }
}

function describe(type: Update["type"], path: string, acceptedPath: string): Update {
  return { type, path, acceptedPath, timestamp: Date.now() };
}

/** What follows from a change of `sources`, once those that it concerns have started: it isn't known before what they accept. */
async function planned(sources: Iterable<Module>, done?: ReadonlySet<Module>): Promise<Plan> {
  const plan = propagate(sources, done);
  const late = starting(plan.set);
  if (!late.length) return plan;
  const settled = Promise.allSettled(late.map((module) => evaluate(module)));
  if (await patience(settled, true)) return propagate(sources, done);
  return { ...plan, reload: `${late[0]!.id} still awaits at its top level` };
}

/** Carries a plan out, then those that invalidations make, until all is quiet. */
async function follow(first: Plan | undefined, course: Course, styles: Update[] = []): Promise<Outcome> {
  const invalidators = new Set<Module>();
  let firstInvalidatedBy: string | undefined;
  const end = (reason?: string): Outcome => {
    const { failures, notes, updated } = course;
    if (reason) notes.push(`The page must be reloaded: ${reason}`);
    if (notes.length) console.info(`[overskill] ${notes.join("\n[overskill] ")}`);
    return { ...(reason && { reload: reason }), updated: [...updated], failures };
  };

  for (let plan = first; ; ) {
    if (plan?.reload) return end(plan.reload);
    if (plan?.set.size || styles.length) {
      const reason = await round(plan ?? { boundaries: [], set: new Set(), reload: undefined }, course, styles, firstInvalidatedBy);
      styles = [];
      if (reason) return end(reason);
    }
    const list = invalidated();
    if (!list.length) break;
    for (const [module, message] of list) {
      firstInvalidatedBy ??= module.id;
      if (!course.incompatible.has(module)) invalidators.add(module);
      course.notes.push(`${module.id}: ${message ?? "it invalidated itself"}, so its importers update too`);
      await events.emit("vite:invalidate", { path: module.id, message, firstInvalidatedBy });
    }
    const next = await above(list.map(([module]) => module), course.incompatible);
    if (typeof next === "string") return end(next);
    plan = next;
    const circular = plan.boundaries.find(({ via }) => invalidators.has(via));
    if (circular) return end(`${circular.via.id} is imported in a circle by what it made update`);
  }

  course.notes.push(...(await refresh()));
  await prune((module) => course.earlier.get(module));
  settleUnused();
  forget(removed);
  for (const payload of course.payloads) await events.emit("vite:afterUpdate", payload);
  return end();
}

/** What follows for those who import `invalid`. */
async function above(invalid: Module[], fresh: ReadonlySet<Module>): Promise<Plan | string> {
  const importersOf = importers();
  const sources = new Set<Module>();
  for (const module of invalid) {
    const list = [...importersOf(module)];
    if (entries.includes(module.id) || !list.length) return `${module.id} can't take the update, and nothing imports it`;
    for (const importer of list) sources.add(importer);
  }
  for (const source of sources) retry.add(source);
  return planned(sources, fresh);
}

/** Runs a plan's modules anew and tells those who accept them. Says why the page must be reloaded, where it must. */
async function round(plan: Plan, course: Course, styles: Update[], firstInvalidatedBy?: string): Promise<string | undefined> {
  const circles = inCircles(plan.boundaries.map(({ via }) => via));
  const updates = plan.boundaries.map(({ module, via }): Update => ({
    ...describe(via.style ? "css-update" : "js-update", module.id, via.id),
    ...(circles.has(via) && { isWithinCircularImport: true }),
    ...(firstInvalidatedBy !== undefined && { firstInvalidatedBy }),
  }));
  const payload = { type: "update" as const, updates: [...styles, ...updates] };
  await events.emit("vite:beforeUpdate", payload);
  const refreshed = new Map([...plan.set].filter((module) => !module.error && isRefreshed(module)).map((module) => [module, remember(module)]));
  const result = await rerun(plan, pending);
  for (const [module, { instance }] of result.saved) if (!course.earlier.has(module) && plan.set.has(module)) course.earlier.set(module, instance);
  settle(plan, result, course);
  if (result.reload) return result.reload;
  for (const [module, values] of refreshed) {
    if (!result.committed.has(module)) continue;
    const why = incompatible(values, exportsOf(module));
    if (!why) continue;
    course.incompatible.add(module);
    invalidate(module, why);
  }
  tell(plan, result, course);
  course.payloads.push(payload);
  return undefined;
}

function settle(plan: Plan, { committed, restored, failures, stranded }: Result, course: Course): void {
  for (const module of plan.set) {
    // What nothing imports any more did not run, and has its definition.
    if (restored.has(module)) continue;
    pending.delete(module.id);
    retry.delete(module);
  }
  for (const module of stranded) retry.add(module);
  for (const { id } of committed) course.updated.add(id);
  for (const failure of failures) {
    course.failures.push(failure);
    console.error(failure.error);
    console.error(`[overskill] ${failure.id} failed to start, so what ran before goes on. The next update tries it again.`);
  }
}

/** Calls what accepts the update: the callbacks of the instances that were there before. */
function tell(plan: Plan, { committed, restored, saved }: Result, course: Course): void {
  for (const { module, via } of plan.boundaries) {
    if (!committed.has(via) && !restored.has(via)) continue;
    const fresh = committed.has(via) ? holderOf(via, module) : undefined;
    const { self, dependencies } = saved.get(module)?.instance ?? instanceOf(module);
    const calls = module === via ? self.map((call) => () => call(fresh)) : dependencies.flatMap(({ ids, call }) => (ids.includes(via.id) ? [() => call(via.id, fresh)] : []));
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        console.error(error);
        course.failures.push({ id: module.id, error });
      }
    }
    if (fresh) console.debug(`[overskill] hot updated: ${via.id}${module === via ? "" : ` via ${module.id}`}`);
  }
}
