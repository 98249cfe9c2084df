// `npm create vite`'s React templates, as their package ships them: pushed unchanged they look and behave as under Vite.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createServer } from "vite";
import { root } from "../../scripts/run.mjs";
import { deploy, pushed } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";
import { Vite } from "../support/vite.mjs";

const VIEW = { viewport: { width: 1000, height: 900 }, colorScheme: "light", reducedMotion: "reduce" };
let browser, registry, server, work;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
  work = mkdtempSync(join(tmpdir(), "overskill-templates-"));
  symlinkSync(join(root, "node_modules"), join(work, "node_modules"));
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  await registry?.stop();
  if (work) rmSync(work, { recursive: true, force: true });
});

/** What a person sees and can find out: pixels, text, structure, title, styles of every element. */
async function look(page) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete && image.naturalWidth > 0));
  const tree = await page.evaluate(() => {
    const plain = (element) => ({
      tag: element.tagName,
      text: [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(""),
      attributes: [...element.attributes].filter(({ name }) => name !== "src").map(({ name, value }) => `${name}=${value}`).sort(),
      box: Object.values(element.getBoundingClientRect().toJSON()),
      colour: getComputedStyle(element).color,
      children: [...element.children].map(plain),
    });
    return { title: document.title, body: plain(document.querySelector("#root")) };
  });
  return { tree, pixels: (await page.screenshot({ animations: "disabled" })).toString("base64") };
}

/** Goes through the steps on both pages; after each they show the same. */
async function compared(oursUrl, theirsUrl) {
  const [ours, theirs] = [await browser.page(VIEW), await browser.page(VIEW)];
  await ours.goto(oursUrl);
  await theirs.goto(theirsUrl);
  const steps = [
    async (page) => page.getByRole("button", { name: "Count is 0" }).waitFor(),
    async (page) => {
      await page.getByRole("button", { name: "Count is 0" }).click();
      await page.getByRole("button", { name: "Count is 1" }).click();
      await page.getByRole("button", { name: "Count is 2" }).waitFor();
    },
  ];
  for (const step of steps) {
    await Promise.all([step(ours), step(theirs)]);
    const [mine, yours] = [await look(ours), await look(theirs)];
    assert.deepEqual(mine.tree, yours.tree);
    assert.ok(mine.pixels === yours.pixels, "the pixels differ");
  }
  assert.deepEqual([ours.threw, ours.missed], [[], []]);
  assert.deepEqual(ours.said.filter(({ type }) => ["error", "warning"].includes(type)), []);
}

for (const template of ["react-ts", "react"]) {
  test(`${template} looks and behaves as under Vite, as a preview and built for production`, async () => {
    const folder = join(work, template);
    cpSync(join(root, `node_modules/create-vite/template-${template}`), folder, { recursive: true });
    renameSync(join(folder, "_gitignore"), join(folder, ".gitignore"));
    const written = await pushed(server, template, folder);
    assert.deepEqual([written.status, written.diagnostics], ["ready", []]);
    const vite = await createServer({ root: folder, logLevel: "silent", server: { port: 0, host: "localhost" } });
    try {
      await vite.listen();
      await compared(written.previewUrl, vite.resolvedUrls.local[0]);
    } finally {
      await vite.close();
    }
    const [deployed, built] = await Promise.all([deploy(server, template), Vite.start(folder, "preview")]);
    try {
      assert.deepEqual([deployed.state, deployed.diagnostics], ["live", []]);
      await compared(deployed.url, built.url);
    } finally {
      await built.stop();
    }
  });
}
