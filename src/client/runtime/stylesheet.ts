// The page's style elements: one per module, in the order in which modules first ran.
import type { Module } from "./record.ts";

export function style(module: Module, text: string): void {
  // A worker has none.
  if (typeof document === "undefined") return;
  const known = module.style;
  const element = (module.style = known ?? document.createElement("style"));
  element.textContent = text;
  if (known) return;
  element.type = "text/css";
  element.dataset.overskillId = module.id;
  document.head.append(element);
}
