// A choice of what hot updates are held to, over Action Cable: Rails uploads the edits and broadcasts what it is answered.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { plays } from "../hot/index.mjs";
import { Browser } from "../support/browser.mjs";
import { play } from "../support/hot.mjs";
import { RailsTarget } from "../support/hot-rails.mjs";
import { Rails, freePort } from "../support/rails.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";

/** What depends on how, and in which order, news come. */
const CHOSEN = [
  "accept: a module that accepts itself runs again, and the old one's callback gets the new one",
  "accept: without an acceptor the page is loaded once more, and runs what is new",
  "batches: a batch of a file that accepts and one that nobody accepts loads the page again, once",
  "batches: a rename across files, with all that names it, is one update",
  "batches: many edits in a row all arrive, in order",
  "batches: two tabs have each their own: what one has loaded updates there alone",
  "styles: a linked sheet is swapped without a reload, and without a frame without it",
  "errors: a syntax error leaves the app alive under an overlay that names the place; the fix goes in without a reload",
  "errors: an edit of another file while one is broken is not lost",
  "errors: an app that is broken from the start comes up when it is mended",
  "files: a new file, and the import of it, in one batch",
  "files: a file that is used is deleted, which is an error, and restored",
  "lifecycle: `invalidate` where no importer accepts loads the page again, in every tab",
  "react-state, React 19: edits of markup, of a handler and of the body keep the state, and what is typed",
  "react-recovery, React 19: a syntax error keeps the state, and so does its mending",
  "react-boundaries, React 19: a new component in a new file, with the edit that shows it, in one batch",
];

let browser, rails, registry, server, target;
before(async () => {
  registry = await Registry.start();
  const port = await freePort();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url, ACTION_CABLE_URL: `ws://127.0.0.1:${port}/cable` } });
  rails = await Rails.start(server, { port });
  browser = await Browser.start();
  target = new RailsTarget(server, rails);
});
after(async () => {
  await browser?.stop();
  await rails?.stop();
  await server?.stop();
  await registry?.stop();
});

for (const chosen of CHOSEN) {
  test(chosen, async () => {
    const found = plays.find(([title]) => title === chosen);
    assert.ok(found, "it is one of the suite");
    const [, behaviour, react] = found;
    await play(behaviour, target, browser, { react });
  });
}

test("Rails was sent nothing that it doesn't know", () => assert.equal(rails.complaints, ""));
