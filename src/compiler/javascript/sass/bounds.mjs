// What evaluating one Sass sheet may cost: the library calls these from its loops, calls and constructors, where the build
// puts them (`patch.mjs`). Steps are counted and time is not, so that the same sheet ends in the same way everywhere.

/** How many steps: Bulma, which computes most of its colours, takes a quarter of that. */
const STEPS = 20_000_000;
/** How many rules and declarations may come out. */
const NODES = 200_000;
/** How many characters of text count as one step. */
const TEXT = 64;

let left = Infinity;
let room = Infinity;
let spent = false;
let node;

/** Thrown where a sheet takes more steps than it may. */
class Exceeded extends Error {}

/** Begins a compilation. */
export function begin() {
  left = STEPS;
  room = NODES;
  spent = false;
  node = undefined;
}

/** Whether there was more to do than there may be. */
export const isSpent = () => spent;

/** The span of the loop or call that was evaluated last. */
export const lastSpan = () => node?.get$span?.(node);

/** Takes steps. */
export function spend(steps) {
  left -= steps;
  if (left >= 0 && room >= 0) return;
  spent = true;
  throw new Exceeded("too many steps");
}

/** Takes the room of a rule or declaration that comes out. */
export function grow() {
  room -= 1;
  spend(1);
}

/** Takes what a value's size stands for. */
export function spendValue(value) {
  spend(size(value));
}

/** Takes what a call with these arguments stands for. */
export function spendCall(values, at) {
  node = at;
  let steps = 5;
  for (const value of values) steps += size(value);
  spend(steps);
}

/** Takes steps for what stands at a node. */
export function spendAt(steps, at) {
  node = at;
  spend(steps);
}

function size(value) {
  const text = value?._string0$_text;
  if (typeof text === "string") return 1 + text.length / TEXT;
  return 1 + (value?._list1$_contents?.length ?? 0);
}
