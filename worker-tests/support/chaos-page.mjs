// A tab of the app of `chaos-edits.mjs` that can be hidden and frozen, and whose clocks can be made to jump.

/** In the page, before anything of it runs. */
function prepare() {
  const offset = { date: 0, monotonic: 0 };
  const { now } = Date;
  const ticks = performance.now.bind(performance);
  Date.now = () => now() + offset.date;
  Performance.prototype.now = () => ticks() + offset.monotonic;
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, made) => Reflect.construct(target, args.length ? args : [target.now()], made),
  });
  let hidden = false;
  Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
  Object.defineProperty(document, "hidden", { get: () => hidden });
  globalThis.__chaos = {
    state: () => [...document.querySelectorAll("input, main button")].map((element) => element.value || element.textContent),
    jump: (date, monotonic) => {
      offset.date += date;
      offset.monotonic += monotonic;
    },
    turn: (to = !hidden) => {
      hidden = to;
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    },
  };
}

/** What the page shows of what is asked for. */
const look = ({ texts, colors }) => {
  const each = (asked, read) => Object.fromEntries(Object.keys(asked).map((selector) => [selector, read(document.querySelector(selector))]));
  return {
    edition: document.querySelector("meta[name=edition]")?.content,
    texts: each(texts, (element) => element?.textContent),
    colors: each(colors, (element) => element && getComputedStyle(element).color),
    overlay: document.querySelector("overskill-overlay")?.shadowRoot?.textContent ?? null,
  };
};

/** Someone types `name` everywhere and presses every button; what is there then. */
const use = async (name) => {
  for (const input of document.querySelectorAll("input")) input.value = name;
  for (const button of document.querySelectorAll("main button")) button.click();
  await new Promise((done) => setTimeout(done));
  globalThis.__chaos.used = name;
  return globalThis.__chaos.state();
};

const RELOADING = "reloading: ";

export class ChaosPage {
  loads = 0;
  /** What someone left in it. */
  #left;
  #uses = 0;
  #frozen = false;

  static async open(browser, beside, url, number) {
    const tab = new ChaosPage();
    tab.name = `page ${number}`;
    const page = (tab.page = await browser.page({ beside }));
    page.on("request", (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) tab.loads += 1;
    });
    await page.addInitScript(prepare);
    tab.session = await page.context().newCDPSession(page);
    await page.goto(url);
    await page.waitForSelector("main input");
    await tab.use();
    return tab;
  }

  /** What the client said of itself, but for updates that went well. */
  get told() {
    const own = this.page.said.map(({ text }) => /^\[overskill\] (.*)/s.exec(text)?.[1]);
    return own.filter((text) => text && !text.startsWith("updated "));
  }

  /** Why it was loaded anew, each time. */
  get reloads() {
    return this.told.filter((text) => text.startsWith(RELOADING)).map((text) => text.slice(RELOADING.length));
  }

  /** Someone uses it. */
  async use() {
    const name = `${this.name}, ${(this.#uses += 1)}`;
    const left = await this.#do(use, name);
    if (left) this.#left = { name, left };
  }

  /** What was left in it and what is there now, unless it was loaded anew in between. */
  async kept() {
    const { used, state } = await this.page.evaluate(() => ({ used: globalThis.__chaos.used, state: globalThis.__chaos.state() }));
    return used === this.#left?.name ? { left: this.#left.left, state } : undefined;
  }

  /** Its clocks jump: the machine's is set, and the page's own goes on as after a sleep. */
  jump(date, monotonic) {
    return this.#do(`globalThis.__chaos?.jump(${date}, ${monotonic})`);
  }

  /** Hidden, or seen again. */
  turn() {
    return this.#do("globalThis.__chaos?.turn()");
  }

  /** Frozen, or awake again. */
  async freeze(frozen = !this.#frozen) {
    if (frozen === this.#frozen) return;
    this.#frozen = frozen;
    await this.session.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
  }

  /** It can be seen, and runs. */
  async rest() {
    await this.freeze(false);
    await this.#do("globalThis.__chaos?.turn(false)");
  }

  /** Nobody waits for a page that is frozen, or on its way to the next. */
  async #do(work, argument) {
    return this.#frozen ? undefined : this.page.evaluate(work, argument).catch(() => undefined);
  }

  /** What of it is not as it should be, in words. */
  async wrong({ edition, texts, colors }) {
    const shown = await this.page.evaluate(look, { texts, colors }).catch((error) => ({ edition: error.message }));
    const wrong = shown.overlay ? [`overlay: ${shown.overlay}`] : [];
    if (shown.edition !== edition) wrong.push(`edition ${shown.edition}, not ${edition}`);
    for (const [what, wanted] of Object.entries({ texts, colors })) {
      for (const [selector, value] of Object.entries(wanted)) {
        if (shown[what]?.[selector] !== value) wrong.push(`${selector}: ${shown[what]?.[selector]}, not ${value}`);
      }
    }
    return wrong;
  }
}
