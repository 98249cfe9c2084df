// `import.meta.hot.invalidate`: noted here, acted on by the update that runs, or by one that it starts.
import type { Module } from "../runtime/record.ts";

const noted = new Map<Module, string | undefined>();
let wake: () => void = () => {};

export function invalidate(module: Module, message?: string): void {
  noted.set(module, message);
  wake();
}

export const isInvalidated = (): boolean => noted.size > 0;

/** Takes what was noted. */
export function invalidated(): [module: Module, message: string | undefined][] {
  const list = [...noted];
  noted.clear();
  return list;
}

export const onInvalidate = (callback: () => void): void => void (wake = callback);
