// A configuration's text → its syntax tree, and the modules that it asks for.
import { parse } from "acorn";
import { ConfigProblem } from "./bounds.mjs";

/** The largest configuration that is read, in characters. */
const LENGTH = 512 << 10;

/** A program of plain JavaScript: as a module, or else as a script. */
export function program(text) {
  if (text.length > LENGTH) throw new ConfigProblem("config-too-complex", "The configuration is too long to be read as data.", { start: 0, end: 0 });
  let first;
  for (const sourceType of ["module", "script"]) {
    try {
      return parse(text, { ecmaVersion: "latest", sourceType, allowHashBang: true, allowReturnOutsideFunction: true });
    } catch (error) {
      if (error instanceof RangeError || /stack space/.test(error.message)) throw new ConfigProblem("config-too-complex", "The configuration nests too deep to be read.", { start: 0, end: 0 });
      first ??= error;
    }
  }
  const message = `${first.message.replace(/ \(\d+:\d+\)$/, "")}.`;
  throw new ConfigProblem("config-syntax", message, { start: first.pos, end: first.raisedAt ?? first.pos });
}

/** The specifiers that a program imports or requires by name, in order. */
export function specifiers(tree) {
  const found = new Set();
  const stack = [tree];
  while (stack.length) {
    const node = stack.pop();
    if (node.type === "CallExpression" && node.callee.name === "require" && typeof node.arguments[0]?.value === "string") {
      found.add(node.arguments[0].value);
    } else if (/^(Import|Export)/.test(node.type) && typeof node.source?.value === "string") {
      found.add(node.source.value);
    }
    for (const name in node) {
      const child = node[name];
      if (Array.isArray(child)) for (const each of child) each?.type && stack.push(each);
      else if (child?.type) stack.push(child);
    }
  }
  return [...found];
}
