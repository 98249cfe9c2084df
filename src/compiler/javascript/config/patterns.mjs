// Regular expressions of a configuration: those that may take exponential time are refused before anything runs them.
import { ConfigProblem } from "./bounds.mjs";

/** How long an expression may be, in characters. */
const LENGTH = 1_000;
/** How many parts without an upper bound it may have: time grows by a power for each. */
const UNBOUNDED = 4;

/** The expression, made. */
export function regularExpression(source, flags, node) {
  if (!bounded(source)) {
    const message = `The regular expression \`/${source.slice(0, 60)}/\` may take very long, so it isn't used.`;
    throw new ConfigProblem("config-regexp-refused", message, node, "Don't repeat groups that repeat or choose inside.");
  }
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new ConfigProblem("config-error", `${error.message}.`, node);
  }
}

/** Whether matching takes time that is a small power of the text's length at most. */
function bounded(source) {
  if (source.length > LENGTH || /\\[1-9k]/.test(source)) return false;
  const groups = [{ loose: false }];
  let [unbounded, last, at] = [0, null, 0];
  while (at < source.length) {
    const character = source[at];
    if (character === "\\") {
      at += 2;
      last = null;
    } else if (character === "[") {
      at = classEnd(source, at);
      last = null;
    } else if (character === "(") {
      groups.push({ loose: false });
      at += 1;
    } else if (character === ")") {
      last = groups.length > 1 ? groups.pop() : null;
      if (last?.loose) groups.at(-1).loose = true;
      at += 1;
    } else if (character === "|") {
      groups.at(-1).loose = true;
      at += 1;
    } else {
      const [length, most] = quantifier(source, at);
      if (length) {
        if (most > 1 && last?.loose) return false;
        if (most > 20) {
          unbounded += 1;
          groups.at(-1).loose = true;
        }
      }
      at += length || 1;
      last = null;
    }
  }
  return unbounded <= UNBOUNDED;
}

function classEnd(source, start) {
  let at = start + 1;
  while (at < source.length && source[at] !== "]") at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The length of the quantifier at `at`, 0 for none, and how often it allows. */
function quantifier(source, at) {
  if (source[at] === "*" || source[at] === "+") return [1, Infinity];
  if (source[at] === "?") return [1, 1];
  const [whole, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at, at + 24)) ?? [""];
  if (!whole) return [0, 0];
  return [whole.length, most ? Number(most) : comma ? Infinity : Number(least)];
}
