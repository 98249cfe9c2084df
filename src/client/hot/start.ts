// Whether the page's app has started: before that there is nothing to update.
import { State } from "../runtime/record.ts";
import { modules } from "../runtime/registry.ts";
import { entries } from "./graph.ts";

let begun: () => void;
const booted = new Promise<void>((resolve) => (begun = resolve));

export function boot(ids: string[]): void {
  entries.push(...ids);
  begun();
}

const task = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The page has loaded and no script of it booted the app: one of them failed to load. */
async function loaded(): Promise<void> {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
  await task();
}

/** Waits until the entries have had their turn. Says why the app can't be updated, where it can't. */
export async function whyNotStarted(): Promise<string | undefined> {
  if (!entries.length) {
    await Promise.race([booted, loaded()]);
    await task();
  }
  if (!entries.length) return "the app's script didn't load";
  const failed = entries.find((id) => {
    const module = modules.get(id);
    return !module || module.error || module.state === State.New || module.state === State.Linked;
  });
  return failed && `${failed} failed when the page was loaded`;
}
