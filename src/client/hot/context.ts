// Makes `import.meta.hot`.
import { modules } from "../runtime/registry.ts";
import { urlOf } from "../runtime/meta.ts";
import type { Module } from "../runtime/record.ts";
import { events } from "./events.ts";
import { dataOf, instanceOf } from "./instance.ts";
import { invalidate } from "./invalidate.ts";
import type { Hot, Namespace } from "./types.ts";

let send: (event: string, data: unknown) => void = () => {};

export function setSender(sender: typeof send): void {
  send = sender;
}

export function contextOf(module: Module): Hot | undefined {
  // Packages don't change while a page runs.
  if (module.id[0] !== "/") return undefined;
  // A callback that outlives its instance still speaks for that one.
  const instance = instanceOf(module);
  return {
    get data() {
      return dataOf(module.id);
    },
    accept(what?: unknown, callback?: (fresh: any) => void) {
      if (typeof what === "function" || !what) {
        instance.acceptsItself = true;
        instance.self.push((fresh) => (what as typeof callback)?.(fresh));
      } else if (typeof what === "string") {
        const id = idOf(module, what);
        instance.dependencies.push({ ids: [id], call: (_, fresh) => callback?.(fresh) });
      } else {
        const ids = (what as string[]).map((specifier) => idOf(module, specifier));
        instance.dependencies.push({ ids, call: (of, fresh) => callback?.(ids.map((id) => (id === of ? fresh : undefined))) });
      }
    },
    acceptExports(names, callback) {
      instance.exports = new Set([...(instance.exports ?? []), ...(typeof names === "string" ? [names] : names)]);
      instance.self.push((fresh: Namespace | undefined) => callback?.(fresh));
    },
    dispose(callback) {
      instance.dispose = callback;
    },
    prune(callback) {
      instance.prune = callback;
    },
    decline() {},
    invalidate: (message) => invalidate(module, message),
    on(event, callback) {
      instance.listeners.push([event, callback]);
      events.on(event, callback);
    },
    off(event, callback) {
      instance.listeners = instance.listeners.filter(([name, listener]) => name !== event || listener !== callback);
      events.off(event, callback);
    },
    send: (event, data) => send(event, data),
  };
}

/** What a specifier means to `importer`: by what it imports, else by the path, whose extension may be left out. */
function idOf(importer: Module, specifier: string): string {
  const edges = [...(importer.header.i ?? []), ...(importer.header.d ?? [])];
  const edge = edges.find((edge) => edge[0] === specifier);
  if (edge?.[1]) return edge[1];
  if (!/^\.{0,2}\//.test(specifier)) return specifier;
  const path = decodeURI(new URL(specifier, urlOf(importer.id)).pathname);
  if (modules.has(path)) return path;
  const bare = (id: string) => id.replace(/(\/index)?\.\w+$/, "");
  return edges.find(([, id]) => id && bare(id) === bare(path + ".x"))?.[1] ?? [...modules.keys()].find((id) => bare(id) === path) ?? path;
}
