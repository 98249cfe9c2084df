// What an app has from its plugins, and from packages' files that are no modules, in Chromium.
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

const html = '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.tsx"></script>';

/** Uploads an app, expects these codes of diagnostics, and opens it. */
async function opened(name, files, codes, at = "/") {
  const written = await uploaded(server, name, { "index.html": html, ...files });
  assert.equal(written.status, "ready", JSON.stringify(written.diagnostics));
  assert.deepEqual(written.diagnostics.map(({ code }) => code), codes, JSON.stringify(written.diagnostics));
  const page = await browser.page();
  await page.goto(`http://${name}.localhost:${server.port}${at}`);
  return page;
}

test("an app whose route tree was not uploaded is routed, and its PWA registers nothing", async () => {
  const route = (path, body) => `import { createFileRoute, Link, Outlet } from '@tanstack/react-router'; export const Route = createFileRoute('${path}')({ component: () => { ${path.includes("$") ? "const { id } = Route.useParams();" : ""} return <>${body}</> } });`;
  const page = await opened("routed", {
    "package.json": JSON.stringify({ dependencies: { react: "19", "react-dom": "19", "@tanstack/react-router": "1" } }),
    "vite.config.ts": "import { tanstackRouter } from '@tanstack/router-plugin/vite'; import react from '@vitejs/plugin-react'; import { VitePWA } from 'vite-plugin-pwa'; export default { plugins: [tanstackRouter({ target: 'react' }), react(), VitePWA()] }",
    "src/main.tsx": "import { createRoot } from 'react-dom/client'; import { RouterProvider, createRouter } from '@tanstack/react-router'; import { routeTree } from './routeTree.gen'; import { registerSW } from 'virtual:pwa-register'; registerSW({ immediate: true })(true); createRoot(document.getElementById('root')!).render(<RouterProvider router={createRouter({ routeTree })} />)",
    "src/routes/__root.tsx": "import { createRootRoute, Link, Outlet } from '@tanstack/react-router'; import { useRegisterSW } from 'virtual:pwa-register/react'; function Root() { const { needRefresh: [need], offlineReady: [ready] } = useRegisterSW({}); return <><nav><Link to=\"/posts/7\">Seven</Link><Link to=\"/login\">Login</Link><Link to=\"/about\">About</Link></nav><i>{String(need || ready)}</i><Outlet /></> } export const Route = createRootRoute({ component: Root });",
    "src/routes/index.tsx": route("/", "<h1>Home</h1>"),
    "src/routes/posts/route.tsx": route("/posts", "<h1>Posts</h1><Outlet />"),
    "src/routes/posts/index.tsx": route("/posts/", "<p>all</p>"),
    "src/routes/posts/$id.tsx": route("/posts/$id", "<p>post {id}</p>"),
    "src/routes/_auth.tsx": route("/_auth", "<section><Outlet /></section>"),
    "src/routes/_auth/(forms)/login.tsx": route("/_auth/(forms)/login", "<h1>Login</h1>"),
    "src/routes/about.lazy.tsx": "import { createLazyFileRoute } from '@tanstack/react-router'; export const Route = createLazyFileRoute('/about')({ component: () => <h1>About</h1> });",
    "src/routes/-parts.tsx": "nothing that compiles {",
  }, ["vite-config-ignored"]);
  await page.getByRole("heading", { name: "Home" }).waitFor();
  assert.equal(await page.locator("i").innerText(), "false");
  await page.getByRole("link", { name: "Seven" }).click();
  await page.getByText("post 7").waitFor();
  await page.getByRole("link", { name: "Login" }).click();
  await page.locator("section h1").waitFor();
  await page.getByRole("link", { name: "About" }).click();
  await page.getByRole("heading", { name: "About" }).waitFor();
  assert.deepEqual(page.threw, []);
});

const classic = "importScripts; onmessage = ({ data }) => postMessage(`classic ${data}`)";

test("a package's files are had as URLs, texts and workers", async () => {
  registry.publish({
    "package.json": JSON.stringify({ name: "kit", version: "1.0.0" }),
    "index.js": "export const own = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }); export const classic = () => new Worker(new URL('./classic.js', import.meta.url));",
    "worker.js": "export {}; onmessage = ({ data }) => postMessage(`module ${data}`)",
    "classic.js": classic,
    "style.css": ".kit { color: hotpink }",
    "data.bin": "\u0001\u0002\u0003",
  });
  const page = await opened("parts", {
    "package.json": JSON.stringify({ dependencies: { kit: "1" } }),
    "src/main.tsx": `import { own, classic } from 'kit'; import Made from 'kit/worker.js?worker'; import url from 'kit/worker.js?url'; import css from 'kit/style.css?inline'; import raw from 'kit/classic.js?raw'; import bin from 'kit/data.bin?url';
      const ask = (worker, question) => new Promise((answer, fail) => { worker.onerror = () => fail(new Error('no worker')); worker.onmessage = (event) => answer(event.data); worker.postMessage(question) });
      const said = [css, raw, (await (await fetch(bin)).arrayBuffer()).byteLength];
      for (const worker of [own(), classic(), new Made(), new Worker(url, { type: 'module' }), new Worker(new URL('kit/worker.js', import.meta.url), { type: 'module' })]) said.push(await ask(worker, said.length));
      document.getElementById('root').textContent = JSON.stringify(said)`,
  }, []);
  await page.waitForFunction(() => document.getElementById("root").textContent);
  assert.deepEqual(JSON.parse(await page.locator("#root").innerText()), [".kit { color: hotpink }", classic, 3, "module 3", "classic 4", "module 5", "module 6", "module 7"]);
  assert.deepEqual(page.threw, []);
});
