// Which exports of a module another one imports. The format's headers don't say; the code does.
import type { Module } from "../runtime/record.ts";

/** The names, or `undefined` where it may be any of them. */
export function importedNames(importer: Module, module: Module): string[] | undefined {
  if (!(importer.header.i ?? []).some(([, id]) => id === module.id)) return undefined;
  const code = String(importer.factory);
  const names = new Set<string>();
  for (const [specifier, id] of importer.header.i!) {
    if (id !== module.id) continue;
    const quoted = JSON.stringify(specifier);
    if (code.includes(`os.s(${quoted})`)) return undefined;
    const holder = code.split(`os.i(${quoted})`)[0]!.match(/([\w$]+)\s*=\s*$/)?.[1];
    // An import for its effects.
    if (!code.includes(`os.i(${quoted})`)) continue;
    if (!holder) return undefined;
    const uses = code.matchAll(new RegExp(String.raw`(?<![\w$.])${holder.replaceAll("$", "\\$")}(?![\w$])(\s*=\s*os\.i\(|\.([\w$]+)|\["([^"\\]*)"\])?`, "g"));
    for (const [, how, name, key] of uses) {
      if (how === undefined) return undefined;
      if (name ?? key) names.add((name ?? key)!);
    }
  }
  return [...names];
}
