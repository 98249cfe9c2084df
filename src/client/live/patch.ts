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
        return await this.#import(address);
      } catch {
        await sleep(this.#world.clock, pause * (0.75 + this.#world.random() / 2));
      }
    }
    return this.#import(address);
  }

  /** A page runs an address once, and remembers one that failed; a fragment makes it another, from the same cache. */
  async #import(address: string): Promise<void> {
    await this.#scripts.import(`${address}#${++this.#imports}`);
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
