// What is logged, as plain data that can cross to another window: bounded, and without running the app's code.

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

const DEEPEST = 4;
const WIDEST = 50;
const LONGEST = 2_000;
/** Values in all that one call may carry. */
const MOST = 500;

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

export function serialise(args: unknown[]): Plain[] {
  const left = { values: MOST };
  return args.slice(0, WIDEST).map((arg) => plain(arg, 0, [], left));
}

function plain(value: unknown, depth: number, above: object[], left: { values: number }): Plain {
  if (left.values-- <= 0) return "…";
  switch (typeof value) {
    case "string":
      return shorten(value);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return `${value}n`;
    case "undefined":
    case "symbol":
      return String(value);
  }
  if (value === null) return null;
  try {
    if (typeof value === "function") return `[function ${String(own(value, "name") ?? "")}]`;
    const object = value as object;
    if (above.includes(object)) return "[circular]";
    return known(object) ?? fields(object, depth, [...above, object], left);
  } catch {
    // A proxy may refuse anything.
    return "[unreadable]";
  }
}

/** A data property, without running a getter. */
function own(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function known(object: object): Plain | undefined {
  if (object instanceof Error) return shorten(String(object.stack ?? object));
  if (object instanceof Date) return Number.isNaN(object.getTime()) ? "Invalid Date" : object.toISOString();
  if (object instanceof RegExp) return String(object);
  if (typeof Element !== "undefined" && object instanceof Element) {
    const { id, classList } = object;
    return shorten(`<${object.localName}${id && ` id="${id}"`}${classList.length ? ` class="${[...classList].join(" ")}"` : ""}>`);
  }
  if (object instanceof Promise) return "[promise]";
  if (object instanceof WeakMap || object instanceof WeakSet || object instanceof WeakRef) return "[weak]";
  return undefined;
}

function fields(object: object, depth: number, above: object[], left: { values: number }): Plain {
  const inside = (value: unknown) => plain(value, depth + 1, above, left);
  const list = object instanceof Set || Array.isArray(object) || ArrayBuffer.isView(object);
  if (depth >= DEEPEST) return list ? "[…]" : "{…}";
  if (object instanceof Map) return { "[map]": [...object].slice(0, WIDEST).map(([key, value]) => [inside(key), inside(value)]) };
  if (object instanceof DataView) return "[DataView]";
  if (list) {
    const values = [];
    for (const value of object as Iterable<unknown>) {
      if (values.length >= WIDEST) return [...values, "…"];
      values.push(inside(value));
    }
    return values;
  }
  const result: { [key: string]: Plain } = Object.create(null);
  for (const key of Object.keys(object)) {
    if (Object.keys(result).length >= WIDEST) {
      result["…"] = "…";
      break;
    }
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    result[shorten(key)] = descriptor && "value" in descriptor ? inside(descriptor.value) : "[getter]";
  }
  return result;
}
