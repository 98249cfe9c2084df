// Modules for tests of hot updates, and a page that runs them.
import { esm, livePage, settled } from "./page.mjs";

let hashes = 0;

/**
 * A definition whose hash is new. `run(os, ...holders)` is its body; what that gives are its exports, whose names are
 * `names`. `more` goes into the header.
 */
export function mod(id, imports = [], run = () => {}, names = [], more = {}) {
  const header = esm(imports, { h: `h${++hashes}`, ...more });
  const exported = (values) => Object.fromEntries(names.map((name) => [name, () => values()[name]]));
  const stars = more.stars ?? [];
  if (header.a) {
    return [id, header, async function* (os) {
      let values;
      os.x(exported(() => values));
      const holders = imports.map(os.i);
      yield;
      values = await run(os, ...holders);
    }];
  }
  return [id, header, function* (os) {
    let values;
    os.x(exported(() => values));
    stars.forEach(os.s);
    const holders = imports.map(os.i);
    yield;
    values = run(os, ...holders);
  }];
}

/** A module that only exports values. */
export const value = (id, values, more) => mod(id, [], () => values, Object.keys(values), more);

/** A live page with `list` on it, whose first module (or `entries`) has run. */
export async function started(list, entries = [list[0][0]]) {
  const on = livePage();
  on.define(list);
  await on.boot({ entries, env: {} });
  await settled();
  on.update = (definitions, head = {}) => {
    on.stage(head, definitions);
    return on.apply();
  };
  /** What `import()` of an id gives. */
  on.namespace = (id) => on.require(id);
  return on;
}
