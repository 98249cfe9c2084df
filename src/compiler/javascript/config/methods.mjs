// The methods that values of a configuration have: JavaScript's own, each bounded, none that leads out of data.
import { ConfigProblem, Unknown } from "./bounds.mjs";
import { regularExpression } from "./patterns.mjs";
import { items, made, own, textOf } from "./values.mjs";

function callback(value, node) {
  if (typeof value === "function") return value;
  throw new ConfigProblem("config-error", `${value instanceof Unknown ? value.text : typeof value} is not a function.`, node);
}

/** A method of lists that only looks, by a function of the configuration or with plain arguments. */
const looks = (name) => (context, list, values, node) => {
  context.meter.items(list.length, node);
  const given = ["includes", "indexOf", "lastIndexOf", "at"].includes(name) ? values : [callback(values[0], node), ...values.slice(1)];
  return list[name](...given);
};

/** One that gives a list of its own. */
const makes = (name) => (context, list, values, node) => {
  context.meter.items(list.length, node);
  const result = list[name](...(name === "slice" || name === "concat" ? values : [callback(values[0], node)]));
  context.meter.items(result.length, node);
  return made(context, result);
};

/** One that changes the list. */
const changes = (name) => (context, list, values, node) => {
  own(context, list, node);
  context.meter.items(list.length + values.length, node);
  const result = list[name](...values);
  return Array.isArray(result) ? made(context, result) : result;
};

const array = {
  ...Object.fromEntries(["every", "find", "findIndex", "findLast", "forEach", "some", "reduce", "reduceRight", "includes", "indexOf", "lastIndexOf", "at"].map((name) => [name, looks(name)])),
  ...Object.fromEntries(["map", "filter", "flatMap", "slice", "concat"].map((name) => [name, makes(name)])),
  ...Object.fromEntries(["push", "pop", "shift", "unshift", "splice", "reverse", "sort", "fill"].map((name) => [name, changes(name)])),
  flat(context, list, [depth = 1], node) {
    let result = list;
    for (let left = Math.min(Number(depth) || 0, 10); left > 0 && result.some(Array.isArray); left--) {
      result = result.flat();
      context.meter.items(result.length, node);
    }
    return made(context, [...result]);
  },
  join(context, list, [separator = ","], node) {
    const parts = list.map((item) => (item === null || item === undefined ? "" : textOf(context, item, node)));
    const between = textOf(context, separator, node);
    context.meter.items(parts.length, node);
    context.meter.length(parts.reduce((sum, part) => sum + part.length + between.length, 0), node);
    return parts.join(between);
  },
  toSorted: (context, list, values, node) => array.sort(context, array.slice(context, list, [], node), values, node),
  toReversed: (context, list, values, node) => array.reverse(context, array.slice(context, list, [], node), values, node),
  keys: (context, list) => made(context, [...list.keys()]),
  entries: (context, list, _, node) => array.map(context, list, [(item, at) => made(context, [at, item])], node),
};

/** A method of texts with plain arguments. */
const plain = (name) => (context, text, values, node) => {
  context.meter.step(node, text.length >> 6);
  const given = values.map((value) => (typeof value === "number" || value === undefined ? value : textOf(context, value, node)));
  const result = text[name](...given);
  return typeof result === "string" ? context.meter.text(result, node) : result;
};

/** What replaces or splits: a text or an expression that was checked when it was made. */
const pattern = (context, value, node) => (value instanceof RegExp ? value : textOf(context, value, node));

/** Expressions run on short texts only. */
function short(context, text, expression, node) {
  context.meter.step(node, text.length >> 4);
  if (expression instanceof RegExp && text.length > 4_000) context.meter.length(Infinity, node);
}

const replaces = (name) => (context, text, [from, to], node) => {
  short(context, text, from, node);
  let length = text.length;
  const by = typeof to === "function"
    ? (...matched) => {
        const made = textOf(context, to(...matched), node);
        context.meter.length((length += made.length), node);
        return made;
      }
    : textOf(context, to, node);
  if (typeof by === "string") context.meter.length(by.length * (text.length + 1), node);
  return context.meter.text(text[name](pattern(context, from, node), by), node);
};

const pads = (name) => (context, text, [length, by = " "], node) => {
  context.meter.length(Number(length) || 0, node);
  return text[name](length, textOf(context, by, node));
};

const string = {
  ...Object.fromEntries(
    ["at", "charAt", "charCodeAt", "codePointAt", "concat", "endsWith", "includes", "indexOf", "lastIndexOf", "slice", "startsWith", "substring", "substr", "toLowerCase", "toUpperCase", "toString", "trim", "trimEnd", "trimStart", "localeCompare"].map((name) => [name, plain(name)]),
  ),
  replace: replaces("replace"),
  replaceAll: replaces("replaceAll"),
  padStart: pads("padStart"),
  padEnd: pads("padEnd"),
  repeat(context, text, [count], node) {
    const times = Math.trunc(Number(count)) || 0;
    if (times < 0) throw new ConfigProblem("config-error", "Invalid count value.", node);
    context.meter.length(text.length * times, node);
    return text.repeat(times);
  },
  split(context, text, [by, limit], node) {
    short(context, text, by, node);
    context.meter.items(Math.min(text.length, by === undefined ? 1 : text.length), node);
    return made(context, text.split(by === undefined ? by : pattern(context, by, node), limit));
  },
  match(context, text, [expression], node) {
    const checked = expression instanceof RegExp ? expression : regularExpression(textOf(context, expression, node), "", node);
    short(context, text, checked, node);
    const found = text.match(checked);
    return found && made(context, [...found]);
  },
};

const number = {
  toFixed: (_, value, [digits]) => value.toFixed(Math.min(Math.max(Number(digits) || 0, 0), 100)),
  toString: (_, value, [radix]) => value.toString(radix >= 2 && radix <= 36 ? radix : 10),
};

const regexp = {
  test(context, expression, [text], node) {
    const subject = textOf(context, text, node);
    short(context, subject, expression, node);
    return expression.test(subject);
  },
  exec(context, expression, [text], node) {
    const subject = textOf(context, text, node);
    short(context, subject, expression, node);
    const found = expression.exec(subject);
    return found && made(context, [...found]);
  },
};

const map = {
  get: (_, value, [key]) => value.get(key),
  has: (_, value, [key]) => value.has(key),
  set: (context, value, [key, item], node) => (context.meter.step(node), value.set(key, item)),
  delete: (_, value, [key]) => value.delete(key),
  keys: (context, value) => made(context, [...value.keys()]),
  values: (context, value) => made(context, [...value.values()]),
  entries: (context, value, _, node) => made(context, [...items(context, value, node)]),
  forEach: (context, value, [each], node) => value.forEach(callback(each, node)),
};

const set = {
  has: (_, value, [item]) => value.has(item),
  add: (context, value, [item], node) => (context.meter.step(node), value.add(item)),
  delete: (_, value, [item]) => value.delete(item),
  values: (context, value) => made(context, [...value]),
  forEach: (context, value, [each], node) => value.forEach(callback(each, node)),
};

const object = {
  hasOwnProperty: (_, value, [name]) => Object.hasOwn(value, String(name)),
  toString: () => "[object Object]",
};

/** Calling what is a function already; `bind` and the rest of its kind are no data. */
const functions = {
  call: (_, value, [, ...values]) => value(...values),
  apply: (context, value, [, values = []], node) => value(...items(context, values, node)),
};

/** Kind of value → name → what it does: `(context, value, arguments, node)`. */
export const METHODS = { array, string, number, regexp, map, set, object, function: functions, boolean: { toString: (_, value) => String(value) } };
