// Chromium on an app: a page that keeps what its console said and what it threw.
import { chromium } from "playwright-core";
import { chromiumPath } from "../../scripts/chromium.mjs";
import { Stop } from "../../scripts/run.mjs";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export class Browser {
  #browser;

  /** Starts it, headless, with nothing kept of earlier runs; `flags` are more of the command line. */
  static async start({ flags = [] } = {}) {
    const executablePath = chromiumPath();
    if (!executablePath) throw new Stop("Chromium is missing. Install it, or set CHROME_PATH");
    const browser = new Browser();
    browser.#browser = await chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] });
    return browser;
  }

  /**
   * A page in a context of its own, or in the one of `beside`, as playwright's `Page`, with what it said: `page.said` holds
   * `{type, text, url, line}` of each console message, `page.threw` the errors nobody caught, `page.missed` the requests
   * that failed.
   */
  async page({ beside, ...options } = {}) {
    const context = beside?.context() ?? (await this.#browser.newContext(options));
    const page = await context.newPage();
    Object.assign(page, { said: [], threw: [], missed: [] });
    page.on("console", (message) => {
      const { url, lineNumber } = message.location();
      page.said.push({ type: message.type(), text: message.text(), url, line: lineNumber + 1 });
    });
    page.on("pageerror", (error) => page.threw.push(error));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // What the browser gives up when the page is left did not fail.
      if (why !== "net::ERR_ABORTED") page.missed.push(`${request.url()} ${why}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) page.missed.push(`${response.url()} ${response.status()}`);
    });
    return page;
  }

  async stop() {
    await this.#browser.close();
  }
}
