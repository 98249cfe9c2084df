// A local folder as the files of an app: what is in it and not ignored, read once and again only where it changed.
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import ignore from "ignore";

/** Never uploaded, whatever `.gitignore` says. */
const SKIPPED = new Set([".git", "node_modules", "dist"]);
const IGNORES = ".gitignore";

/** A file that vanished between being listed and being read is a file that isn't there. */
function unlessGone(error) {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}

export class Folder {
  #root;
  /** Path → `{bytes, hash, mark}`, where `mark` changes whenever the file is written. */
  #known = new Map();

  constructor(root) {
    this.#root = root;
  }

  /**
   * Reads the folder: `files`, path → `{bytes, hash}`, and `folders`, those that were looked into, mark → path, where
   * another folder of the same name has another mark. Links are followed where they lead to files; a folder behind a
   * link is left out.
   */
  async read() {
    const files = new Map();
    const folders = new Map();
    await this.#visit("", [], files, folders);
    this.#known = files;
    return { files, folders };
  }

  async #visit(folder, rules, files, folders) {
    const place = join(this.#root, folder);
    const about = await stat(place, { bigint: true }).catch(unlessGone);
    const entries = await readdir(place, { withFileTypes: true }).catch(unlessGone);
    if (!about || !entries) return;
    folders.set(`${about.ino} ${about.birthtimeNs} ${place}`, place);
    if (entries.some(({ name }) => name === IGNORES)) {
      const text = await readFile(join(place, IGNORES), "utf8").catch(unlessGone);
      if (text !== undefined) rules = [...rules, { base: folder, matcher: ignore().add(text) }];
    }
    for (const entry of entries) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      const directory = entry.isDirectory();
      if (SKIPPED.has(entry.name) || ignored(rules, directory ? `${path}/` : path)) continue;
      if (directory) await this.#visit(path, rules, files, folders);
      else await this.#file(path, files);
    }
  }

  async #file(path, files) {
    const place = join(this.#root, path);
    const about = await stat(place, { bigint: true }).catch(unlessGone);
    if (!about?.isFile()) return;
    const mark = `${about.ino} ${about.size} ${about.mtimeNs} ${about.ctimeNs}`;
    const known = this.#known.get(path);
    if (known?.mark === mark) {
      files.set(path, known);
      return;
    }
    const bytes = await readFile(place).catch(unlessGone);
    if (bytes) files.set(path, { bytes, hash: createHash("sha256").update(bytes).digest("hex"), mark });
  }
}

/** As git decides: the innermost `.gitignore` that says something about a path wins. */
function ignored(rules, path) {
  let result = false;
  for (const { base, matcher } of rules) {
    const said = matcher.test(base ? path.slice(base.length + 1) : path);
    if (said.ignored) result = true;
    else if (said.unignored) result = false;
  }
  return result;
}

/** A file's content as the API takes it: text where it is UTF-8, else base64. */
export function content(bytes) {
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : { base64: bytes.toString("base64") };
}

/** What turns the files `before` into `after`: the body of a PATCH, or nothing. */
export function difference(before, after) {
  const upsert = {};
  const removed = [];
  for (const [path, { bytes, hash }] of after) if (before.get(path)?.hash !== hash) upsert[path] = content(bytes);
  for (const path of before.keys()) if (!after.has(path)) removed.push(path);
  if (!removed.length && !Object.keys(upsert).length) return undefined;
  return { upsert, delete: removed };
}
