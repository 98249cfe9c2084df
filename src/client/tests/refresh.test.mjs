// React Fast Refresh in Chromium, with React's own packages: what keeps its state, what loses it, and what is said then.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Browser } from "../../../worker-tests/support/browser.mjs";
import { hot } from "../build.mjs";

const MODULES = new URL("../../../node_modules/", import.meta.url);

/** CommonJS files of packages, each with what it requires. */
const PACKAGES = {
  react: ["react/cjs/react.development.js", {}],
  scheduler: ["scheduler/cjs/scheduler.development.js", {}],
  "react-dom": ["react-dom/cjs/react-dom.development.js", { react: "react" }],
  "react-dom/client": ["react-dom/cjs/react-dom-client.development.js", { react: "react", scheduler: "scheduler", "react-dom": "react-dom" }],
};

async function packages() {
  const list = Object.entries(PACKAGES).map(async ([id, [file, requires]]) => {
    const text = (await readFile(new URL(file, MODULES), "utf8")).replaceAll("process.env.NODE_ENV", '"development"');
    const d = Object.entries(requires).map(([specifier, to]) => [specifier, `npm:${to}`]);
    return `[${JSON.stringify(`npm:${id}`)},${JSON.stringify({ k: "cjs", d })},\nfunction(module,exports,require){${text}\n}]`;
  });
  return `__overskill__.define([${(await Promise.all(list)).join(",\n")}]);`;
}

let hashes = 0;

/** A module as the compiler writes one: `exports` by name and expression; React is there as `React`, createElement as `e`. */
function mod(id, body, exports = {}, { imports = [], r = 1, ...more } = {}) {
  const i = [["react", "npm:react"], ...imports.map((id) => [id, id])];
  const header = { k: "esm", h: String(++hashes), ...(r && { r }), i, ...more };
  const getters = Object.entries(exports).map(([name, expression]) => `${JSON.stringify(name)}: () => ${expression}`);
  const holders = imports.map((id, index) => `const i${index} = os.i(${JSON.stringify(id)});`);
  return `[${JSON.stringify(id)},${JSON.stringify(header)},\nfunction*(os){"use strict"; os.x({${getters}}); const react = os.i("react"); ${holders.join("")} yield;
    const React = react.default, e = React.createElement; ${body} }]`;
}

const MAIN = `["/main.tsx",{"k":"esm","i":[["react","npm:react"],["react-dom/client","npm:react-dom/client"],["/App.tsx","/App.tsx"]]},
  function*(os){ const react = os.i("react"), dom = os.i("react-dom/client"), app = os.i("/App.tsx"); yield;
    window.mark = 1; const element = document.getElementById("root");
    dom.default.createRoot(element, { onUncaughtError: (error) => console.log("uncaught " + error.message) }).render(react.default.createElement(app.default)); }]`;

/** A component that counts clicks. `key` is its signature, which follows from `hooks` where the compiler writes it. */
function counter(name, { label = name, hooks = "const [n, set] = React.useState(0);", key = hooks, more = "", before = "", tail = "" } = {}) {
  return `var _s_${name} = os.g(); ${before} function ${name}() { _s_${name}(); ${hooks} return e("button", { id: "${name}", onClick: () => set(n + 1) }, "${label} " + n, ${more || "null"}); }
    _s_${name}(${name}, ${JSON.stringify(key)}${tail}); os.r(${name}, "${name}");`;
}

let browser, script, packaged;
before(async () => {
  [browser, script, packaged] = await Promise.all([Browser.start(), hot(), packages()]);
});
after(() => browser?.stop());

/** A page that runs `modules`, whose App is the root. */
async function open(modules) {
  const page = await browser.page();
  await page.route("https://app.test/**", (route) => route.fulfill({ contentType: "text/html", body: '<!doctype html><div id="root"></div>' }));
  await page.goto("https://app.test/");
  for (const content of [script, packaged, `__overskill__.define([${[MAIN, ...modules].join(",\n")}]); __overskill__.boot({entries:["/main.tsx"],env:{}});`]) await page.addScriptTag({ content });
  return {
    page,
    async update(...definitions) {
      page.said.length = 0;
      const outcome = await page.evaluate(async (code) => {
        __overskill__.stage({}, (0, eval)(code));
        const { failures, ...rest } = await hot.apply();
        return { ...rest, failures: failures.map(({ id, error }) => [id, String(error)]) };
      }, `[${definitions.join(",\n")}]`);
      return outcome;
    },
    click: (id) => page.click(`#${id}`),
    text: () => page.textContent("#root"),
    /** What the client told, without debug messages. */
    notes: () => page.said.filter(({ type, text }) => type === "info" && text.startsWith("[overskill]")).map(({ text }) => text),
    marked: () => page.evaluate(() => window.mark === 1),
    close: () => page.context().close(),
  };
}

const app = (options) => mod("/App.tsx", counter("App", options), { default: "App" });
const HOOKS = "const [n, set] = React.useState(0);";
const signed = (hooks) => ({ hooks });

/** Clicks once, updates: the label is the new one, the state is kept or not, and why is said. */
const edits = {
  "an edit of the body keeps state": [app({ label: "one" }), app({ label: "two" }), "two 1"],
  "a Hook that is added loses state": [app({ label: "one" }), app({ label: "two", ...signed(`${HOOKS} React.useRef();`) }), "two 0", /App\.tsx: App lost its state, for its Hooks changed/],
  "Hooks in another order lose state": [app({ label: "one", ...signed(`${HOOKS} React.useRef();`) }), app({ label: "two", ...signed(`React.useRef(); ${HOOKS}`) }), "two 0", /Hooks changed/],
  "a renamed binding loses state": [app({ label: "one" }), app({ label: "two", hooks: "const [m, set] = React.useState(0), n = m;" }), "two 0", /Hooks changed/],
  "another first value loses state": [app({ label: "one" }), app({ label: "two", hooks: "const [n, set] = React.useState(5);" }), "two 5", /Hooks changed/],
  "forceReset loses state at each edit": [
    app({ label: "one" }),
    app({ label: "two", tail: ", true" }),
    "two 0", /@refresh reset/,
  ],
  "a custom Hook that changes loses state": [
    app({ label: "one", before: 'function useX() { return 1; } os.g()(useX, "a");', hooks: `${HOOKS} useX();`, tail: ", false, () => [useX]" }),
    app({ label: "two", before: 'function useX() { React.useRef(); return 1; } os.g()(useX, "b");', hooks: `${HOOKS} useX();`, tail: ", false, () => [useX]" }),
    "two 0", /a custom Hook that it uses changed/,
  ],
  "an anonymous default export with Hooks keeps state": [1, 2].map((v) =>
    mod("/App.tsx", `var _s = os.g(); const App = { default: () => { _s(); const [n, set] = React.useState(0); return e("button", { id: "App", onClick: () => set(n + 1) }, "${v} " + n); } }.default; _s(App, "k");`, { default: "App" })).concat("2 1"),
  "a component that a library makes is known by its export": [1, 2].map((v) =>
    mod("/App.tsx", `const styled = (render) => React.forwardRef(render); const Made = styled(() => { const [n, set] = React.useState(0); return e("button", { id: "App", onClick: () => set(n + 1) }, "${v} " + n); }); var _s = os.g(); function Local() {} _s(Local, ""); os.r(Local, "Local");`, { default: "Made" })).concat("2 1"),
  "memo keeps state": [1, 2].map((v) => mod("/App.tsx", `${counter("Inner", { label: v }).replaceAll('"Inner"', '"App$memo"').replace('id: "App$memo"', 'id: "App"')} const App = React.memo(Inner); os.r(App, "App");`, { default: "App" })).concat("2 1"),
  "memo of forwardRef keeps state": [1, 2].map((v) => mod("/App.tsx", `var _s = os.g(); const App = React.memo(React.forwardRef(_s((props, ref) => { _s(); const [n, set] = React.useState(0); return e("button", { id: "App", ref, onClick: () => set(n + 1) }, "${v} " + n); }, "k"))); os.r(App, "App");`, { default: "App" })).concat("2 1"),
  "a class loses state": [1, 2].map((v) => mod("/App.tsx", `class App extends React.Component { state = { n: 0 }; render() { return e("button", { id: "App", onClick: () => this.setState({ n: this.state.n + 1 }) }, "${v} " + this.state.n); } }`, { default: "App" })).concat("2 0", /App lost its state|default lost its state, for classes start anew/),
  "from a function to a class": [
    app({ label: "one" }),
    mod("/App.tsx", `class App extends React.Component { render() { return "class"; } } os.r(App, "App");`, { default: "App" }), "class", /it was a function and is a class/,
  ],
};

for (const [name, [one, other, wanted, note]] of Object.entries(edits)) {
  test(name, async () => {
    const on = await open([one]);
    await on.click("App");
    assert.deepEqual(await on.update(other), { updated: ["/App.tsx"], failures: [] });
    assert.equal(await on.text(), wanted);
    const notes = await on.notes();
    if (note) assert.match(notes.join("\n"), note);
    assert.equal(notes.length, note ? 1 : 0, notes.join("\n"));
    assert.deepEqual([await on.marked(), on.page.threw], [true, []]);
    await on.close();
  });
}

const child = (label, exports = "", more = {}) => mod("/Child.tsx", `${counter("Child", { label })} ${exports}`, { Child: "Child", ...more.exports }, more);
const parent = (label = "parent") => mod("/App.tsx", counter("App", { label, more: 'e("i", null, e(i0.Child))' }), { default: "App" }, { imports: ["/Child.tsx"] });

const stories = {
  "what is wrapped in memo is another component: who imports it updates, and where that is the entry the page reloads": async () => {
    const wrapped = (name, exported) => mod(`/${name}.tsx`, `${counter("Inner", { label: "two" }).replace('id: "Inner"', `id: "${name}"`).replace('"Inner");', `"${name}$memo");`)} const ${name} = React.memo(Inner); os.r(${name}, "${name}");`, { [exported]: name });
    const on = await open([parent(), child("one")]);
    await on.click("Child");
    const { updated, reload } = await on.update(wrapped("Child", "Child"));
    assert.deepEqual([updated, reload, await on.text()], [["/Child.tsx", "/App.tsx"], undefined, "parent 1two 0"]);
    assert.deepEqual(await on.notes(), ['[overskill] /Child.tsx: export "Child" is another component, so its importers update too']);
    assert.match((await on.update(wrapped("App", "default"))).reload, /main\.tsx/);
    await on.close();
  },

  "an edit of a leaf leaves its parents' state": async () => {
    const on = await open([parent(), child("one")]);
    await on.click("Child");
    assert.deepEqual((await on.update(child("two"))).updated, ["/Child.tsx"]);
    assert.match(await on.text(), /^parent 1two 1$/);
    await on.close();
  },

  "an export that is no component and changed: importers update too, state stays, and it is said": async () => {
    const on = await open([parent(), child("one", "const helper = { a: 1 };", { exports: { helper: "helper" } })]);
    await on.click("Child");
    const { updated, reload } = await on.update(child("two", "const helper = { a: 1 };", { exports: { helper: "helper" } }));
    assert.deepEqual([updated, reload, await on.text()], [["/Child.tsx", "/App.tsx"], undefined, "parent 1two 1"]);
    assert.deepEqual(await on.notes(), ['[overskill] /Child.tsx: export "helper" is no component and changed, so its importers update too']);
    await on.close();
  },

  "an export of the same value is none of it; one that is added or removed is": async () => {
    const on = await open([parent(), child("one", "const limit = 3;", { exports: { limit: "limit" } })]);
    assert.deepEqual((await on.update(child("two", "const limit = 3;", { exports: { limit: "limit" } }))).updated, ["/Child.tsx"]);
    await on.update(child("three"));
    assert.match((await on.notes()).join(), /export "limit" was removed/);
    await on.update(child("four", "const limit = 3;", { exports: { limit: "limit" } }));
    assert.match((await on.notes()).join(), /export "limit" was added/);
    await on.page.evaluate(() => { window.__getReactRefreshIgnoredExports = ({ id }) => (id === "/Child.tsx" ? ["limit"] : []); });
    assert.deepEqual((await on.update(child("five"))).updated, ["/Child.tsx"]);
    await on.close();
  },

  "compound components keep state": async () => {
    const menu = (label) => mod("/Child.tsx", `${counter("Item", { label })} const Menu = { Item };`, { Child: "Menu" });
    const top = mod("/App.tsx", counter("App", { label: "app", more: "e('i', null, e(i0.Child.Item))" }), { default: "App" }, { imports: ["/Child.tsx"] });
    const on = await open([top, menu("one")]);
    await on.click("Item");
    assert.deepEqual((await on.update(menu("two"))).updated, ["/Child.tsx"]);
    assert.equal(await on.text(), "app 1two 1");
    await on.close();
  },

  "so do components that hang on a function; one that is added updates the importers": async () => {
    const card = (label, more = "") => mod("/Child.tsx", `function Card(props) { return e("div", null, props.children); } os.r(Card, "Card"); ${counter("Title", { label }).replace('os.r(Title, "Title");', "")} Card.Title = Title; ${more}`, { Card: "Card" });
    const top = mod("/App.tsx", counter("App", { label: "app", more: "e('i', null, e(i0.Card, null, e(i0.Card.Title)))" }), { default: "App" }, { imports: ["/Child.tsx"] });
    const on = await open([top, card("one")]);
    await on.click("Title");
    assert.deepEqual((await on.update(card("two"))).updated, ["/Child.tsx"]);
    assert.equal(await on.text(), "app 1two 1");
    assert.deepEqual((await on.update(card("three", "Card.More = function More() {};"))).updated, ["/Child.tsx", "/App.tsx"]);
    assert.equal(await on.text(), "app 1three 1");
    await on.close();
  },

  "a context's provider and consumer in a circle never see null": async () => {
    const provider = (label) => mod("/Provider.tsx", `const Context = React.createContext(null); var _s = os.g(); function Provider() { _s(); const [n, set] = React.useState(0); return e(Context.Provider, { value: { n, set } }, "${label} ", e((0, i0.Consumer))); } _s(Provider, "k"); os.r(Provider, "Provider");`, { Provider: "Provider", Context: "Context" }, { imports: ["/Consumer.tsx"] });
    const consumer = (label) => mod("/Consumer.tsx", `var _s = os.g(); function Consumer() { _s(); const value = React.useContext(i0.Context); if (!value) throw new Error("null"); return e("button", { id: "Consumer", onClick: () => value.set(value.n + 1) }, "${label} " + value.n); } _s(Consumer, "k"); os.r(Consumer, "Consumer");`, { Consumer: "Consumer" }, { imports: ["/Provider.tsx"] });
    const top = mod("/App.tsx", `function App() { return e(i0.Provider); } os.r(App, "App");`, { default: "App" }, { imports: ["/Provider.tsx"] });
    const on = await open([top, provider("p1"), consumer("c1")]);
    await on.click("Consumer");
    for (const [edit, wanted] of [[consumer("c2"), "p1 c2 1"], [provider("p2"), "p2 c2 1"], [provider("p3"), "p3 c2 1"], [consumer("c3"), "p3 c3 1"]]) {
      assert.equal((await on.update(edit)).reload, undefined);
      assert.equal(await on.text(), wanted);
    }
    assert.deepEqual([on.page.threw, await on.marked()], [[], true]);
    await on.close();
  },

  "a module that throws when it starts leaves what was there, and its state; mended, it goes on": async () => {
    const on = await open([parent(), child("one")]);
    await on.click("Child");
    const { failures } = await on.update(child("two", "throw new Error('mine');"));
    assert.deepEqual([failures, await on.text()], [[["/Child.tsx", "Error: mine"]], "parent 1one 1"]);
    await on.update(child("three"));
    assert.equal(await on.text(), "parent 1three 1");
    await on.close();
  },

  "a throw while rendering takes the root down; mended, it comes back": async () => {
    const on = await open([app({ label: "one" })]);
    await on.update(app({ label: "two", hooks: "const [n, set] = React.useState(0); throw new Error('mine');", key: HOOKS }));
    assert.equal(await on.text(), "");
    const { reload } = await on.update(app({ label: "three" }));
    assert.deepEqual([reload, await on.text(), await on.marked()], [undefined, "three 0", true]);
    await on.close();
  },

  "a file of components that exports none is not refreshed, and the reload says so": async () => {
    const local = (label) => mod("/App.tsx", `${counter("App", { label })} window.App = App;`, {});
    const on = await open([local("one")]);
    assert.match((await on.update(local("two"))).reload, /\/App\.tsx has components and exports none/);
    await on.close();
  },

  "two edits at once are one refresh": async () => {
    const on = await open([parent("one"), child("one")]);
    await on.page.evaluate(() => { window.refreshes = 0; window.__registerBeforePerformReactRefresh(() => { window.refreshes++; }); });
    await on.click("Child");
    await on.update(parent("two"), child("two"));
    assert.deepEqual([await on.text(), await on.page.evaluate(() => window.refreshes)], ["two 1two 1", 1]);
    await on.close();
  },

  "a Hook of another file: its edit keeps state, and loses it where its own Hooks change": async () => {
    const hook = (v, hooks = "") => mod("/useX.ts", `var _s = os.g(); function useX() { _s(); ${hooks} return "${v}"; } _s(useX, "${hooks}");`, { useX: "useX" }, { r: 0 });
    const top = mod("/App.tsx", `var _s = os.g(); function App() { _s(); const x = (0, i0.useX)(), [n, set] = React.useState(0); return e("button", { id: "App", onClick: () => set(n + 1) }, x + " " + n); } _s(App, "k", false, () => [i0.useX]); os.r(App, "App");`, { default: "App" }, { imports: ["/useX.ts"] });
    const on = await open([top, hook("one")]);
    await on.click("App");
    await on.update(hook("two"));
    assert.equal(await on.text(), "two 1");
    await on.update(hook("three", "React.useRef();"));
    assert.equal(await on.text(), "three 0");
    assert.match((await on.notes()).join(), /App\.tsx: App lost its state, for a custom Hook that it uses changed/);
    await on.close();
  },

  "a page that is loaded when it is needed keeps its state": async () => {
    const top = (label) => mod("/App.tsx", `const Child = React.lazy(() => os.import("/Child.tsx").then((ns) => ({ default: ns.Child }))); ${counter("App", { label, more: "e('i', null, e(React.Suspense, null, e(Child)))" })}`, { default: "App" }, { d: [["/Child.tsx", "/Child.tsx"]] });
    const on = await open([top("app"), child("one")]);
    await on.click("Child");
    assert.deepEqual((await on.update(child("two"))).updated, ["/Child.tsx"]);
    assert.equal(await on.text(), "app 1two 1");
    await on.close();
  },

  "links to style sheets are replaced when the new one is there": async () => {
    const on = await open([app({})]);
    await on.page.route("https://app.test/*.css*", (route) => route.fulfill({ contentType: "text/css", body: route.request().url().includes("new") ? "#root{color:rgb(0, 0, 9)}" : "#root{color:rgb(9, 0, 0)}" }));
    const seen = await on.page.evaluate(async () => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/old.css?q=1", media: "all" });
      document.head.append(link);
      await new Promise((resolve) => (link.onload = resolve));
      __overskill__.stage({ links: [["/old.css", "/new.css"]] }, []);
      const outcome = await hot.apply();
      const during = document.querySelectorAll("link").length;
      const next = document.querySelectorAll("link")[1];
      await new Promise((resolve) => next.addEventListener("load", resolve));
      return [outcome, during, [...document.querySelectorAll("link")].map((one) => [one.getAttribute("href"), one.media]), getComputedStyle(document.getElementById("root")).color];
    });
    assert.deepEqual(seen, [{ updated: ["/new.css"], failures: [] }, 2, [["/new.css?q=1", "all"]], "rgb(0, 0, 9)"]);
    await on.close();
  },
};

for (const [name, story] of Object.entries(stories)) test(name, story);
