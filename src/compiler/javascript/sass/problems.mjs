// What Sass says of a sheet, as diagnostics at their places.
import { pathOf } from "./importer.mjs";

/** How many warnings one sheet may have. */
const TOLD = 20;
/** How long a message may be, in characters. */
const LONGEST = 1_000;

export class Problems {
  #path;
  #shift;
  #quiet;
  told = [];

  /** Of the sheet at `path`, which was compiled behind the text `shift`. */
  constructor({ path, shift, quietDependencies }) {
    this.#path = path;
    this.#shift = shift;
    this.#quiet = quietDependencies;
  }

  /** What Sass tells while it compiles. */
  get logger() {
    return {
      warn: (message, { deprecation, span: given, stack }) => {
        const span = given ?? traced(stack);
        const foreign = pathOf(span?.url)?.startsWith("node_modules/") ?? false;
        if (deprecation && foreign) return;
        if (foreign && this.#quiet) return;
        const code = deprecation ? "sass-deprecated" : "sass-warning";
        this.#tell({ code, severity: deprecation ? "info" : "warning", message: sentence(message), ...this.#place(span) });
      },
      debug: (message, { span }) => this.#tell({ code: "sass-debug", severity: "info", message: sentence(message), ...this.#place(span) }),
    };
  }

  /** Takes what ended the compilation; `span` is what was evaluated last. */
  fail(error, spent, span) {
    if (spent) {
      const message = "The sheet takes too much to be compiled: a loop without an end, or one with very many turns.";
      this.told.push({ code: "sass-too-much", severity: "error", message, ...this.#place(span), hint: "Check what ends the loops and recursive functions." });
    } else if (error instanceof RangeError || /^Stack Overflow/.test(error.sassMessage ?? error.message)) {
      const message = /string length|array length/i.test(error.message) ? "The sheet makes a value that is too large." : "The sheet nests too deep, or a function or mixin calls itself without an end.";
      this.told.push({ code: "sass-too-much", severity: "error", message, ...this.#place(error.span ?? span), hint: "Check what ends the loops and recursive functions." });
    } else {
      this.told.push({ code: "sass", severity: "error", message: sentence(error.sassMessage ?? error.message ?? String(error)), ...this.#place(error.span) });
    }
  }

  #tell(problem) {
    if (this.told.length < TOLD) this.told.push(problem);
  }

  /** Where a span is, in its file as its author has it. */
  #place(span) {
    const path = span?.url ? pathOf(span.url) : this.#path;
    if (!span?.start) return { path: path ?? this.#path };
    const [start, end] = [span.start, span.end].map((at) => this.#own(path, at));
    return start ? { path, line: start.line + 1, column: start.column + 1, endLine: end.line + 1, endColumn: end.column + 1 } : { path };
  }

  #own(path, { line, column }) {
    if (path !== this.#path || !this.#shift) return { line, column };
    const lines = this.#shift.split("\n");
    const [last, behind] = [lines.length - 1, lines.at(-1).length];
    if (line < last || (line === last && column < behind)) return undefined;
    return { line: line - last, column: line === last ? column - behind : column };
  }
}

/** The place that a trace starts with, as a span. */
function traced(stack) {
  const [, address, line, column] = /^(file:\S+|\S+) (\d+):(\d+)/.exec(stack ?? "") ?? [];
  if (!address) return undefined;
  const at = { line: line - 1, column: column - 1 };
  return { url: new URL(address, "file:///"), start: at, end: at };
}

function sentence(message) {
  const text = message.trim().slice(0, LONGEST);
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}
