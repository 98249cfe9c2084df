// What one instance of a module did: what it accepts, what it wants to be told, what it imported while it ran.
// A new instance begins with nothing, so one that stops accepting is no boundary any more.
import { State, type Module } from "../runtime/record.ts";
import { events, type Listener } from "./events.ts";
import type { Namespace } from "./types.ts";

export interface AcceptedDependencies {
  ids: string[];
  call(of: string, fresh: Namespace | undefined): unknown;
}

export interface Instance {
  /** What it asked for by `import()` and `require`. */
  uses: Set<Module>;
  self: ((fresh: Namespace | undefined) => unknown)[];
  acceptsItself: boolean;
  dependencies: AcceptedDependencies[];
  /** The exports whose importers need not be told. */
  exports: Set<string> | undefined;
  dispose: ((data: object) => unknown) | undefined;
  disposed: boolean;
  prune: ((data: object) => unknown) | undefined;
  listeners: [event: string, listener: Listener][];
  /** Whether it is still to be seen if the instance comes into use; the rest waits for that. */
  held: boolean;
  /** What React should know of. */
  registrations: [value: unknown, name: string][];
  hasComponents: boolean;
  /** Its style sheet's text. */
  css: string | undefined;
}

const instances = new WeakMap<Module, Instance>();
const data = new Map<string, object>();

export const executed = (module: Module): boolean => module.state > State.Linked;

export function instanceOf(module: Module): Instance {
  const known = instances.get(module);
  if (known) return known;
  const made: Instance = {
    uses: new Set(),
    self: [],
    acceptsItself: false,
    dependencies: [],
    exports: undefined,
    dispose: undefined,
    disposed: false,
    prune: undefined,
    listeners: [],
    held: false,
    registrations: [],
    hasComponents: false,
    css: undefined,
  };
  instances.set(module, made);
  return made;
}

/** Takes the instance away, so that the next one begins anew. */
export function retire(module: Module): Instance {
  const instance = instanceOf(module);
  for (const [event, listener] of instance.listeners) events.off(event, listener);
  instances.delete(module);
  return instance;
}

/** Puts an instance back that was retired. */
export function restore(module: Module, instance: Instance): void {
  retire(module);
  instances.set(module, instance);
  for (const [event, listener] of instance.listeners) events.on(event, listener);
}

export function dataOf(id: string): object {
  const known = data.get(id);
  if (known) return known;
  const made = {};
  data.set(id, made);
  return made;
}

export const dropData = (id: string): void => void data.delete(id);

/** Lets an instance put away what it holds. */
export async function disposeOf(module: Module, instance: Instance): Promise<void> {
  if (instance.disposed) return;
  instance.disposed = true;
  try {
    await instance.dispose?.(dataOf(module.id));
  } catch (error) {
    console.error(error);
  }
}
