// What hot updates are held to, held against Vite: it does the same, but where the data say that it differs, and why.
// Where they say that it varies, nothing can be held.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { plays } from "../hot/index.mjs";
import { Browser } from "../support/browser.mjs";
import { play } from "../support/hot.mjs";
import { ViteTarget } from "../support/hot-vite.mjs";

/** How long what must not come is waited for, in milliseconds. */
const LONG_ENOUGH = 1_500;
const only = process.env.ONLY;

let browser, vite;
before(async () => {
  vite = new ViteTarget();
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  vite?.close();
});

for (const [title, behaviour, react] of plays) {
  const { differs, varies } = behaviour.vite;
  test(differs ? `${title} (not under Vite: ${differs})` : title, { skip: (only && !title.includes(only)) || varies }, async () => {
    if (!differs) return play(behaviour, vite, browser, { react });
    await assert.rejects(play(behaviour, vite, browser, { react, patience: LONG_ENOUGH }), { name: "AssertionError" });
  });
}
