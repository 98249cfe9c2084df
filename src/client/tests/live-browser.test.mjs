// The live client in Chromium: patches as scripts, the overlay and the badge as people meet them, and the editor's bridge.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Browser } from "../../../worker-tests/support/browser.mjs";
import { Preview } from "./live-preview.mjs";

const FRAME = "  3 | export function Cart() {\n  4 |   return (\n> 5 |     <ul>{items.map(item => <li>{item.name}</li>}</ul>\n    |                                                ^\n  6 |   );";
const SYNTAX = {
  code: "syntax", severity: "error", message: "Expected `)`, got `}`", path: "src/components/Cart.tsx", line: 5, column: 48, frame: FRAME,
  hint: "The call of `map` that begins in this line isn’t closed.",
};
const MISSING = { code: "import-not-found", severity: "error", message: "`./Basket` is not there", path: "src/App.tsx", line: 2, column: 21, hint: "Did you mean `./Cart`?" };
const UNUSED = { code: "unused-plugin", severity: "warning", message: "The plugin `banner` is left out", path: "vite.config.ts", line: 7, column: 5 };
const ARIA = `- alertdialog "The app doesn’t build 2 errors":
  - heading "The app doesn’t build 2 errors" [level=1]
  - button "Close"
  - article:
    - text: syntax src/components/Cart.tsx:5:48
    - 'heading "Expected ), got }" [level=2]':
      - text: Expected
      - code: )
      - text: ", got"
      - code: "}"
    - group "Source": "3 | export function Cart() { 4 | return ( > 5 | <ul>{items.map(item => <li>{item.name}</li>}</ul> | ^ 6 | );"
    - paragraph:
      - text: Hint The call of
      - code: map
      - text: that begins in this line isn’t closed.
  - article:
    - text: import-not-found src/App.tsx:2:21
    - heading "./Basket is not there" [level=2]:
      - code: ./Basket
      - text: is not there
    - paragraph:
      - text: Hint Did you mean
      - code: ./Cart
      - text: "?"
  - article:
    - text: "warning: unused-plugin vite.config.ts:7:5"
    - heading "The plugin banner is left out" [level=2]:
      - text: The plugin
      - code: banner
      - text: is left out
  - text: Goes away when the build is good again. Esc puts it aside.`;

let browser;
before(async () => (browser = await Browser.start()));
after(() => browser.stop());

/** Folder for pictures, where someone wants to look at them. */
const pictures = process.env.PICTURES;
async function picture(page, name) {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** Runs `check` with a preview and a page that is connected to it. */
function on(name, check, { setUp = () => {}, options } = {}) {
  test(name, async () => {
    const preview = await Preview.start();
    const page = await browser.page(options);
    page.setDefaultTimeout(10_000);
    try {
      await setUp(preview);
      await page.goto(preview.url);
      await page.evaluate(() => (window.alive = true));
      await check(page, preview);
    } finally {
      await page.context().close();
      await preview.stop();
    }
  });
}

const shown = (page, text) => page.waitForFunction((text) => document.querySelector("main").dataset.text === text, text);
const alive = (page) => page.evaluate(() => window.alive === true);
const dialog = (page) => page.getByRole("alertdialog");
const panel = (page) => dialog(page).locator(".panel");
const badge = (page) => page.getByRole("status");
const gone = (locator) => locator.waitFor({ state: "detached" });

on("an update comes in as a script, the page stays, and its stamp is gone from the document", async (page, preview) => {
  await shown(page, "one");
  preview.update("two");
  await shown(page, "two");
  assert.equal(await alive(page), true);
  assert.equal(await page.locator("#overskill-preview").count(), 0);
  assert.ok(page.said.some(({ type, text }) => type === "info" && /^\[overskill\] updated \/src\/App\.js in \d+ ms$/.test(text)));
});

on("code that comes along needs no request", async (page, preview) => {
  await shown(page, "one");
  preview.update("two", { inline: true });
  await shown(page, "two");
  assert.deepEqual(preview.requests.filter((path) => path.includes("patch")), []);
});

on("where the page's policy forbids inline scripts and styles, the patch is fetched and the overlay is styled", async (page, preview) => {
  await shown(page, "one");
  preview.update("two", { inline: true });
  await shown(page, "two");
  assert.deepEqual(preview.requests.filter((path) => path.includes("patch")), ["/__overskill/patch-0.js"]);
  preview.broken(SYNTAX);
  await dialog(page).waitFor();
  assert.equal(await panel(page).evaluate((panel) => getComputedStyle(panel).borderRadius), "12px");
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("overskill-overlay")).display), "contents");
}, { setUp: (preview) => (preview.policy = "default-src 'self'; connect-src 'self' ws:; require-trusted-types-for 'script'") });

on("the same patch twice, after it was undone, is run twice", async (page, preview) => {
  const { url } = preview.update("two");
  await shown(page, "two");
  preview.update("one");
  await shown(page, "one");
  preview.send({ kind: "component-update", url });
  await shown(page, "two");
  assert.equal(await alive(page), true);
  assert.equal(preview.requests.filter((path) => path === url).length <= 2, true);
});

on("what the server missed telling comes with the next connection", async (page, preview) => {
  await shown(page, "one");
  preview.accepts = false;
  preview.drop();
  preview.update("two");
  preview.update("three");
  preview.accepts = true;
  await shown(page, "three");
  assert.equal(await alive(page), true);
});

on("a full reload is one", async (page, preview) => {
  await shown(page, "one");
  preview.text = "reloaded";
  preview.send({ kind: "full-reload", reason: "index.html changed" });
  await shown(page, "reloaded");
  assert.equal(await alive(page), false);
  assert.ok(page.said.some(({ type, text }) => type === "warning" && text === "[overskill] reloading: index.html changed"));
  assert.equal(preview.requests.filter((path) => path === "/").length, 2);
});

on("a page of ours becomes the app when it builds", async (page, preview) => {
  await page.getByText("Nothing here yet").waitFor();
  preview.body = "<main></main>";
  preview.stamp.status = "ready";
  preview.update("hello");
  await shown(page, "hello");
}, { setUp: (preview) => { preview.stamp.status = "empty"; preview.body = "<main>Nothing here yet</main>"; } });

on("build errors: all of them, where they are, with a name for everything", async (page, preview) => {
  await shown(page, "one");
  preview.broken(UNUSED, SYNTAX, MISSING);
  await dialog(page).waitFor();
  await picture(page, "build-light");
  assert.equal(await dialog(page).ariaSnapshot(), ARIA);
  assert.equal(await dialog(page).getAttribute("aria-modal"), "true");
  assert.equal(await dialog(page).evaluate((element) => element.matches(":modal")), true);
  assert.equal(await page.locator("main").evaluate((main) => main.dataset.text), "one", "the app stays");
  const body = await page.evaluate(() => document.body.getBoundingClientRect().toJSON());
  preview.send({ kind: "build-ok" });
  await gone(dialog(page));
  assert.deepEqual(await page.evaluate(() => document.body.getBoundingClientRect().toJSON()), body, "it is no part of the layout");
});

on("keyboard: the focus goes in and stays, Esc puts it aside, the focus comes back, the badge brings it back", async (page, preview) => {
  await shown(page, "one");
  await page.getByLabel("Name").focus();
  preview.broken(SYNTAX);
  await dialog(page).waitFor();
  const focused = () => page.evaluate(() => {
    const { shadowRoot } = document.querySelector("overskill-overlay") ?? {};
    const element = shadowRoot?.activeElement ?? document.activeElement;
    return element.getAttribute("aria-label") ?? element.getAttribute("role") ?? element.id;
  });
  const stops = [await focused()];
  for (const key of ["Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab"]) {
    await page.keyboard.press(key);
    stops.push(await focused());
  }
  assert.deepEqual(stops, ["alertdialog", "Close", "Source", "Close", "Source", "Close"]);
  const heard = await page.evaluate(() => {
    window.keys = [];
    document.addEventListener("keydown", ({ key }) => window.keys.push(key));
    return window.keys;
  });
  await page.keyboard.press("Escape");
  await gone(dialog(page));
  assert.deepEqual([await focused(), heard], ["name", []]);
  await badge(page).getByText("1 error").waitFor();
  await picture(page, "badge-aside");
  const told = page.waitForEvent("console", (message) => message.text().includes("doesn't build"));
  preview.broken(SYNTAX);
  await told;
  assert.equal(await dialog(page).count(), 0, "the same error stays aside");
  await badge(page).getByRole("button", { name: "Show" }).press("Enter");
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  preview.broken(MISSING);
  await dialog(page).getByRole("heading", { name: "./Basket is not there" }).waitFor();
});

on("a click beside it or on its cross puts it aside; a good build takes the badge away, too", async (page, preview) => {
  await shown(page, "one");
  preview.broken(SYNTAX);
  await dialog(page).waitFor();
  await dialog(page).getByRole("heading", { name: "Expected ), got }" }).click();
  assert.equal(await dialog(page).count(), 1);
  await page.mouse.click(20, 20);
  await gone(dialog(page));
  await badge(page).getByRole("button", { name: "Show" }).click();
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await gone(dialog(page));
  await badge(page).getByText("1 error").waitFor();
  preview.update("two");
  await shown(page, "two");
  await badge(page).getByText("error").waitFor({ state: "detached" });
  assert.equal(await alive(page), true);
});

on("an app's styles and its modal dialogs leave the overlay as it is", async (page, preview) => {
  await shown(page, "one");
  preview.broken(SYNTAX);
  await dialog(page).waitFor();
  const { width } = await panel(page).boundingBox();
  assert.equal(width, 860);
  assert.equal(await panel(page).evaluate((panel) => getComputedStyle(panel).color), "rgb(27, 32, 40)");
  await dialog(page).getByRole("button", { name: "Close" }).click();
}, { setUp: (preview) => {
  preview.styles = "* { color: red !important; display: inline !important; position: static !important; font-size: 40px !important; opacity: .1 !important } div, button { pointer-events: none !important }";
  preview.body += "<dialog id=own>Mine</dialog><script>document.querySelector('#own').showModal()</script>";
} });

on("what the app throws is shown, told to the server, and shown at its place once the server knows it", async (page, preview) => {
  const name = "TypeError";
  const overlay = dialog(page);
  await overlay.getByText("src/App.tsx:7:13").first().waitFor();
  await page.getByRole("alertdialog", { name: "The app threw an error" }).waitFor();
  await overlay.getByText(name, { exact: true }).waitFor();
  await overlay.getByText("Stack").click();
  assert.deepEqual(await overlay.getByRole("listitem").allTextContents(), ["App src/App.tsx:7:13", "renderWithHooks "]);
  await picture(page, "runtime-light");
  assert.equal(preview.posted.length, 1);
  const { seq, errors } = preview.posted[0];
  assert.deepEqual([seq, errors.length, errors[0].kind, errors[0].name, errors[0].url], [1, 1, "error", name, preview.url]);
  assert.match(errors[0].stack, /\/__overskill\/app\.js:\d+:\d+/);
  assert.equal(await page.evaluate(() => window.alive), true);
  preview.before = "";
  preview.text = "two";
  preview.send({ kind: "full-reload" });
  await shown(page, "two");
  assert.equal(await overlay.count(), 0);
}, { setUp: (preview) => {
  preview.before = "undefined.price;";
  preview.located = [{ path: "src/App.tsx", line: 7, column: 13, frame: FRAME, frames: [{ function: "App", path: "src/App.tsx", line: 7, column: 13 }, { function: "renderWithHooks" }] }];
} });

on("rejections and errors of handlers: the same counts up, an update forgets them, what isn't the app's is left out", async (page, preview) => {
  await shown(page, "one");
  await page.evaluate(() => {
    const fail = () => { throw new Error("late"); };
    for (let count = 0; count < 3; count++) setTimeout(fail);
    setTimeout(() => window.dispatchEvent(new ErrorEvent("error", { message: "ResizeObserver loop completed with undelivered notifications." })));
    void Promise.reject("a text");
  });
  const overlay = dialog(page);
  await overlay.getByText("3 times").waitFor();
  await overlay.getByRole("heading", { name: "a text" }).waitFor();
  assert.equal(await overlay.getByRole("heading", { level: 2 }).count(), 2);
  const errors = await preview.reported(2);
  preview.update("two");
  await shown(page, "two");
  await gone(overlay);
  assert.deepEqual(errors.map(({ kind, message }) => `${kind} ${message}`).sort(), ["error late", "unhandledrejection a text"]);
});

on("an error of an update's own is at the patch's address, as the server knows it", async (page, preview) => {
  await shown(page, "one");
  preview.update("two", { before: "setTimeout(() => { throw new Error('from the patch') });" });
  await dialog(page).getByRole("heading", { name: "from the patch" }).waitFor();
  preview.update("three", { before: "setTimeout(() => { throw new Error('from the text') });", inline: true });
  await dialog(page).getByRole("heading", { name: "from the text" }).waitFor();
  const stacks = (await preview.reported(2)).map(({ stack }) => stack);
  assert.match(stacks[0], /\/__overskill\/patch-0\.js:\d+:\d+/);
  assert.match(stacks[1], /\/__overskill\/patch-1\.js:\d+:\d+/);
});

on("the badge says when the page isn't connected, and is silent when it is", async (page, preview) => {
  await shown(page, "one");
  preview.accepts = false;
  preview.drop();
  await badge(page).getByText("Reconnecting…").waitFor();
  await picture(page, "badge-reconnecting");
  assert.equal(await badge(page).getAttribute("aria-live"), "polite");
  preview.accepts = true;
  await badge(page).getByText("Reconnecting…").waitFor({ state: "detached" });
  assert.equal(await page.locator("overskill-badge").count(), 0);
});

on("the badge says when the page may not listen, and that a reload may help", async (page) => {
  await badge(page).getByText("No live updates: not authorized").waitFor();
  await badge(page).getByRole("button", { name: "Reload" }).waitFor();
  await picture(page, "badge-unauthorized");
}, { setUp: (preview) => (preview.refuses = true) });

on("a reload that doesn't help isn't repeated: the badge says so", async (page, preview) => {
  const send = preview.send.bind(preview);
  await shown(page, "one");
  send({ kind: "full-reload", reason: "asked" });
  // Something between keeps an old page.
  preview.stamp.seq = 1;
  await badge(page).getByText("Out of date").waitFor();
  await picture(page, "badge-stale");
  assert.equal(preview.requests.filter((path) => path === "/").length, 2);
});

on("a module that invalidates itself on each load doesn't make the page spin", async (page, preview) => {
  await badge(page).getByText("Out of date").waitFor();
  assert.equal(preview.requests.filter((path) => path === "/").length, 2);
}, { setUp: (preview) => (preview.before = "os.meta.hot.invalidate('always');") });

on("an app whose script can't be had says so", async (page) => {
  await dialog(page).getByRole("heading", { name: /app\.js could not be loaded/ }).waitFor();
}, { setUp: (preview) => (preview.without = "/__overskill/app.js") });

for (const [name, options] of Object.entries({
  dark: { colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 640 } },
  contrast: { forcedColors: "active" },
  still: { reducedMotion: "reduce" },
})) {
  on(`the overlay fits: ${name}`, async (page, preview) => {
    await shown(page, "one");
    preview.broken(SYNTAX, MISSING, UNUSED);
    await dialog(page).waitFor();
    const box = await panel(page).boundingBox();
    const { width, height } = page.viewportSize();
    assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
    assert.equal(await panel(page).evaluate((panel) => panel.scrollWidth <= panel.clientWidth), true);
    if (name === "still") assert.equal(await panel(page).evaluate((panel) => getComputedStyle(panel).animationName), "none");
    await picture(page, `build-${name}`);
    await page.keyboard.press("Escape");
    await badge(page).getByText("2 errors").waitFor();
    await picture(page, `badge-${name}`);
  }, { options });
}

/** An editor at `origin` that frames the preview and keeps what it hears. */
async function framed(page, preview, origin, events) {
  preview.editor = `<!doctype html><textarea aria-label="Chat" autofocus></textarea><iframe src="${preview.url}" width="900" height="600"></iframe><script>
    window.heard = [];
    window.subscribe = (events) => frames[0].postMessage({ source: "overskill-editor", type: "subscribe", events }, "*");
    addEventListener("message", ({ data, origin }) => {
      heard.push({ ...data, origin });
      if (data.type === "ready" && !window.subscribed) window.subscribed = subscribe(${JSON.stringify(events)}) ?? true;
    });</script>`;
  await page.goto(`${origin}:${preview.port}/editor`);
  const frame = page.frameLocator("iframe");
  await frame.locator("main[data-text=one]").waitFor({ state: "attached" });
  const hears = (type, more = {}) =>
    page.waitForFunction(([type, more]) => window.heard.find((data) => data.type === type && Object.entries(more).every(([key, value]) => data[key] === value)), [type, more]).then((handle) => handle.jsonValue());
  return { frame, hears, inside: page.frames()[1] };
}

on("the editor hears of updates, errors, status and the console, and opens files", async (page, preview) => {
  const { frame, hears, inside } = await framed(page, preview, "http://localhost", ["update", "error", "console", "status"]);
  const ready = await hears("ready");
  assert.deepEqual([ready.source, ready.app, ready.seq, ready.origin], ["overskill-preview", "shop", 1, new URL(preview.url).origin]);
  await hears("status", { link: "connected", seq: 1 });

  await page.getByLabel("Chat").fill("typing");
  preview.broken(SYNTAX);
  const error = await hears("error", { phase: "build" });
  assert.deepEqual([error.seq, error.errors[0].path, error.errors[0].line, error.errors[0].hint], [1, SYNTAX.path, 5, SYNTAX.hint]);
  await frame.getByRole("alertdialog").waitFor();
  await page.keyboard.type(" on");
  assert.equal(await page.getByLabel("Chat").inputValue(), "typing on", "the focus stays with who types");
  await frame.getByRole("button", { name: "src/components/Cart.tsx:5:48" }).click();
  const { path, line, column } = await hears("open-file");
  assert.deepEqual([path, line, column], ["src/components/Cart.tsx", 5, 48]);

  preview.update("two");
  const update = await hears("update");
  assert.deepEqual([update.kind, update.paths, update.seq], ["component-update", ["/src/App.js"], 3]);
  await hears("error-cleared", { phase: "build" });

  await inside.evaluate(() => {
    console.log("hello", { a: [1, { b: undefined }] });
    console.warn(new Map([["k", 1n]]), document.querySelector("main"));
    setTimeout(() => { throw new RangeError("far"); });
  });
  const logged = await hears("console", { level: "log" });
  assert.deepEqual(logged.args, ["hello", { a: [1, { b: "undefined" }] }]);
  assert.deepEqual((await hears("console", { level: "warn" })).args, [{ "[map]": [["k", "1n"]] }, "<main>"]);
  const thrown = await hears("error", { phase: "runtime" });
  assert.deepEqual([thrown.errors[0].label, thrown.errors[0].message], ["RangeError", "far"]);

  await page.evaluate(() => window.subscribe([]));
  await inside.waitForFunction(() => !String(console.log).includes("apply"));
  preview.text = "three";
  await page.evaluate(() => window.subscribe(["update"]));
  preview.send({ kind: "full-reload", reason: "asked" });
  assert.equal((await hears("update", { kind: "full-reload" })).reason, "asked");
  await page.waitForFunction(() => window.heard.filter(({ type }) => type === "ready").length >= 4);
});

on("an error that a boundary of React's caught is told as such, once", async (page, preview) => {
  const { inside, hears } = await framed(page, preview, "http://127.0.0.1", ["console", "error"]);
  await hears("ready");
  await inside.waitForFunction(() => String(console.error).includes("apply"));
  await inside.evaluate(() => {
    const error = new Error("caught");
    for (let turn = 0; turn < 2; turn++) console.error("%o\n\n%s\n\n%s\n", error, "The above error occurred in the <Cart> component.", "React will try to recreate this component tree from scratch using the error boundary you provided, Boundary.");
  });
  assert.deepEqual((await preview.reported(1)).map(({ kind, message }) => [kind, message]), [["react", "caught"]]);
  assert.equal(await page.frameLocator("iframe").getByRole("alertdialog").count(), 0);
});

on("who isn't the editor hears nothing", async (page, preview) => {
  const { inside } = await framed(page, preview, "http://other.localhost", ["update", "console", "status", "error"]);
  await page.evaluate(() => window.subscribe(["update", "console", "status", "error"]));
  await inside.evaluate(() => console.log("secret"));
  preview.update("two");
  await page.frameLocator("iframe").locator("main[data-text=two]").waitFor({ state: "attached" });
  assert.deepEqual(await page.evaluate(() => window.heard), []);
});
