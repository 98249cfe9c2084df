// A page to run chunks in: the built runtime with its own globals.
import { hot, runtime } from "../build.mjs";

const script = await runtime();
const hotScript = await hot();

/** As much of a document as the runtime touches. */
function makeDocument() {
  const head = [];
  const element = (name) => ({
    name,
    dataset: {},
    get isConnected() {
      return head.includes(this);
    },
    remove() {
      if (this.isConnected) head.splice(head.indexOf(this), 1);
    },
    after(other) {
      other.remove();
      head.splice(head.indexOf(this) + 1, 0, other);
    },
    before(other) {
      other.remove();
      head.splice(head.indexOf(this), 0, other);
    },
  });
  return { head, document: { readyState: "complete", createElement: element, head: { append: (added) => head.push(added) } } };
}

function start(code, more) {
  const { head, document } = makeDocument();
  const errors = [];
  const said = [];
  const reloads = [];
  const say = (type) => (...args) => said.push([type, ...args]);
  const console = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  const global = {};
  const location = { origin: "https://app.test", reload: () => reloads.push(1) };
  const exported = new Function("globalThis", "location", "document", "reportError", "console", code)(global, location, document, (error) => errors.push(error), console);
  return { ...global.__overskill__, ...exported, global, head, errors, said, reloads, log: [], ...more };
}

/** A page at https://app.test with what it logged, the errors it reported and the styles of its head. */
export const page = () => start(script);

/** The same with hot updates: `stage`, `apply`, `events`, and what the console was told. */
export const livePage = () => start(`${hotScript}return hot;`);

/** The header of an ECMAScript module whose specifiers are ids. */
export const esm = (imports = [], more = {}) => ({ k: "esm", i: imports.map((id) => [id, id]), ...more });
export const cjs = (requires = [], more = {}) => ({ k: "cjs", d: requires.map((id) => [id, id]), ...more });

/** Lets everything that is under way settle. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
