// TypeScript → JavaScript by the wasm half: its types become spaces, so that every place in the text stays where it is.
import { ConfigProblem } from "./bounds.mjs";

/** What a `Reader` erases with. */
export function eraser(wasm) {
  return async (path, text) => {
    const { text: erased, problem } = await wasm("/erase", { path: path.slice(1), text });
    if (problem) throw new ConfigProblem(problem.code, problem.message, place(text, problem), problem.hint);
    return erased;
  };
}

/** The offsets of what a diagnostic of the wasm half is about. */
function place(text, { line = 1, column = 1, endLine = line, endColumn = column }) {
  const lines = text.split(/\r\n|\r|\n/);
  const offset = (at, unit) => {
    let start = 0;
    for (const each of lines.slice(0, at - 1)) {
      start += each.length;
      start += text.startsWith("\r\n", start) ? 2 : 1;
    }
    return start + unit - 1;
  };
  return { start: offset(line, column), end: offset(endLine, endColumn) };
}
