// The style sheets that one sheet may import: files of the app, files of packages, and the sheets that are built in.
import { dirname, resolve, relative } from "../shims/path.mjs";

/** What is tried behind the name of a sheet. */
const ENDINGS = ["", ".css", "/index.css"];

export class Tree {
  #files;
  #packages;
  #aliases;
  #builtins;
  /** Sheets of packages that were asked for and are not known. */
  missing = new Set();

  /**
   * `files`: path (`/src/a.css`) → text; `packages`: specifier → path among the files, or `null` where there is none;
   * `aliases`: `{prefix, target, exact}`; `builtins`: specifier → text.
   */
  constructor({ files, packages, aliases, builtins }) {
    this.#files = files;
    this.#packages = packages;
    this.#aliases = aliases;
    this.#builtins = builtins;
  }

  /** The sheet that a specifier means, seen from a folder, as `{path, text}`; `undefined` where there is none. */
  find(specifier, folder) {
    const rooted = specifier.startsWith("/");
    const place = rooted ? specifier : resolve(folder, specifier);
    // Like Vite for style sheets: a name without `./` may be a file beside the sheet.
    const found = this.#at(place) ?? this.#aliased(specifier);
    if (found || rooted || specifier.startsWith(".")) return found;
    if (Object.hasOwn(this.#builtins, specifier)) return { path: `/node_modules/${specifier}`, text: this.#builtins[specifier] };
    if (Object.hasOwn(this.#packages, specifier)) {
      const path = this.#packages[specifier];
      return path === null ? undefined : this.#at(`/${path}`);
    }
    this.missing.add(specifier);
    return { path: `/node_modules/${specifier}`, text: "" };
  }

  /** The text of a sheet that was found. */
  text(path) {
    return this.#files.get(path);
  }

  #at(place) {
    const path = ENDINGS.map((ending) => place + ending).find((path) => this.#files.has(path) && path.endsWith(".css"));
    return path && { path, text: this.#files.get(path) };
  }

  #aliased(specifier) {
    for (const { prefix, target, exact } of this.#aliases) {
      if (exact ? specifier === prefix : specifier.startsWith(prefix)) {
        const found = this.#at(resolve("/", exact ? target : target + specifier.slice(prefix.length)));
        if (found) return found;
      }
    }
    return undefined;
  }
}

/** `url(…)` with a relative address. */
const ADDRESS = /(url\(\s*)(["']?)(?![a-z][a-z\d+.-]*:|\/|#|__overskill)([^"')\s][^"')]*?)(\2\s*\))/gi;

/** A sheet's text as it has to be in a sheet of another folder: its relative addresses name the same files. */
export function rebased(text, from, to) {
  const folder = dirname(from);
  if (folder === dirname(to) || !text.includes("url(")) return text;
  const base = dirname(to);
  return text.replace(ADDRESS, (whole, start, quote, address, end) => {
    if (/^[@~]|^var\(/.test(address)) return whole;
    const moved = relative(base, resolve(folder, address));
    return `${start}${quote}${moved.startsWith(".") ? moved : `./${moved}`}${end}`;
  });
}
