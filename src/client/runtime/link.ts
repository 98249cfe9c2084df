// Instantiation: every module of a static graph registers its exports before any of them runs.
import { emptyHolder, publish } from "./namespace.ts";
import { createOs } from "./os.ts";
import { isCommonJs, named } from "./registry.ts";
import { State, type EsmFactory, type Module } from "./record.ts";

/**
 * An async generator that was told to start is ready to go on a microtask later. Evaluation waits for that:
 * otherwise the body of an asynchronous module would begin after that of its next sibling.
 */
let starting: Promise<unknown> | undefined;

export async function started(): Promise<void> {
  while (starting) await starting;
}

export const mustWait = (): boolean => !!starting;

/** Instantiates what `root` reaches. Gives those ECMAScript modules of its graph that have not been evaluated. */
export function link(root: Module): Module[] {
  // Everything must be there before anything changes, so that a failure can be tried again.
  const graph = unfinished(root);
  const fresh = graph.filter((module) => module.state === State.New);
  for (const module of fresh) instantiate(module);
  for (const module of fresh) publish(module);
  return graph;
}

function unfinished(root: Module): Module[] {
  const found = new Set([root]);
  // A Set's loop goes on to what is added meanwhile: no recursion, however long a chain is.
  for (const module of found) {
    if (isCommonJs(module) || module.state === State.Evaluated) found.delete(module);
    else for (const [specifier, id] of module.header.i ?? []) found.add(named(id, specifier));
  }
  return [...found];
}

function instantiate(module: Module): void {
  module.dependencies = (module.header.i ?? []).map(([specifier, id]) => named(id, specifier));
  module.stars = [];
  // A sealed holder is left to those who have it: the names may have changed. Its cells are this module's still.
  const holder = module.holders[0];
  if (!holder || !Object.isExtensible(holder)) module.holders[0] = emptyHolder();
  module.view = undefined;
  const body = (module.factory as EsmFactory)(createOs(module));
  module.body = body;
  const start = body.next();
  module.state = State.Linked;
  if (module.header.a) {
    const all: Promise<unknown> = Promise.all([starting, start]);
    const done = () => {
      if (starting === all) starting = undefined;
    };
    starting = all;
    all.then(done, done);
  }
}
