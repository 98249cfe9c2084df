// What hot updates are held to, held against ours: every behaviour of `worker-tests/hot`, in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { plays, themes } from "../hot/index.mjs";
import { Browser } from "../support/browser.mjs";
import { play } from "../support/hot.mjs";
import { OurTarget } from "../support/hot-ours.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";

/** What the suite must cover, by number; those that are held elsewhere are left out: the socket's frames (37). */
const COVERED = Array.from({ length: 40 }, (_, at) => at + 1).filter((number) => number !== 37);
const only = process.env.ONLY;

let browser, ours, registry, server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
  ours = new OurTarget(server);
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  await registry?.stop();
});

test("what must be covered is", () => {
  const covered = new Set(themes.flatMap(([, behaviours]) => behaviours.flatMap(({ covers = [] }) => covers)));
  assert.deepEqual(COVERED.filter((number) => !covered.has(number)), []);
});

for (const [title, behaviour, react] of plays) {
  test(title, { skip: only && !title.includes(only) }, () => play(behaviour, ours, browser, { react }));
}
