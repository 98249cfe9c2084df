// Functions of a configuration. They are real functions, so that Tailwind can call them; a call evaluates their body.
import { bindPattern } from "./bind.mjs";
import { ConfigProblem } from "./bounds.mjs";
import { evaluate } from "./evaluate.mjs";
import { Scope } from "./scope.mjs";
import { run } from "./statements.mjs";
import { made } from "./values.mjs";

/** The function that a node declares. */
export function closure(context, node, scope) {
  if (node.generator) throw new ConfigProblem("config-not-understood", "Generators aren't understood in a configuration.", node);
  const arrow = node.type === "ArrowFunctionExpression";
  const call = function (...values) {
    try {
      return context.meter.deeper(node, () => body(this, values));
    } catch (error) {
      // Whoever called, the problem is in this file.
      if (Object.isExtensible(error)) error.file ??= { path: context.path };
      throw error;
    }
  };
  const body = (self, values) => {
    context.meter.step(node);
    const inner = new Scope(scope);
    if (!arrow) inner.declare("this", self);
    if (node.id) inner.declare(node.id.name, call);
    node.params.forEach((parameter, at) => {
      const declare = (name, value) => inner.declare(name, value);
      if (parameter.type === "RestElement") bindPattern(context, parameter.argument, made(context, values.slice(at)), inner, declare);
      else bindPattern(context, parameter, values[at], inner, declare);
    });
    if (node.body.type !== "BlockStatement") return evaluate(context, node.body, inner);
    return run(context, node.body.body, inner)?.value;
  };
  context.functions.add(call);
  // Tailwind's plugins are functions with properties.
  return made(context, call);
}
