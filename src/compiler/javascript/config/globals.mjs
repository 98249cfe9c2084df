// The globals that a configuration sees: the parts of the standard library that compute with data.
import { ConfigProblem, Unknown } from "./bounds.mjs";
import { regularExpression } from "./patterns.mjs";
import { copyProperties, items, made, own, propertyName, textOf } from "./values.mjs";

/** Objects whose properties may be listed. */
function listed(context, value, node) {
  if (value === null || value === undefined) throw new ConfigProblem("config-error", "Cannot convert undefined or null to object.", node);
  if (value instanceof Unknown) {
    context.tell("config-not-understood", `\`${value.text}\` isn't known here: it counts as empty.`, node);
    return {};
  }
  return value;
}

function lists(context, each) {
  return (value) => {
    const node = context.at;
    const result = each(listed(context, value, node));
    context.meter.items(result.length, node);
    return made(context, result);
  };
}

function objectNamespace(context) {
  const freeze = (value) => value;
  return {
    keys: lists(context, Object.keys),
    values: lists(context, Object.values),
    entries: lists(context, (value) => Object.entries(value).map((pair) => made(context, pair))),
    fromEntries(pairs) {
      const result = {};
      for (const pair of items(context, pairs, context.at)) result[propertyName(context, pair?.[0], context.at)] = pair?.[1];
      return made(context, result);
    },
    assign(target, ...sources) {
      own(context, target, context.at);
      for (const source of sources) copyProperties(context, target, source, context.at);
      return target;
    },
    hasOwn: (value, name) => Object.hasOwn(listed(context, value, context.at), propertyName(context, name, context.at)),
    is: Object.is,
    freeze,
    seal: freeze,
  };
}

function arrayNamespace(context) {
  return {
    isArray: Array.isArray,
    of: (...values) => made(context, values),
    from(source, each) {
      const node = context.at;
      let result;
      if (source && typeof source === "object" && !Array.isArray(source) && typeof source.length === "number") {
        context.meter.items(source.length, node);
        result = Array.from({ length: source.length }, (_, at) => source[at]);
      } else {
        result = [...items(context, source, node)];
      }
      return made(context, typeof each === "function" ? result.map((item, at) => each(item, at)) : result);
    },
  };
}

/** JSON as data: no names that are refused elsewhere. */
export function parseJson(context, text, node) {
  context.meter.text(text, node);
  try {
    return JSON.parse(text, (name, value) => {
      context.meter.step(node);
      propertyName(context, name, node);
      return typeof value === "object" && value !== null ? made(context, value) : value;
    });
  } catch (error) {
    if (error instanceof ConfigProblem) throw error;
    throw new ConfigProblem("config-error", `${error.message}.`, node);
  }
}

function jsonNamespace(context) {
  return {
    parse: (text) => parseJson(context, textOf(context, text, context.at), context.at),
    stringify(value, _, space) {
      const node = context.at;
      let length = 0;
      const seen = (name, item) => {
        length += String(name).length + (typeof item === "string" ? item.length : 8);
        context.meter.step(node);
        if (length > 1 << 20) context.meter.length(length, node);
        return typeof item === "function" ? undefined : item;
      };
      try {
        const text = JSON.stringify(value, seen, Math.min(Number(space) || 0, 8));
        return text === undefined ? text : context.meter.text(text, node);
      } catch (error) {
        if (error instanceof ConfigProblem) throw error;
        throw new ConfigProblem("config-error", "This can't be written as JSON.", node);
      }
    },
  };
}

const MATH = ["abs", "ceil", "floor", "max", "min", "pow", "round", "sign", "sqrt", "trunc", "log", "log2", "log10", "exp", "cbrt", "hypot", "sin", "cos", "tan", "atan2"];

/** Name → value. `context.constructors` learns what `new` may make. */
export function globals(context) {
  const text = (...values) => (values.length ? textOf(context, values[0], context.at) : "");
  const number = (value) => Number(typeof value === "object" ? NaN : value);
  const all = {
    undefined,
    NaN,
    Infinity,
    Object: objectNamespace(context),
    Array: arrayNamespace(context),
    JSON: jsonNamespace(context),
    Math: { ...Object.fromEntries(MATH.map((name) => [name, Math[name]])), PI: Math.PI, E: Math.E },
    String: text,
    Number: Object.assign(number, { isInteger: Number.isInteger, isFinite: Number.isFinite, isNaN: Number.isNaN, parseFloat, parseInt }),
    Boolean: (value) => Boolean(value),
    parseInt: (value, radix) => parseInt(text(value), radix),
    parseFloat: (value) => parseFloat(text(value)),
    isNaN: (value) => Number.isNaN(number(value)),
    encodeURIComponent: (value) => context.meter.text(encodeURIComponent(text(value)), context.at),
    console: Object.fromEntries(["log", "info", "warn", "error", "debug"].map((name) => [name, () => undefined])),
    process: { env: { NODE_ENV: "development" }, argv: [], platform: "linux", cwd: () => "/" },
    structuredClone: (value) => value,
    Set: {},
    Map: {},
    RegExp: {},
    Error: {},
    TypeError: {},
  };
  context.constructors = new Map([
    [all.Set, (values = []) => new Set(items(context, values, context.at))],
    [all.Map, (pairs = []) => new Map(items(context, pairs, context.at).map((pair) => [pair?.[0], pair?.[1]]))],
    [all.RegExp, (source, flags = "") => regularExpression(source instanceof RegExp ? source.source : text(source), text(flags), context.at)],
    [all.Error, (message) => new Error(text(message))],
    [all.TypeError, (message) => new Error(text(message))],
    [all.Array, (...values) => {
      if (values.length !== 1 || typeof values[0] !== "number") return made(context, values);
      context.meter.items(values[0], context.at);
      return made(context, new Array(Math.max(0, Math.trunc(values[0]))).fill(undefined));
    }],
    [all.Object, () => made(context, {})],
  ]);
  return all;
}
