// Destructuring: a pattern and a value → names.
import { ConfigProblem, Unknown } from "./bounds.mjs";
import { evaluate, nameOf } from "./evaluate.mjs";
import { copyProperties, get, items, made } from "./values.mjs";

/** Gives every name of `pattern` its part of `value`, by `bind(name, value, node)`. */
export function bindPattern(context, pattern, value, scope, bind) {
  context.meter.step(pattern);
  switch (pattern.type) {
    case "Identifier":
      return bind(pattern.name, value, pattern);
    case "AssignmentPattern":
      return bindPattern(context, pattern.left, value === undefined ? evaluate(context, pattern.right, scope) : value, scope, bind);
    case "ArrayPattern": {
      const all = value instanceof Unknown ? [] : items(context, value, pattern);
      return pattern.elements.forEach((element, at) => {
        if (element?.type === "RestElement") bindPattern(context, element.argument, made(context, all.slice(at)), scope, bind);
        else if (element) bindPattern(context, element, value instanceof Unknown ? new Unknown(`${value.text}[${at}]`, element) : all[at], scope, bind);
      });
    }
    case "ObjectPattern": {
      const taken = new Set();
      for (const property of pattern.properties) {
        if (property.type === "RestElement") {
          const rest = copyProperties(context, {}, value, property);
          for (const name of taken) delete rest[name];
          bindPattern(context, property.argument, made(context, rest), scope, bind);
        } else {
          const name = nameOf(context, property, scope);
          taken.add(name);
          bindPattern(context, property.value, get(context, value, name, property), scope, bind);
        }
      }
      return undefined;
    }
    default:
      throw new ConfigProblem("config-not-understood", "This pattern isn't understood in a configuration.", pattern);
  }
}
