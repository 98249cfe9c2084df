// TypeScript → JavaScript by the wasm half: its types become spaces, so that every place in the text stays where it is.
import { ConfigProblem } from "./bounds.mjs";

/** What a `Reader` erases with. */
export function eraser(wasm) {
  return async (path, text) => {
    const { text: erased, problem } = await wasm("/erase", { path: path.slice(1), text });
    if (problem) throw new ConfigProblem("config-syntax", problem.message, problem);
    return erased;
  };
}
