// What a person reads of a write: state, address, times, and the diagnostics with their frames.

const COLOURS = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 };
const SEVERITIES = { error: "red", warning: "yellow", info: "blue" };

/** A function that colours text, or leaves it, as the stream and `NO_COLOR` and `FORCE_COLOR` want it. */
export function painter(stream, env = process.env) {
  const wanted = env.NO_COLOR ? false : env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : Boolean(stream.isTTY);
  return (colour, text) => (wanted ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text);
}

/** The answer to a write, as lines. `took` is what the caller waited, in milliseconds. */
export function report(written, took, paint) {
  const ready = written.status === "ready";
  const state = ready ? paint("green", "ready") : paint("red", "failed");
  const changed = `${written.changed.length} ${written.changed.length === 1 ? "file" : "files"} changed`;
  const lines = [`${state} version ${written.version}, ${changed} ${paint("dim", times(written.timings, took))}`];
  for (const diagnostic of written.diagnostics) lines.push("", ...described(diagnostic, paint));
  if (written.diagnostics.length) lines.push("");
  return lines.join("\n");
}

function times({ total, ...stages }, took) {
  const spent = Object.entries(stages).filter(([, ms]) => ms >= 0.05).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
  return `(${[...spent, `total ${total.toFixed(1)} ms`, `seen from here ${took.toFixed(0)} ms`].join(", ")})`;
}

function described({ severity, code, message, path, line, column, frame, hint }, paint) {
  const place = path ? `${path}${line ? `:${line}:${column}` : ""}: ` : "";
  const lines = [`${paint(SEVERITIES[severity], severity)} ${paint("bold", `${place}${message}`)} ${paint("dim", `[${code}]`)}`];
  if (frame) {
    for (const text of frame.split("\n")) lines.push(`  ${marked(text, severity, paint)}`);
  }
  if (hint) lines.push(`  ${paint("dim", "hint:")} ${hint}`);
  return lines;
}

/** A frame's line: the one in question stands out, and so do its carets. */
function marked(text, severity, paint) {
  if (text.startsWith(">")) return paint("bold", text);
  return /^ *\| *\^+$/.test(text) ? paint(SEVERITIES[severity], text) : paint("dim", text);
}
