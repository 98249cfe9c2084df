// Hot updates: what the runtime leaves open is filled in, and patches are taken.
import "../runtime/index.ts";
import { hooks } from "../runtime/hooks.ts";
import { contextOf } from "./context.ts";
import { cellOf } from "./holders.ts";
import { instanceOf } from "./instance.ts";
import { inject, register, sign } from "./refresh.ts";
import { stage } from "./staging.ts";
import { boot } from "./start.ts";
import { style } from "./styles.ts";

export { events } from "./events.ts";
export { setSender } from "./context.ts";
export { apply, setReload, type Outcome } from "./update.ts";
export type { Hot, HotEvents, Namespace, Update } from "./types.ts";

Object.assign(hooks, {
  boot,
  used: (importer, module) => void instanceOf(importer).uses.add(module),
  hot: contextOf,
  register,
  sign,
  style,
  cell: cellOf,
} satisfies typeof hooks);

inject();

const { __overskill__: exposed } = globalThis as unknown as { __overskill__: object };
Object.assign(exposed, { stage });
