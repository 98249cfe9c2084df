// Tailwind: a style sheet and the app's files that it depends on → what upstream's own compiler makes of it.
import { Reader } from "./config/reader.mjs";
import { problem } from "./tailwind/problems.mjs";
import { Tree } from "./tailwind/tree.mjs";
import { eraser } from "./config/erase.mjs";

/** How many sheets are kept compiled. */
const KEPT = 4;
const versions = { 3: () => import("./v3.js"), 4: () => import("./tailwind/v4.mjs") };

/** Question without candidates → the prepared sheet, the one used last at the end. */
const kept = new Map();

/**
 * A question is `{version, path, files, names, config, nested, candidates}`: which Tailwind (3 or 4); the sheet; every
 * file that it may need, path → text; what aliases and packages give, specifier → path among the files; Tailwind 3's
 * configuration; whether nesting is flattened first. Without `candidates` the answer is the plan alone. `judge` are those
 * of the candidates of which it isn't known whether they matter, all by default; with `onlyIfUsed`, CSS is wanted only where one does.
 *
 * The answer is `{plan, css, used, diagnostics, prepared}`: what candidates are wanted from, `null` for a sheet that is left
 * as it is; the CSS; those of `judge` that matter: without all others the CSS is the same; and whether the sheet was
 * prepared before.
 */
export async function answer(question, wasm) {
  const { candidates, judge = candidates, onlyIfUsed = false, ...inputs } = question;
  const key = JSON.stringify(inputs);
  const prepared = kept.has(key);
  return { ...(await answered(key, inputs, { candidates, judge, onlyIfUsed }, wasm)), prepared };
}

async function answered(key, inputs, wanted, wasm) {
  const entry = kept.get(key) ?? { state: prepare(inputs, wasm), last: null };
  kept.delete(key);
  kept.set(key, entry);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  const state = await entry.state;
  if (!state.sheet || !wanted.candidates || !state.plan) return reply(state);
  // One after the other: a sheet's state is that of one build.
  entry.last = Promise.resolve(entry.last).then(() => built(state, wanted));
  return entry.last;
}

const reply = (state, { css = null, used = [] } = {}, diagnostics = []) => ({
  plan: state.plan,
  css,
  used,
  diagnostics: [...state.diagnostics, ...diagnostics],
});

async function prepare({ version, path, files, names = {}, config, nested = false }, wasm) {
  const { Sheet, sheets, builtins } = await versions[version]();
  const all = new Map(Object.entries(files).map(([name, text]) => [`/${name}`, text]));
  const reader = new Reader({ files: all, builtins, erase: eraser(wasm) });
  const tree = new Tree({ files: all, names, builtins: sheets });
  const state = { sheet: null, plan: null, diagnostics: [], reader, files: all, path: `/${path}`, config: config && `/${config}` };
  const told = [];
  const tell = (kind, specifier) => {
    const message = `Tailwind's ${kind} \`${specifier}\` isn't built in here, so it is left out.`;
    told.push(problem(state, { message, code: "tailwind-plugin-ignored", severity: "warning", about: specifier }));
  };
  try {
    const sheet = await Sheet.prepare({ path: `/${path}`, text: files[path], tree, reader, tell, config: config ? `/${config}` : undefined, nested });
    state.plan = sheet.plan();
    state.sheet = sheet;
  } catch (error) {
    if (!reader.caught(error)) told.push(problem(state, error));
  }
  state.diagnostics = [...reader.diagnostics, ...told].map(located);
  return state;
}

async function built(state, wanted) {
  const { sheet, reader } = state;
  reader.diagnostics = [];
  reader.refuel();
  try {
    return reply(state, await sheet.build(wanted), reader.diagnostics.map(located));
  } catch (error) {
    const told = reader.caught(error) ? [] : [problem(state, error)];
    return reply(state, {}, [...reader.diagnostics, ...told].map(located));
  }
}

/** Paths as the edge has them. */
const located = (diagnostic) => ({ ...diagnostic, path: diagnostic.path?.replace(/^\//, "") });
