// Starting the app.
import { evaluate } from "./evaluate.ts";
import { defineGlobals, type Defines } from "./globals.ts";
import { hooks } from "./hooks.ts";
import { link, mustWait, started } from "./link.ts";
import { environment } from "./meta.ts";
import { named } from "./registry.ts";

/**
 * Evaluates the entries as consecutive module scripts: the next one starts although one failed or still awaits,
 * and an error is reported as the page's own. Microtasks, not tasks, separate them, for all must have started
 * before DOMContentLoaded.
 */
export async function boot({ entries, env, define = {} }: { entries: string[]; env?: Record<string, unknown>; define?: Defines }): Promise<void> {
  Object.assign(environment, env);
  defineGlobals(define);
  if (LIVE) hooks.boot(entries);
  for (const id of entries) {
    try {
      const entry = named(id);
      link(entry);
      if (mustWait()) await started();
      evaluate(entry).catch(reportError);
    } catch (error) {
      reportError(error);
    }
    await null;
  }
}
