// Names and what they stand for.
import { ConfigProblem } from "./bounds.mjs";

export class Scope {
  #names = new Map();

  constructor(parent = null) {
    this.parent = parent;
  }

  declare(name, value, constant = false) {
    this.#names.set(name, { value, constant });
  }

  /** What a name stands for, as `{value, constant}`; `undefined` where nobody declared it. */
  find(name) {
    for (let scope = this; scope; scope = scope.parent) {
      const found = scope.#names.get(name);
      if (found) return found;
    }
    return undefined;
  }

  assign(name, value, node) {
    const found = this.find(name);
    if (!found) throw new ConfigProblem("config-error", `${name} is not defined.`, node);
    if (found.constant) throw new ConfigProblem("config-error", `Assignment to constant variable \`${name}\`.`, node);
    found.value = value;
    return value;
  }
}
