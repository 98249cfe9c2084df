// Why components lost their state in a refresh, in words.
import { getFamilyByID, type Family } from "react-refresh/runtime";
import type { Module } from "../runtime/record.ts";

interface Replaced {
  module: Module;
  id: string;
  family: Family;
  before: unknown;
  after: unknown;
}

interface Signature {
  key: string;
  reset: boolean;
}

const signatures = new WeakMap<object, Signature>();

const isObject = (value: unknown): value is object => (typeof value === "object" && value !== null) || typeof value === "function";

/** The first signature of a type is its own. */
export function signed(type: unknown, key: string, reset: boolean): void {
  if (isObject(type) && !signatures.has(type)) signatures.set(type, { key, reset });
}

/** What `memo` and `forwardRef` hold. */
const inner = (type: unknown): [key: "type" | "render", type: unknown] | undefined => {
  const { type: memoized, render } = (typeof type === "object" && type ? type : {}) as { type?: unknown; render?: unknown };
  if (memoized) return ["type", memoized];
  return render ? ["render", render] : undefined;
};

/** The families that registering `type` as `id` gives new members: before it is registered. */
export function familiesOf(module: Module, type: unknown, id: string): Replaced[] {
  const family = getFamilyByID(id);
  const found = family && family.current !== type ? [{ module, id, family, before: family.current, after: type }] : [];
  const held = inner(type);
  return held ? [...found, ...familiesOf(module, held[1], `${id}$${held[0]}`)] : found;
}

const isClass = (type: unknown): boolean => typeof type === "function" && !!(type.prototype as { isReactComponent?: unknown } | undefined)?.isReactComponent;

function kindOf(type: unknown): string {
  if (isClass(type)) return "a class";
  if (typeof type === "function") return "a function";
  const held = inner(type);
  if (!held) return "another kind of component";
  return held[0] === "type" ? "a memo component" : "a forwardRef component";
}

function reason({ before, after }: Replaced): string {
  if (kindOf(before) !== kindOf(after)) return `it was ${kindOf(before)} and is ${kindOf(after)}`;
  if (isClass(after)) return "classes start anew";
  const old = isObject(before) ? signatures.get(before) : undefined;
  const now = isObject(after) ? signatures.get(after) : undefined;
  if (now?.reset) return "its file asks for it (@refresh reset), or it uses a Hook that is made within a function";
  if (!old !== !now || old?.key !== now?.key) return "its Hooks changed: their order, names or first values";
  return "a custom Hook that it uses changed";
}

/** A line for each component that was mounted anew. */
export function remounts(replaced: Replaced[], stale: Set<Family>): string[] {
  const lines = new Map<string, string>();
  for (const one of replaced) {
    if (!stale.has(one.family)) continue;
    const name = one.id.slice(one.module.id.length + 1).replace(/^export /, "").replace(/(\$\w+)+$/, "");
    const key = `${one.module.id} ${name}`;
    if (!lines.has(key)) lines.set(key, `${one.module.id}: ${name} lost its state, for ${reason(one)}`);
  }
  return [...lines.values()];
}
