// The page of a first build, in a browser: it follows the build without being loaded again, and then is the app.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";

let browser, registry, server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  await registry?.stop();
});

test("the page follows the first build and turns into the app", async () => {
  const gates = {};
  for (const [name, needs] of [["outer", "inner"], ["inner", undefined]]) {
    const source = needs ? `export { default } from '${needs}'` : "export default 'the app'";
    registry.publish({ "package.json": JSON.stringify({ name, version: "1.0.0", dependencies: needs && { [needs]: "1" } }), "index.js": source });
    registry.fail(name === "outer" ? /\/outer\/-\// : /\/inner$/, { hold: new Promise((done) => (gates[name] = done)) });
  }
  const upload = uploaded(server, "followed", {
    "index.html": '<!doctype html><title>starting</title><script type="module" src="/src/main.ts"></script>',
    "src/main.ts": "import text from 'outer'; document.title = text",
    "package.json": JSON.stringify({ dependencies: { outer: "1" } }),
  });
  while ((await server.call("GET", "/v1/apps/followed/files")).json?.version !== 1);
  const page = await browser.page();
  await page.goto(`http://followed.localhost:${server.port}/`);
  await page.evaluate(() => (window.same = true));
  const status = page.getByRole("status");
  const bar = page.getByRole("progressbar", { name: "Build" });
  await status.filter({ hasText: /^Choosing packages: 1 of [12]$/ }).waitFor();
  assert.equal(await bar.count(), 1);
  gates.inner();
  gates.outer();
  assert.equal((await upload).status, "ready");
  await page.waitForFunction(() => document.title === "the app");
  assert.equal(await page.evaluate(() => window.same), undefined, "the app is a page of its own");
  assert.deepEqual(page.threw, []);
  assert.deepEqual(page.said.filter(({ type, text, url }) => type === "error" && !text.includes("503") && !url.endsWith("/favicon.ico")), []);
});
