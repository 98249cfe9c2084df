// What patches brought and no update has taken yet.
import type { Definition } from "../runtime/registry.ts";

export interface PatchHead {
  /** Files that are gone. */
  remove?: string[];
  /** Scripts that must be there before the definitions are used. */
  scripts?: string[];
  /** Style sheets of the page whose address changed. */
  links?: [from: string, to: string][];
}

export interface Batch {
  remove: Set<string>;
  scripts: Set<string>;
  links: [from: string, to: string][];
  definitions: Map<string, Definition>;
}

const empty = (): Batch => ({ remove: new Set(), scripts: new Set(), links: [], definitions: new Map() });

let staged = empty();

/** Notes a patch; what it says takes the place of what an earlier one said. */
export function stage(head: PatchHead, definitions: Definition[]): void {
  for (const id of head.remove ?? []) {
    staged.definitions.delete(id);
    staged.remove.add(id);
  }
  for (const definition of definitions) {
    staged.remove.delete(definition[0]);
    staged.definitions.set(definition[0], definition);
  }
  for (const script of head.scripts ?? []) staged.scripts.add(script);
  for (const [from, to] of head.links ?? []) {
    const earlier = staged.links.find((pair) => pair[1] === from);
    if (earlier) earlier[1] = to;
    else staged.links.push([from, to]);
  }
}

/** Takes what is staged. */
export function take(): Batch {
  const batch = staged;
  staged = empty();
  return batch;
}
