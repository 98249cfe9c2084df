// Quotas: who asks for too much gets 429 with what is left and when to come back, and nothing changes; and usage, which
// tells by app and day what was used and what that costs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";
import { computed } from "../src/edge/servers/usage.mjs";
import { deploy, uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

const tree = { "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>', "src/main.ts": "document.title = 'one'" };
const ADDRESS = { "cf-connecting-ip": "192.0.2.1" };

/** A list of structured fields: name → parameters. */
function fields(text) {
  return Object.fromEntries(text.split(", ").map((member) => {
    const [name, ...parameters] = member.split(";");
    return [JSON.parse(name), Object.fromEntries(parameters.map((parameter) => {
      const [key, value] = parameter.split("=");
      return [key, JSON.parse(value)];
    }))];
  }));
}

const policies = ({ headers }) => fields(headers["ratelimit-policy"]);
const left = ({ headers }) => fields(headers.ratelimit);

function refused(answer, quota, longest) {
  assert.deepEqual([answer.status, answer.json.code, answer.json.quota], [429, "quota-exceeded", quota], answer.bytes.toString());
  assert.match(answer.headers["content-type"], /^application\/problem\+json/);
  const after = Number(answer.headers["retry-after"]);
  assert.ok(after > 0 && after <= longest, `${after}`);
  assert.equal(left(answer)[quota].t, after);
  assert.equal(answer.json.limit, policies(answer)[quota].q);
}

async function within(vars, work, more = {}) {
  const server = await Server.start({ vars, ...more });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

test("a day's writes, bytes and builds", () => within({ UPLOADS_PER_DAY: "4", UPLOAD_BYTES_PER_DAY: "1000", BUILDS_PER_DAY: "6" }, async (server) => {
  const FILES = "/v1/apps/a/files";
  await server.call("POST", "/v1/apps", { json: { slug: "a" } });
  const first = await server.call("PUT", FILES, { json: { files: tree } });
  const bytes = Object.values(tree).join("").length;
  assert.deepEqual(policies(first)["upload-bytes"], { q: 1000, qu: "content-bytes", w: 86_400 });
  assert.deepEqual([left(first).uploads.r, left(first)["upload-bytes"].r, left(first).builds.r], [3, 1000 - bytes, 5]);
  const state = async () => `${(await server.call("GET", FILES)).bytes}${(await server.call("GET", "/v1/apps/a/variables")).bytes}`;
  const before = await state();
  const big = await server.call("PUT", `${FILES}/big`, { body: "x".repeat(1000) });
  refused(big, "upload-bytes", 86_400);
  const conflict = await server.call("PATCH", FILES, { json: { upsert: { a: "x" }, baseVersion: 9 } });
  assert.equal(conflict.status, 409);
  assert.equal(await state(), before);
  for (let n = 0; n < 3; n++) assert.equal((await server.call("PUT", `${FILES}/n`, { body: `${n}` })).status, 200);
  const full = await state();
  const lines = { accept: "application/x-ndjson" };
  for (const options of [{ body: "x" }, { body: "x", headers: lines }]) refused(await server.call("PUT", `${FILES}/n`, options), "uploads", 86_400);
  refused(await server.call("DELETE", `${FILES}/n`), "uploads", 86_400);
  assert.equal(await state(), full, "a refused write changes nothing");
  await server.kill();
  await server.up();
  refused(await server.call("PUT", `${FILES}/n`, { body: "x" }), "uploads", 86_400);
  assert.equal((await server.call("PUT", "/v1/apps/a/variables", { json: { variables: { A: "1" } } })).status, 200);
  await deploy(server, "a", "preview");
  const variables = await server.call("PUT", "/v1/apps/a/variables", { json: { variables: {} } });
  refused(variables, "builds", 86_400);
  assert.match(variables.bytes.toString(), /midnight UTC/);
  const deployments = (await server.call("GET", "/v1/apps/a/deployments")).bytes.toString();
  refused(await server.call("POST", "/v1/apps/a/deployments", { json: { tier: "preview" } }), "builds", 86_400);
  assert.equal((await server.call("GET", "/v1/apps/a/deployments")).bytes.toString(), deployments);
  assert.equal((await server.preview("a")).status, 200, "what is there is served");
  await uploaded(server, "b", tree);
}));

test("what deployments hold", () => within({ MAX_STORAGE_BYTES: "1" }, async (server) => {
  await uploaded(server, "a", tree);
  await deploy(server, "a", "preview");
  const deployments = async () => (await server.call("GET", "/v1/apps/a/deployments")).bytes.toString();
  const before = await deployments();
  const answer = await server.call("POST", "/v1/apps/a/deployments", { json: { tier: "preview" } });
  assert.deepEqual([answer.status, answer.json.code, answer.json.limit], [413, "storage-quota-exceeded", 1]);
  assert.equal(await deployments(), before);
}));

test("a minute's calls of a token, and its writes of an app", () => within({ CALLS_PER_MINUTE: "5", WRITES_PER_MINUTE: "3" }, async (server) => {
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "a" } })).json;
  const other = (await server.call("POST", "/v1/apps", { json: { slug: "b" } })).json.token;
  for (let n = 4; n >= 0; n--) {
    const answer = await server.call("GET", "/v1/apps/a", { token });
    assert.equal(answer.status, 200);
    assert.deepEqual([policies(answer).calls, left(answer).calls.r], [{ q: 5, w: 60 }, n]);
  }
  for (const path of ["/v1/apps/a", "/v1/apps/b", "/v1/apps"]) refused(await server.call("GET", path, { token }), "calls", 60);
  assert.equal((await server.call("GET", "/v1/apps/b", { token: other })).status, 200, "another token has its own");
  for (let n = 0; n < 3; n++) assert.equal((await server.call("PUT", `/v1/apps/a/files/${n}`, { body: "x" })).status, 200);
  const before = (await server.call("GET", "/v1/apps/a/files")).bytes.toString();
  refused(await server.call("PUT", "/v1/apps/a/files/9", { body: "x" }), "writes", 60);
  refused(await server.call("DELETE", "/v1/apps/a"), "writes", 60);
  refused(await server.call("PUT", "/v1/apps/a/secrets/A", { json: { value: "x" } }), "writes", 60);
  assert.equal((await server.call("GET", "/v1/apps/a/files")).bytes.toString(), before);
  assert.equal((await server.call("PUT", "/v1/apps/b/files/1", { body: "x" })).status, 200, "another app has its own");
}));

test("guesses from one address; they cost no app and no known token anything", () => within({ STRANGERS_PER_MINUTE: "3" }, async (server) => {
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "a" } })).json;
  const guess = (headers = ADDRESS) => server.call("PUT", "/v1/apps/a/files/x", { token: "guess", body: "x", headers });
  for (let n = 0; n < 3; n++) assert.equal((await guess()).status, 401);
  const over = await guess();
  refused(over, "strangers", 60);
  assert.equal((await server.call("GET", "/v1/apps/a", { headers: ADDRESS })).status, 200, "the admin is known without being looked up");
  assert.equal((await server.call("GET", "/v1/apps/a", { token, headers: { "cf-connecting-ip": "192.0.2.2" } })).status, 200);
  const { entries } = (await server.call("GET", "/v1/audit?app=a")).json;
  assert.ok(entries.every(({ status }) => status !== 429), "who has no token does not fill the log");
  const addresses = new Set(entries.filter(({ status }) => status === 401).map(({ address }) => address));
  assert.equal(addresses.size, 1);
  assert.match([...addresses][0], /^[0-9a-f]{32}$/, "where it came from is kept as a hash");
}));

test("a minute's requests to an app's host", () => within({ VIEWS_PER_MINUTE: "4" }, async (server) => {
  await uploaded(server, "a", tree);
  await uploaded(server, "b", tree);
  for (let n = 0; n < 4; n++) assert.equal((await server.preview("a")).status, 200);
  refused(await server.preview("a"), "views", 60);
  refused(await server.preview("a", "/__overskill/sync?epoch=a&since=1"), "views", 60);
  assert.equal((await server.preview("b")).status, 200);
}));

test("a day's requests to an app's hosts, whoever counted them", () => within({ REQUESTS_PER_DAY: "6", USAGE_SECONDS: "0" }, async (server) => {
  await uploaded(server, "a", tree);
  await uploaded(server, "b", tree);
  let answer;
  for (let n = 0; n < 12; n++) answer = await server.preview("a");
  refused(answer, "requests", 86_400);
  await server.kill();
  await server.up();
  for (;;) {
    answer = await server.preview("a");
    if (answer.status === 429) break;
  }
  assert.equal((await server.preview("b")).status, 200);
  assert.equal((await server.call("GET", "/v1/apps/a")).status, 200, "its owner still reaches it");
}));

test("a location's limiter is asked about one of sixteen", () => within({}, async (server) => {
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "a" } })).json;
  // Its minutes are the clock's: two of sixteen fall into one, or the next three do.
  const statuses = [];
  for (let n = 0; n < 48; n++) statuses.push((await server.call("GET", "/v1/apps/a", { token })).status);
  const first = statuses.indexOf(429);
  assert.ok(first === 31 || first === 47, `${first}`);
  assert.ok(statuses.every((status, at) => status === 200 || (at + 1) % 16 === 0), statuses.join());
}, { edge: (text) => text.replace(/(name = "CALLS"\n.*\n)simple = \{ limit = \d+/, "$1simple = { limit = 1") }));

test("what an app used is counted by day, and priced", () => within({ USAGE_SECONDS: "0", PRICES: '{"requests": 2, "monthly": 7}' }, async (server) => {
  await uploaded(server, "a", tree);
  await uploaded(server, "b", tree);
  const { id, token } = (await server.call("POST", "/v1/apps", { json: { slug: "c" } })).json;
  for (let n = 0; n < 5; n++) assert.equal((await server.preview("a")).status, 200);
  await deploy(server, "a");
  const usage = async (path = "/v1/apps/a/usage") => (await server.call("GET", path)).json;
  let told;
  do told = await usage(); while (!(told.total.meters.requests >= 8 && told.total.meters.storedByteDays > told.total.meters.uploadBytes && told.total.meters.builds >= 2));
  const { meters, dollars } = told.total;
  assert.equal(meters.uploads, 1);
  assert.equal(meters.uploadBytes, Object.values(tree).join("").length);
  assert.ok(meters.storedByteDays > meters.uploadBytes, "the files, and what was deployed");
  assert.equal(meters.builds, 2);
  for (const name of ["sentBytes", "objectRequests", "objectRowsRead", "objectRowsWritten", "databaseReads", "storeWrites", "storeReads"]) {
    assert.ok(meters[name] > 0, `${name} ${JSON.stringify(meters)}`);
  }
  assert.ok(Math.abs(dollars - Object.entries(meters).reduce((sum, [name, amount]) => sum + amount * told.prices[name], 0)) < 1e-9);
  assert.ok(dollars >= 16, "two dollars a request");
  assert.equal(told.days.length, 1);
  const today = new Date().toISOString().slice(0, 10);
  assert.equal(told.days[0].day, told.to);
  assert.ok(told.to <= today && told.from.endsWith("-01"));
  const past = await usage("/v1/apps/a/usage?from=2020-01-01&to=2020-01-31");
  assert.deepEqual([past.days, past.total], [[], { meters: {}, dollars: 0 }]);
  const all = await usage("/v1/usage");
  assert.equal(all.forecast.monthly, 7);
  assert.ok(all.forecast.apps >= 2);
  assert.ok(all.forecast.thousandApps > 7);
  const of = (slug) => all.apps.find((app) => app.slug === slug);
  assert.equal(of("a").meters.uploadBytes, meters.uploadBytes);
  assert.ok(Math.abs(all.total.dollars - all.apps.reduce((sum, app) => sum + app.dollars, 0)) < 1e-9);
  for (const [status, path, options] of [
    [403, "/v1/usage", { token }], [403, "/v1/apps/a/usage", { token }], [200, "/v1/apps/c/usage", { token }], [401, "/v1/usage", { token: null }],
    [400, "/v1/usage?from=x", {}], [400, "/v1/usage?from=2026-02-30", {}], [400, "/v1/usage?from=2020-01-01&to=2022-01-01", {}], [400, "/v1/usage?cursor=x", {}],
    [400, "/v1/apps/a/usage?from=2026-02-02&to=2026-02-01", {}],
  ]) assert.equal((await server.call("GET", path, options)).status, status, path);
  assert.ok(id);
  // Deleted apps are still paid for, up to when they went.
  await server.call("DELETE", "/v1/apps/b");
  let gone;
  do gone = (await usage("/v1/usage")).apps.find((app) => app.appId === of("b").appId); while (gone.slug !== null || gone.meters.storedByteDays);
  assert.ok(gone.meters.uploads === 1);
}));

test("an app whose server has computed for the day is asked nothing more, and its files are served", async () => {
  const echo = { ...tree, "worker/index.ts": "export default { fetch() { return new Response('computed'); } }" };
  await within({ SERVER_CPU_MS_PER_DAY: "0" }, async (server) => {
    await uploaded(server, "a", echo);
    const { id } = await deploy(server, "a", "preview");
    for (const host of ["a", `a--${id}`]) {
      refused(await server.preview(host, "/api/x"), "server-cpu", 86_400);
      assert.equal((await server.preview(host)).status, 200);
    }
  });
  await within({ USAGE_SECONDS: "0" }, async (server) => {
    await uploaded(server, "a", echo);
    assert.equal((await server.preview("a", "/api/x")).bytes.toString(), "computed");
    while ((await server.call("GET", "/v1/apps/a/usage")).json.total.meters.serverRequests !== 1);
  });
});

test("what the platform tells of an app's computing is added up by app and day", async () => {
  // workerd tells zero: these are traces as Cloudflare's runtime writes them, over the database's own tables.
  const database = new DatabaseSync(":memory:");
  const schema = readFileSync(join(root, "migrations/0007_safety.sql"), "utf8");
  database.exec(/CREATE TABLE usage[^;]+;/.exec(schema)[0]);
  const prepare = (text) => ({ bind: (...values) => () => database.prepare(text).run(...values) });
  const env = { USAGE_SECONDS: "0", DB: { prepare, batch: async (statements) => statements.forEach((run) => run()) } };
  const waiting = [];
  const tell = (app, traces) => computed(traces, app, env, { waitUntil: (work) => waiting.push(work) });
  tell("app_a", [{ cpuTime: 5 }, { cpuTime: 7 }]);
  tell("app_b", [{ cpuTime: 1 }]);
  tell("app_c", [{ cpuTime: 0 }, {}]);
  await Promise.all(waiting);
  tell("app_a", [{ cpuTime: 3 }]);
  await Promise.all(waiting);
  assert.equal(waiting.length, 2, "one tells for all");
  const told = database.prepare("SELECT app_id, sum(serverCpuMs) AS spent FROM usage GROUP BY app_id ORDER BY app_id").all();
  assert.deepEqual(told.map(({ app_id: app, spent }) => [app, spent]), [["app_a", 15], ["app_b", 1]]);
});

test("prices that are none are a fault of ours, told at once", () => within({ PRICES: '{"request": 2}' }, async (server) => {
  assert.equal((await server.call("GET", "/v1/usage")).status, 500);
  // What a Worker prints comes a moment after its answer.
  while (!/`request` is no meter/.test(server.log)) await server.call("GET", "/healthz");
}));
