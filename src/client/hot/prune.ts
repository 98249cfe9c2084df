// Modules that nothing imports any more.
import { fresh, modules } from "../runtime/registry.ts";
import type { Module } from "../runtime/record.ts";
import { events } from "./events.ts";
import { imports, isApp, reachable } from "./graph.ts";
import { dataOf, disposeOf, dropData, executed, instanceOf, retire, type Instance } from "./instance.ts";
import { remove } from "./styles.ts";

/**
 * Forgets what ran and is no longer reachable, so that it runs again when it is next imported. `earlier` gives
 * instances that were replaced or taken away meanwhile.
 */
export async function prune(earlier: (module: Module) => Instance | undefined): Promise<void> {
  const after = reachable();
  const gone = [...modules.values()].filter((module) => !after.has(module) && (isApp(module) || isLooseSheet(module)));
  const ran = gone.flatMap((module) => {
    const instance = executed(module) ? instanceOf(module) : earlier(module);
    return instance ? [{ module, instance }] : [];
  });
  if (!ran.length) return;
  await events.emit("vite:beforePrune", { type: "prune", paths: ran.map(({ module }) => module.id) });
  for (const { module, instance } of ran) await disposeOf(module, instance);
  for (const { module, instance } of ran) {
    try {
      await instance.prune?.(dataOf(module.id));
    } catch (error) {
      console.error(error);
    }
    retire(module);
    dropData(module.id);
    remove(module);
    Object.assign(module, fresh(module.id, module.header, module.factory));
  }
}

/** Packages stay, as they don't expect to run twice; so do sheets of theirs, unless it is the app that imports them. */
const isLooseSheet = (module: Module): boolean =>
  !!module.style && ![...modules.values()].some((other) => !isApp(other) && executed(other) && imports(other).includes(module));

/** Takes files that are deleted out of the registry once nothing runs them. */
export function forget(removed: Set<string>): void {
  if (!removed.size) return;
  const used = reachable();
  for (const id of removed) {
    const module = modules.get(id);
    if (module && executed(module) && used.has(module)) continue;
    modules.delete(id);
    removed.delete(id);
  }
}
