// What is published to Workers for Platforms follows what it depends on by itself: secrets, who may look, and whether it is
// served at all. Against a local server of Cloudflare's API, through failures and kills.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { deploy, uploaded } from "./support/app.mjs";
import { Cloudflare } from "./support/cloudflare.mjs";
import { Server } from "./support/server.mjs";

let cloudflare;
let server;
before(async () => {
  cloudflare = await Cloudflare.start();
  server = await Server.start({ background: cloudflare.vars });
});
afterEach(() => Object.assign(cloudflare, { late: 0, requests: [] }));
after(async () => {
  await server?.stop();
  await cloudflare?.stop();
});

const files = (text) => ({
  "index.html": `<!doctype html><script type="module" src="/main.js"></script>`, "main.js": `document.title = "${text}";`,
  "package.json": JSON.stringify({ overskill: { routes: ["/api/*"] } }), "worker/index.js": "export default { fetch: (request, env) => Response.json(env) };",
});

/** Asks until `done` holds for the answer; the runner's own limit ends it. */
async function eventually(ask, done) {
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    // An app's calls are counted.
    await pause(50);
  }
}

const address = (slug, { id }) => `/v1/apps/${slug}/deployments/${id}/publish`;
const read = async (slug, deployment) => (await server.call("GET", address(slug, deployment))).json;
const is = (...states) => ({ state }) => states.includes(state);
const settled = (slug, deployment) => eventually(() => read(slug, deployment), is("live", "failed", "removed"));
const secret = (slug, name, value) => server.call("PUT", `/v1/apps/${slug}/secrets/${name}`, { json: { value } });
const now = ({ script }) => cloudflare.scripts.get(script)?.now;
const secrets = (status) => Object.fromEntries(now(status).bindings.filter(({ type }) => type === "secret_text").map(({ name, text }) => [name, text]));
const puts = ({ script }) => cloudflare.count(new RegExp(`^PUT .*/${script}$`));
const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** A deployment of an app's newest version, published. */
async function published(slug, text) {
  await uploaded(server, slug, files(text));
  const deployment = await deploy(server, slug);
  assert.equal((await server.call("POST", address(slug, deployment))).status, 202);
  const status = await settled(slug, deployment);
  assert.equal(status.state, "live", JSON.stringify(status));
  return { ...deployment, script: status.script };
}

test("changed secrets reach all that is published, several as one, and count as live when they are seen", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "secretive" } });
  await secret("secretive", "KEY", "one");
  const first = await published("secretive", "one");
  const second = await published("secretive", "two");
  assert.deepEqual([secrets(first), secrets(second)], [{ KEY: "one" }, { KEY: "one" }]);
  cloudflare.requests = [];
  cloudflare.late = 3;
  cloudflare.fail(/assets-upload-session$/, { status: 500 });
  cloudflare.fail(/^PUT /, { cut: true });
  for (const [name, value] of [["KEY", "two"], ["OTHER", "x"], ["KEY", "three"]]) assert.equal((await secret("secretive", name, value)).status, 200);
  const wanted = { KEY: "three", OTHER: "x" };
  for (const each of [first, second]) {
    await eventually(async () => {
      const sent = same(secrets(each), wanted);
      const { state } = await read("secretive", each);
      if (sent && state === "live") assert.equal(cloudflare.scripts.get(each.script).late, 0, "it is live before it is seen");
      return sent && state === "live";
    }, Boolean);
  }
  assert.ok(puts(first) + puts(second) <= 3, "one upload each, and one that nobody heard of");
  assert.equal((await server.call("DELETE", "/v1/apps/secretive/secrets/OTHER")).status, 204);
  for (const each of [first, second]) await eventually(async () => same(secrets(each), { KEY: "three" }), Boolean);
  // Refused, it changes nothing and nothing is sent.
  await eventually(() => read("secretive", first), is("live"));
  await eventually(() => read("secretive", second), is("live"));
  const before = cloudflare.count(/^PUT /);
  assert.equal((await secret("secretive", "KEY", 7)).status, 422);
  assert.equal((await server.call("DELETE", "/v1/apps/secretive/secrets/NONE")).status, 404);
  // What another app has is its own.
  await published("stranger", "one");
  await secret("stranger", "KEY", "theirs");
  assert.deepEqual([cloudflare.count(/^PUT /) - before, secrets(first)], [1, { KEY: "three" }]);
});

test("who may look is told to what is published", async () => {
  const each = await published("shy", "one");
  const forever = () => /"(public|private), max-age/.exec(now(each).modules.get("overskill-site.js").bytes)[1];
  assert.equal(forever(), "public");
  await server.call("PATCH", "/v1/apps/shy", { json: { visibility: "private" } });
  await eventually(async () => forever(), (cache) => cache === "private");
});

test("what is retired goes, however often that fails; what is served stays", async () => {
  const made = [];
  for (const text of ["one", "two", "three", "four"]) made.push(await published("tidy", text));
  const removals = /^DELETE /;
  cloudflare.fail(removals, { status: 500, times: 2 });
  cloudflare.fail(removals, { cut: true });
  cloudflare.late = 1;
  const collected = await server.call("POST", "/v1/apps/tidy/collect", { json: { keep: 1 } });
  assert.deepEqual(collected.json.retired, [made[1].id, made[0].id]);
  for (const each of made.slice(0, 2)) assert.equal((await eventually(() => read("tidy", each), is("removed", "failed"))).state, "removed");
  assert.deepEqual(made.map((each) => now(each) !== undefined), [false, false, true, true]);
  assert.deepEqual(await Promise.all(made.slice(2).map(async (each) => (await read("tidy", each)).state)), ["live", "live"]);
  for (const each of made.slice(2)) assert.equal(cloudflare.count(new RegExp(`^DELETE .*${each.script}`)), 0);
  // An older one that is live again is as safe as any that is.
  await server.call("POST", `/v1/apps/tidy/deployments/${made[2].id}/activate`);
  assert.deepEqual((await server.call("POST", "/v1/apps/tidy/collect", { json: { keep: 0 } })).json.retired, [made[3].id]);
  assert.equal((await eventually(() => read("tidy", made[3]), is("removed", "failed"))).state, "removed");
  assert.ok(now(made[2]));
});

test("killed at any moment, secrets arrive and what is retired goes", { timeout: 280_000 }, async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "killed" } });
  const made = [await published("killed", "0")];
  for (let round = 1; round <= 4; round++) {
    const asked = secret("killed", "KEY", `${round}`).then(({ status }) => status, () => undefined);
    await pause(round * 6);
    await server.kill();
    await asked;
    await server.up();
    // What the deployment's own host says is what is so.
    const host = new URL(made.at(-1).url).host.split(".")[0];
    const { ASSETS: assets, ...own } = (await server.preview(host, "/api/x")).json;
    assert.ok(assets);
    await eventually(async () => same(secrets(made.at(-1)), own), Boolean);
  }
  for (let round = 1; round <= 4; round++) {
    made.push(await published("killed", `${round}`));
    const asked = server.call("POST", "/v1/apps/killed/collect", { json: { keep: 0 } }).catch(() => {});
    await pause(round * 8);
    await server.kill();
    await asked;
    await server.up();
    const all = (await server.call("GET", "/v1/apps/killed/deployments")).json.deployments;
    for (const each of made) {
      const { retiredAt } = all.find(({ id }) => id === each.id);
      if (retiredAt) await eventually(async () => now(each), (there) => there === undefined);
      else assert.ok(now(each), `${each.id} is served`);
    }
  }
});

test("killed while its app is deleted, nothing of it stays", { timeout: 280_000 }, async () => {
  for (const wait of [5, 15, 40]) {
    const slug = `gone-${wait}`;
    const each = await published(slug, "one");
    const asked = server.call("DELETE", `/v1/apps/${slug}`).catch(() => {});
    await pause(wait);
    await server.kill();
    await asked;
    await server.up();
    // Where it was not heard of at all it is asked for again.
    await server.call("DELETE", `/v1/apps/${slug}`);
    await eventually(async () => now(each), (there) => there === undefined);
  }
});
