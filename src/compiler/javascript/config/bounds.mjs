// What reading a configuration may cost, and the problems that end it.

/** How many steps the evaluation of one configuration may take, later calls of its functions among them. */
const STEPS = 1_000_000;
/** How many characters of text it may make. */
const CHARACTERS = 16 << 20;
/** How long one text may be. */
const TEXT = 1 << 20;
/** How many items a list may have that is made in one go. */
export const ITEMS = 50_000;
/** How deep expressions and calls may nest. */
const DEPTH = 300;
/** How long the name of a property may be. */
const NAME = 2_000;

/** Something in a configuration that its author has to know. `node` is where; `file` is filled in by the reader. */
export class ConfigProblem extends Error {
  constructor(code, message, node, hint) {
    super(message);
    this.code = code;
    this.node = node;
    this.hint = hint;
  }
}

const SIMPLER = "Write what matters to the styles as plain values.";

export class Meter {
  #steps = STEPS;
  #characters = CHARACTERS;
  #depth = 0;

  /** Starts counting anew. */
  refill() {
    this.#steps = STEPS;
    this.#characters = CHARACTERS;
  }

  /** Counts work: a node looked at, an item copied. */
  step(node, count = 1) {
    this.#steps -= count;
    if (this.#steps < 0) throw this.#spent("takes too long to be read as data", node);
  }

  /** Counts a text that was made. */
  text(text, node) {
    this.length(text.length, node);
    return text;
  }

  /** Counts a text before it is made. */
  length(length, node) {
    this.#characters -= length;
    if (!(length <= TEXT) || this.#characters < 0) throw this.#spent("makes too much text", node);
  }

  /** Counts a list before it is made. */
  items(length, node) {
    if (!(length <= ITEMS)) throw this.#spent("makes a list that is too long", node);
    this.step(node, length);
  }

  /** Checks the name of a property. */
  name(name, node) {
    if (name.length > NAME) throw this.#spent("has a property whose name is too long", node);
    return name;
  }

  /** Runs `work` one level deeper. */
  deeper(node, work) {
    if (++this.#depth > DEPTH) {
      this.#depth--;
      throw this.#spent("nests or recurses too deep", node);
    }
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  #spent(what, node) {
    const problem = new ConfigProblem("config-too-complex", `The configuration ${what}.`, node, SIMPLER);
    // Nothing in the configuration may catch this.
    problem.final = true;
    return problem;
  }
}

/** What can't be known without running something that isn't data: a module of another kind, a global, what they give. */
export class Unknown {
  constructor(text, node) {
    this.text = text;
    this.node = node;
  }
}
