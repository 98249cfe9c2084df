// Offsets → lines and columns.

/** The 1-based line and column of an offset, columns in UTF-16 units. */
export function place(text, offset) {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - start + 1 };
}
