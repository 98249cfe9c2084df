// Apps that are siblings of one site, as browsers see it: what a page of the one, or of anywhere, gets hold of in the other.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { uploaded } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { Server } from "../support/server.mjs";
import { signed } from "../support/signed.mjs";

const KEY = "what Rails signs with, in these tests";
/** The apps' domain; it and its hosts are one site, as a domain is that isn't on the Public Suffix List. */
const DOMAIN = "apps.example.test";
const tree = (title) => ({
  "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>',
  "src/main.ts": `document.title = "${title}"; globalThis.mine = "${title}";`,
  "public/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
  "public/plain.js": `globalThis.stolen = "${title}";`,
  "public/sw.js": "addEventListener('fetch', (event) => event.respondWith(new Response('taken over')))",
});

let browser, editor, evil, server;
const at = (slug, path = "/") => `http://${slug}.${DOMAIN}:${server.port}${path}`;

/** Pages of another installation altogether, each of which frames the address in its query. */
async function framing(host) {
  const pages = createServer((incoming, outgoing) => {
    const address = new URL(incoming.url, "http://x").searchParams.get("frame");
    outgoing.setHeader("content-type", "text/html");
    outgoing.end(`<!doctype html><title>frames</title><iframe src="${address}" onload="document.title = 'loaded'"></iframe>`);
  });
  await new Promise((done) => pages.listen(0, "127.0.0.1", done));
  return { pages, origin: `http://${host}:${pages.address().port}` };
}

before(async () => {
  [editor, evil] = await Promise.all([framing("editor.other.test"), framing("evil.other.test")]);
  server = await Server.start({ vars: { SIGNING_KEY: KEY, PREVIEW_DOMAIN: DOMAIN, EDITOR_ORIGINS: editor.origin } });
  for (const [slug, visibility] of [["a", "private"], ["b", "public"], ["c", "public"]]) {
    await server.call("POST", "/v1/apps", { json: { slug, visibility } });
    await uploaded(server, slug, tree(slug));
  }
  const secure = ["a", "b", "c"].map((slug) => at(slug).slice(0, -1)).join(",");
  browser = await Browser.start({ flags: ["--host-resolver-rules=MAP *.test 127.0.0.1", `--unsafely-treat-insecure-origin-as-secure=${secure}`] });
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  for (const { pages } of [editor, evil].filter(Boolean)) await new Promise((done) => pages.close(done));
});

const link = () => at("a", `/?__overskill_token=${encodeURIComponent(signed({ app: "a", key: KEY }))}`);
const titled = (page, title) => page.waitForFunction((wanted) => document.title === wanted, title);

/** A page of B, in a browser that may look at A. */
async function intruder() {
  const own = await browser.page();
  await own.goto(link());
  await titled(own, "a");
  const page = await browser.page({ beside: own });
  await page.goto(at("b"));
  await titled(page, "b");
  return { own, page };
}

test("the editor frames an app; no other page does, and no other app", async () => {
  const page = await browser.page();
  await page.goto(`${editor.origin}/?frame=${encodeURIComponent(at("c"))}`);
  await titled(page, "loaded");
  const frame = page.frames().find((frame) => frame.url() === at("c"));
  await frame.waitForFunction(() => globalThis.mine === "c");
  await page.goto(`${evil.origin}/?frame=${encodeURIComponent(at("c"))}`);
  await titled(page, "loaded");
  assert.ok(!page.frames().some((frame) => frame.url() === at("c")), "it is not shown");
  await page.goto(at("b"));
  const shown = await page.evaluate(async (address) => {
    const frame = document.createElement("iframe");
    frame.src = address;
    await new Promise((done) => { frame.onload = done; document.body.append(frame); });
    try { return frame.contentDocument?.title ?? "nothing"; } catch { return "nothing"; }
  }, at("c"));
  assert.equal(shown, "nothing");
  assert.ok(!page.frames().some((frame) => frame.url() === at("c")));
  // The app itself may.
  await page.goto(at("c"));
  await page.evaluate(() => new Promise((done) => { const frame = document.createElement("iframe"); frame.src = "/"; frame.onload = done; document.body.append(frame); }));
  assert.ok(page.frames().filter((frame) => frame.url() === at("c")).length === 2);
});

test("a page reads, loads and runs nothing of a sibling, though its cookies would go along", async () => {
  const { page } = await intruder();
  const got = await page.evaluate(async ([a, control]) => {
    const settled = (work) => work.then((value) => `got ${value}`, () => "nothing");
    const element = (name, address) => settled(new Promise((done, failed) => {
      const made = Object.assign(document.createElement(name), { src: address, onload: done, onerror: failed });
      document.head.append(made);
    }));
    return {
      read: await settled(fetch(a, { credentials: "include" }).then((answer) => answer.text())),
      blind: await settled(fetch(`${a}plain.js`, { credentials: "include", mode: "no-cors" })),
      image: await element("img", `${a}logo.svg`),
      script: await element("script", `${a}plain.js`),
      module: await settled(import(`${a}plain.js`)),
      errors: await settled(fetch(`${a}__overskill/errors`, { method: "POST", credentials: "include", headers: { "content-type": "application/json" }, body: "{}" })),
      apps: await settled(fetch(`${control}/v1/apps`, { credentials: "include" })),
      write: await settled(fetch(`${control}/v1/apps/b/files/x`, { method: "PUT", body: "x", headers: { authorization: "Bearer guess" } })),
      ran: globalThis.stolen ?? "nothing",
    };
  }, [at("a"), `http://control.other.test:${server.port}`]);
  assert.deepEqual(Object.values(got), Array(9).fill("nothing"), JSON.stringify(got));
});

test("a page that opens a sibling reaches nothing in it", async () => {
  const { page } = await intruder();
  const reached = await page.evaluate(async (address) => {
    try { document.domain = "example.test"; } catch { /* Not any more. */ }
    const opened = window.open(address);
    // Its first document is ours; it counts once that has gone.
    for (;;) {
      try { if (opened.document.URL !== "about:blank") return opened.document.title; } catch { return "nothing"; }
      await new Promise((done) => setTimeout(done));
    }
  }, at("a"));
  assert.equal(reached, "nothing");
});

test("a cookie that a sibling tosses opens nothing and shuts nobody out", async () => {
  const { own, page } = await intruder();
  await page.evaluate(() => {
    for (const path of ["/", "/src", "/index.html"]) document.cookie = `__overskill_preview=tossed; Domain=example.test; Path=${path}`;
    document.cookie = "__overskill_preview=tossed; Domain=apps.example.test";
    document.cookie = "__Host-__overskill_preview=tossed; Domain=example.test; Path=/; Secure";
  });
  const names = (await own.context().cookies(at("a"))).map(({ name, domain }) => `${name} ${domain}`);
  assert.ok(names.some((name) => name === "__overskill_preview .example.test"), `this is what a site of its own on the Public Suffix List would stop: ${names}`);
  assert.ok(!names.some((name) => name.startsWith("__Host-")), "a cookie with the prefix is set by nobody else");
  await own.goto(at("a"));
  await titled(own, "a");
  const stranger = await browser.page();
  await stranger.goto(at("b"));
  await stranger.evaluate(() => { document.cookie = "__overskill_preview=tossed; Domain=example.test; Path=/"; });
  assert.equal((await stranger.goto(at("a"))).status(), 401);
});

test("a service worker serves its own host alone", async () => {
  const { own, page } = await intruder();
  const outside = await page.evaluate(async (address) => {
    const settled = (work) => work.then(() => "registered", () => "refused");
    const results = [await settled(navigator.serviceWorker.register("/sw.js", { scope: address })), await settled(navigator.serviceWorker.register(`${address}sw.js`))];
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
    return results;
  }, at("a"));
  assert.deepEqual(outside, ["refused", "refused"]);
  await page.goto(at("b"));
  assert.equal(await page.evaluate(() => document.body.textContent), "taken over", "its own pages it may");
  await own.goto(at("a"));
  await titled(own, "a");
});
