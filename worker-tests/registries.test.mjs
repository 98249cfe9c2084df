// An app's own registries: who shows the token gets the packages, nobody else gets anything of them, and the token is told
// to no one but its registry.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Registry } from "./support/registry.mjs";
import { Server } from "./support/server.mjs";

const SECRET = "s3cret-t0ken-of-the-registry";
let open, own, server;
before(async () => {
  open = await Registry.start();
  own = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: open.url } });
  own.protect(/^/, SECRET);
  for (const version of ["1.0.0", "1.1.0"]) {
    own.publish({ "package.json": JSON.stringify({ name: "@own/vault", version }), "index.js": "export default 'the contents of the vault'" });
  }
});
after(async () => {
  await server?.stop();
  await own?.stop();
  await open?.stop();
});

const app = (dependencies = { "@own/vault": "^1.0.0" }) => ({
  "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>',
  "src/main.ts": `${Object.keys(dependencies).map((name, at) => `import a${at} from '${name}'`).join("\n")}\ndocument.title = a0`,
  "package.json": JSON.stringify({ dependencies }),
});
const scopes = (token = SECRET, url = own.url) => ({ scopes: { "@own": { url, token } } });
const create = (slug) => server.call("POST", "/v1/apps", { json: { slug } });
const configure = (slug, registries) => server.call("PATCH", `/v1/apps/${slug}`, { json: { registries } });
const codes = ({ diagnostics }) => diagnostics.map(({ code }) => code);
const chunkOf = async (slug) => {
  const html = (await server.preview(slug, "/", { headers: { accept: "text/html" } })).bytes.toString();
  const address = /\/__overskill\/packages-[0-9a-f]+\.js/.exec(html)[0];
  return (await server.preview(slug, address)).bytes.toString();
};

/** Every file that the runtime keeps. */
function* stored(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* stored(path);
    else yield [path, readFileSync(path)];
  }
}

test("who shows the token gets the package, and no answer, log or file has the token", async () => {
  await create("owner");
  const set = await configure("owner", scopes());
  assert.equal(set.status, 200, set.bytes.toString());
  const shown = { default: null, scopes: { "@own": { url: own.url, tokenSet: true } } };
  assert.deepEqual(set.json.registries, shown);
  assert.deepEqual((await server.call("GET", "/v1/apps/owner")).json.registries, shown);
  const written = await uploaded(server, "owner", app());
  assert.deepEqual([written.status, written.diagnostics], ["ready", []]);
  assert.ok((await chunkOf("owner")).includes("the contents of the vault"));
  assert.equal(open.count(/own/), 0, "the scope's packages are asked for nowhere else");
  const listed = (await server.call("GET", "/v1/apps/owner/packages")).json.packages;
  assert.deepEqual(listed.map(({ name, registry }) => [name, registry]), [["@own/vault", own.url]]);
  for (const path of ["/v1/apps", "/v1/apps/owner", "/v1/apps/owner/packages", "/v1/apps/owner/diagnostics", "/v1/apps/owner/files"]) {
    assert.ok(!(await server.call("GET", path)).bytes.includes(SECRET), path);
  }
  while ((await server.call("GET", "/v1/apps/owner")).json.version !== written.version);
  assert.ok(!server.log.includes(SECRET), "the log has the token");
  for (const [path, bytes] of stored(server.state)) assert.ok(!bytes.includes(SECRET), `${path} has the token`);
});

test("nobody else gets anything of it, however warm the caches", async () => {
  const asked = own.count();
  const plain = await uploaded(server, "plain", app());
  assert.deepEqual([plain.status, codes(plain)], ["failed", ["package-not-found"]]);
  assert.equal(own.count(), asked, "an app's registry is not asked for another app");
  for (const [slug, registries] of [["wrong", scopes("wr0ng-t0ken")], ["none", scopes(null)]]) {
    await create(slug);
    await configure(slug, registries);
    const written = await uploaded(server, slug, app());
    assert.deepEqual([written.status, codes(written)], ["failed", ["package-not-found"]], slug);
    assert.ok(!JSON.stringify(written).includes("wr0ng-t0ken"));
  }
});

test("a lockfile that knows the contents' hash opens nothing", async () => {
  const { versions } = await (await fetch(`${own.url}@own%2fvault`, { headers: { authorization: `Bearer ${SECRET}` } })).json();
  const { integrity } = versions["1.1.0"].dist;
  const lock = { lockfileVersion: 3, packages: {
    "": { dependencies: { "@own/vault": "^1.0.0" } },
    "node_modules/@own/vault": { version: "1.1.0", resolved: `${own.url}@own/vault/-/vault-1.1.0.tgz`, integrity },
  } };
  for (const [slug, registries] of [["locked", {}], ["locked-none", scopes(null)], ["locked-wrong", scopes("wr0ng-t0ken")]]) {
    await create(slug);
    await configure(slug, registries);
    const written = await uploaded(server, slug, { ...app(), "package-lock.json": JSON.stringify(lock) });
    assert.deepEqual([written.status, codes(written)], ["failed", ["package-not-found"]], slug);
  }
});

test("those who show the same token share what was built", async () => {
  await create("partner");
  await configure("partner", scopes());
  const tarballs = own.count(/\/-\//);
  const written = await uploaded(server, "partner", app());
  assert.equal(written.status, "ready", JSON.stringify(written.diagnostics));
  assert.equal(own.count(/\/-\//), tarballs);
});

test("another registry builds the app anew, and a token doesn't follow to another address", async () => {
  await create("later");
  assert.equal((await uploaded(server, "later", app())).status, "failed");
  assert.equal((await configure("later", scopes())).status, 200);
  assert.equal((await server.call("GET", "/v1/apps/later/diagnostics")).json.status, "ready");
  const same = await configure("later", { scopes: { "@own": { url: own.url } } });
  assert.equal(same.json.registries.scopes["@own"].tokenSet, true, "what is not named stays");
  const moved = await configure("later", { scopes: { "@own": { url: open.url } } });
  assert.equal(moved.json.registries.scopes["@own"].tokenSet, false);
  assert.equal((await server.call("GET", "/v1/apps/later/diagnostics")).json.status, "failed");
  const cleared = await configure("later", {});
  assert.deepEqual(cleared.json.registries, { default: null, scopes: {} });
});

test("an app's default registry is asked for everything, and where it points to is not", async () => {
  own.publish({ "package.json": JSON.stringify({ name: "in-house", version: "1.0.0" }), "index.js": "export default 'in house'" });
  open.publish({ "package.json": JSON.stringify({ name: "elsewhere", version: "1.0.0" }), "index.js": "export default 'elsewhere'" });
  own.fail(/elsewhere/, { status: 302, headers: { location: `${open.url}elsewhere` } });
  await create("housed");
  await configure("housed", { default: { url: own.url, token: SECRET } });
  const written = await uploaded(server, "housed", app({ "in-house": "1" }));
  assert.equal(written.status, "ready", JSON.stringify(written.diagnostics));
  const asked = open.count();
  const pointed = await server.call("PUT", "/v1/apps/housed/files", { json: { files: app({ elsewhere: "1" }) } });
  assert.equal(pointed.json.status, "failed");
  assert.equal(open.count(), asked, "redirects are not followed");
});

test("they survive an object that lost its storage", async () => {
  const { json: before } = await server.call("PUT", "/v1/apps/owner/files/src/x.ts", { body: "1" });
  while ((await server.call("GET", "/v1/apps/owner")).json.version !== before.version);
  await server.kill();
  rmSync(join(server.state, "v3/do"), { recursive: true });
  await server.up();
  const written = await server.call("PUT", "/v1/apps/owner/files/package.json", { body: app({ "@own/vault": "1.0.0" })["package.json"] });
  assert.deepEqual([written.json.status, written.json.diagnostics], ["ready", []]);
});

test("without a key there are no tokens, and what was sealed under another is not taken", async () => {
  await server.kill();
  server.vars.SEALING_KEY = "another key, by mistake";
  await server.up();
  const written = await server.call("PUT", "/v1/apps/owner/files/src/y.ts", { body: "1" });
  assert.deepEqual([written.json.status, codes(written.json)], ["failed", ["registry-token-unreadable"]]);
  assert.equal((await configure("owner", scopes())).status, 200);
  assert.equal((await server.call("GET", "/v1/apps/owner/diagnostics")).json.status, "ready");
  await server.kill();
  server.vars.SEALING_KEY = "short";
  await server.up();
  const refused = await configure("owner", scopes());
  assert.equal(`${refused.status} ${refused.json.code}`, "503 sealing-key-not-set");
});
