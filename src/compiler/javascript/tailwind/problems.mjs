// Upstream's errors as diagnostics, at the place that they are about.
import { place } from "../config/place.mjs";

/** An error of a build: `{code, severity, message, path, line, …}`. */
export function problem(state, error) {
  const { code = "tailwind", severity = "error", hint } = error;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    const message = `Tailwind can't work with the app's configuration: ${sentence(error.message)}`;
    return { code, severity, message, path: state.config ?? state.path };
  }
  const message = sentence(error.reason ?? error.message ?? String(error));
  return { code, severity, message, hint, ...position(state, error, message) };
}

function sentence(message) {
  const text = message.replace(/^\/[^\s:]*:\d+:\d+: /, "").replaceAll("'/", "'").trim().slice(0, 1_000);
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}

function position(state, error, message) {
  const { path, files } = state;
  // PostCSS.
  if (error.line && files.has(error.file ?? error.input?.file ?? path)) {
    const { line, column } = error;
    return { path: error.file ?? error.input?.file ?? path, line, column, endLine: error.endLine ?? line, endColumn: error.endColumn ?? column };
  }
  // Upstream's own parser: the source and offsets.
  const [source, start, end] = error.loc ?? [];
  if (source) return { path, ...between(source.code, start, end ?? start) };
  // Otherwise, what the message is about: what it quotes, where the sheets have it.
  const quoted = error.about ? [error.about] : [...message.matchAll(/`([^`]+)`|'([^']+)'/g)].map(([, a, b]) => (a ?? b).replace(/^@apply\s+/, ""));
  const places = [path, ...[...files.keys()].filter((name) => name !== path && name.endsWith(".css"))];
  for (const text of quoted) {
    for (const name of places) {
      const at = find(files.get(name) ?? "", text);
      if (at >= 0) return { path: name, ...between(files.get(name), at, at + text.length) };
    }
  }
  return { path };
}

/** Where a text has a word, comments left out where that is easy to tell. */
function find(text, word) {
  const plain = text.replace(/\/\*[^]*?\*\//g, (comment) => " ".repeat(comment.length));
  for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + 1)) {
    const alone = !/[\w-]/.test(plain[at - 1] ?? "") && !/[\w-]/.test(plain[at + word.length] ?? "");
    if (alone) return at;
  }
  return plain.indexOf(word);
}

function between(text, start, end) {
  const [from, to] = [place(text, start), place(text, end)];
  return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}
