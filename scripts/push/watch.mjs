// Watching a folder: whatever happens in it within a moment is one call.
import { watch } from "node:fs";

/** How long nothing may happen before what happened is told, in milliseconds: an editor's save-all is one batch. */
const QUIET = 60;
/** How long it is put off at most, in milliseconds, where something never stops writing. */
const LONGEST = 1_000;

/** Calls `changed` after something happened in one of the folders that it was told to `follow`. */
export class Watcher {
  #changed;
  #watches = new Map();
  #timer;
  #since;

  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * Watches exactly these folders, mark → path, and says whether there was a new one: what happened in it before now
   * was not seen, so it has to be read again.
   */
  follow(folders) {
    for (const [mark, handle] of this.#watches) {
      if (!folders.has(mark)) this.#drop(mark, handle);
    }
    let added = false;
    for (const [mark, folder] of folders) if (!this.#watches.has(mark)) added = this.#add(mark, folder) || added;
    return added;
  }

  #add(mark, folder) {
    try {
      const handle = watch(folder, () => this.#touch());
      handle.on("error", () => {
        this.#drop(mark, handle);
        this.#touch();
      });
      this.#watches.set(mark, handle);
      return true;
    } catch (error) {
      // Gone again: its parent's watch has told so.
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
      throw error;
    }
  }

  #drop(mark, handle) {
    handle.close();
    this.#watches.delete(mark);
  }

  #touch() {
    const now = performance.now();
    this.#since ??= now;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(QUIET, this.#since + LONGEST - now));
    this.#timer = setTimeout(() => {
      this.#since = undefined;
      this.#changed();
    }, wait);
  }

  close() {
    clearTimeout(this.#timer);
    this.follow(new Map());
  }
}
