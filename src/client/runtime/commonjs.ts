// CommonJS modules and `require`.
import { evaluateNow } from "./evaluate.ts";
import { hooks } from "./hooks.ts";
import { link } from "./link.ts";
import { holderOf, publish, reveal } from "./namespace.ts";
import { State, type CjsFactory, type Module } from "./record.ts";
import { isCommonJs, notFound, wanted } from "./registry.ts";

export function requireFrom(importer: Module, specifier: string): unknown {
  const module = wanted(importer, specifier);
  if (typeof module === "string") throw notFound(specifier);
  if (LIVE) hooks.used(importer, module);
  return requireModule(module);
}

export function requireModule(module: Module): unknown {
  if (!isCommonJs(module)) return requireEsm(module);
  runCommonJs(module);
  return module.module!.exports;
}

/** Runs a CommonJS module unless it has run or, in a cycle, is running. */
export function runCommonJs(module: Module): void {
  if (module.state === State.New) {
    const record = (module.module = { id: module.id, exports: {} });
    module.state = State.Evaluating;
    try {
      (module.factory as CjsFactory).call(record.exports, record, record.exports, (specifier) => requireFrom(module, specifier));
      module.state = State.Evaluated;
    } finally {
      // As in Node, one that threw is forgotten and runs again when next required.
      if (module.state !== State.Evaluated) module.state = State.New;
    }
    module.watchers.forEach(publish);
    module.watchers.clear();
  } else if (module.state === State.Evaluated) return;
  publish(module);
}

function requireEsm(module: Module): unknown {
  if (link(module).some((dependency) => dependency.header.a)) {
    throw Object.assign(new Error(`require() of '${module.id}' which awaits at its top level, or imports what does: use import()`), {
      code: "ERR_REQUIRE_ASYNC_MODULE",
    });
  }
  evaluateNow(module);
  return viewOf(module);
}

function viewOf(module: Module): unknown {
  const holder = holderOf(module);
  // JSON is a module to `import` and a value to `require`.
  if (/\.json$/.test(module.id)) return holder.default;
  if (module.view && !Object.isExtensible(module.view)) return module.view;
  const view = (module.view ??= Object.defineProperty({}, "__esModule", { value: true }));
  for (const name of Object.getOwnPropertyNames(holder)) {
    if (!Object.hasOwn(view, name)) reveal(view, name, { get: () => holder[name], enumerable: true });
  }
  if (!Object.isExtensible(holder)) Object.preventExtensions(view);
  return view;
}
