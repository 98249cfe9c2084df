// The page's style sheets. None is gone before the one that replaces it is there.
import type { Module } from "../runtime/record.ts";
import { entries, evaluationOrder } from "./graph.ts";
import { instanceOf } from "./instance.ts";
import { modules } from "../runtime/registry.ts";

/** The element that was last put in within this task: the next one follows it, whatever the app adds behind. */
let last: HTMLStyleElement | undefined;

/** Those that came during this update. */
const added = new Set<Module>();

/** `os.css`. */
export function style(module: Module, text: string): void {
  const instance = instanceOf(module);
  if (instance.held) instance.css = text;
  else put(module, text);
}

function put(module: Module, text: string): void {
  if (module.style) {
    if (module.style.textContent !== text) module.style.textContent = text;
    return;
  }
  const element = (module.style = document.createElement("style"));
  element.type = "text/css";
  element.dataset.overskillId = module.id;
  element.textContent = text;
  if (last) last.after(element);
  else {
    document.head.append(element);
    setTimeout(() => (last = undefined));
  }
  last = element;
  added.add(module);
}

/** An update begins to run modules. */
export const open = (): void => added.clear();

/** The sheets of these instances come into use, new ones where a page that is loaded has them. */
export function use(committed: Iterable<Module>): void {
  for (const module of committed) {
    const instance = instanceOf(module);
    if (instance.css === undefined) continue;
    put(module, instance.css);
    instance.css = undefined;
  }
  if (!added.size) return;
  const roots = entries.flatMap((id) => modules.get(id) ?? []);
  const sheets = evaluationOrder(roots).flat().filter(({ style }) => style?.isConnected);
  sheets.reverse().forEach((module, index) => {
    if (index && added.has(module)) sheets[index - 1]!.style!.before(module.style!);
  });
}

export function remove(module: Module): void {
  if (module.style === last) last = undefined;
  module.style?.remove();
  module.style = undefined;
}

/** Links with those they replace, which stay until one that came later has loaded. */
const replaced = new WeakMap<Element, Element[]>();
const stale = new WeakSet<Element>();

/** Replaces the links to `from`; their query stays. */
export function relink(from: string, to: string): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>("link[rel~=stylesheet][href]")) {
    const url = new URL(link.href);
    if (stale.has(link) || url.origin !== location.origin || url.pathname !== new URL(from, location.origin).pathname) continue;
    stale.add(link);
    const next = link.cloneNode() as HTMLLinkElement;
    next.href = to + url.search;
    const earlier = [link, ...(replaced.get(link) ?? [])];
    replaced.set(next, earlier);
    const done = () => earlier.forEach((one) => one.remove());
    next.addEventListener("load", done);
    next.addEventListener("error", done);
    link.after(next);
  }
}
