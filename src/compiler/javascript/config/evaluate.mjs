// The expressions of a configuration, evaluated over their syntax tree.
import { bindPattern } from "./bind.mjs";
import { ConfigProblem, Unknown } from "./bounds.mjs";
import { closure } from "./functions.mjs";
import { regularExpression } from "./patterns.mjs";
import { copyProperties, get, items, kindOf, made, propertyName, set, textOf } from "./values.mjs";

/** The source of a node, shortened, for telling about it. */
const written = (context, node) => context.text.slice(node.start, node.end).replace(/\s+/g, " ").slice(0, 60);

export function evaluate(context, node, scope) {
  context.meter.step(node);
  const handler = Object.hasOwn(EXPRESSIONS, node.type) ? EXPRESSIONS[node.type] : undefined;
  if (!handler) {
    context.tell("config-not-understood", `\`${written(context, node)}\` isn't understood in a configuration that is read as data.`, node);
    return new Unknown(written(context, node), node);
  }
  return context.meter.deeper(node, () => handler(context, node, scope));
}

function identifier(context, node, scope) {
  const found = scope.find(node.name);
  if (found) return found.value;
  return new Unknown(node.name, node);
}

function object(context, node, scope) {
  const result = {};
  for (const property of node.properties) {
    if (property.type === "SpreadElement") {
      copyProperties(context, result, evaluate(context, property.argument, scope), property);
      continue;
    }
    if (property.kind !== "init") {
      throw new ConfigProblem("config-not-understood", "Getters and setters aren't understood in a configuration.", property);
    }
    const name = nameOf(context, property, scope);
    const value = evaluate(context, property.value, scope);
    if (value instanceof Unknown) {
      context.tell("config-not-understood", `\`${value.text}\` isn't known here: \`${name}\` is left out.`, property.value);
    } else {
      result[name] = value;
    }
  }
  return made(context, result);
}

/** The name of a property or member, computed or not. */
export function nameOf(context, node, scope) {
  const key = node.key ?? node.property;
  if (node.computed) return propertyName(context, evaluate(context, key, scope), key);
  return propertyName(context, key.type === "Identifier" ? key.name : key.value, key);
}

function list(context, nodes, scope) {
  const result = [];
  for (const element of nodes) {
    if (element === null) result.push(undefined);
    else if (element.type === "SpreadElement") {
      for (const item of items(context, evaluate(context, element.argument, scope), element)) result.push(item);
    } else result.push(evaluate(context, element, scope));
  }
  context.meter.items(result.length, nodes[0]);
  return result;
}

function array(context, node, scope) {
  const all = list(context, node.elements, scope);
  const known = all.filter((item) => {
    if (item instanceof Unknown && !context.toldOf.has(item.text)) {
      context.toldOf.add(item.text);
      context.tell("config-not-understood", `\`${item.text}\` isn't known here: it is left out of the list.`, item.node);
    }
    return !(item instanceof Unknown);
  });
  return made(context, known);
}

function template(context, node, scope) {
  let text = "";
  node.quasis.forEach(({ value }, at) => {
    text += value.cooked;
    if (at < node.expressions.length) {
      text += textOf(context, evaluate(context, node.expressions[at], scope), node.expressions[at]);
      context.meter.length(text.length, node);
    }
  });
  return context.meter.text(text, node);
}

/** An operand as a primitive. */
function primitive(context, value, node) {
  return typeof value === "object" && value !== null ? textOf(context, value, node) : typeof value === "function" ? "" : value;
}

const BINARY = {
  "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b, "**": (a, b) => a ** b,
  "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
  "|": (a, b) => a | b, "&": (a, b) => a & b, "^": (a, b) => a ^ b, "<<": (a, b) => a << b, ">>": (a, b) => a >> b, ">>>": (a, b) => a >>> b,
};

function operate(context, operator, left, right, node) {
  switch (operator) {
    case "===": return left === right;
    case "!==": return left !== right;
    // As the idiom `== null` means it.
    case "==": return left === right || (left ?? null) === (right ?? null);
    case "!=": return !operate(context, "==", left, right, node);
    case "in": return typeof right === "object" && right !== null && Object.hasOwn(right, propertyName(context, left, node));
    case "instanceof": return false;
    case "+": {
      const [a, b] = [primitive(context, left, node), primitive(context, right, node)];
      if (typeof a !== "string" && typeof b !== "string") return a + b;
      const [text, more] = [textOf(context, a, node), textOf(context, b, node)];
      context.meter.length(text.length + more.length, node);
      return text + more;
    }
    default: return BINARY[operator](primitive(context, left, node), primitive(context, right, node));
  }
}

function unary(context, node, scope) {
  const { operator, argument } = node;
  if (operator === "delete") {
    if (argument.type !== "MemberExpression") return true;
    const target = evaluate(context, argument.object, scope);
    const name = nameOf(context, argument, scope);
    if (context.owned.has(target) && !Array.isArray(target)) return delete target[name];
    throw new ConfigProblem("config-refused", `\`${name}\` can't be deleted here: it isn't the configuration's own.`, node);
  }
  const value = evaluate(context, argument, scope);
  switch (operator) {
    case "!": return value instanceof Unknown ? false : !value;
    case "typeof": return value instanceof Unknown ? "undefined" : typeof value;
    case "void": return undefined;
    case "-": return -primitive(context, value, node);
    case "+": return +primitive(context, value, node);
    default: return ~primitive(context, value, node);
  }
}

function logical(context, node, scope) {
  const left = evaluate(context, node.left, scope);
  // What isn't known counts as missing, as most of it is in a build: `process.env.X || "default"`.
  const [known, there] = left instanceof Unknown ? [false, false] : [Boolean(left), left !== null && left !== undefined];
  const takesRight = { "&&": known, "||": !known, "??": !there }[node.operator];
  return takesRight ? evaluate(context, node.right, scope) : left;
}

function assignment(context, node, scope) {
  const { left, operator } = node;
  if (operator === "=") {
    const value = evaluate(context, node.right, scope);
    assign(context, left, value, scope);
    return value;
  }
  const before = evaluate(context, left, scope);
  const sign = operator.slice(0, -1);
  const value = ["&&", "||", "??"].includes(sign)
    ? logical(context, { ...node, operator: sign }, scope)
    : operate(context, sign, before, evaluate(context, node.right, scope), node);
  assign(context, left, value, scope);
  return value;
}

export function assign(context, target, value, scope) {
  if (target.type === "MemberExpression") {
    const object = evaluate(context, target.object, scope);
    set(context, object, nameOf(context, target, scope), value, target);
  } else if (target.type === "Identifier") {
    scope.assign(target.name, value, target);
  } else {
    bindPattern(context, target, value, scope, (name, item, node) => scope.assign(name, item, node));
  }
}

function update(context, node, scope) {
  const before = Number(evaluate(context, node.argument, scope));
  const after = node.operator === "++" ? before + 1 : before - 1;
  assign(context, node.argument, after, scope);
  return node.prefix ? after : before;
}

/** What `?.` gives when there is nothing before it; the whole chain is then `undefined`. */
const NOTHING = Symbol("nothing");

function member(context, node, scope) {
  const object = evaluate(context, node.object, scope);
  if (object === NOTHING || (node.optional && (object === null || object === undefined))) return NOTHING;
  const key = node.computed ? evaluate(context, node.property, scope) : node.property.name;
  context.at = node;
  return get(context, object, key, node);
}

function call(context, node, scope) {
  let [self, callee] = [undefined, undefined];
  if (node.callee.type === "MemberExpression") {
    self = evaluate(context, node.callee.object, scope);
    const missing = node.callee.optional && (self === null || self === undefined);
    if (self === NOTHING || missing) return NOTHING;
    const key = node.callee.computed ? evaluate(context, node.callee.property, scope) : node.callee.property.name;
    callee = get(context, self, key, node.callee);
  } else {
    callee = evaluate(context, node.callee, scope);
  }
  if (callee === NOTHING || (node.optional && (callee === null || callee === undefined))) return NOTHING;
  const values = list(context, node.arguments, scope);
  if (callee instanceof Unknown) return unknownCall(context, callee, values, node);
  const constructor = context.constructors.get(callee);
  if (constructor) callee = constructor;
  if (typeof callee !== "function") {
    throw new ConfigProblem("config-error", `\`${written(context, node.callee)}\` is not a function, it is ${kindOf(callee)}.`, node.callee);
  }
  context.at = node;
  // `this` means something to the configuration's own functions only.
  if (context.functions.has(callee)) return callee.apply(self, values);
  const known = values.filter((value) => !(value instanceof Unknown));
  for (const value of values) {
    if (value instanceof Unknown) context.tell("config-not-understood", `\`${value.text}\` isn't known here: it is left out.`, value.node ?? node);
  }
  return known.length || !values.length ? callee(...known) : undefined;
}

/** A wrapper around the configuration (`withX({…})`) is seen through; anything else stays unknown. */
function unknownCall(context, callee, values, node) {
  const config = values.find((value) => context.owned.has(value) && !Array.isArray(value));
  const wraps = config && /^with[A-Z]|[cC]onfig$/.test(node.callee.name ?? node.callee.property?.name);
  if (!wraps) return new Unknown(`${callee.text}(…)`, node);
  context.tell("config-not-understood", `\`${callee.text}\` isn't known here: what it wraps is read as it is written.`, node);
  return config;
}

function construct(context, node, scope) {
  const callee = evaluate(context, node.callee, scope);
  const values = list(context, node.arguments, scope);
  if (callee instanceof Unknown) return new Unknown(`new ${callee.text}(…)`, node);
  const constructor = context.constructors.get(callee);
  if (!constructor) throw new ConfigProblem("config-refused", `\`new ${written(context, node.callee)}\` isn't done in a configuration that is read as data.`, node);
  context.at = node;
  return constructor(...values);
}

function literal(context, node) {
  if (node.regex) return regularExpression(node.regex.pattern, node.regex.flags, node);
  if (typeof node.value === "string") return context.meter.text(node.value, node);
  return typeof node.value === "bigint" ? Number(node.value) : node.value;
}

function meta(context, node) {
  return node.meta.name === "import" ? { url: `file://${context.path}`, dirname: context.folder, filename: context.path } : undefined;
}

const EXPRESSIONS = {
  Literal: literal,
  Identifier: identifier,
  ObjectExpression: object,
  ArrayExpression: array,
  TemplateLiteral: template,
  UnaryExpression: unary,
  LogicalExpression: logical,
  AssignmentExpression: assignment,
  UpdateExpression: update,
  MemberExpression: member,
  CallExpression: call,
  NewExpression: construct,
  ArrowFunctionExpression: closure,
  FunctionExpression: closure,
  MetaProperty: meta,
  ParenthesizedExpression: (context, node, scope) => evaluate(context, node.expression, scope),
  ThisExpression: (_, __, scope) => scope.find("this")?.value,
  SequenceExpression: (context, node, scope) => node.expressions.reduce((_, each) => evaluate(context, each, scope), undefined),
  ConditionalExpression(context, node, scope) {
    const test = evaluate(context, node.test, scope);
    return evaluate(context, test && !(test instanceof Unknown) ? node.consequent : node.alternate, scope);
  },
  BinaryExpression: (context, node, scope) =>
    operate(context, node.operator, evaluate(context, node.left, scope), evaluate(context, node.right, scope), node),
  ChainExpression(context, node, scope) {
    const value = evaluate(context, node.expression, scope);
    return value === NOTHING ? undefined : value;
  },
  ImportExpression: (context, node) => new Unknown(written(context, node), node),
  AwaitExpression: (context, node, scope) => evaluate(context, node.argument, scope),
};
