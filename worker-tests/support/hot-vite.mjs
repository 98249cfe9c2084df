// Hot updates as Vite's dev server makes them: an app in a folder, edits as writes to its files.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import react from "@vitejs/plugin-react";
import { createServer } from "vite";
import { root } from "../../scripts/run.mjs";

const installed = join(root, "node_modules");
/** Where the packages of a React are; they find each other, so they lie side by side, as copies. */
const REACTS = {
  18: { react: "react-v18", "react-dom": "react-dom-v18" },
  19: { react: "react", "react-dom": "react-dom", scheduler: "scheduler" },
};

/** Vite's watcher takes no second change of a file within this time, in milliseconds. */
const THROTTLED = 60;

export class ViteTarget {
  name = "Vite";
  /** How long what is expected may take to come, in milliseconds. */
  patience = 8_000;
  #work = mkdtempSync(join(tmpdir(), "overskill-hot-"));
  #kinds = new Map();

  /** A folder that apps of one kind are laid out in, one after the other, so that they share what Vite has bundled. */
  #kind(major) {
    const kind = join(this.#work, major ? `react-${major}` : "plain");
    if (!this.#kinds.has(kind)) {
      mkdirSync(join(kind, "node_modules"), { recursive: true });
      for (const [name, from] of Object.entries(REACTS[major] ?? {})) cpSync(join(installed, from), join(kind, "node_modules", name), { recursive: true });
      for (const name of ["sass", "tailwindcss"]) symlinkSync(join(installed, name), join(kind, "node_modules", name));
      this.#kinds.set(kind, 0);
    }
    return kind;
  }

  /** Serves an app; `config` is what a behaviour wants of Vite besides, its `plugins` a function that gives them. */
  async open(files, { react: major, config: { plugins = () => [], ...config } = {} }) {
    const kind = this.#kind(major);
    const folder = join(kind, "app");
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of Object.entries(files)) write(folder, path, content);
    const include = major ? ["react", "react-dom", "react-dom/client", "react/jsx-runtime", "react/jsx-dev-runtime"] : [];
    const server = await createServer({
      root: folder, configFile: false, logLevel: "silent", cacheDir: join(kind, ".vite"), plugins: [...(major ? [react()] : []), ...plugins()],
      optimizeDeps: { include, noDiscovery: true, entries: [] }, server: { port: 0, host: "localhost" }, ...config,
    });
    const watching = new Promise((done) => server.watcher.once("ready", done));
    await server.listen();
    await watching;
    const written = new Map();
    return {
      url: server.resolvedUrls.local[0],
      write: async (changes) => {
        const last = Math.max(0, ...Object.keys(changes).map((path) => written.get(path) ?? 0));
        await passed(Math.max(0, last + THROTTLED - performance.now()));
        for (const [path, content] of Object.entries(changes)) {
          write(folder, path, content);
          written.set(path, performance.now());
        }
      },
      broadcast: (event, data) => server.ws.send(event, data),
      close: () => server.close(),
    };
  }

  /** Whether a page hears of edits: what is written before that, Vite's client never learns. */
  ready(page, loads) {
    return page.said.filter(({ type, text }) => type === "debug" && text === "[vite] connected.").length >= loads;
  }

  /** The text of the overlay of the page, or null. */
  overlay(page) {
    return page.evaluate(() => {
      const shown = document.querySelector("vite-error-overlay")?.shadowRoot;
      return shown ? [...shown.querySelectorAll(".message, .file, .frame")].map(({ textContent }) => textContent).join("\n") : null;
    });
  }

  close() {
    rmSync(this.#work, { recursive: true, force: true });
  }
}

function write(folder, path, content) {
  const place = join(folder, path);
  if (content === null) return rmSync(place);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, typeof content === "string" ? content : Buffer.from(content.base64, "base64"));
}
