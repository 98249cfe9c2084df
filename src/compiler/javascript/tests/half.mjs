// The JavaScript half as it is built, run by Node; what the wasm half does for it, Node's own type stripping does here.
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { modules } from "../build.mjs";

const folder = mkdtempSync(join(tmpdir(), "overskill-half-"));
for (const { path, contents } of await modules()) writeFileSync(join(folder, basename(path)), contents);
writeFileSync(join(folder, "package.json"), '{"type":"module"}');

/** The names of the modules, for tests about their sizes. */
export const names = readdirSync(folder);

const load = (start) => import(join(folder, names.find((name) => name.startsWith(start) && name.endsWith(".js"))));
const { answer } = await load("tailwind-");

/** A question to `/sass`. */
export const sass = async (question) => (await load("sass-")).answer(question);

/** A question to `/tailwind`. */
export const ask = (question) => answer(question, erased);

/** As `/erase` answers. */
export async function erased(_, { text }) {
  try {
    return { text: stripTypeScriptTypes(text) };
  } catch (error) {
    return { problem: { message: error.message, start: 0, end: 0 } };
  }
}
