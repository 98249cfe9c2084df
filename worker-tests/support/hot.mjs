// Plays a behaviour of hot updates in Chromium: edits a running app, and looks whether the pages became what is expected.
//
// A behaviour is `{name, files, steps}`, and may say `react` (the major versions to run under), `covers` (numbers of what the
// suite must cover), `tabs`, `start` (what is expected at first), `vite` ("same", or `{differs: why}`) and `config` (of Vite).
// A step makes an `edit` (one batch), several `batches` in a row, `act`s as a person would (`[verb, selector, …]`), has pages
// `reload`, another one `open`, or sends a `custom` event; then it expects:
//   text, values      selector → what it shows (null: it is not there); what is typed in it
//   styles            selector → property → computed value
//   said, heard       lines of the console, exactly; in any order. None unless told
//   page              "kept" unless told, or "reloaded": once, exactly
//   updates, events   how many updates; which events `import.meta.hot` told of
//   overlay           texts that stand in the error overlay; there is none unless told
//   errors            true where the console may tell of errors
//   thrown            "file:line" of the source, where the last error that nobody caught was thrown
// `watch` of a step is selector → property → values: no frame shows any other from before the edit until after it.
import assert from "node:assert/strict";
import { setTimeout as passed } from "node:timers/promises";
import { FENCE, HEARD, edited, fence, tree } from "./hot-tree.mjs";
import { original } from "./source-map.mjs";
import { sampled, watched } from "./hot-frames.mjs";

/** How often it is looked again whether what is expected is there, in milliseconds. */
const INTERVAL = 10;
const FENCED = ["beforeUpdate", "afterUpdate"];
/** What the tools themselves say. */
const NOISE = /^\[(vite|hmr|overskill)\]|React DevTools/;

class Tab {
  loads = 0;
  /** How much of what was said, and of what failed, belongs to earlier steps. */
  #from = { said: 0, threw: 0, loads: 0 };

  constructor(page) {
    this.page = page;
    page.on("request", (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) this.loads += 1;
    });
  }

  /** A step begins. */
  mark() {
    this.#from = { said: this.page.said.length, threw: this.page.threw.length, loads: this.loads };
  }

  get #new() {
    return this.page.said.slice(this.#from.said);
  }

  heard() {
    const said = this.#new;
    const ours = ({ text }) => !NOISE.test(text);
    return {
      said: said.filter(({ type }) => type === "log").filter(ours).map(({ text }) => text),
      events: said.filter(({ type, text }) => type === "debug" && text.startsWith(HEARD)).map(({ text }) => text.slice(HEARD.length)),
      errors: [...said.filter(({ type }) => type === "error").filter(ours).map(({ text }) => text), ...this.page.threw.slice(this.#from.threw).map(String)],
      loads: this.loads - this.#from.loads,
    };
  }
}

/** What the page shows of what is asked for. */
const look = ({ text = {}, values = {}, styles = {} }) => {
  const one = (selector) => document.querySelector(selector);
  const each = (asked, read) => Object.fromEntries(Object.keys(asked).map((selector) => [selector, one(selector) ? read(one(selector), selector) : null]));
  return {
    text: each(text, (element) => element.textContent),
    values: each(values, (element) => element.value),
    styles: each(styles, (element, selector) => {
      const [, pseudo] = selector.split("::");
      const style = getComputedStyle(element, pseudo && `::${pseudo}`);
      return Object.fromEntries(Object.keys(styles[selector]).map((name) => [name, style[name]]));
    }),
    fence: Number(document.documentElement.dataset.fence),
  };
};

const ACTS = {
  click: (page, selector) => page.locator(selector).click(),
  fill: (page, selector, text) => page.locator(selector).fill(text),
};

class Play {
  #fences = 0;
  tabs = [];

  constructor(behaviour, target, browser, { react, patience = target.patience }) {
    Object.assign(this, { behaviour, target, browser, react, patience });
  }

  async run() {
    const { behaviour, target, react } = this;
    this.files = tree(behaviour, react);
    this.app = await target.open(this.files, { react, config: behaviour.config });
    try {
      for (let count = behaviour.tabs ?? 1; count; count--) await this.#open();
      await this.#check("at first", { said: undefined, ...behaviour.start }, { fenced: false, moved: true });
      for (const [at, step] of behaviour.steps.entries()) await this.#step(step, `step ${at + 1}`);
    } finally {
      await Promise.all(this.tabs.map(({ page }) => page.context().close()));
      await this.app.close();
    }
  }

  async #open() {
    const page = await this.browser.page();
    const tab = new Tab(page);
    this.tabs.push(tab);
    await page.goto(this.app.url);
    return tab;
  }

  async #step(step, name) {
    await this.#until(() => this.tabs.every(({ page, loads }) => this.target.ready(page, loads, step)), () => `${name}: a page never listened`);
    for (const tab of this.tabs) tab.mark();
    if (step.watch) await Promise.all(this.tabs.map(({ page }) => watched(page, step.watch)));
    const { page: first } = this.tabs[step.tab ?? 0];
    for (const [verb, ...about] of step.act ?? []) await ACTS[verb](first, ...about);
    for (const batch of step.batches ?? (step.edit ? [step.edit] : [])) await this.#write(edited(this.files, batch));
    if (step.custom) await this.app.broadcast(...step.custom);
    if (step.reload) await Promise.all(this.tabs.map(({ page }) => page.reload()));
    if (step.open) await this.#open();
    const fenced = step.fence ?? !(step.expect?.overlay || step.reload || step.open);
    await this.#check(name, step.expect ?? {}, { fenced, moved: step.reload || step.open });
    if (step.watch) for (const { page } of this.tabs) assert.deepEqual(await sampled(page), [], `${name}: a frame showed something else`);
  }

  async #write(changes) {
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) delete this.files[path];
      else this.files[path] = content;
    }
    await this.app.write(changes);
  }

  /** Waits until all that is expected holds; then makes an edit that must be all that happens after. */
  async #check(name, expected, { fenced, moved = false }) {
    const each = (tab) => (Array.isArray(expected) ? expected[this.tabs.indexOf(tab)] : expected);
    const hold = async (found, after) => {
      for (const tab of this.tabs) found.push(...(await this.#wrong(tab, each(tab), { moved, after })));
    };
    await this.#holds(name, hold, false);
    if (!fenced) return;
    this.#fences += 1;
    await this.#write({ [FENCE]: fence(this.#fences) });
    await this.#holds(`${name}, and after it`, hold, true);
  }

  async #holds(name, hold, after) {
    let found;
    await this.#until(
      async () => {
        found = [];
        await hold(found, after);
        return !found.length;
      },
      () => `${this.target.name}, ${name}: ${found.join("\n")}`,
    );
  }

  async #until(condition, why) {
    const end = Date.now() + this.patience;
    while (!(await condition())) {
      if (Date.now() > end) assert.fail(why());
      await passed(INTERVAL);
    }
  }

  /** What of the expected a tab does not show, in words. */
  async #wrong(tab, expected, { moved, after }) {
    const { said, events, errors, loads } = tab.heard();
    const wrong = [];
    const compare = (what, seen, wanted) => {
      if (JSON.stringify(seen) !== JSON.stringify(wanted)) wrong.push(`${what}: expected ${JSON.stringify(wanted)}, seen ${JSON.stringify(seen)}`);
    };
    try {
      const shown = await tab.page.evaluate(look, expected);
      for (const what of ["text", "values", "styles"]) compare(what, shown[what], expected[what] ?? {});
      if (after) compare("fence", shown.fence, this.#fences);
      const overlay = await this.target.overlay(tab.page);
      if (expected.overlay) for (const part of expected.overlay) if (!overlay?.includes(part)) wrong.push(`overlay: expected ${part}, seen ${overlay}`);
      if (!expected.overlay && !expected.errors && overlay) wrong.push(`overlay: ${overlay}`);
      if (expected.thrown) compare("thrown at", await thrownAt(tab.page), expected.thrown);
    } catch (error) {
      wrong.push(`the page: ${error.message}`);
    }
    if (!moved) compare("loads", loads, expected.page === "reloaded" ? 1 : 0);
    if (expected.heard) compare("heard", said.toSorted(), expected.heard.toSorted());
    else if (!("said" in expected && expected.said === undefined)) compare("said", said, expected.said ?? []);
    const fence = after ? FENCED : [];
    if (expected.events) compare("events", events, [...expected.events, ...fence]);
    if (expected.updates !== undefined) compare("updates", events.filter((event) => event === "afterUpdate").length, expected.updates + (after ? 1 : 0));
    if (!expected.errors && !expected.overlay && errors.length) wrong.push(`errors: ${errors.join("; ")}`);
    return wrong;
  }
}

/** Where in the sources the last uncaught error was thrown. */
async function thrownAt(page) {
  const place = /\(?(https?:\/\/[^\s)]+):(\d+):(\d+)\)?/.exec(page.threw.at(-1)?.stack ?? "");
  if (!place) return undefined;
  const [, url, line, column] = place;
  const read = (address) => page.evaluate(async (address) => (await fetch(address)).text(), address);
  const address = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(await read(url))?.[1];
  if (!address) return `${new URL(url).pathname}:${line}, which has no map`;
  const map = JSON.parse(await read(new URL(address, url).href));
  const found = original(map, Number(line) - 1, Number(column) - 1);
  return `${found.source?.split("/").at(-1)}:${found.line}`;
}

/**
 * Plays a behaviour against a target; fails where it is not as expected. `react` is the major version where it wants one,
 * `patience` how long what is expected may take to come, in milliseconds.
 */
export const play = (behaviour, target, browser, options) => new Play(behaviour, target, browser, options).run();
