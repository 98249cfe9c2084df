// The example app in Chromium, clicked through as a person would: everything it leans on works, its console is clean,
// and what it throws points at its author's lines.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/run.mjs";
import { pushed } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";
import { original } from "../support/source-map.mjs";

const folder = join(root, "examples/harbour");
let browser, registry, server, url;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
  const written = await pushed(server, "harbour", folder);
  assert.deepEqual(written.diagnostics, []);
  assert.equal(written.status, "ready");
  url = written.previewUrl;
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  await registry?.stop();
});

const lineOf = (file, text) => readFileSync(join(folder, file), "utf8").split("\n").findIndex((line) => line.includes(text)) + 1;

test("it works when clicked through, and its console is clean", async () => {
  const page = await browser.page();
  await page.goto(url);
  await page.getByRole("heading", { name: "A quiet place to tie up" }).waitFor();
  assert.equal(await page.title(), "Welcome · Harbour");
  const hero = page.getByAltText("Two boats under sail");
  assert.ok(await hero.evaluate((image) => image.complete && image.naturalWidth > 0), "the hero image is there");
  assert.equal(await page.locator("header.header").evaluate((header) => getComputedStyle(header).display), "flex");

  await page.getByRole("link", { name: "Find a berth" }).click();
  await page.waitForURL("**/berths");
  await page.locator(".berths a").first().click();
  await page.getByRole("button", { name: /Favourite/ }).click();
  await page.getByText("★ 1").waitFor();
  await page.getByRole("button", { name: /^(Reserve|Release)$/ }).first().click();

  const chunks = [];
  page.on("request", (request) => chunks.push(request.url()));
  await page.getByRole("link", { name: "Tides" }).click();
  await page.getByRole("heading", { name: "Today’s tides" }).waitFor();
  await page.getByLabel("Time of day").fill("600");
  await page.getByText("10:00").first().waitFor();

  await page.getByRole("link", { name: /Log/ }).click();
  await page.getByRole("button", { name: "Export as CSV" }).click();
  await page.locator("pre.csv").waitFor();

  await page.getByRole("link", { name: /About/ }).click();
  await page.getByText("Built for development at /").waitFor();
  assert.equal(await page.locator("[data-dev]").getAttribute("data-dev"), "true");
  await page.waitForFunction(() => [...document.images].every((image) => image.complete && image.naturalWidth > 0));

  await page.goto(`${url}berths`);
  await page.getByRole("heading", { name: "Berths" }).waitFor();
  await page.goto(`${url}nowhere/at.all`);
  await page.getByText("Nothing lies at").waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Berths" }).waitFor();

  assert.deepEqual(page.said.filter(({ type }) => type !== "info" && type !== "debug"), []);
  assert.deepEqual(page.threw, []);
  assert.deepEqual(page.missed, []);
});

test("a thrown error's stack points at the author's line", async () => {
  const page = await browser.page();
  const session = await page.context().newCDPSession(page);
  const scripts = new Map();
  session.on("Debugger.scriptParsed", (script) => scripts.set(script.scriptId, script));
  await session.send("Debugger.enable");
  await session.send("Runtime.enable");
  const thrown = new Promise((done) => session.on("Runtime.exceptionThrown", ({ exceptionDetails }) => done(exceptionDetails)));
  await page.goto(`${url}trouble`);
  await page.getByRole("button", { name: "Throw in an event handler" }).click();
  const { stackTrace } = await thrown;
  const [frame] = stackTrace.callFrames;
  const script = scripts.get(frame.scriptId);
  assert.match(script.sourceMapURL, /^\/__overskill\/app-[0-9a-f]+\.js\.map$/);
  const map = (await server.preview("harbour", script.sourceMapURL)).json;
  const place = original(map, frame.lineNumber, frame.columnNumber);
  assert.equal(place.source, "/src/lib/flare.ts");
  assert.equal(place.line, lineOf("src/lib/flare.ts", "the line that a stack trace must name"));
  assert.match(place.content, /A \$\{colour\} flare went up/);

  // Nobody caught it, so the overlay shows where it was thrown, until it is put aside.
  await page.getByRole("alertdialog").getByText(/src\/lib\/flare\.ts:\d+/).first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Throw while rendering" }).click();
  await page.getByText("The hull is leaking").waitFor();
});
