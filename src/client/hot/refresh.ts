// React Fast Refresh: who is a boundary, and what React is told. The rules are those of @vitejs/plugin-react.
import * as react from "react-refresh/runtime";
import { holderOf } from "../runtime/namespace.ts";
import type { Module } from "../runtime/record.ts";
import { executed, instanceOf } from "./instance.ts";
import { familiesOf, remounts, signed } from "./remounts.ts";

type Values = Map<string, unknown>;

interface Scope {
  __getReactRefreshIgnoredExports?: (of: { id: string }) => string[] | undefined;
  __registerBeforePerformReactRefresh?: (callback: () => unknown) => void;
}

const beforeRefresh: (() => unknown)[] = [];

/** React asks for this when it starts, so it must be there before. */
export function inject(): void {
  react.injectIntoGlobalHook(globalThis);
  (globalThis as Scope).__registerBeforePerformReactRefresh = (callback) => beforeRefresh.push(callback);
}

/**
 * The kind of a component that is an object: of `memo`, of `forwardRef`. React 18 can't make one out of the other in place.
 * The compiler calls what such an object holds `App$memo`, so that is no name for the object.
 */
const kindOf = (value: unknown): string => (typeof value === "object" && value ? String((value as { $$typeof?: symbol }).$$typeof?.description).replace(/^.*\./, "$as_") : "");

const familyOf = (module: Module, name: string, value: unknown): string => `${module.id} ${name}${kindOf(value)}`;

/** What the compiler calls a component. */
const registered = new WeakSet<object>();

export function register(module: Module, value: unknown, name: string): void {
  if (typeof value === "function") registered.add(value);
  const instance = instanceOf(module);
  instance.hasComponents = true;
  if (instance.held) instance.registrations.push([value, name]);
  else react.register(value, familyOf(module, name, value));
}

export function sign(): (type?: unknown, ...rest: unknown[]) => unknown {
  const signature = react.createSignatureFunctionForTransform();
  return (type, key, reset, hooks) => {
    if (typeof key === "string") signed(type, key, !!reset);
    return signature(type, key, reset, hooks);
  };
}

const hasComponents = (module: Module): boolean => !!module.header.r || instanceOf(module).hasComponents;

/** Whether its components are refreshed in place. One that exports nothing has nobody who could tell. */
export const isRefreshed = (module: Module): boolean => hasComponents(module) && executed(module) && exportsOf(module).size > 0;

export const whyNotRefreshed = (module: Module): string | undefined =>
  hasComponents(module) && executed(module) && !module.error && !exportsOf(module).size ? `${module.id} has components and exports none` : undefined;

/** What a module exports, but for what the app wants ignored. */
export function exportsOf(module: Module): Values {
  const ignored = (globalThis as Scope).__getReactRefreshIgnoredExports?.({ id: module.id }) ?? [];
  const holder = holderOf(module);
  const values: Values = new Map();
  for (const name of Object.keys(holder)) {
    if (ignored.includes(name)) continue;
    try {
      values.set(name, holder[name]);
    } catch {
      // In its dead zone.
    }
  }
  return values;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  const { constructor } = value as object;
  return constructor === Object || constructor === undefined;
}

/**
 * Whether an export is a component. A default export that the author left without a name is called `default`: what a
 * file of components exports so is one.
 */
function isComponent(value: unknown, name: string): boolean {
  if (react.isLikelyComponentType(value)) return true;
  if (typeof value !== "function") return false;
  return registered.has(value) || (name === "default" && (value.name === "default" || !value.name));
}

/** An object whose values are components. */
const isCompound = (value: unknown): value is Record<string, unknown> => isPlain(value) && Object.values(value).every(react.isLikelyComponentType);

/** The components within a component or an object of them: `Card.Title`. */
function partsOf(value: unknown): Map<string, unknown> {
  const parts = new Map<string, unknown>();
  for (const [key, { value: part }] of Object.entries(Object.getOwnPropertyDescriptors(value as object))) {
    // What `memo` and `forwardRef` hold is React's own to follow.
    const own = typeof value === "object" && "$$typeof" in value! && (key === "type" || key === "render");
    if (!own && react.isLikelyComponentType(part)) parts.set(key, part);
  }
  return parts;
}

/** The components among what a module exports, each with the name of its family. */
function componentsOf(module: Module, values: Values): [value: unknown, family: string][] {
  const found: [unknown, string][] = [];
  for (const [name, value] of values) {
    if (isComponent(value, name)) found.push([value, familyOf(module, `export ${name}`, value)]);
    else if (!isCompound(value)) continue;
    for (const [key, part] of partsOf(value)) found.push([part, familyOf(module, `export ${name}-${key}`, part)]);
  }
  return found;
}

/** Before another instance takes over: React gets to know components that the compiler doesn't see, such as those of `styled`. */
export function remember(module: Module): Values {
  const values = exportsOf(module);
  for (const [value, family] of componentsOf(module, values)) react.register(value, family);
  return values;
}

let replaced: ReturnType<typeof familiesOf> = [];

/** The instance is in use: what waited for that is told. */
export function replace(module: Module): void {
  const { registrations } = instanceOf(module);
  const own = registrations.splice(0).map(([value, name]): [unknown, string] => [value, familyOf(module, name, value)]);
  for (const [value, family] of [...own, ...(isRefreshed(module) ? componentsOf(module, exportsOf(module)) : [])]) {
    replaced.push(...familiesOf(module, value, family));
    react.register(value, family);
  }
}

const familyFor = (type: unknown): unknown => react.getFamilyByType(type);

/** Why its importers must update too, where they must; once what replaces its exports is registered. */
export function incompatible(before: Values, after: Values): string | undefined {
  for (const name of before.keys()) if (!after.has(name)) return `export "${name}" was removed`;
  for (const [name, value] of after) {
    if (!before.has(name)) return `export "${name}" was added`;
    const old = before.get(name);
    const alike = isComponent(value, name) ? isComponent(old, name) : isCompound(value) && isCompound(old);
    if (alike) {
      // React goes by the name that a component was first known by: what was mounted is not what is exported now.
      if (isComponent(value, name) && familyFor(old) !== familyFor(value)) return `export "${name}" is another component`;
      const [were, are] = [partsOf(old), partsOf(value)];
      for (const key of were.keys()) if (!are.has(key)) return `component "${name}.${key}" was removed`;
      for (const key of are.keys()) if (!were.has(key)) return `component "${name}.${key}" was added`;
    } else if (isCompound(value)) {
      return `export "${name}" has become an object of components`;
    } else if (!isComponent(value, name) && old !== value) return `export "${name}" is no component and changed`;
  }
  return after.size ? undefined : "it exports nothing";
}

/** Renders what was replaced. Says which components lost their state, and why. */
export async function refresh(): Promise<string[]> {
  await Promise.all(beforeRefresh.map((callback) => callback()));
  const families = replaced;
  replaced = [];
  try {
    const update = react.performReactRefresh();
    return update ? remounts(families, update.staleFamilies) : [];
  } catch (error) {
    console.error(error);
    return [];
  }
}
