// Points holders that modules already have at the exports of another instance.
import { namesFor, reveal, type Cell, type Holder } from "../runtime/namespace.ts";
import type { Module } from "../runtime/record.ts";

/** How each holder of the app reads its names. */
const cells = new WeakMap<Holder, Map<string, Cell>>();

/** Holders of earlier instances, for as long as somebody has them. */
const former = new WeakMap<Module, { kind: number; holder: WeakRef<Holder> }[]>();

const gone = (): undefined => undefined;

/** A holder's own cell for a name, so that pointing it elsewhere costs readers nothing. */
export function cellOf(module: Module, holder: Holder, name: string, cell: Cell): Cell {
  if (module.id[0] !== "/") return cell;
  const own = { get: cell.get, enumerable: cell.enumerable };
  const known = cells.get(holder);
  if (known) known.set(name, own);
  else cells.set(holder, new Map([[name, own]]));
  return own;
}

/** Keeps holders that `module` had when another instance of it is, or was, in its place. */
export function keep(module: Module, holders: (Holder | undefined)[]): void {
  const known = (former.get(module) ?? []).filter(({ holder }) => holder.deref());
  holders.forEach((holder, kind) => {
    if (holder && !known.some((one) => one.holder.deref() === holder)) known.push({ kind, holder: new WeakRef(holder) });
  });
  former.set(module, known);
}

/** Makes all holders of `module` that there ever were show what it exports now. A sealed one gets no further names. */
export function repoint(module: Module): void {
  const current = module.holders.flatMap((holder, kind) => (holder ? [{ kind, holder }] : []));
  const earlier = (former.get(module) ?? []).flatMap(({ kind, holder }) => ({ kind, holder: holder.deref()! }));
  for (const { kind, holder } of [...current, ...earlier]) {
    if (!holder) continue;
    const [names] = namesFor(module, kind);
    for (const [name, cell] of cells.get(holder) ?? []) cell.get = (names.get(name) as Cell & { get(): unknown })?.get ?? gone;
    if (!Object.isExtensible(holder)) continue;
    for (const [name, cell] of names) if (!Object.hasOwn(holder, name)) reveal(holder, name, cellOf(module, holder, name, cell));
  }
}
