// A page to run chunks in: the built runtime with its own globals.
import { runtime } from "../build.mjs";

const script = await runtime();

/** A page at https://app.test with what it logged, the errors it reported and the styles of its head. */
export function page() {
  const head = [];
  const errors = [];
  const document = {
    createElement: (name) => ({ name, dataset: {} }),
    head: { append: (element) => head.push(element) },
  };
  const global = {};
  new Function("globalThis", "location", "document", "reportError", script)(
    global,
    { origin: "https://app.test" },
    document,
    (error) => errors.push(error),
  );
  return { ...global.__overskill__, global, head, errors, log: [] };
}

/** The header of an ECMAScript module whose specifiers are ids. */
export const esm = (imports = [], more = {}) => ({ k: "esm", i: imports.map((id) => [id, id]), ...more });
export const cjs = (requires = [], more = {}) => ({ k: "cjs", d: requires.map((id) => [id, id]), ...more });

/** Lets everything that is under way settle. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
