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

const readState = () => [...document.querySelectorAll("input, main button")].map((element) => element.value || element.textContent);

const RELOADING = "reloading: ";

export class ChaosPage {
  loads = 0;
  /** What a person left in it. */
  left = [];
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
    await page.evaluate((name) => {
      for (const input of document.querySelectorAll("input")) input.value = name;
      for (const button of document.querySelectorAll("main button")) button.click();
    }, tab.name);
    tab.left = await tab.state();
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

  state() {
    return this.page.evaluate(readState);
  }

  /** Its clocks jump: the machine's is set, and the page's own goes on as after a sleep. */
  jump(date, monotonic) {
    return this.#tell(`jump(${date}, ${monotonic})`);
  }

  /** Hidden, or seen again. */
  turn() {
    return this.#tell("turn()");
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
    await this.#tell("turn(false)");
  }

  /** Nobody waits for a page that is frozen, or on its way to the next. */
  async #tell(what) {
    if (!this.#frozen) await this.page.evaluate(`globalThis.__chaos?.${what}`).catch(() => {});
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
