// Open pages while everything goes wrong: sockets cut or half open, messages lost, requests that fail, the runtime killed,
// clocks that jump, tabs hidden and frozen. After it they show the last version; how often they were loaded anew is told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as passed } from "node:timers/promises";
import { uploaded } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { Edits } from "../support/chaos-edits.mjs";
import { ChaosPage } from "../support/chaos-page.mjs";
import { ChaosProxy } from "../support/chaos-proxy.mjs";
import { drawn } from "../support/drawn.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const EDITS = Number(process.env.EDITS ?? 1000);
const PAGES = Number(process.env.PAGES ?? 20);
const KILLS = 4;
/** Pages that share a browser's context: connections, cache, storage. */
const TOGETHER = 5;
/** How often it is looked whether a page is current, in milliseconds. */
const INTERVAL = 250;
/** How many updates are kept for pages that were away. */
const KEPT = 128;
/** What a reload may be for: what the server asks for, and a patch that can't be had however often it is asked for. */
const ASKED = [/^`index\.html` changed$/, /^the page has missed more than can be replayed$/];
const UNLOADED = /^update \d+ can't be loaded$/;
/** A page that is not current so long after the last edit never will be, in milliseconds. */
const WITHIN = 120_000;
const SLUG = "chaos";
const FILES = `/v1/apps/${SLUG}/files`;

/** What happens before an edit: of a thousand edits, before how many. */
const HAPPENS = [
  [25, ({ proxy, random }) => proxy.cut(1 + random(4))],
  [3, ({ proxy }) => proxy.cut()],
  [10, ({ proxy }) => proxy.halfOpen()],
  [15, ({ one, random }) => one().jump(random(2 * DAY) - DAY, random(2) ? random(600_000) : 0)],
  [15, ({ one }) => one().turn()],
  [15, ({ one }) => one().freeze()],
  [150, ({ one }) => one().use()],
];
const DAY = 86_400_000;

let browser, proxy, registry, server;
const random = drawn(SEED);
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
  proxy = await ChaosProxy.start(drawn(SEED + 1));
  proxy.up(server.port);
});
after(async () => {
  await browser?.stop();
  await proxy?.stop();
  await server?.stop();
  await registry?.stop();
});

async function opened() {
  const pages = [];
  for (let number = 0; number < PAGES; number++) {
    const beside = number % TOGETHER ? pages.at(-1).page : undefined;
    pages.push(await ChaosPage.open(browser, beside, `http://${SLUG}.localhost:${proxy.port}/`, number));
  }
  return pages;
}

/** Writes until it is acknowledged; `kill` ends the runtime somewhere between the request's first byte and the answer. */
async function write(edits, last, kill, lost) {
  const before = { ...edits.files };
  const json = last ? edits.last() : edits.next();
  let tries = 0;
  for (;;) {
    tries += 1;
    const answer = server.call("PATCH", FILES, { json }).catch(() => undefined);
    if (kill && tries === 1) {
      await Promise.race([passed(random(40)), answer]);
      proxy.down();
      await server.kill();
    }
    const { status, bytes } = (await answer) ?? {};
    if (kill && tries === 1) {
      await server.up();
      proxy.up(server.port);
      const stored = await files();
      const whole = [edits.files, ...(status === 200 ? [] : [before])];
      if (!whole.some((wanted) => same(stored, wanted))) lost.push(json);
    }
    if (status === 200) return tries;
    assert.equal(status, undefined, bytes?.toString());
  }
}

async function files() {
  const { json } = await server.call("GET", FILES);
  const texts = Object.keys(json.files).map(async (path) => [path, (await server.call("GET", `${FILES}/${path}`)).bytes.toString()]);
  return Object.fromEntries(await Promise.all(texts));
}

const same = (one, other) => JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

test(`${PAGES} pages end on the last of ${EDITS} edits, whatever happens (SEED=${SEED})`, async (t) => {
  const edits = new Edits(random);
  await uploaded(server, SLUG, edits.files);
  const pages = await opened();
  const one = () => pages[random(pages.length)];
  const kills = new Set();
  while (kills.size < Math.min(KILLS, EDITS >> 3)) kills.add(10 + random(EDITS - 20));
  const lost = [];
  let again = 0;
  proxy.chaos(true);
  const started = performance.now();
  for (let number = 1; number <= EDITS; number++) {
    for (const [often, happen] of HAPPENS) if (random(1000) < often) await happen({ proxy, random, one });
    again += (await write(edits, number === EDITS, kills.has(number), lost)) - 1;
  }
  const edited = performance.now();
  proxy.chaos(false);
  for (const page of pages) await page.rest();
  t.diagnostic(`${EDITS} edits in ${Math.round((edited - started) / 1000)} s, ${kills.size} kills, ${edits.pages} of index.html, ${again} sent again; ${JSON.stringify(proxy.counts)}`);

  const wanted = edits.shown;
  for (let behind = pages; behind.length; await passed(INTERVAL)) {
    const wrong = await Promise.all(behind.map(async (page) => [page, await page.wrong(wanted)]));
    const left = wrong.filter(([, found]) => found.length);
    behind = left.map(([page]) => page);
    if (performance.now() - edited > WITHIN) assert.fail(left.map(([page, found]) => `${page.name}: ${found.join("; ")}\n${page.told.join("\n")}`).join("\n"));
  }
  t.diagnostic(`all current ${((performance.now() - edited) / 1000).toFixed(1)} s after the last edit`);

  const reasons = pages.map((page) => page.reloads);
  const counted = Object.entries(Object.groupBy(reasons.flat(), (reason) => reason.replace(/\d+/g, "N"))).map(([reason, all]) => `${all.length}: ${reason}`);
  t.diagnostic(`${reasons.flat().length} reloads (${reasons.map(({ length }) => length).join(" ")}); ${counted.join("; ")}`);
  assert.deepEqual(lost, [], "acknowledged edits were lost");
  assert.ok(same(await files(), edits.files), "the files are not what was written");
  // A page is loaded anew for another page, and where it missed more updates than are kept.
  const most = edits.pages + Math.floor(EDITS / KEPT);
  let unbroken = 0;
  for (const page of pages) {
    assert.deepEqual(page.page.threw.map(String), [], page.name);
    assert.equal(page.loads - 1, page.reloads.length, `${page.name}: each load says why: ${page.reloads}`);
    const [asked, others] = [true, false].map((wanted) => page.reloads.filter((reason) => ASKED.some((why) => why.test(reason)) === wanted));
    assert.deepEqual(others.filter((reason) => !UNLOADED.test(reason)), [], `${page.name}:\n${page.told.join("\n")}`);
    assert.ok(asked.length <= most, `${page.name}: ${asked.length} reloads, ${most} at most`);
    const kept = await page.kept();
    if (kept) assert.deepEqual(kept.state, kept.left, `${page.name}: state`);
    if (kept) unbroken += 1;
  }
  t.diagnostic(`${unbroken} pages still have what was left in them`);
});
