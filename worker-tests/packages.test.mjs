// npm packages, from a local registry fed from what is installed: chosen, verified, built once, kept for everyone.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
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

const page = '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>';
const main = "import { createRoot } from 'react-dom/client'; createRoot(document.getElementById('root')!).render(<p>hi</p>)";
const app = (dependencies, source = main, more = {}) => ({
  "index.html": page,
  "src/main.tsx": source,
  "package.json": JSON.stringify({ dependencies }),
  ...more,
});
const react = { react: "^19.0.0", "react-dom": "^19.0.0" };
const packagesOf = async (slug) => {
  const html = (await server.preview(slug, "/", { headers: { accept: "text/html" } })).bytes.toString();
  return /\/__overskill\/packages-[0-9a-f]+\.js/.exec(html)[0];
};
const codes = ({ diagnostics }) => diagnostics.map(({ code }) => code);

test("react comes from the registry once, for every app that needs it", async () => {
  const first = await uploaded(server, "one", app(react));
  assert.deepEqual([first.status, first.diagnostics], ["ready", []]);
  const asked = registry.count();
  assert.equal(registry.count(/\/react\/-\/react-/), 1);
  const second = await uploaded(server, "two", app(react, main.replace("hi", "ho")));
  assert.equal(second.status, "ready");
  assert.equal(await packagesOf("one"), await packagesOf("two"));
  const third = await server.call("PUT", "/v1/apps/one/files/src/x.tsx", { body: "export default <b/>" });
  assert.equal(third.json.status, "ready");
  assert.equal(registry.count(), asked, "nothing was asked for twice");
  const chunk = (await server.preview("one", await packagesOf("one"))).bytes.toString();
  assert.equal(chunk.match(/"npm:react@[^"]*\/cjs\/react\.development\.js"/g).length > 0, true);
  assert.ok(!chunk.includes("react.production.js"), "the branch for production is dead");
});

test("what can't be had is told to the author, and a registry that fails is asked again", async () => {
  const missing = await uploaded(server, "missing", app({ "no-such-package-at-all": "1" }, "import 'no-such-package-at-all'"));
  assert.equal(missing.status, "failed");
  assert.deepEqual([codes(missing), missing.diagnostics[0].path], [["package-not-found"], "src/main.tsx"]);
  const range = await uploaded(server, "range", app({ react: "^1.0.0" }, "import 'react'"));
  assert.deepEqual(codes(range), ["package-version-not-found"]);
  const undeclared = await uploaded(server, "undeclared", app({}, "import 'react'"));
  assert.deepEqual([undeclared.status, codes(undeclared)], ["ready", ["package-undeclared"]]);

  registry.publish({ "package.json": JSON.stringify({ name: "torn", version: "1.0.0" }), "index.js": "module.exports = 1" });
  const end = registry.fail(/\/torn\/-\//, { corrupt: true });
  const torn = await uploaded(server, "torn", app({ torn: "1" }, "import 'torn'"));
  assert.deepEqual(codes(torn), ["package-integrity"]);
  end();
  const whole = await server.call("PUT", "/v1/apps/torn/files/src/y.tsx", { body: "1" });
  assert.equal(whole.json.status, "ready", "the right bytes are taken when they come");

  registry.publish({ "package.json": JSON.stringify({ name: "flaky", version: "1.0.0" }), "index.js": "module.exports = 1" });
  const down = registry.fail(/flaky/, { status: 503 });
  const flaky = await uploaded(server, "flaky", app({ flaky: "1" }, "import 'flaky'"));
  assert.deepEqual([flaky.status, codes(flaky)], ["failed", ["packages-unavailable"]]);
  down();
  for (;;) {
    const told = await server.call("GET", "/v1/apps/flaky/diagnostics");
    if (told.json.status === "ready") break;
  }
});

test("what was chosen is listed with who asked for it", async () => {
  for (const version of ["1.0.0", "2.0.0"]) registry.publish({ "package.json": JSON.stringify({ name: "twofold", version }), "index.js": "export default 1" });
  registry.publish({ "package.json": JSON.stringify({ name: "asks-old", version: "1.0.0", dependencies: { twofold: "^1.0.0" } }), "index.js": "export { default } from 'twofold'" });
  await uploaded(server, "listed", app({ "asks-old": "1", twofold: "^2.0.0" }, "import a from 'asks-old'; import b from 'twofold'; document.title = a + b"));
  const { json: list } = await server.call("GET", "/v1/apps/listed/packages");
  assert.deepEqual([list.version, list.duplicates], [1, { twofold: ["1.0.0", "2.0.0"] }]);
  const shown = list.packages.map(({ name, version, askedBy }) => `${name}@${version} ${askedBy.map((by) => `${by.package} ${by.range}`)}`);
  assert.deepEqual(shown, ["asks-old@1.0.0 null 1", "twofold@1.0.0 asks-old@1.0.0 ^1.0.0", "twofold@2.0.0 null ^2.0.0"]);
  assert.ok(list.packages.every((at) => at.registry === registry.url && at.integrity.startsWith("sha512-")));
  await server.call("POST", "/v1/apps", { json: { slug: "none-yet" } });
  assert.deepEqual((await server.call("GET", "/v1/apps/none-yet/packages")).json, { version: 0, packages: [], duplicates: {} });
});

test("while the first version is being built, its page says so", async () => {
  registry.publish({ "package.json": JSON.stringify({ name: "slow", version: "1.0.0" }), "index.js": "module.exports = 1" });
  let release;
  registry.fail(/slow/, { hold: new Promise((done) => (release = done)) });
  const upload = uploaded(server, "slow", app({ slow: "1" }, "import 'slow'"));
  while ((await server.call("GET", "/v1/apps/slow/files")).json.version !== 1);
  const waiting = await server.preview("slow", "/", { headers: { accept: "text/html" } });
  assert.equal(waiting.status, 503);
  assert.match(waiting.bytes.toString(), /first version of <b>slow<\/b> is being built/);
  release();
  assert.equal((await upload).status, "ready");
  assert.equal((await server.preview("slow", "/", { headers: { accept: "text/html" } })).status, 200);
});

test("a lockfile decides, and its integrity is held", async () => {
  for (const version of ["1.0.0", "1.1.0"]) {
    registry.publish({ "package.json": JSON.stringify({ name: "pinned", version }), "index.js": `exports.version = ${JSON.stringify(version)}` });
  }
  const packument = await (await fetch(`${registry.url}pinned`)).json();
  const lock = (integrity) => ({
    "package-lock.json": JSON.stringify({
      name: "x", lockfileVersion: 3, packages: {
        "": { dependencies: { pinned: "^1.0.0" } },
        "node_modules/pinned": { version: "1.0.0", resolved: "https://elsewhere.invalid/pinned-1.0.0.tgz", integrity },
      },
    }),
  });
  const source = "import { version } from 'pinned'; document.title = version";
  const free = await uploaded(server, "free", app({ pinned: "^1.0.0" }, source));
  assert.equal(free.status, "ready");
  const held = await uploaded(server, "held", app({ pinned: "^1.0.0" }, source, lock(packument.versions["1.0.0"].dist.integrity)));
  assert.equal(held.status, "ready", JSON.stringify(held.diagnostics));
  const chunk = (await server.preview("held", await packagesOf("held"))).bytes.toString();
  assert.match(chunk, /pinned/);
  assert.ok(chunk.includes('"1.0.0"') && !chunk.includes('"1.1.0"'));
  const wrong = `sha512-${createHash("sha512").update("another").digest("base64")}`;
  const forged = await uploaded(server, "forged", app({ pinned: "^1.0.0" }, source, lock(wrong)));
  assert.deepEqual(codes(forged), ["package-integrity"]);
});

test("what was chosen is chosen again, also by an object that lost its storage", async () => {
  const publish = (version) =>
    registry.publish({ "package.json": JSON.stringify({ name: "moving", version }), "index.js": `exports.version = ${JSON.stringify(version)}` });
  publish("1.0.0");
  const source = "import { version } from 'moving'; document.title = version";
  const first = await uploaded(server, "moving", app({ moving: "^1.0.0" }, source));
  assert.equal(first.status, "ready");
  for (;;) if ((await server.call("GET", "/v1/apps/moving")).json.version === first.version) break;
  const chosen = await packagesOf("moving");
  await server.kill();
  rmSync(join(server.state, "v3/do"), { recursive: true });
  publish("1.1.0");
  await server.up();
  const again = await server.call("PUT", "/v1/apps/moving/files/src/x.ts", { body: "1" });
  assert.equal(again.json.status, "ready");
  assert.equal(await packagesOf("moving"), chosen);
});

test("a barrel costs what is used of it, and lockfiles of other managers decide", async () => {
  const icons = (names) => `import { ${names} } from 'lucide-react'; export default [${names}]; document.title = '1'`;
  const two = await uploaded(server, "icons", app({ ...react, "lucide-react": "*" }, icons("Camera, Heart")));
  assert.equal(two.status, "ready", JSON.stringify(two.diagnostics));
  const chunk = (await server.preview("icons", await packagesOf("icons"))).bytes.toString();
  assert.equal(chunk.match(/^\["npm:lucide-react@[^"]*\/icons\//gm).length, 2);
  const wrong = await uploaded(server, "wrong-icon", app({ ...react, "lucide-react": "*" }, icons("Camera, Camra")));
  assert.ok(codes(wrong).includes("missing-export"), JSON.stringify(wrong.diagnostics));
  const { dist } = (await (await fetch(`${registry.url}pinned`)).json()).versions["1.0.0"];
  const lock = JSON.stringify({ lockfileVersion: 1, packages: { pinned: ["pinned@1.0.0", "", {}, dist.integrity] } });
  const bun = await uploaded(server, "bun", app({ pinned: "^1.0.0" }, "import 'pinned'", { "bun.lock": `// Bun's\n${lock}`, "bun.lockb": "binary" }));
  assert.deepEqual([bun.status, codes(bun)], ["ready", ["lockfile-ignored"]]);
  const pinned = (await server.preview("bun", await packagesOf("bun"))).bytes.toString();
  assert.ok(pinned.includes("npm:pinned@1.0.0/"));
});

test("fonts of packages are files, served where the style sheet says", async () => {
  const font = Buffer.alloc(9000, 7).toString("latin1");
  registry.publish({
    "package.json": JSON.stringify({ name: "font", version: "1.0.0" }),
    "index.css": "@font-face { font-family: X; src: url(./files/x.woff2) format('woff2') }",
    "files/x.woff2": font,
  });
  const written = await uploaded(server, "font", app({ font: "1" }, "import 'font/index.css'"));
  assert.equal(written.status, "ready", JSON.stringify(written.diagnostics));
  const chunk = (await server.preview("font", await packagesOf("font"))).bytes.toString();
  const [address] = /\/__overskill\/files\/[0-9a-f]{64}\.woff2/.exec(chunk);
  const served = await server.preview("font", address);
  assert.deepEqual([served.status, served.headers["content-type"], served.bytes.toString()], [200, "font/woff2", font]);
});
