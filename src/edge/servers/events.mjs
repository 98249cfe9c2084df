// What an app's server code says and throws, in the terms of the app's object.

/** How many requests are told of at a time, how many lines of each, and how long a text may be. */
const [EVENTS, LINES, LENGTH, STACK] = [50, 100, 2_000, 8_000];

const shown = (value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value)));
const cut = (text, length = LENGTH) => String(text ?? "").slice(0, length);
const own = (url) => {
  try {
    const { pathname, search } = new URL(url);
    return pathname + search;
  } catch {
    return "";
  }
};

function line({ level, message, timestamp, errorInfo }) {
  const parts = Array.isArray(message) ? message : [message];
  const stack = errorInfo?.find((info) => info?.stack)?.stack;
  return { level: cut(level, 20), message: cut(parts.map(shown).join(" ")), at: timestamp, stack: stack && cut(stack, STACK) };
}

/** What there is to tell of requests, in the object's terms. */
function events(traced) {
  const all = traced.slice(0, EVENTS).map(({ event, outcome, logs, exceptions }) => ({
    method: cut(event?.request?.method, 20),
    url: cut(own(event?.request?.url)),
    outcome: cut(outcome, 60),
    lines: logs.slice(0, LINES).map(line),
    thrown: exceptions.slice(0, LINES).map(({ name, message, stack }) => ({ name: cut(name, 100), message: cut(message), stack: stack && cut(stack, STACK) })),
  }));
  return all.filter(({ lines, thrown, outcome }) => lines.length || thrown.length || !["ok", "canceled", "responseStreamDisconnected"].includes(outcome));
}

/** A message to the object: the length of a header, and the header. */
function message(app, log) {
  const header = new TextEncoder().encode(JSON.stringify({ body: [app, { command: "server-log", log }, false], lengths: [] }));
  const bytes = new Uint8Array(4 + header.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  return bytes;
}

/** Tells an app's object what there is to tell. */
export async function tell(apps, traced, { app, hash, deployment }) {
  const told = events(traced);
  if (told.length) await apps.getByName(app).fetch("https://object/", { method: "POST", body: message(app, { hash, deployment, events: told }) });
}
