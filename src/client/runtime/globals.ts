// What `define` of Vite's configuration names, as globals: Vite's dev server has it so.

/** Dotted name → a value in a list of one, an empty list for `undefined`, or the dotted name of another global. */
export type Defines = Record<string, [unknown?] | string>;
type Scope = Record<string, unknown>;

const isScope = (value: unknown): value is Scope => typeof value === "object" && value !== null;

/** What a dotted name leads to from the global object. */
function global(name: string): unknown {
  let found: unknown = globalThis;
  for (const part of name.split(".")) found = (found as Scope | null | undefined)?.[part];
  return found;
}

/** Sets each; objects on the way to it that aren't there are made. */
export function defineGlobals(defines: Defines): void {
  for (const [name, value] of Object.entries(defines)) {
    const parts = name.split(".");
    const last = parts.pop()!;
    let scope = globalThis as unknown as Scope;
    for (const part of parts) {
      const next = scope[part];
      scope = isScope(next) || typeof next === "function" ? (next as Scope) : ((scope[part] = {}) as Scope);
    }
    scope[last] = typeof value === "string" ? global(value) : value[0];
  }
}
