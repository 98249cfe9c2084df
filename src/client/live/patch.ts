// Bringing patches into the page, where running them stages them.
import type { Envelope } from "./envelope.ts";
import { sleep, type World } from "./world.ts";

/** How scripts get into the page. */
export interface Scripts {
  /** Runs text as a script; `false` where the page's policy or the text itself doesn't let it. */
  inline(code: string, url: string): boolean;
  import(url: string): Promise<unknown>;
}

const PAUSES = [300, 1_000, 3_000];
/** A patch takes no longer to come, or the attempt counts as failed. */
const WITHIN = 10_000;

export class Patches {
  #world: World;
  #scripts: Scripts;
  #mayInline = true;
  #imports = 0;

  constructor(world: World, scripts: Scripts) {
    this.#world = world;
    this.#scripts = scripts;
  }

  /** Resolves once the patch is staged. */
  async load({ url, code }: Envelope): Promise<void> {
    if (!url) throw new Error("an update without a patch");
    const address = new URL(url, this.#world.origin).href;
    if (code && this.#mayInline) {
      this.#mayInline = this.#scripts.inline(code, address);
      if (this.#mayInline) return;
    }
    for (const pause of PAUSES) {
      try {
        return await this.#fetch(address);
      } catch {
        await sleep(this.#world.clock, pause * (0.75 + this.#world.random() / 2));
      }
    }
    return this.#fetch(address);
  }

  /** Fetched before it is run: an import that never ends can't be called off, and one that ends late stages what is old. */
  async #fetch(address: string): Promise<void> {
    const code = await this.#text(address);
    if (this.#mayInline) {
      this.#mayInline = this.#scripts.inline(code, address);
      if (this.#mayInline) return;
    }
    // The browser has it now. A page runs an address once; a fragment makes it another.
    await this.#scripts.import(`${address}#${++this.#imports}`);
  }

  async #text(address: string): Promise<string> {
    const patience = new AbortController();
    const cancel = this.#world.clock.after(WITHIN, () => patience.abort());
    try {
      const answer = await this.#world.fetch(address, { signal: patience.signal });
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return await answer.text();
    } finally {
      cancel();
    }
  }
}

interface Staging {
  stage(...patch: unknown[]): void;
}

/** The browser's own. */
export function scripts(document: Document, runtime: Staging): Scripts {
  return {
    import: (url) => import(url),
    inline(code, url) {
      const { stage } = runtime;
      let staged = false;
      runtime.stage = (...patch) => {
        staged = true;
        stage(...patch);
      };
      const script = document.createElement("script");
      try {
        script.textContent = `${code}\n//# sourceURL=${url}`;
        document.head.append(script);
      } catch {
        // The page takes only trusted scripts.
      }
      runtime.stage = stage;
      script.remove();
      return staged;
    },
  };
}
