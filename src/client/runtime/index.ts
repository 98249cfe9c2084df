// The global `__overskill__`: what chunks call. See ARCHITECTURE.md, "The module format".
import { boot } from "./boot.ts";
import { requireModule } from "./commonjs.ts";
import { define, modules, named } from "./registry.ts";

Object.assign(globalThis, {
  __overskill__: { define, boot, modules, require: (id: string) => requireModule(named(id)) },
});
