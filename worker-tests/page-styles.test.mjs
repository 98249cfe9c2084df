// What styles in the page itself name, what variables in its addresses say, and files of packages that sheets name.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Registry } from "./support/registry.mjs";
import { Server } from "./support/server.mjs";

let registry, server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
});
after(async () => {
  await server?.stop();
  await registry?.stop();
});

const warnings = ({ diagnostics }) => diagnostics.filter(({ severity }) => severity !== "info");
const got = async (slug, address) => {
  const { status, bytes } = await server.preview(slug, address);
  return [status, bytes.toString()];
};

test("url() in the page's styles and %NAME% in its addresses lead to files", async () => {
  const page = `<!doctype html><link rel="icon" href="%VITE_ICONS%/i.png"><link rel="stylesheet" href="/src/%VITE_SHEET%.css">
    <style>body { background: url(./src/a.png) } i { background: url('/pub.png') }</style><p style="background: url(&quot;src/b.png&quot;)">%VITE_SHEET% %NO%</p>`;
  const files = { "index.html": page, ".env": "VITE_ICONS=/src/icons\nVITE_SHEET=x", "package.json": "{}", "src/x.css": "a { b: c }", "src/icons/i.png": "I", "src/a.png": "A", "src/b.png": "B", "public/pub.png": "P" };
  const written = await uploaded(server, "page-styles", files);
  assert.deepEqual([written.status, warnings(written)], ["ready", []]);
  const html = (await server.preview("page-styles")).bytes.toString();
  const address = (pattern) => pattern.exec(html)?.[1];
  assert.deepEqual(await got("page-styles", address(/rel="icon" href="([^"]+)"/)), [200, "I"]);
  assert.match((await got("page-styles", address(/rel="stylesheet" href="([^"]+)"/)))[1], /b: c/);
  assert.deepEqual(await got("page-styles", address(/body \{ background: url\(([^)]+)\)/)), [200, "A"]);
  assert.deepEqual(await got("page-styles", address(/style="background: url\(&quot;([^&]+)&quot;\)/)), [200, "B"]);
  assert.match(html, /url\('\/pub.png'\)[^]*>x %NO%</);
});

test("sheets name packages' sheets and files, with and without ~", async () => {
  registry.publish({
    "package.json": JSON.stringify({ name: "page-kit", version: "1.0.0", exports: { "./css/*": "./css/*" } }), "css/a.css": ".kit-a { color: red }", "css/b.css": ".kit-b { background: url(../img/c.png) }",
    "img/c.png": "c".repeat(5000), "img/d.png": "d".repeat(5000),
  });
  const files = {
    "index.html": '<!doctype html><link rel="stylesheet" href="/a.css">', "package.json": JSON.stringify({ dependencies: { "page-kit": "1" } }),
    "a.css": '@import "~page-kit/css/a.css";\n@import "page-kit/css/b.css";\n.own { background: url(~page-kit/img/d.png?v#x), url("page-kit/img/c.png") }',
  };
  const written = await uploaded(server, "page-kit", files);
  assert.deepEqual([written.status, warnings(written)], ["ready", []]);
  const html = (await server.preview("page-kit")).bytes.toString();
  const css = (await got("page-kit", /rel="stylesheet" href="([^"]+)"/.exec(html)[1]))[1];
  const addresses = [...css.matchAll(/url\("([^"]+)"\)/g)].map(([, address]) => address);
  assert.match(css, /kit-a[^]*kit-b[^]*own/);
  const found = await Promise.all(addresses.map((address) => got("page-kit", address.split("#")[0])));
  assert.deepEqual(found.map(([status, text]) => [status, text[0], text.length]), [[200, "c", 5000], [200, "d", 5000], [200, "c", 5000]]);
  assert.ok(addresses[1].endsWith("?v#x"));
});

test("a package's sheet that is Tailwind 4's is part of the one that imports it, and keeps its files", async () => {
  registry.publish({
    "package.json": JSON.stringify({ name: "kit-theme", version: "1.0.0", style: "css/index.css", exports: { ".": { style: "./css/index.css" } } }),
    "css/index.css": '@import "./base.css";\n@theme { --color-brand: #123456; }\n.kit { background: url("../img/k.png") }',
    "css/base.css": "@utility kit-glow { box-shadow: 0 0 3px red; }", "img/k.png": "k".repeat(6000),
  });
  const files = {
    "index.html": '<!doctype html><link rel="stylesheet" href="/src/a.css"><b class="kit-glow text-brand">',
    "package.json": JSON.stringify({ dependencies: { "kit-theme": "^1.0.0", tailwindcss: "^4.0.0" } }),
    "src/a.css": '@import "tailwindcss";\n@import "kit-theme";',
  };
  const sheets = [];
  for (const extra of [{}, { "src/x.html": '<i class="flex">' }]) {
    const written = await uploaded(server, "page-kit-theme", { ...files, ...extra });
    assert.deepEqual([written.status, warnings(written)], ["ready", []]);
    const html = (await server.preview("page-kit-theme")).bytes.toString();
    const [, css] = await got("page-kit-theme", /href="([^"]+\.css)"/.exec(html)[1]);
    for (const part of [/\.kit-glow\s*{[^}]*box-shadow/, /\.text-brand\s*{\s*color: var\(--color-brand\)/, /--color-brand: #123456/]) assert.match(css, part);
    assert.doesNotMatch(css, /@utility|@theme|@import/);
    const [status, bytes] = await got("page-kit-theme", /\.kit\s*{[^}]*url\("?([^")]+)/.exec(css)[1]);
    assert.deepEqual([status, bytes.length], [200, 6000]);
    sheets.push(css);
  }
  assert.match(sheets[1], /\.flex\s*{/);
  assert.doesNotMatch(sheets[0], /\.flex\s*{/);
});
