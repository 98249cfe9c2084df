// Configurations read as data: `tailwind.config.*`, `postcss.config.*`, presets and plugins of the app's own. They are
// never executed: a bounded evaluator goes over their syntax tree. What it can't know is told and left out.
import { ConfigProblem, Meter, Unknown } from "./bounds.mjs";
import { globals, parseJson } from "./globals.mjs";
import { program, specifiers } from "./parse.mjs";
import { place } from "./place.mjs";
import { Scope } from "./scope.mjs";
import { run } from "./statements.mjs";
import { copyProperties, get, made } from "./values.mjs";
import { resolve as resolvePath, dirname } from "../shims/path.mjs";
import * as nodePath from "../shims/path.mjs";

/** What is tried behind a specifier, as Tailwind's own loader does. */
const ENDINGS = ["", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx", ".json"];
const TYPED = /\.[cm]?tsx?$/;
/** How many files one configuration may consist of. */
const FILES = 50;

/** How deep its value may nest. */
const DEPTH = 100;

/** Modules of Node's that compute with paths. */
const NODE = {
  path: { ...nodePath.default, default: nodePath.default },
  url: { fileURLToPath: (url) => String(url).replace(/^file:\/\//, ""), default: {} },
};

export class Reader {
  #files;
  #builtins;
  #erase;
  #trees = new Map();
  #known = new Map();
  #records = new Map();
  #shared = { meter: new Meter(), owned: new WeakSet(), functions: new WeakSet(), toldOf: new Set() };
  /** Path → text of every file that was looked at. */
  used = new Set();
  diagnostics = [];

  /**
   * `files` are the app's, path (`/tailwind.config.ts`) → text; `builtins(specifier)` resolves to the exports of a module
   * that is built in, or `undefined`; `erase(path, text)` resolves to the text without its types, offsets kept.
   */
  constructor({ files, builtins, erase }) {
    this.#files = files;
    this.#builtins = builtins;
    this.#erase = erase;
  }

  /** The file that a specifier means, seen from a folder; `undefined` where there is none. */
  resolve(specifier, folder) {
    if (!/^\.{0,2}\//.test(specifier) && !/^\.{1,2}$/.test(specifier)) return undefined;
    const whole = resolvePath(folder, specifier);
    const places = [whole, whole.replace(/\.([cm]?)js$/, ".$1ts"), `${whole}/index`];
    return places.flatMap((place) => ENDINGS.map((ending) => place + ending)).find((path) => this.#files.has(path));
  }

  /**
   * The value that a file exports: `module.exports`, or `export default`. `undefined` when it can't be read; whatever
   * there is to tell is in `diagnostics`.
   */
  async read(path) {
    await this.#load(path);
    return this.guarded(() => {
      const value = this.#defaultOf(this.#evaluated(path));
      this.#finite(value, { path });
      if (!(value instanceof Unknown)) return value;
      this.#tell("config-not-understood", `\`${value.text}\` isn't known here, so the configuration counts as empty.`, value.node, { path });
      return undefined;
    });
  }

  /** Runs `work`, which may call functions of a configuration; what they get wrong is told. */
  guarded(work) {
    try {
      return work();
    } catch (error) {
      if (!this.caught(error)) throw error;
      return undefined;
    }
  }

  /** Tells of an error, if it is a configuration's. */
  caught(error) {
    const spent = error instanceof RangeError && /call stack/i.test(error.message);
    if (spent) error = Object.assign(new ConfigProblem("config-too-complex", "The configuration recurses too deep to be read as data."), { file: error.file });
    if (!(error instanceof ConfigProblem)) return false;
    this.#push("error", error.code, error.message, error.node, error.file ?? {}, error.hint);
    return true;
  }

  /** Gives the functions of the configuration what a first evaluation has: they are called for each build. */
  refuel() {
    this.#shared.meter.refill();
  }

  /** Parses a file and all that it reaches, and has the built-in modules loaded. */
  async #load(first) {
    const wanted = [first];
    for (const path of wanted) {
      if (this.#trees.has(path)) continue;
      this.used.add(path);
      const text = this.#files.get(path) ?? "";
      if (path.endsWith(".json")) {
        this.#trees.set(path, { text });
        continue;
      }
      const entry = { text };
      this.#trees.set(path, entry);
      try {
        const plain = TYPED.test(path) ? await this.#erase(path, text) : text;
        entry.tree = program(plain);
      } catch (error) {
        if (!(error instanceof ConfigProblem)) throw error;
        entry.problem = error;
        continue;
      }
      for (const specifier of specifiers(entry.tree)) {
        const file = this.resolve(specifier, dirname(path));
        if (file && wanted.length < FILES) wanted.push(file);
        else if (!file && !this.#known.has(specifier)) this.#known.set(specifier, await this.#builtin(specifier));
      }
    }
  }

  async #builtin(specifier) {
    const node = NODE[specifier.replace(/^node:/, "")];
    return node ?? (await this.#builtins(specifier));
  }

  /** A file's record `{exports, module?}`, evaluated when first asked for. */
  #evaluated(path) {
    const known = this.#records.get(path);
    if (known) return known;
    const { text, tree, problem } = this.#trees.get(path) ?? {};
    const context = {
      ...this.#shared,
      text,
      path,
      folder: dirname(path),
      exports: made(this.#shared, {}),
      tell: (code, message, node) => this.#tell(code, message, node, { path }),
    };
    const record = { exports: context.exports };
    this.#records.set(path, record);
    try {
      if (problem) throw problem;
      if (!tree) record.json = parseJson(context, text ?? "", { start: 0, end: 0 });
      else this.#run(context, tree, record);
    } catch (error) {
      error.file ??= { path };
      throw error;
    }
    return record;
  }

  #run(context, tree, record) {
    context.imported = (specifier, name, node) => this.#imported(context, specifier, name, node);
    const scope = new Scope();
    for (const [name, value] of Object.entries(globals(context))) scope.declare(name, value);
    record.module = made(context, { exports: made(context, {}) });
    scope.declare("module", record.module);
    scope.declare("exports", record.module.exports);
    scope.declare("__dirname", context.folder);
    scope.declare("__filename", context.path);
    scope.declare("require", (specifier) => this.#imported(context, String(specifier), "require", context.at));
    run(context, tree.body, new Scope(scope));
  }

  /** What a file gives to who asks for one value. */
  #defaultOf(record) {
    if ("json" in record) return record.json;
    if (Object.hasOwn(record.exports, "default")) return record.exports.default;
    if (Object.keys(record.exports).length) return record.exports;
    const value = record.module?.exports;
    return value?.__esModule && Object.hasOwn(value, "default") ? value.default : value;
  }

  /** Sees that walking a value comes to an end: lists and objects in it are no part of themselves, and not too many. */
  #finite(value, file, depth = 0) {
    if (typeof value !== "object" || value === null || !this.#shared.owned.has(value)) return;
    const node = { start: 0, end: 0 };
    try {
      if (depth > DEPTH) this.#shared.meter.items(Infinity, node);
      const inner = Object.values(value);
      this.#shared.meter.items(inner.length, node);
      for (const child of inner) this.#finite(child, file, depth + 1);
    } catch (error) {
      error.file ??= file;
      throw error;
    }
  }

  /** A name of a module: `require` and `default` for the whole, `*` for the namespace. */
  #imported(context, specifier, name, node) {
    const file = this.resolve(specifier, context.folder);
    if (file && this.#trees.has(file)) {
      const record = this.#evaluated(file);
      const whole = this.#defaultOf(record);
      if (name === "require" || name === "default") return whole;
      const named = Object.keys(record.exports).length ? record.exports : (whole ?? {});
      if (name === "*") return copyProperties(context, made(context, { default: whole }), named, node);
      return Object.hasOwn(named, name) ? named[name] : get(context, whole ?? {}, name, node);
    }
    if (/^\.{0,2}\//.test(specifier)) {
      throw new ConfigProblem("config-error", `Cannot find \`${specifier}\`.`, node, "Correct the path, or upload the file.");
    }
    const exports = this.#known.get(specifier);
    if (!exports) return new Unknown(["require", "default", "*"].includes(name) ? specifier : `${name} of ${specifier}`, node);
    const whole = "default" in exports ? exports.default : exports;
    if (name === "require" || name === "default") return whole;
    if (name === "*") return copyProperties(context, made(context, { default: whole }), exports, node);
    if (Object.hasOwn(exports, name)) return exports[name];
    return get(context, whole, name, node);
  }

  #tell(code, message, node, file) {
    this.#push("info", code, message, node, file);
  }

  #push(severity, code, message, node, { path }, hint) {
    if (this.diagnostics.length >= 20) return;
    const text = this.#files.get(path) ?? "";
    const diagnostic = { code, severity, message, path, hint };
    if (node && path) {
      const { line: endLine, column: endColumn } = place(text, Math.max(node.end, node.start));
      Object.assign(diagnostic, place(text, node.start), { endLine, endColumn });
    }
    this.diagnostics.push(diagnostic);
  }
}
