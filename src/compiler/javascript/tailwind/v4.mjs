// Tailwind 4: upstream's `compile` over an app's files.
import { Features, compile } from "tailwindcss";
import { dirname } from "../shims/path.mjs";
import { SHEETS, builtin } from "./builtins-v4.mjs";
import { isPackage, rebased, unresolved } from "./tree.mjs";

/** What makes upstream's Vite plugin touch a sheet at all. */
const TOUCHED = Features.AtApply | Features.JsPluginCompat | Features.ThemeFunction | Features.Utilities | Features.Variants;

export const sheets = SHEETS;
export const builtins = builtin;

/** A sheet, compiled as far as it can be without candidates. */
export class Sheet {
  #question;
  #compiled;
  /** The last CSS, the classes in it, and the candidates that mattered to it. */
  #css = null;
  #classes = new Set();
  #used = new Set();

  static async prepare(question) {
    const sheet = new Sheet();
    sheet.#question = question;
    sheet.#compiled = await sheet.#compile();
    return sheet;
  }

  #compile() {
    const { path, text, tree, reader, tell } = this.#question;
    return compile(text, {
      base: dirname(path),
      async loadStylesheet(specifier, folder) {
        const found = tree.find(specifier, folder);
        // Packages are the linker's business: the import stays, and goes to the sheet's start.
        if (!found && isPackage(specifier)) return { path: specifier, base: folder, content: `@import url("${MARK}${specifier}");` };
        if (!found) throw unresolved(specifier);
        return { path: found.path, base: dirname(found.path), content: rebased(found.text, found.path, path) };
      },
      async loadModule(specifier, folder, kind) {
        const file = reader.resolve(specifier, folder);
        if (file) return { path: file, base: dirname(file), module: (await reader.read(file)) ?? (kind === "config" ? {} : () => {}) };
        const module = await builtin(specifier);
        if (module) return { path: specifier, base: "/", module: module.default ?? module };
        tell(kind, specifier);
        return { path: specifier, base: folder, module: kind === "config" ? {} : () => {} };
      },
    });
  }

  /** What candidates are wanted from; `null` for a sheet that nothing is to be done to. */
  plan() {
    const { root, sources, features } = this.#compiled;
    if (!(features & TOUCHED)) return null;
    const all = (root === "none" ? [] : [root ?? { base: "/", pattern: "**/*" }]).map((source) => ({ ...source, negated: false }));
    return {
      scan: (features & Features.Utilities) !== 0,
      sources: [...all, ...sources].map(({ base, pattern, negated }) => ({ base: base.replace(/^\//, ""), pattern, negated })),
    };
  }

  /**
   * The CSS for a set of candidates: the same for the same set, whatever was built before. `used` are those of `judge`
   * that matter; with `onlyIfUsed` there is no CSS where none does.
   */
  async build({ candidates, judge, onlyIfUsed }) {
    const wanted = new Set(candidates);
    for (const candidate of this.#used) {
      if (!wanted.has(candidate)) {
        // Upstream only ever adds.
        this.#compiled = await this.#compile();
        this.#used = new Set();
        this.#css = null;
        break;
      }
    }
    const css = this.#compiled.build([...wanted].sort());
    const variable = (each) => each.startsWith("--");
    if (onlyIfUsed && css === this.#css && !judge.some(variable)) return { used: [] };
    const classes = css === this.#css ? this.#classes : classesOf(css);
    const matters = (each) => variable(each) || classes.has(each);
    this.#css = css;
    this.#classes = classes;
    this.#used = new Set(candidates.filter(matters));
    return { css: hoisted(css), used: judge.filter(matters) };
  }
}

/** Every class that a sheet names, and whatever else looks like one. */
function classesOf(css) {
  const found = new Set();
  for (const [, name] of css.matchAll(/\.((?:[\w-]|[^\x00-\x7f]|\\[0-9a-fA-F]{1,6}\s?|\\[^0-9a-fA-F])+)/g)) {
    found.add(name.replace(/\\(?:([0-9a-fA-F]{1,6})\s?|(.))/gs, (_, hex, character) => character ?? String.fromCodePoint(parseInt(hex, 16))));
  }
  return found;
}

/** Ahead of the specifier of a package's sheet that is left to the linker. */
const MARK = "overskill:";
const KEPT = new RegExp(`@import url\\("${MARK}([^"]*)"\\)([^;]*);`, "g");
const ALONE = new RegExp(`@(layer|media|supports)([^{};]*)\\{\\s*@import url\\("${MARK}([^"]*)"\\)([^;]*);\\s*\\}`, "g");

/** The CSS with the imports that were left in it at its start, each with the conditions that stood around it. */
function hoisted(css) {
  if (!css.includes(`url("${MARK}`)) return css;
  let [before, after] = [css, null];
  while (before !== after) {
    after = before;
    before = after.replace(ALONE, (_, rule, condition, specifier, inner) => {
      const text = condition.trim();
      const written = rule === "layer" ? (text ? ` layer(${text})` : " layer") : rule === "supports" ? ` supports(${text})` : ` ${text}`;
      return `@import url("${MARK}${specifier}")${rule === "media" ? inner + written : written + inner};`;
    });
  }
  const imports = [...after.matchAll(KEPT)].map(([, specifier, condition]) => `@import "${specifier}"${condition};\n`);
  return imports.join("") + after.replace(KEPT, "");
}
