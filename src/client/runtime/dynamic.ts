// `import()`.
import { evaluate } from "./evaluate.ts";
import { hooks } from "./hooks.ts";
import { link, started } from "./link.ts";
import { holderOf, type Holder } from "./namespace.ts";
import type { Module } from "./record.ts";
import { wanted } from "./registry.ts";

export async function importFrom(importer: Module, expression: unknown): Promise<unknown> {
  const specifier = `${expression as string}`;
  const module = wanted(importer, specifier);
  if (typeof module === "string") return import(/* @vite-ignore */ module);
  return importModule(importer, module);
}

/** The namespace of a module, once it is evaluated. */
export async function importModule(importer: Module, module: Module): Promise<Holder> {
  if (LIVE) hooks.used(importer, module);
  // Never within another module's evaluation: that may be the very one which is asked for.
  await null;
  link(module);
  await started();
  await evaluate(module);
  return holderOf(module, importer);
}
