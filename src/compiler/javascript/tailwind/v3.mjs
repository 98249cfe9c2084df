// Tailwind 3: upstream's transforms over an app's files.
import { dirname } from "../shims/path.mjs";
import postcss from "postcss";
import postcssImport from "postcss-import";
import { defaultExtractor } from "tailwindcss/lib/lib/defaultExtractor.js";
import { generateRules } from "tailwindcss/lib/lib/generateRules.js";
import normalizeDirectives from "tailwindcss/lib/lib/normalizeTailwindDirectives.js";
import partitionApply from "tailwindcss/lib/lib/partitionApplyAtRules.js";
import { createContext } from "tailwindcss/lib/lib/setupContextUtils.js";
import { NOT_ON_DEMAND } from "tailwindcss/lib/lib/sharedState.js";
import nesting from "tailwindcss/lib/postcss-plugins/nesting/index.js";
import process from "tailwindcss/lib/processTailwindFeatures.js";
import resolveConfig from "tailwindcss/lib/public/resolve-config.js";
import { validateConfig } from "tailwindcss/lib/util/validateConfig.js";
import { SHEETS, builtin } from "./builtins-v3.mjs";
import { isPackage, rebased, unresolved } from "./tree.mjs";

export const sheets = SHEETS;
export const builtins = builtin;

/** How many candidates a context may have seen before a fresh one takes its place. */
const SEEN = 20_000;

/** CommonJS that says it was a module of another kind. */
const real = (module) => module.default ?? module;

/** Order of text as upstream sorts candidates. */
const ordered = (a, b) => (a === b ? 0 : a < b ? -1 : 1);

/** A sheet with its imports in it. */
async function inlined({ path, text, tree, nested }) {
  const imports = {
    // Packages are the linker's business: the import stays.
    filter: (specifier) => tree.find(specifier, dirname(path)) !== undefined || !isPackage(specifier),
    resolve(specifier, folder) {
      const found = tree.find(specifier, folder);
      if (!found) throw unresolved(specifier);
      loaded.set(found.path, found.text);
      return found.path;
    },
    load: (file) => rebased(loaded.get(file), file, path),
  };
  const loaded = new Map();
  const plugins = [text.includes("@import") && postcssImport(imports), nested && real(nesting)()].filter(Boolean);
  const { root } = await postcss(plugins.length ? plugins : [() => {}]).process(text, { from: path });
  return root;
}

/** The configuration that the sheet itself names, the rule taken out of it. */
function configured(root, { path, reader }) {
  let found;
  root.walkAtRules("config", (rule) => {
    if (found) throw rule.error("Only one `@config` directive is allowed per file.");
    const specifier = rule.params.slice(1, -1);
    found = reader.resolve(/^[./]/.test(specifier) ? specifier : `./${specifier}`, dirname(rule.source?.input.file ?? path));
    if (!found) throw rule.error(`The config file at ${rule.params} does not exist. Make sure the path is correct and the file exists.`);
    rule.remove();
  });
  return found;
}

export class Sheet {
  #question;
  #root;
  #prepared;
  #context;
  #config;
  #safelisted;

  static async prepare(question) {
    const sheet = new Sheet();
    sheet.#question = question;
    sheet.#root = await inlined(question);
    const named = configured(sheet.#root, question);
    sheet.#question.config = named ?? question.config;
    const config = (sheet.#question.config && (await question.reader.read(sheet.#question.config))) ?? {};
    sheet.#config = validateConfig(real(resolveConfig)(config));
    if (sheet.#config.separator === "-") {
      throw new Error("The '-' character cannot be used as a custom separator due to parsing ambiguity. Use another character like '_'.");
    }
    const { extract, transform } = sheet.#config.content;
    if (Object.keys({ ...extract, ...transform }).length) question.tell("option", "content.extract");
    sheet.#begin();
    return sheet;
  }

  /** A context, which takes the sheet's own layers out of it. */
  #begin() {
    this.#prepared = this.#root.clone();
    const result = { messages: [], opts: { from: this.#question.path }, warn() {} };
    real(normalizeDirectives)(this.#prepared);
    real(partitionApply)()(this.#prepared, result);
    this.#context = createContext(this.#config, [], this.#prepared);
    this.#safelisted = new Set();
    for (const { content } of this.#context.changedContent) {
      const extract = defaultExtractor(this.#context);
      for (const line of content.split("\n")) for (const found of extract(line.trim())) if (found !== "!*") this.#safelisted.add(found);
    }
    this.#context.changedContent = [];
  }

  /** What candidates are wanted from. */
  plan() {
    let scan = false;
    this.#prepared.walkAtRules("tailwind", () => void (scan = true));
    const { content, prefix, separator } = this.#config;
    const { config = "/" } = this.#question;
    const files = content.files.filter((file) => typeof file === "string");
    const raw = content.files.filter((file) => typeof file?.raw === "string");
    return {
      scan,
      patterns: files,
      base: content.relative ? config.slice(1, Math.max(config.lastIndexOf("/"), 1)) : "",
      raw: raw.map(({ raw, extension = "html" }) => ({ text: raw, extension })),
      prefix: typeof prefix === "string" ? prefix : "",
      separator,
    };
  }

  /**
   * The CSS for a set of candidates: the same for the same set, whatever was built before. `used` are those of `judge`
   * that give rules; with `onlyIfUsed` there is no CSS where none does.
   */
  async build({ candidates, judge, onlyIfUsed }) {
    if (this.#context.classCache.size + this.#context.notClassCache.size > SEEN) this.#begin();
    const context = this.#context;
    this.#generate(judge);
    const used = judge.filter((each) => context.candidateRuleCache.get(each)?.size > 0);
    if (onlyIfUsed && used.length === 0) return { used };
    const all = [...new Set([...this.#safelisted, ...candidates]), NOT_ON_DEMAND].sort(ordered);
    this.#generate(all);
    // Exactly the rules of this set, in the order in which a fresh context would have made them.
    context.ruleCache = new Set(all.flatMap((each) => [...(context.candidateRuleCache.get(each) ?? [])]));
    context.stylesheetCache = null;
    context.candidates = all;
    const root = this.#prepared.clone();
    const result = { messages: [], opts: { from: this.#question.path }, root, warn() {} };
    await real(process)(() => () => context)(root, result);
    return { css: root.toString(), used };
  }

  /** Makes the rules of candidates that have none yet. */
  #generate(candidates) {
    const context = this.#context;
    const unknown = candidates.filter((each) => !context.candidateRuleCache.has(each) && !context.notClassCache.has(each));
    generateRules(new Set(unknown), context);
  }
}
