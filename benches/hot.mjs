// From an edit to the new text in the page: ours against Vite's dev server, plain and bundling, on the same apps.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import { root } from "../scripts/run.mjs";
import { Vite } from "../worker-tests/support/vite.mjs";
import { app } from "./apps.mjs";
import { median } from "./measures.mjs";

/** Edits that don't count, before those that do. */
const WARM = 6;
/** Between an edit that is shown and the next one, in milliseconds: Vite's watcher overlooks what comes sooner. */
const PAUSE = 120;
/** How long an edit may take to be shown, in milliseconds. */
const PATIENCE = 20_000;
const PARTS = ["compile", "publish", "deliver", "apply"];

export const p95 = (times) => [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1];

/** What is edited in an app of `count` components: one that shows none, one half-way up, and the one that shows all. */
const places = (count) => {
  const depth = Math.floor(Math.log2(count));
  return { leaf: count - 1, middle: 2 ** Math.floor(depth / 2) - 1, root: 0 };
};
const path = (index) => `src/components/Component${index}.tsx`;
const SHOWN = "<p>{formatted(total(visible))}</p>";

/** An app that shows all its components, and how to write each edited one. */
function edited(count) {
  const files = app(count, `hot ${count}`, { depth: Infinity });
  const texts = Object.fromEntries(
    Object.entries(places(count)).map(([place, index]) => {
      const text = (n) => files[path(index)].replace(SHOWN, `<p id="edited-${place}">edit ${n} of {formatted(total(visible))}</p>`);
      return [place, { path: path(index), text }];
    }),
  );
  const first = Object.fromEntries(Object.values(texts).map(({ path, text }) => [path, text(0)]));
  return { files: { ...files, ...first }, texts };
}

/** In the page: notes when news of an update arrive, and tells when a text is there. */
const watch = () => {
  const News = /"kind":\s*"component-update|\\"kind\\":\s*\\"component-update|"type":\s*"update"|bundled-dev-update/;
  let arrived = 0;
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        if (News.test(String(data))) arrived = performance.now();
      });
    }
  };
  globalThis.expected = (place, text) => {
    const observer = new MutationObserver(() => {
      if (!document.getElementById(`edited-${place}`)?.textContent.startsWith(text)) return;
      observer.disconnect();
      globalThis.shown(performance.now() - arrived);
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  };
};

/** An app on a side, in a page. */
class Session {
  #side;
  #opened;
  #page;
  #shown;

  static async start(side, browser, files) {
    const session = new Session();
    session.#side = side;
    session.#opened = await side.open(files);
    const page = (session.#page = await browser.page());
    await page.exposeFunction("shown", (apply) => session.#shown(performance.now(), apply));
    await page.addInitScript(watch);
    await page.goto(session.#opened.url);
    await page.locator("#edited-leaf").waitFor({ timeout: 60_000 });
    await session.#opened.listening?.(page);
    return session;
  }

  /** Makes an edit and waits until the page shows it; resolves to what it took. */
  async edit(place, path, text, marker) {
    await this.#page.evaluate(([place, marker]) => globalThis.expected(place, marker), [place, marker]);
    let late;
    const done = new Promise((resolve, reject) => {
      this.#shown = (at, apply) => resolve({ at, apply });
      late = setTimeout(() => reject(new Error(`${this.#side.name} did not show "${marker}" at the ${place}`)), PATIENCE);
    });
    const started = performance.now();
    const timings = await this.#opened.edit(path, text);
    const { at, apply } = await done;
    clearTimeout(late);
    return split(at - started, apply, timings);
  }

  async stop() {
    await this.#page.context().close();
    await this.#opened.close();
  }
}

/** The parts of an edit's time, in milliseconds: the server says what it spent, the page what it took from news to text. */
function split(total, apply, timings) {
  if (!timings) return { total, apply };
  const compile = timings.compile + timings.resolve + timings.link;
  const publish = timings.total - compile;
  return { total, compile, publish, deliver: total - timings.total - apply, apply };
}

/** An app behind the HTTP API. */
export const ours = (server) => ({
  name: "ours",
  async open(files) {
    const slug = `hot-${Object.keys(files).length}`;
    const call = async (method, path, json) => {
      const answer = await server.call(method, path, { json });
      if (answer.status >= 300 || (answer.json.status ?? "ready") !== "ready") throw new Error(answer.bytes.toString());
      return answer.json;
    };
    await call("POST", "/v1/apps", { slug });
    const { previewUrl } = await call("PUT", `/v1/apps/${slug}/files`, { files });
    return {
      url: previewUrl,
      edit: async (path, text) => (await call("PATCH", `/v1/apps/${slug}/files`, { upsert: { [path]: text } })).timings,
      close: () => {},
    };
  },
});

/** An app in a folder under Vite's dev server, which bundles or doesn't. */
export const vite = (bundled) => ({
  name: bundled ? "Vite, bundling" : "Vite",
  async open(files) {
    const folder = mkdtempSync(join(tmpdir(), "overskill-hot-bench-"));
    const config = `import react from "@vitejs/plugin-react";\nexport default { plugins: [react()]${bundled ? ", experimental: { bundledDev: true }" : ""} };\n`;
    for (const [path, text] of Object.entries({ ...files, "vite.config.js": config })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const server = await Vite.start(folder);
    return {
      url: server.url,
      edit: (path, text) => writeFileSync(join(folder, path), text),
      /** What is written before the page listens, Vite's client never learns. */
      listening: async (page) => {
        while (!page.said.some(({ text }) => text === "[vite] connected.")) await page.waitForEvent("console", { timeout: PATIENCE });
      },
      close: async () => {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});

/**
 * Times of all sides, by count, place and side's name. Each round edits the app on every side, one after the other, so that
 * what the machine does besides hits all.
 */
export async function hot(sides, browser, counts, rounds) {
  const results = [];
  for (const count of counts) {
    const { files, texts } = edited(count);
    const sessions = new Map();
    try {
      for (const side of sides) sessions.set(side.name, await Session.start(side, browser, files));
      for (const [place, { path, text }] of Object.entries(texts)) {
        const times = new Map(sides.map(({ name }) => [name, []]));
        for (let round = 1; round <= WARM + rounds; round++) {
          for (const [name, session] of sessions) {
            const time = await session.edit(place, path, text(round), `edit ${round} of`);
            if (round > WARM) times.get(name).push(time);
            await passed(PAUSE);
          }
        }
        results.push({ count, place, times });
      }
    } finally {
      for (const session of sessions.values()) await session.stop();
    }
  }
  return results;
}

const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const total = (times) => times?.map(({ total }) => total);

/** The rows of the bench's table: what it takes to the text in the page, at the median and at the 95th percentile. */
export function rows(results) {
  return results.flatMap(({ count, place, times }) => {
    const mine = times.get("ours");
    const others = [...times].filter(([name]) => name !== "ours");
    const what = `hot update at the ${place} of ${count} components`;
    const row = (text, ours, theirs, aim = "") => [text, ours === undefined ? "–" : ms(ours), theirs === undefined ? "" : ms(theirs), ours && theirs ? `${(theirs / ours).toFixed(1)}×` : "", aim];
    const aims = [place === "root" ? "≥ 1×" : "≥ 2×", count === 100 ? "≤ 30 ms" : ""];
    const compared = others.flatMap(([name, theirs], at) =>
      [[median, "median"], [p95, "95th percentile"]].map(([of, word], which) =>
        row(`${at + which ? "…" : what} ${word}, against ${name}`, mine && of(total(mine)), of(total(theirs)), aims[which]),
      ),
    );
    if (!mine) return compared;
    const parts = PARTS.map((part) => `${part} ${ms(median(mine.map((time) => time[part])))}`).join(", ");
    return [...(compared.length ? compared : [row(`${what}, median`, median(total(mine)))]), [`… of ours: ${parts}`, "", "", "", ""]];
  });
}
