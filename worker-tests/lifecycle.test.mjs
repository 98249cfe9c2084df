// A deployment's life: its states, who took whose place, going back, going on after a crash, and what goes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deploy, uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start({ vars: { PRODUCTION_DOMAIN: "apps.test" } })));
after(() => server?.stop());

const app = (text) => ({
  "index.html": `<!doctype html><div id="root"></div><script type="module" src="/main.js"></script>`,
  "main.js": `import "./style.css"; document.title = "${text}"; import("./late.js").then((late) => document.body.append(late.default));`,
  "late.js": `export default "late ${text}";`,
  "style.css": ".a { color: red }",
  "public/same.txt": "the same ".repeat(200),
});
const write = (slug, text) => server.call("PATCH", `/v1/apps/${slug}/files`, { json: { upsert: app(text) } });
const create = (slug, json = { tier: "production" }, headers = {}) => server.call("POST", `/v1/apps/${slug}/deployments`, { json, headers });
const read = async (slug, id) => (await server.call("GET", `/v1/apps/${slug}/deployments/${id}`)).json;
const list = async (slug) => (await server.call("GET", `/v1/apps/${slug}/deployments`)).json.deployments;
const activate = (slug, id, options) => server.call("POST", `/v1/apps/${slug}/deployments/${id}/activate`, options);
const collect = (slug, json) => server.call("POST", `/v1/apps/${slug}/collect`, { json });
const label = (deployment) => new URL(deployment.url).host.split(".")[0];
const states = (deployment) => deployment.changes.map(({ state }) => state);

/** What a host shows: the title that its script sets. */
async function shown(host) {
  const page = await server.preview(host);
  if (page.status !== 200) return page.status;
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.bytes.toString())[1];
  return /title="([^"]*)"/.exec((await server.preview(host, script)).bytes.toString())[1];
}

/** Asks, one question after the other's answer, until it is so. */
async function until(what, asked) {
  for (const started = Date.now(); Date.now() - started < 60_000; ) {
    const found = await asked().catch(() => undefined);
    if (found) return found;
  }
  throw new Error(`${what} never came`);
}

test("its states are recorded with time, cause and actor, and so is who takes its place", async () => {
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "life" } })).json;
  await write("life", "one");
  const first = await deploy(server, "life");
  assert.deepEqual(states(first), ["queued", "building", "uploading", "live"]);
  for (const change of first.changes) assert.ok(change.cause && change.actor === "admin" && change.at >= first.createdAt, JSON.stringify(change));
  assert.ok(first.log.some(({ text }) => /compile/.test(text)), JSON.stringify(first.log));
  await write("life", "two");
  const second = (await server.call("POST", "/v1/apps/life/deployments", { json: { tier: "production", message: "Two" }, token })).json;
  assert.deepEqual([second.state, second.actor, second.message], ["live", "app", "Two"]);
  const was = await read("life", first.id);
  assert.deepEqual(states(was), ["queued", "building", "uploading", "live", "superseded"]);
  assert.match(was.changes.at(-1).cause, new RegExp(second.id));
  // Tiers don't meet.
  const preview = await deploy(server, "life", "preview");
  assert.deepEqual((await list("life")).map(({ id, state }) => [id, state]), [[preview.id, "live"], [second.id, "live"], [first.id, "superseded"]]);
});

test("each has a host for good, and a tier's address serves the one that is live; going back is one call", async () => {
  await uploaded(server, "roll", app("one"));
  const one = await deploy(server, "roll");
  await write("roll", "two");
  const two = await deploy(server, "roll");
  const at = async () => [await shown(label(one)), await shown(label(two)), await shown("roll--production")];
  assert.deepEqual(await at(), ["one", "two", "two"]);
  assert.equal(await shown("roll--preview"), 404);
  const back = await activate("roll", one.id);
  assert.deepEqual([back.status, back.json.state, back.json.changes.at(-1).cause], [200, "live", "it was activated"]);
  assert.deepEqual(await at(), ["one", "two", "one"]);
  assert.equal((await read("roll", two.id)).state, "superseded");
  // A page of the other one that is still open gets what it imports later.
  const entry = /src="(\/assets\/[^"]+\.js)"/.exec((await server.preview(label(two))).bytes.toString())[1];
  const late = /late-[0-9a-f]+\.js/.exec((await server.preview(label(two), entry)).bytes.toString())[0];
  assert.match((await server.preview("roll--production", `/assets/${late}`)).bytes.toString(), /late two/);
  // Again changes nothing.
  const again = await activate("roll", one.id);
  assert.deepEqual([again.status, again.json.changes.length], [200, back.json.changes.length]);
  const page = await server.preview("roll--production");
  assert.equal(page.headers["cache-control"], "no-cache");
  assert.equal((await server.preview("roll--production", "/", { headers: { "if-none-match": page.headers.etag } })).status, 304);
  assert.deepEqual([(await activate("roll", "0000000000000000")).status, (await activate("roll", one.id, { token: null })).status], [404, 401]);
});

test("production has a domain of its own where one is set", async () => {
  await uploaded(server, "own", app("own"));
  const made = await deploy(server, "own");
  assert.match(made.tierUrl, /^http:\/\/own\.apps\.test(:\d+)?\/$/);
  const page = await server.preview("own", "/", { headers: { host: "own.apps.test" } });
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.bytes.toString(), /__overskill/);
  assert.equal((await server.preview("own", "/v1/apps", { headers: { host: "own.apps.test" } })).status, 404);
  assert.equal((await server.preview("own", "/", { headers: { host: "nobody.apps.test" } })).status, 404);
});

test("what does not build takes nobody's place, and can't be activated", async () => {
  await uploaded(server, "broken", app("good"));
  const good = await deploy(server, "broken");
  await server.call("PATCH", "/v1/apps/broken/files", { json: { upsert: { "main.js": "export const = 1" } } });
  const bad = (await create("broken")).json;
  assert.deepEqual([bad.state, states(bad)], ["failed", ["queued", "building", "failed"]]);
  assert.equal(bad.diagnostics[0].path, "main.js");
  assert.ok(bad.log.some(({ text }) => text.includes("main.js")));
  assert.equal(await shown("broken--production"), "good");
  const refused = await activate("broken", bad.id);
  assert.deepEqual([refused.status, refused.json.code, refused.json.state], [409, "deployment-not-served", "failed"]);
  await write("broken", "fixed");
  await deploy(server, "broken");
  assert.equal(await shown("broken--production"), "fixed");
  assert.equal((await read("broken", good.id)).state, "superseded");
});

test("only what changed is stored, and the size of it is told", async () => {
  await uploaded(server, "thrifty", app("one"));
  const first = await deploy(server, "thrifty");
  assert.deepEqual([first.addedFiles, first.addedBytes], [first.files, first.bytes]);
  const same = await deploy(server, "thrifty");
  assert.deepEqual([same.addedFiles, same.addedBytes, same.bytes], [0, 0, first.bytes]);
  await server.call("PUT", "/v1/apps/thrifty/files/style.css", { body: ".a { color: blue }" });
  const changed = await deploy(server, "thrifty");
  // The sheet, and what names it.
  assert.ok(changed.addedFiles < changed.files && changed.addedBytes < 1000, JSON.stringify(changed));
});

test("who doesn't wait gets 202, and it goes on by itself; a newer one overtakes it", async () => {
  await uploaded(server, "async", app("async"));
  const later = { prefer: "respond-async" };
  const asked = [];
  for (let nr = 0; nr < 4; nr++) asked.push(create("async", { tier: "production", message: `${nr}` }, later));
  const answers = await Promise.all(asked);
  for (const { status, json } of answers) assert.ok(status === 202 || (status === 201 && json.state !== "queued"), `${status} ${json.state}`);
  const all = await until("their end", async () => {
    const all = await list("async");
    return all.length === 4 && all.every(({ state }) => ["live", "superseded"].includes(state)) && all;
  });
  assert.deepEqual(all.map(({ state }) => state), ["live", "superseded", "superseded", "superseded"]);
});

test("its life is told line by line, to who asks for it and to who looks in", async () => {
  await uploaded(server, "told", app("told"));
  const lines = async (method, path, options) => {
    const answer = await server.call(method, path, { ...options, headers: { accept: "application/x-ndjson" } });
    assert.equal(answer.headers["content-type"], "application/x-ndjson");
    return answer.bytes.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  };
  const told = await lines("POST", "/v1/apps/told/deployments", { json: { tier: "production" } });
  const deployment = told.at(-1);
  assert.equal(deployment.state, "live");
  const moved = told.filter(({ event }) => event === "state").map(({ state }) => state);
  assert.deepEqual(moved, ["queued", "building", "uploading", "live"]);
  assert.ok(told.filter(({ event }) => event === "log").length > 3);
  // Nothing more comes of one that is done.
  assert.deepEqual(await lines("GET", `/v1/apps/told/deployments/${deployment.id}`), [deployment]);
});

test("what is beyond what is kept goes, and nothing that another one needs", async () => {
  await uploaded(server, "tidy", app("0"));
  const made = [await deploy(server, "tidy")];
  for (let nr = 1; nr < 5; nr++) {
    await write("tidy", `${nr}`);
    made.push(await deploy(server, "tidy"));
  }
  await activate("tidy", made[0].id);
  const would = (await collect("tidy", { dryRun: true, keep: 2 })).json;
  assert.deepEqual([would.dryRun, would.retired], [true, [made[2].id, made[1].id]]);
  for (const each of made) assert.equal((await server.preview(label(each))).status, 200);
  const done = (await collect("tidy", { keep: 2 })).json;
  assert.deepEqual(done, { ...would, dryRun: false });
  assert.ok(done.objects > 0 && done.keptObjects > 0);
  for (const [nr, each] of made.entries()) assert.equal(await shown(label(each)), [1, 2].includes(nr) ? 404 : `${nr}`);
  assert.equal(await shown("tidy--production"), "0");
  const refused = await activate("tidy", made[1].id);
  assert.deepEqual([refused.status, refused.json.code], [409, "deployment-retired"]);
  assert.ok((await read("tidy", made[1].id)).retiredAt);
  // What went is stored again where it is needed again, and nothing is left to go.
  assert.equal((await collect("tidy", { keep: 2 })).json.objects, 0);
  await write("tidy", "1");
  const again = await deploy(server, "tidy");
  assert.equal(await shown(label(again)), "1");
  for (const json of [{ keep: -1 }, { days: "x" }, { dry: true }]) assert.equal((await collect("tidy", json)).status, 422, JSON.stringify(json));
});

test("killed at any moment, every deployment that was acknowledged ends, one is live, and all that was live is whole", { timeout: 280_000 }, async () => {
  const killed = await Server.start();
  const kept = server;
  try {
    server = killed;
    await uploaded(server, "crash", app("0"));
    const acknowledged = new Set();
    for (let round = 1; round <= 12; round++) {
      await write("crash", `${round}`);
      const asked = [];
      for (const tier of ["production", "preview", "production"]) {
        asked.push(create("crash", { tier }, { prefer: "respond-async", "idempotency-key": `${round} ${asked.length}` }).then(({ json }) => json.id && acknowledged.add(json.id), () => {}));
      }
      await new Promise((done) => setTimeout(done, round * 17));
      await server.kill();
      await Promise.all(asked);
      await server.up();
      // Who looks in takes it up at once; what nobody looks at is the alarm's.
      const left = (await list("crash")).find(({ state }) => !["live", "superseded", "failed"].includes(state));
      if (left && round % 3 === 0) {
        const told = await server.call("GET", `/v1/apps/crash/deployments/${left.id}`, { headers: { accept: "application/x-ndjson" } });
        const { state } = JSON.parse(told.bytes.toString().trimEnd().split("\n").at(-1));
        assert.ok(["live", "superseded"].includes(state), state);
      }
    }
    const all = await until("the end of all", async () => {
      const all = await list("crash");
      return all.every(({ state }) => ["live", "superseded", "failed"].includes(state)) && all;
    });
    for (const id of acknowledged) assert.ok(all.some((each) => each.id === id), `${id} is lost`);
    assert.deepEqual(all.filter(({ state }) => state === "failed"), []);
    for (const tier of ["production", "preview"]) {
      const own = all.filter((each) => each.tier === tier);
      assert.deepEqual(own.filter(({ state }) => state === "live").map(({ id }) => id), own.slice(0, 1).map(({ id }) => id), `the newest of ${tier} is live`);
    }
    await collect("crash", {});
    for (const each of all.filter(({ tier }) => tier === "production")) {
      const ever = states(await read("crash", each.id)).includes("live");
      assert.equal(typeof (await shown(label(each))), ever ? "string" : "number", each.id);
    }
  } finally {
    server = kept;
    await killed.stop();
  }
});
