// Every fixture app, as we serve it and as Vite serves it, clicked through side by side: the same elements, the same
// computed styles, the same console, the same failures. Once as a preview against Vite's dev server, and once built for
// production against what `vite build` makes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deploy, pushed } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { differences, sayings } from "../support/differences.mjs";
import { Workshop, names } from "../support/fixtures.mjs";
import { look, prepare } from "../support/look.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";
import { Vite } from "../support/vite.mjs";

const VIEW = { viewport: { width: 1200, height: 900 }, colorScheme: "light", reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" };
/** How long two pages may take to come to show the same, in milliseconds. */
const PATIENCE = 3_000;
/** How long a step may wait for what it expects, in milliseconds; and how many may fail before the rest is left. */
const STEP = 10_000;
const ENOUGH = 2;
/** `ONLY=forms,query` runs those alone; `SIDE=production` that side. */
const only = process.env.ONLY?.split(",");
const side = process.env.SIDE;

let browser, registry, server, workshop;
before(async () => {
  workshop = new Workshop();
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  await registry?.stop();
  workshop?.close();
});

async function opened(url) {
  const page = await browser.page(VIEW);
  page.setDefaultTimeout(STEP);
  await page.addInitScript(prepare);
  await page.goto(url);
  return page;
}

/** Vite bundles packages when it first meets them, and reloads pages that were quicker: one page goes ahead. */
async function warmed(url, [, opens]) {
  const page = await browser.page(VIEW);
  await page.goto(url);
  await opens(page);
  await page.context().close();
}

/** Waits until both show the same; fails with the first differences when they don't come to. */
async function same(ours, theirs) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const [mine, yours] = await Promise.all([ours.evaluate(look), theirs.evaluate(look)]);
    const found = await differences([ours, mine], [theirs, yours]);
    if (!found.length) break;
    if (Date.now() > end) assert.fail(JSON.stringify(found, null, 1));
  }
}

/** Goes through the steps of a fixture on two pages side by side. */
async function compared(context, steps, [oursUrl, theirsUrl]) {
  const [ours, theirs] = await Promise.all([opened(oursUrl), opened(theirsUrl)]);
  let failed = 0;
  for (const [what, step] of steps) {
    if (failed === ENOUGH) break;
    failed += 1;
    await context.test(what, async () => {
      await Promise.all([
        step(theirs).catch((cause) => assert.fail(`under Vite: ${cause.message}\n${sayings(theirs).join("\n")}`)),
        step(ours).catch((cause) => assert.fail(`under ours: ${cause.message}\n${sayings(ours).join("\n")}`)),
      ]);
      await same(ours, theirs);
      assert.deepEqual(sayings(ours), sayings(theirs));
      failed -= 1;
    });
  }
  await Promise.all([ours, theirs].map((page) => page.context().close()));
}

for (const name of only ?? names()) {
  const steps = async () => (await import(`./steps/${name}.mjs`)).default;
  test(`${name} is what it is under Vite`, { skip: side === "production" }, async (context) => {
    const folder = workshop.lay(name);
    const [written, vite] = await Promise.all([pushed(server, name, folder), Vite.start(folder)]);
    try {
      assert.equal(written.status, "ready", JSON.stringify(written.diagnostics, null, 1));
      await warmed(vite.url, (await steps())[0]);
      await compared(context, await steps(), [written.previewUrl, vite.url]);
    } finally {
      await vite.stop();
    }
  });
  test(`${name}, built for production, is what Vite builds`, { skip: side === "preview" }, async (context) => {
    const folder = workshop.lay(name);
    const [deployed, vite] = await Promise.all([deployedTo(name, folder), Vite.start(folder, "preview")]);
    try {
      assert.equal(deployed.state, "live", JSON.stringify(deployed.diagnostics, null, 1));
      await compared(context, await steps(), [deployed.url, vite.url]);
    } finally {
      await vite.stop();
    }
  });
}

/** The production deployment of a fixture, in an app of its own. */
async function deployedTo(name, folder) {
  const slug = `${name}-built`;
  const written = await pushed(server, slug, folder);
  assert.equal(written.status, "ready", JSON.stringify(written.diagnostics, null, 1));
  return deploy(server, slug);
}
