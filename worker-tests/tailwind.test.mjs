// Tailwind end to end: apps of both versions are pushed, and the CSS that their pages load is upstream's.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { transform } from "lightningcss";
import { FIXTURES, files, install, upstream } from "../src/compiler/javascript/tests/upstream.mjs";
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

/** The versions of browsers that sheets are lowered for. */
const targets = { chrome: 111 << 16, edge: 111 << 16, firefox: 114 << 16, safari: (16 << 16) | (4 << 8) };

/** A sheet as Lightning CSS prints it, which is how previews have it: it puts some declarations in an order of its own. */
const printed = (css) => transform({ filename: "a.css", code: Buffer.from(css), errorRecovery: true }).code.toString();

/** The rules of a sheet, each lowered. */
function lowered(css) {
  const { code } = transform({ filename: "a.css", code: Buffer.from(css), targets, minify: true, errorRecovery: true });
  return code.toString().replaceAll("}", "}\n").split("\n").map((rule) => rule.replace(/((?:^|[{;])(-webkit-[^;}]*));\2(?=[;}])/g, "$1").replace(/((?:^|[{;])(-webkit-[^;}]*));\2(?=[;}])/g, "$1"));
}

/** The sheet that an app's page loads. */
async function served(slug) {
  const page = (await server.preview(slug)).bytes.toString();
  const [, address] = /<link rel="stylesheet" href="([^"]+)"/.exec(page) ?? [];
  assert.ok(address, page);
  const sheet = await server.preview(slug, address);
  assert.equal(sheet.status, 200);
  return sheet.bytes.toString();
}

const DEPENDENCIES = { 3: { tailwindcss: "^3.4.17" }, 4: { tailwindcss: "^4.1.0", "@tailwindcss/vite": "^4.1.0" } };

/** A fixture as an app whose page loads its sheet. */
function app(name, version, sheet) {
  const folder = install(name, version);
  const page = `<!doctype html><html class="dark"><link rel="stylesheet" href="/${sheet}"><body class="overflow-hidden font-sans p-huge">`;
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: DEPENDENCIES[version] }));
  if (version === 3) writeFileSync(join(folder, "postcss.config.cjs"), "module.exports = { plugins: { tailwindcss: {}, autoprefixer: {} } };");
  return folder;
}

for (const [name, { version, sheet }] of Object.entries(FIXTURES)) {
  test(`${name}: the page's sheet is upstream's, and follows an edit`, async () => {
    const folder = app(name, version, sheet);
    const written = await uploaded(server, name, files(folder));
    assert.deepEqual(written.diagnostics.filter(({ severity }) => severity === "error"), []);
    const first = await served(name);
    assert.deepEqual(lowered(first), lowered(printed(await upstream(folder, version, sheet))));

    const path = "src/added.html";
    const added = '<b class="tracking-[0.3em] tw-tracking-[0.3em] tw:tracking-[0.3em] md:inline-grid">';
    writeFileSync(join(folder, path), added);
    if (["v3-shadcn", "shadcn", "tailwind3"].includes(name)) {
      // Its content is scripts.
      rmSync(join(folder, path));
      writeFileSync(join(folder, "src/Added.tsx"), `export const Added = () => ${added}</b>;`);
    }
    await uploaded(server, name, files(folder));
    const second = await served(name);
    assert.notEqual(second, first);
    assert.deepEqual(lowered(second), lowered(printed(await upstream(folder, version, sheet))));
  });
}

test("a package's sheet that is Tailwind's is part of the sheet that imports it", async () => {
  registry.publish({
    "package.json": JSON.stringify({ name: "tw-kit", version: "1.0.0", style: "theme.css" }), "theme.css": '@import "./parts/box.css";\n@theme { --color-kit: #123456; }\n.kit { @apply flex; background: url("./k.png") }',
    "parts/box.css": "@utility kit-box { border: 3px solid; }", "k.png": "k".repeat(5000), "plain.css": ".plain { top: 0 }",
  });
  const files = {
    "index.html": '<!doctype html><link rel="stylesheet" href="/a.css"><p class="kit-box text-kit">', "package.json": JSON.stringify({ dependencies: { ...DEPENDENCIES[4], "tw-kit": "^1.0.0" } }),
    "a.css": '@import "tailwindcss";\n@import "tw-kit";\n@import "tw-kit/plain.css" layer(base);',
  };
  const { status, diagnostics } = await uploaded(server, "tw-kit", files);
  assert.deepEqual([status, diagnostics.filter(({ severity }) => severity !== "info")], ["ready", []]);
  const css = await served("tw-kit");
  for (const part of [/\.kit-box \{\s*border: 3px solid/, /\.text-kit \{\s*color: var\(--color-kit\)/, /\.kit \{[^}]*display: flex/, /\.plain/]) assert.match(css, part);
  const [, address] = /url\("([^"]+)"\)/.exec(css);
  assert.equal((await server.preview("tw-kit", address)).bytes.length, 5000);
});

test("what upstream can't make sense of is a diagnostic at its place", async () => {
  const files = {
    "index.html": '<link rel="stylesheet" href="/a.css">',
    "package.json": JSON.stringify({ dependencies: DEPENDENCIES[4] }),
    "a.css": '@import "tailwindcss";\n.b { @apply no-such-class; }',
  };
  const { diagnostics } = await uploaded(server, "wrong-four", files);
  const [{ code, severity, path, line, column, frame }] = diagnostics;
  assert.deepEqual({ code, severity, path, line, column }, { code: "tailwind", severity: "error", path: "a.css", line: 2, column: 13 });
  assert.match(frame, /no-such-class/);
});
