// Apps that run under us and under Vite, from the same files, and must say the same.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { createServer } from "vite";
import { root } from "../../scripts/run.mjs";
import { uploaded } from "./app.mjs";
import { Browser } from "./browser.mjs";
import { Registry } from "./registry.mjs";
import { Server } from "./server.mjs";

const page = '<!doctype html><script>globalThis.said = []; globalThis.say = (...all) => said.push(all.map(String).join(" ")); globalThis.finished = new Promise((done) => (globalThis.done = done))</script><script type="module" src="/src/main.ts"></script>';
const env = "VITE_SHOWN=shown\nSECRET=hidden\n";

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : Buffer.from(content.base64, "base64"));
}

/**
 * One test for each of `apps`: by title, its files under `src/`, or from the root where their names start with `/`. Each
 * says what it found out with `say(…)` and ends with `done()`. `packages` are npm packages by name, path → text;
 * `dependencies` are installed ones, by name and range. `vite` gives the config that Vite gets for an app.
 */
export function differential(apps, { packages = {}, dependencies = {}, vite: config = () => ({}) } = {}) {
  let browser, registry, server, work;
  const manifest = (name) => ({ name, version: "1.0.0", ...packages[name]["package.json"] });
  before(async () => {
    registry = await Registry.start();
    server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
    browser = await Browser.start();
    work = mkdtempSync(join(tmpdir(), "overskill-differential-"));
    for (const [name, files] of Object.entries(packages)) {
      const all = { ...files, "package.json": JSON.stringify(manifest(name)) };
      registry.publish(all);
      for (const [path, text] of Object.entries(all)) write(join(work, "node_modules", name, path), text);
    }
    for (const name of Object.keys(dependencies)) {
      const place = join(work, "node_modules", name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(root, "node_modules", name), place);
    }
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    await registry?.stop();
    if (work) rmSync(work, { recursive: true, force: true });
  });

  async function heard(url) {
    const page = await browser.page();
    const thrown = new Promise((_, failed) => page.on("pageerror", failed));
    await page.goto(url);
    await Promise.race([thrown, page.evaluate(() => globalThis.finished)]);
    const said = await page.evaluate(() => globalThis.said);
    await page.context().close();
    return said;
  }

  for (const [title, sources] of Object.entries(apps)) {
    test(title, async () => {
      const slug = title.toLowerCase().replace(/[^a-z]+/g, "-").slice(0, 40).replace(/-$/, "");
      const wanted = { ...Object.fromEntries(Object.keys(packages).map((name) => [name, manifest(name).version])), ...dependencies };
      const files = { "index.html": page, ".env": env, "package.json": JSON.stringify({ name: slug, type: "module", dependencies: wanted }) };
      for (const [name, text] of Object.entries(sources)) files[name.startsWith("/") ? name.slice(1) : `src/${name}`] = text;
      const folder = join(work, slug);
      for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
      const vite = await createServer({
        root: folder, configFile: false, logLevel: "silent", cacheDir: join(work, ".vite", slug), server: { port: 0, host: "localhost" }, ...config(title),
      });
      try {
        await vite.listen();
        const written = await uploaded(server, slug, files);
        assert.equal(written.status, "ready", JSON.stringify(written.diagnostics, null, 1));
        assert.deepEqual(await heard(written.previewUrl), await heard(vite.resolvedUrls.local[0]));
      } finally {
        await vite.close();
      }
    });
  }
}
