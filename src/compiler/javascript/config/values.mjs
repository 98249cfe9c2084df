// Values of a configuration, and what of them can be reached: their own properties and known methods, nothing else.
import { ConfigProblem, Unknown } from "./bounds.mjs";
import { METHODS } from "./methods.mjs";

/** Names that lead out of data, or that would change what is no data when somebody merges it. */
const REFUSED = new Set([
  "__proto__", "constructor", "prototype", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
]);
/** What functions have that is nobody's business. */
const OF_FUNCTIONS = new Set(["length", "name", "arguments", "caller"]);
/** What plugins do with the nodes of a sheet that Tailwind hands them. */
const OF_NODES = new Set([
  "selector", "selectors", "nodes", "prop", "value", "params", "name", "important", "type", "parent", "raws", "first", "last",
  "walkRules", "walkDecls", "walkAtRules", "each", "walk", "append", "prepend", "insertBefore", "insertAfter", "before",
  "after", "clone", "cloneBefore", "cloneAfter", "remove", "removeAll", "replaceWith", "toString", "every", "some",
]);
const SET_OF_NODES = new Set(["selector", "selectors", "prop", "value", "params", "name", "important"]);

/** A property's name, checked. */
export function propertyName(context, value, node) {
  const name = typeof value === "number" ? String(value) : textOf(context, value, node);
  if (REFUSED.has(name)) {
    throw new ConfigProblem("config-refused", `\`${name}\` can't be used in a configuration that is read as data.`, node);
  }
  return context.meter.name(name, node);
}

/** What kind of value it is, as the table of methods has it. */
export function kindOf(value) {
  if (Array.isArray(value)) return "array";
  if (value instanceof RegExp) return "regexp";
  if (value instanceof Map) return "map";
  if (value instanceof Set) return "set";
  return typeof value;
}

export function isPlain(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || prototype[Symbol.toStringTag] === "Module";
}

/** Whether it is a node of a style sheet. */
const isNode = (value) => typeof value.walkDecls === "function" || (typeof value.type === "string" && "raws" in value);

/** `object[key]`; methods come bound. */
export function get(context, object, key, node) {
  if (object === null || object === undefined) {
    throw new ConfigProblem("config-error", `Cannot read properties of ${object} (reading \`${String(key).slice(0, 60)}\`).`, node);
  }
  if (object instanceof Unknown) return new Unknown(`${object.text}.${String(key).slice(0, 60)}`, node);
  const name = propertyName(context, key, node);
  const kind = kindOf(object);
  if (kind === "function" && OF_FUNCTIONS.has(name)) return undefined;
  if (kind === "map" || kind === "set") {
    if (name === "size") return object.size;
  } else if (kind === "regexp") {
    if (["source", "flags", "global"].includes(name)) return object[name];
  } else if (kind === "object" && !isPlain(object)) {
    if (object instanceof Error) return name === "message" ? object.message : undefined;
    if (!OF_NODES.has(name) || !isNode(object)) return undefined;
    const value = object[name];
    return typeof value === "function" ? (...values) => value.apply(object, values) : value;
  } else if (kind === "string" ? name === "length" || /^\d+$/.test(name) : Object.hasOwn(Object(object), name)) {
    return object[name];
  }
  const method = METHODS[kind] && Object.hasOwn(METHODS[kind], name) ? METHODS[kind][name] : undefined;
  return method && ((...values) => method(context, object, values, node));
}

/** `object[key] = value`, for what the configuration itself has made. */
export function set(context, object, key, value, node) {
  const name = propertyName(context, key, node);
  if (context.owned.has(object)) {
    if (Array.isArray(object)) {
      const index = Number(name);
      if (!Number.isInteger(index) || index < 0 || index > object.length) {
        throw new ConfigProblem("config-refused", `\`${name}\` of a list can't be set.`, node);
      }
    }
    object[name] = value;
  } else if (typeof object === "object" && object && !isPlain(object) && isNode(object) && SET_OF_NODES.has(name)) {
    object[name] = value;
  } else if (!(object instanceof Unknown)) {
    throw new ConfigProblem("config-refused", `\`${name}\` can't be set here: it isn't the configuration's own.`, node);
  }
  return value;
}

/** Whether a value may be changed by the configuration; says so otherwise. */
export function own(context, value, node) {
  if (context.owned.has(value)) return value;
  throw new ConfigProblem("config-refused", "This can't be changed: it isn't the configuration's own. Copy it first.", node);
}

/** A list or object that the configuration has made. */
export function made(context, value) {
  context.owned.add(value);
  return value;
}

/** A value as text, as a template has it. */
export function textOf(context, value, node) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    context.meter.items(value.length, node);
    const parts = value.map((item) => (item === null || item === undefined ? "" : context.meter.deeper(node, () => textOf(context, item, node))));
    context.meter.length(parts.reduce((sum, part) => sum + part.length + 1, 0), node);
    return parts.join(",");
  }
  if (value instanceof RegExp) return String(value);
  if (value instanceof Unknown) {
    throw new ConfigProblem("config-not-understood", `\`${value.text}\` isn't known here, so no text can be made of it.`, node);
  }
  if (typeof value === "symbol" || typeof value === "function") {
    throw new ConfigProblem("config-refused", `No text is made of a ${typeof value}.`, node);
  }
  if (typeof value === "object" && value !== null) return value instanceof Error ? value.message : "[object Object]";
  return String(value);
}

/** The items of what `...` or `for … of` goes over. */
export function items(context, value, node) {
  if (typeof value === "string") {
    context.meter.items(value.length, node);
    return [...value];
  }
  if (Array.isArray(value)) {
    context.meter.items(value.length, node);
    return value;
  }
  if (value instanceof Set || value instanceof Map) {
    context.meter.items(value.size, node);
    return [...value].map((item) => (Array.isArray(item) ? made(context, item) : item));
  }
  if (value instanceof Unknown) {
    context.tell("config-not-understood", `\`${value.text}\` isn't known here: what it would add is left out.`, node);
    return [];
  }
  throw new ConfigProblem("config-error", `${kindOf(value)} is not iterable.`, node);
}

/** Copies the own properties of `source` onto `target`, as a spread does. */
export function copyProperties(context, target, source, node) {
  if (source instanceof Unknown) {
    context.tell("config-not-understood", `\`${source.text}\` isn't known here: what it would add is left out.`, node);
    return target;
  }
  if (source === null || source === undefined || typeof source === "function") return target;
  const names = Object.keys(source);
  context.meter.items(names.length, node);
  for (const name of names) target[propertyName(context, name, node)] = source[name];
  return target;
}
