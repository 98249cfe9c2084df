// Sass end to end: apps are pushed, and the CSS that their pages load is upstream's; what is wrong is told in its place.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compileString } from "sass";
import { transform } from "lightningcss";
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

const minified = (css) => transform({ filename: "a.css", code: Buffer.from(css), minify: true }).code.toString();

/** An app whose page links a sheet. */
const app = (files, sheet = "/src/a.scss") => ({ "index.html": `<!doctype html><link rel="stylesheet" href="${sheet}">`, "package.json": "{}", ...files });

/** The sheet that an app's page loads. */
async function served(slug) {
  const page = (await server.preview(slug)).bytes.toString();
  const [, address] = /<link rel="stylesheet" href="([^"]+)"/.exec(page) ?? [];
  const sheet = await server.preview(slug, address);
  assert.deepEqual([sheet.status, sheet.headers["content-type"]], [200, "text/css; charset=utf-8"], page);
  return sheet.bytes.toString();
}

test("a linked sheet is upstream's, and follows edits of what it loads", async () => {
  const files = {
    "vite.config.ts": 'export default { resolve: { alias: { "@": "/src" } }, css: { preprocessorOptions: { scss: { additionalData: `@use "@/tokens" as *;\n` } } } };',
    "src/a.scss": '@use "sass:math";\n@use "parts/list";\n.a { width: math.div($unit, 2); &:hover { top: 0 } }',
    "src/_tokens.scss": "$unit: 8px;",
    "src/parts/_list.sass": "@use '../tokens' as *\n.list\n  gap: $unit\n  background: url('./dot.svg#x')",
    "src/parts/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
  };
  const written = await uploaded(server, "sass-linked", app(files));
  assert.deepEqual([written.status, written.diagnostics], ["ready", []]);
  const css = await served("sass-linked");
  const [, address] = /url\("?([^")]+)"?\)/.exec(css);
  assert.equal((await server.preview("sass-linked", address)).status, 200, css);
  assert.equal(minified(css.replace(address, "u")), minified('.list { gap: 8px; background: url("u") } .a { width: 4px } .a:hover { top: 0 }'));
  await uploaded(server, "sass-linked", app({ ...files, "src/_tokens.scss": "$unit: 10px;" }));
  assert.match(await served("sass-linked"), /gap: 10px[^]*width: 5px/);
});

test("sheets of packages are loaded as their authors wrote them, and name their files", async () => {
  registry.publish({
    "package.json": JSON.stringify({ name: "sass-kit", version: "1.2.3", sass: "scss/kit.scss", dependencies: { "sass-base": "^1.0.0" } }),
    "scss/kit.scss": '@import "variables", "icons/face";\n.kit { color: $kit-color; }', "scss/_variables.scss": '@use "sass-base" as base;\n$kit-color: base.$tone !default;',
    "scss/icons/_face.scss": '@font-face { font-family: "Kit"; src: url("../../fonts/kit.woff2?v=1") format("woff2"); }', "fonts/kit.woff2": "x".repeat(6000),
  });
  registry.publish({
    "package.json": JSON.stringify({ name: "sass-base", version: "1.0.1", exports: { ".": { sass: "./_base.scss", default: "./x.js" } } }), "_base.scss": "$tone: teal;", "x.js": "",
  });
  const files = { "package.json": JSON.stringify({ dependencies: { "sass-kit": "^1.0.0" } }), "src/a.scss": '$kit-color: navy;\n@import "sass-kit/scss/kit";', "src/b.scss": '@use "sass-kit" with ($kit-color: red);' };
  for (const [slug, sheet, color] of [["sass-kit", "/src/a.scss", "navy"], ["sass-kit-used", "/src/b.scss", "red"]]) {
    const { status, diagnostics } = await uploaded(server, slug, app(files, sheet));
    assert.deepEqual([status, diagnostics.filter(({ severity }) => severity !== "info")], ["ready", []]);
    const css = await served(slug);
    assert.match(css, new RegExp(`color: (${color}|#[0-9a-f]+)`));
    const [, font] = /url\("([^"]+)"\) format/.exec(css);
    const answer = await server.preview(slug, font);
    assert.deepEqual([answer.status, answer.bytes.length], [200, 6000], css);
  }
});

test("what is wrong, and what is said, stands in the sheet that has it", async () => {
  const files = { "src/a.scss": "@use 'b';\n@warn 'mind';\n.a { color: b.$no; }", "src/_b.scss": "@debug 'seen';\n" };
  const { status, diagnostics } = await uploaded(server, "sass-wrong", app(files));
  const short = ({ code, severity, path, line, column }) => [code, severity, path, line, column];
  assert.equal(status, "failed");
  assert.deepEqual(diagnostics.map(short).sort(), [["sass", "error", "src/a.scss", 3, 13], ["sass-debug", "info", "src/_b.scss", 1, 1], ["sass-warning", "warning", "src/a.scss", 2, 1]]);
  assert.match(diagnostics.find(({ code }) => code === "sass").frame, /color: b\.\$no/);
  const missing = await uploaded(server, "sass-missing", app({ "src/a.scss": "@use 'nowhere';" }));
  assert.deepEqual(missing.diagnostics.map(short), [["sass", "error", "src/a.scss", 1, 1]]);
  const { diagnostics: [less] } = await uploaded(server, "sass-less", app({ "src/a.less": "@a: 1;" }, "/src/a.less"));
  assert.deepEqual([less.code, less.path], ["css-preprocessor-unsupported", "src/a.less"]);
});

test("a sheet without an end fails by itself, and nothing else waits for it", async () => {
  for (const text of ["@while true {}", "@function f($x) { @return f($x) }\n.a { b: f(1) }"]) {
    const { status, diagnostics } = await uploaded(server, "sass-endless", app({ "src/a.scss": text }));
    assert.deepEqual([status, diagnostics.map(({ code, path }) => [code, path])], ["failed", [["sass-too-much", "src/a.scss"]]]);
  }
  const after = await uploaded(server, "sass-after", app({ "src/a.scss": ".a { b: 1px + 1px }" }));
  assert.equal(after.status, "ready");
});

test("a sheet in Sass goes through Tailwind 3 as under PostCSS", async () => {
  const files = {
    "package.json": JSON.stringify({ devDependencies: { tailwindcss: "^3.4.0" } }), "postcss.config.cjs": "module.exports = { plugins: { tailwindcss: {} } }", "tailwind.config.js": "module.exports = { content: ['./src/**/*.html'] }",
    "src/x.html": '<b class="tracking-[0.3em]">', "src/a.scss": "@tailwind utilities;\n$p: 4;\n.a { .b { @apply flex; } width: $p * 1px; }",
  };
  const { status, diagnostics } = await uploaded(server, "sass-tailwind", app(files));
  assert.deepEqual([status, diagnostics.filter(({ severity }) => severity !== "info")], ["ready", []]);
  const css = await served("sass-tailwind");
  for (const part of [/letter-spacing: \.3em|letter-spacing: 0\.3em/, /\.a \.b \{\s*display: flex/, /width: 4px/]) assert.match(css, part);
});

test("upstream's own compiler agrees on a larger sheet", async () => {
  const text = `@use "sass:color"; @use "sass:list"; @use "sass:map"; @use "sass:string";
    $sizes: (sm: 600px, lg: 900px); @function rem($px) { @return calc($px / 16) * 1rem; } %card { padding: rem(16); &:has(> img) { padding: 0 } }
    @mixin up($name) { @media (min-width: map.get($sizes, $name)) { @content } }
    @each $name, $size in $sizes { .w-#{$name} { @extend %card; max-width: $size; @include up($name) { color: color.scale(#123456, $lightness: 20%); } } }
    @for $i from 1 through 5 { .m-#{$i} { margin: { top: $i * 2px; bottom: list.nth((1px 2px 3px 4px 5px), $i) } } } .#{string.unquote("x")}::after { content: "\\201c"; }`;
  const { status } = await uploaded(server, "sass-large", app({ "src/a.scss": text }));
  assert.equal(status, "ready");
  assert.equal(minified(await served("sass-large")), minified(compileString(text).css));
});
