// `import.meta.glob`, and `import()` of a path with variables in it.
import { importFrom, importModule } from "./dynamic.ts";
import { holderOf } from "./namespace.ts";
import type { Module } from "./record.ts";
import { named } from "./registry.ts";

/** The files of a set: namespaces, or functions that import them. */
export function globOf(importer: Module, index: number): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const { e: eager, k: keys, m: name, f: files } = importer.header.g![index]!;
  for (const [key, id] of files) {
    if (keys) {
      found[key] = 0;
    } else if (eager) {
      const holder = holderOf(named(id, key), importer);
      found[key] = name ? holder[name] : holder;
    } else {
      const load = () => importModule(importer, named(id, key));
      found[key] = name ? async () => (await load())[name] : load;
    }
  }
  return found;
}

/** `import()` of one of a set's files. `parts` is how many names its path has as written. */
export async function pickFrom(importer: Module, index: number, expression: unknown, parts: number): Promise<unknown> {
  const path = `${expression as string}`;
  const table = importer.header.g![index];
  if (!table) return importFrom(importer, path);
  const bare = path.split("?")[0]!;
  const file = table.f.find(([key]) => key === bare);
  if (file) return importModule(importer, named(file[1], path));
  const note = path.split("/").length === parts ? "" : ". Note that variables only represent file names one level deep.";
  throw new Error(`Unknown variable dynamic import: ${path}${note}`);
}
