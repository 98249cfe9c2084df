// Pages kept up to date over either relay, and over both in turn: the object's sockets, and Action Cable of a real Rails,
// which uploads the edits and broadcasts what it is answered.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as passed } from "node:timers/promises";
import { uploaded } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { published } from "../support/hot-rails.mjs";
import { Proxy } from "../support/proxy.mjs";
import { Rails, freePort } from "../support/rails.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";

const KEY = "a secret that both sides have";
const PING = '{"command":"ping"}';
const PATIENCE = 20_000;
/** Longer than what the client takes for a connection that lasted, and shorter than Rails' silence may be. */
const LASTED = 6_000;

const html = (title) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${title}</title></head>
<body><div id="root"></div><script type="module" src="/src/main.jsx"></script></body>
</html>
`;
const App = (title) => `import { useState } from "react";
import Leaf from "./Leaf";
import "./app.css";

export default function App() {
  const [count, setCount] = useState(0);
  return (
    <main>
      <h1>${title}</h1>
      <button onClick={() => setCount(count + 1)}>{count}</button>
      <Leaf />
    </main>
  );
}
`;
const Leaf = (text) => `export default function Leaf() {\n  return <p>${text}</p>;\n}\n`;
const css = (color) => `h1 { color: ${color} }\n`;
const tree = {
  "index.html": html("first"),
  "package.json": JSON.stringify({ name: "relayed", private: true, type: "module", dependencies: { react: "19.3.1", "react-dom": "19.3.1" } }),
  "src/main.jsx": `import { createRoot } from "react-dom/client";
import App from "./App";

createRoot(document.getElementById("root")).render(<App />);
import.meta.hot.on("greeting", ({ to }) => { document.documentElement.dataset.greeting = to });
`,
  "src/App.jsx": App("one"),
  "src/Leaf.jsx": Leaf("leaf one"),
  "src/app.css": css("rgb(1, 1, 1)"),
};

let browser, proxy, rails, registry, server;
before(async () => {
  registry = await Registry.start();
  const port = await freePort();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url, SIGNING_KEY: KEY, ACTION_CABLE_URL: `ws://127.0.0.1:${port}/cable` } });
  rails = await Rails.start(server, { port, key: KEY, apps: ["hidden"] });
  proxy = await Proxy.start();
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  await proxy?.stop();
  await rails?.stop();
  await server?.stop();
  await registry?.stop();
});

/** Creates the app; `hmr` is how its pages are kept up to date. Resolves to what its creation was answered. */
async function created(slug, hmr, more = {}) {
  const made = await server.call("POST", "/v1/apps", { json: { slug, hmr, ...more } });
  assert.equal(made.status, 201, made.bytes.toString());
  await uploaded(server, slug, tree);
  return made.json;
}

/** An edit of which Rails knows nothing: it tells nobody. Resolves to what it might have told. */
async function patched(slug, upsert) {
  const answer = await server.call("PATCH", `/v1/apps/${slug}/files`, { json: { upsert } });
  assert.equal(answer.status, 200, answer.bytes.toString());
  return answer.json.update;
}

const host = (slug) => `${slug}.localhost:${server.port}`;

/** A page of an app, and what it does: its sockets with what it sent by each, its requests, how often it was loaded. */
class Viewer {
  sockets = [];
  requests = [];
  loads = 0;

  static async open(slug, { search = "", clock = false, ...options } = {}) {
    const viewer = new Viewer();
    const page = (viewer.page = await browser.page(options));
    if (clock) await page.clock.install();
    page.on("websocket", (socket) => {
      const seen = { url: socket.url(), sent: [] };
      viewer.sockets.push(seen);
      socket.on("framesent", ({ payload }) => seen.sent.push(String(payload)));
    });
    page.on("request", (request) => {
      viewer.requests.push(request.url());
      if (request.isNavigationRequest() && !request.redirectedFrom()) viewer.loads += 1;
    });
    await page.goto(`http://${host(slug)}/${search}`);
    return viewer;
  }

  /** Clicks the counter: a state that an update may not lose. */
  async counted(times) {
    for (let left = times; left; left--) await this.page.locator("button").click();
    await this.shows({ count: String(times) });
  }

  /** How often the page has said that of its connection. */
  heard(text) {
    return this.page.said.filter((said) => said.text.startsWith(`[overskill] ${text}`)).length;
  }

  says(text, times = 1) {
    return this.until(() => this.heard(text) >= times, () => `it never said "${text}": ${this.page.said.map((said) => said.text).join("\n")}`);
  }

  /** What it asked the server about what it missed. */
  get syncs() {
    return this.requests.filter((url) => url.includes("/__overskill/sync"));
  }

  look() {
    return this.page.evaluate(() => {
      const text = (selector, within = document) => within?.querySelector(selector)?.textContent ?? null;
      const heading = document.querySelector("h1");
      return {
        title: document.title,
        heading: text("h1"),
        leaf: text("p"),
        count: text("button"),
        color: heading && getComputedStyle(heading).color,
        greeting: document.documentElement.dataset.greeting ?? null,
        overlay: document.querySelector("overskill-overlay")?.shadowRoot.textContent ?? null,
        badge: text('[role="status"]', document.querySelector("overskill-badge")?.shadowRoot) || null,
      };
    });
  }

  /** Waits until the page shows that. */
  async shows(expected) {
    let seen;
    const same = async () => {
      seen = await this.look().catch((error) => ({ error: error.message }));
      return Object.entries(expected).every(([name, value]) => (value instanceof RegExp ? value.test(seen[name] ?? "") : seen[name] === value));
    };
    await this.until(same, () => `expected ${JSON.stringify(expected)}, seen ${JSON.stringify(seen)}\n${this.page.said.map(({ text }) => text).join("\n")}`);
  }

  async until(condition, why) {
    const end = Date.now() + PATIENCE;
    while (!(await condition())) {
      if (Date.now() > end) assert.fail(why());
      await passed(10);
    }
  }

  close() {
    return this.page.context().close();
  }
}

const subscription = (app, more = {}) => JSON.stringify({ command: "subscribe", identifier: JSON.stringify({ channel: "AppPreviewChannel", app_id: app, ...more }) });

/** What each socket may lead to, and what is sent by it. */
const RELAYS = {
  action_cable: {
    name: "rails",
    fits: ({ url, sent }, slug) => {
      assert.equal(url, rails.cable);
      assert.deepEqual(sent, [subscription(slug)]);
    },
  },
  durable_object: {
    name: "object",
    fits: ({ url, sent: [first, ...rest] }, slug) => {
      assert.equal(url, `ws://${host(slug)}/__overskill/cable?client=1`);
      assert.equal(JSON.parse(JSON.parse(first).identifier).app_id, slug);
      assert.deepEqual(rest.filter((text) => text !== PING), []);
    },
  },
};

for (const [hmr, relay] of Object.entries(RELAYS)) {
  test(`what Rails uploads is taken over with the state kept, and pages know no other relay (${hmr})`, async () => {
    const slug = hmr.replace("_", "-");
    await created(slug, hmr);
    const { epoch } = await published(rails, slug, { "src/Leaf.jsx": Leaf("leaf two") });
    const viewer = await Viewer.open(slug);
    await viewer.says(`connected (${relay.name})`);
    await viewer.counted(2);
    const edit = async (changes, expected) => {
      const { update } = await published(rails, slug, changes);
      await viewer.shows({ count: "2", overlay: null, ...expected });
      return update;
    };
    assert.equal((await edit({ "src/App.jsx": App("two") }, { heading: "two" })).kind, "component-update");
    assert.equal((await edit({ "src/app.css": css("rgb(2, 2, 2)") }, { heading: "two", color: "rgb(2, 2, 2)" })).kind, "css-update");
    const batch = { "src/App.jsx": App("three"), "src/Leaf.jsx": 'export { default } from "./New";\n', "src/New.jsx": Leaf("new leaf"), "src/app.css": css("rgb(3, 3, 3)") };
    const updates = viewer.heard("updated");
    await edit(batch, { heading: "three", leaf: "new leaf", color: "rgb(3, 3, 3)" });
    assert.equal(viewer.heard("updated"), updates + 1, "a batch is one update");
    assert.equal((await edit({ "src/App.jsx": "export default (" }, { heading: "three", overlay: /src\/App\.jsx/ })).kind, "build-error");
    await edit({ "src/App.jsx": App("four") }, { heading: "four" });
    await edit({ "src/Leaf.jsx": Leaf("leaf five"), "src/New.jsx": null }, { leaf: "leaf five" });

    const { json: { seq } } = await server.call("GET", `/v1/apps/${slug}/live`);
    const custom = { event: "greeting", data: { to: "the page" } };
    if (hmr === "action_cable") await rails.call("/broadcast", { app: slug, message: { v: 1, epoch, seq, base: seq, kind: "custom", paths: [], at: Date.now(), ...custom } });
    else assert.equal((await server.call("POST", `/v1/apps/${slug}/broadcast`, { json: custom })).json.delivered, 1);
    await viewer.shows({ greeting: "the page", count: "2" });
    assert.equal(viewer.loads, 1);

    await edit({ "index.html": html("second") }, { title: "second", heading: "four", leaf: "leaf five", count: "0" });
    await viewer.says(`connected (${relay.name})`, 2);
    await edit({ "src/App.jsx": App("five") }, { heading: "five", count: "0" });
    assert.equal(viewer.loads, 2);
    assert.equal(viewer.sockets.length, 2, "a socket for each load");
    for (const socket of viewer.sockets) relay.fits(socket, slug);
    assert.deepEqual([viewer.page.threw, viewer.page.missed], [[], []]);
    await viewer.close();
    assert.equal(rails.complaints, "");
  });
}

test("what was broadcast while the cable was cut is asked for, and the state is kept", async () => {
  await created("cut", "action_cable");
  const viewer = await Viewer.open("cut", { clock: true });
  await viewer.says("connected (rails)");
  await viewer.counted(2);
  await rails.stop();
  await viewer.says("connection lost (rails)");
  await patched("cut", { "src/App.jsx": App("two") });
  await patched("cut", { "src/Leaf.jsx": Leaf("leaf two") });
  // It does without a socket, too, though not at once.
  await viewer.shows({ heading: "two", leaf: "leaf two", count: "2" });
  await patched("cut", { "src/App.jsx": App("three") });
  await rails.up();
  const before = viewer.syncs.length;
  await viewer.page.clock.fastForward(10_000);
  await viewer.says("connected again (rails)");
  await viewer.shows({ heading: "three", leaf: "leaf two", count: "2", overlay: null });
  assert.ok(viewer.syncs.length > before);
  await published(rails, "cut", { "src/App.jsx": App("four") });
  await viewer.shows({ heading: "four", count: "2" });
  assert.equal(viewer.loads, 1);
  await viewer.close();
  assert.equal(rails.complaints, "");
});

test("a broadcast that never came is noticed by the next one, and asked for", async () => {
  await created("gap", "action_cable");
  const viewer = await Viewer.open("gap");
  await viewer.says("connected (rails)");
  await viewer.counted(2);
  await published(rails, "gap", { "src/App.jsx": App("two") });
  await viewer.shows({ heading: "two", count: "2" });
  const asked = viewer.syncs.length;
  await patched("gap", { "src/Leaf.jsx": Leaf("leaf two") });
  await published(rails, "gap", { "src/App.jsx": App("three") });
  await viewer.shows({ heading: "three", leaf: "leaf two", count: "2" });
  assert.equal(viewer.syncs.length, asked + 1);
  // An error is no place in the row of updates: nothing has to be missing behind it.
  await patched("gap", { "src/Leaf.jsx": "(" });
  await published(rails, "gap", { "src/Leaf.jsx": Leaf("leaf three") });
  await viewer.shows({ leaf: "leaf three", count: "2", overlay: null });
  assert.deepEqual([viewer.syncs.length, viewer.loads], [asked + 1, 1]);
  await viewer.close();
  assert.equal(rails.complaints, "");
});

test("broadcasts that come in another order, twice, late, or from another life of the app cost no more than a question", async () => {
  await created("mixed", "action_cable");
  const viewer = await Viewer.open("mixed");
  await viewer.says("connected (rails)");
  await viewer.counted(2);
  const told = (message) => rails.call("/broadcast", { app: "mixed", message });
  const first = await patched("mixed", { "src/App.jsx": App("two") });
  const second = await patched("mixed", { "src/Leaf.jsx": Leaf("leaf two") });
  const asked = viewer.syncs.length;
  for (const update of [second, first, second]) await told(update);
  await viewer.shows({ heading: "two", leaf: "leaf two", count: "2" });
  const third = await patched("mixed", { "src/App.jsx": App("three") });
  for (const update of [first, third, third]) await told(update);
  await viewer.shows({ heading: "three", leaf: "leaf two", count: "2" });
  const questions = viewer.syncs.length - asked;
  // Rails hands messages to a pool of threads, and may have put them in order again.
  assert.ok(questions <= 1, `${questions}`);
  await told({ ...third, epoch: "another" });
  await viewer.until(() => viewer.syncs.length === asked + questions + 1, () => "it never asked which life it is");
  for (const noise of [null, 1, "text", [], {}, { v: 1 }]) await told(noise);
  await published(rails, "mixed", { "src/App.jsx": App("four") });
  await viewer.shows({ heading: "four", leaf: "leaf two", count: "2", overlay: null, badge: null });
  assert.deepEqual([viewer.loads, viewer.page.threw], [1, []]);
  await viewer.close();
});

test("a private app's page shows Rails the token it came in with; without one it isn't let in, says so, and doesn't insist", async () => {
  const { token: own } = await created("hidden", "action_cable", { visibility: "private" });
  const { json: { token } } = await rails.call("/token?app=hidden");
  const viewer = await Viewer.open("hidden", { search: `?__overskill_token=${encodeURIComponent(token)}` });
  await viewer.says("connected (rails)");
  assert.deepEqual(viewer.sockets.map(({ url, sent }) => [url, ...sent]), [[rails.cable, subscription("hidden", { token })]]);
  await viewer.counted(2);
  await published(rails, "hidden", { "src/App.jsx": App("two") });
  await viewer.shows({ heading: "two", count: "2", badge: null });
  await viewer.close();

  // The app's own token opens its pages, and is nothing to show to others.
  const stranger = await Viewer.open("hidden", { clock: true, search: `?__overskill_token=${encodeURIComponent(own)}` });
  await stranger.shows({ heading: "two", badge: /not authorized/ });
  assert.deepEqual(stranger.sockets.map(({ sent }) => sent), [[subscription("hidden")]]);
  await stranger.page.clock.fastForward(40_000);
  await stranger.shows({ badge: /not authorized/ });
  assert.equal(stranger.sockets.length, 1, "it asks no sooner than in a while");
  await stranger.page.clock.fastForward(40_000);
  await stranger.until(() => stranger.heard("no connection (rails): the subscription was rejected") === 2, () => "it never asked again");
  assert.deepEqual([stranger.sockets.length, stranger.loads], [2, 1]);
  await stranger.close();
  assert.equal(rails.complaints, "");
});

test("`auto` goes over to Rails where the object can't be reached, and back to it: when it can, or when Rails is gone", async () => {
  await created("either", "auto");
  const viewer = await Viewer.open("either", { clock: true, proxy: { server: proxy.url } });
  await viewer.says("connected (object)");
  await viewer.counted(2);
  proxy.refuse(host("either"));
  await viewer.says("connected again (rails)");
  await published(rails, "either", { "src/App.jsx": App("two") });
  await viewer.shows({ heading: "two", count: "2" });

  proxy.allow(host("either"));
  await viewer.page.clock.fastForward(20_000);
  await viewer.says("connected again (object)");
  await patched("either", { "src/App.jsx": App("three") });
  await viewer.shows({ heading: "three", count: "2" });

  // A connection that lasted is lost: what comes then is no series of failures.
  await viewer.page.clock.fastForward(LASTED);
  proxy.refuse(host("either"));
  await viewer.says("connected again (rails)", 2);
  await published(rails, "either", { "src/App.jsx": App("four") });
  await viewer.shows({ heading: "four", count: "2" });
  await viewer.page.clock.fastForward(LASTED);
  proxy.allow(host("either"));
  await rails.stop();
  // What is written while it knows of neither is not lost.
  await patched("either", { "src/Leaf.jsx": Leaf("leaf two") });
  await viewer.says("connected again (object)", 2);
  await viewer.shows({ heading: "four", leaf: "leaf two", count: "2" });
  await patched("either", { "src/App.jsx": App("five") });
  await viewer.shows({ heading: "five", count: "2", overlay: null, badge: null });
  assert.equal(viewer.loads, 1);
  await rails.up();
  await viewer.close();
});

test("with updates off a page opens no socket, asks for nothing, and stays as it is", async () => {
  await created("off", false);
  const viewer = await Viewer.open("off");
  await viewer.counted(2);
  const before = viewer.requests.length;
  await published(rails, "off", { "src/App.jsx": App("two"), "index.html": html("second") });
  const other = await Viewer.open("off");
  await other.shows({ heading: "two", title: "second" });
  await viewer.shows({ heading: "one", title: "first", count: "2", badge: null });
  assert.deepEqual([viewer.sockets, other.sockets, viewer.requests.slice(before)], [[], [], []]);
  await Promise.all([viewer.close(), other.close()]);
});

test("a page in place of an app that was never built hears from Rails, too", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "unbuilt", hmr: "action_cable" } });
  const viewer = await Viewer.open("unbuilt");
  await viewer.says("connected (rails)");
  await published(rails, "unbuilt", tree);
  await viewer.shows({ heading: "one" });
  assert.equal(viewer.loads, 2);
  await viewer.close();
});
