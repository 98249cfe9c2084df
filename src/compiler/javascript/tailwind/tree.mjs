// The style sheets that one sheet may import: files of the app, files of packages, and the sheets that are built in.
import { dirname, resolve, relative } from "../shims/path.mjs";

/** What is tried behind the name of a sheet. */
const ENDINGS = ["", ".css", "/index.css"];

export class Tree {
  #files;
  #names;
  #builtins;

  /**
   * `files`: path (`/src/a.css`) → text; `names`: what aliases and packages give, specifier → path among the files;
   * `builtins`: specifier → text.
   */
  constructor({ files, names, builtins }) {
    this.#files = files;
    this.#names = names;
    this.#builtins = builtins;
  }

  /** The sheet that a specifier means, seen from a folder, as `{path, text}`; `undefined` where there is none. */
  find(specifier, folder) {
    // Like Vite for style sheets: a name without `./` may be a file beside the sheet.
    const found = this.#at(specifier.startsWith("/") ? specifier : resolve(folder, specifier));
    if (found || /^[./]/.test(specifier)) return found;
    if (Object.hasOwn(this.#names, specifier)) return this.#at(`/${this.#names[specifier]}`);
    if (Object.hasOwn(this.#builtins, specifier)) return { path: `/node_modules/${specifier}`, text: this.#builtins[specifier] };
    return undefined;
  }

  #at(place) {
    const path = ENDINGS.map((ending) => place + ending).find((path) => this.#files.has(path) && path.endsWith(".css"));
    return path && { path, text: this.#files.get(path) };
  }
}

/** The folder that packages' sheets stand in. */
const PACKAGES = "/node_modules/";

/** `url(…)` with a relative address. */
const ADDRESS = /(url\(\s*)(["']?)(?![a-z][a-z\d+.-]*:|\/|#|__overskill)([^"')\s][^"')]*?)(\2\s*\))/gi;

/** A sheet's text as it has to be in a sheet of another folder: its relative addresses name the same files. */
export function rebased(text, from, to) {
  const folder = dirname(from);
  if (folder === dirname(to) || !text.includes("url(")) return text;
  const base = dirname(to);
  return text.replace(ADDRESS, (whole, start, quote, address, end) => {
    if (/^[@~]|^var\(/.test(address)) return whole;
    const place = resolve(folder, address);
    // A file of a package, which is not among the app's.
    if (place.startsWith(PACKAGES)) return `${start}${quote}~${place.slice(PACKAGES.length)}${end}`;
    const moved = relative(base, place);
    return `${start}${quote}${moved.startsWith(".") ? moved : `./${moved}`}${end}`;
  });
}

/** Whether a specifier is that of a package's sheet, and not of a file of the app. */
export const isPackage = (specifier) => /^@?[a-z\d]/i.test(specifier) && !/^[a-z][a-z\d+.-]*:/i.test(specifier);

/** What is told of an import that leads nowhere. */
export function unresolved(specifier) {
  const error = new Error(`There is no style sheet \`${specifier}\`.`);
  return Object.assign(error, { code: "unresolved-import", about: specifier, hint: "Correct the path, or upload the file." });
}
