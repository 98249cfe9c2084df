// Source maps as a browser's tools read them.
import { FlattenMap, originalPositionFor, sourceContentFor } from "@jridgewell/trace-mapping";

/** The author's place of a 0-based line and column of a script: `{source, line, column, content}`, the line 1-based. */
export function original(map, line, column) {
  const flat = new FlattenMap(map);
  const { source, line: found, column: at } = originalPositionFor(flat, { line: line + 1, column });
  return { source, line: found, column: at, content: source && sourceContentFor(flat, source) };
}
