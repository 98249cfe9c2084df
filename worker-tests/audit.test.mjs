// The audit log: every call that is to change something leaves a line, granted or refused; none leaves what it carried.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "./support/server.mjs";

let server, token, id;
before(async () => {
  server = await Server.start();
  ({ token, id } = (await server.call("POST", "/v1/apps", { json: { slug: "kept" } })).json);
  await server.call("POST", "/v1/apps", { json: { slug: "other" } });
});
after(() => server.stop());

const audit = async (path = "/v1/audit", options = {}) => (await server.call("GET", path, options)).json;

/** The line of a request, once it is there. */
async function line(answer, path) {
  for (;;) {
    const { entries } = await audit(path);
    const found = entries.find(({ requestId }) => requestId === answer.headers["x-request-id"]);
    if (found) return found;
  }
}

test("granted and refused, by whom, of what: each write leaves a line", async () => {
  const hash = (text) => text.startsWith("token:") && /^token:[0-9a-f]{12}$/.test(text);
  const rows = [
    ["createApp", "admin", null, "fresh", 201, null, "POST", "/v1/apps", { json: { slug: "fresh" } }],
    ["createApp", "admin", null, "kept", 409, "slug-taken", "POST", "/v1/apps", { json: { slug: "kept" } }],
    ["createApp", "token", null, null, 403, "forbidden", "POST", "/v1/apps", { token, json: { slug: "x" } }],
    ["createApp", "nobody", null, null, 401, "unauthenticated", "POST", "/v1/apps", { token: null, json: { slug: "x" } }],
    ["changeApp", "token", null, "kept", 200, null, "PATCH", "/v1/apps/kept", { token, json: { name: "Kept" } }],
    ["changeApp", "token", null, "other", 403, "forbidden", "PATCH", "/v1/apps/other", { token, json: { name: "Mine" } }],
    ["deleteApp", "token", null, "nobody", 403, "forbidden", "DELETE", "/v1/apps/nobody", { token }],
    ["deleteApp", "admin", null, "nobody", 404, "app-not-found", "DELETE", "/v1/apps/nobody", {}],
    ["replaceFiles", "token", null, "kept", 200, null, "PUT", "/v1/apps/kept/files", { token, json: { files: { a: "body-of-a-file" } } }],
    ["patchFiles", "admin", null, "kept", 409, "version-conflict", "PATCH", "/v1/apps/kept/files", { json: { upsert: { a: "x" }, baseVersion: 0 } }],
    ["writeFile", "admin", "src/b.ts", "kept", 200, null, "PUT", "/v1/apps/kept/files/src/b.ts?__overskill_token=in-the-query", { body: "x" }],
    ["deleteFile", "admin", "nope", "kept", 404, "file-not-found", "DELETE", "/v1/apps/kept/files/nope", {}],
    ["setVariables", "token", null, "kept", 200, null, "PUT", "/v1/apps/kept/variables", { token, json: { variables: { A: "value-of-a-variable" } } }],
    ["setSecret", "token", "KEY", "kept", 200, null, "PUT", "/v1/apps/kept/secrets/KEY", { token, json: { value: "value-of-a-secret" } }],
    ["deleteSecret", "admin", "NONE", "kept", 404, "secret-not-found", "DELETE", "/v1/apps/kept/secrets/NONE", {}],
    ["broadcast", "admin", null, "kept", 422, "invalid-event", "POST", "/v1/apps/kept/broadcast", { json: { event: "" } }],
    ["createDeployment", "admin", null, "kept", 422, "invalid-body", "POST", "/v1/apps/kept/deployments", { json: { tier: "nowhere" } }],
  ];
  for (const [call, actor, target, slug, status, code, method, path, options] of rows) {
    const answer = await server.call(method, path, options);
    const entry = await line(answer);
    assert.ok(actor === "token" ? hash(entry.actor) : entry.actor === actor, `${call}: ${entry.actor}`);
    assert.deepEqual([entry.call, entry.target, entry.slug, entry.status, entry.code], [call, target, slug, status, code]);
    assert.equal(answer.status, status);
    assert.ok(Math.abs(entry.at - Date.now()) < 60_000);
    const own = slug === "kept" && call !== "createApp";
    assert.equal(entry.appId, own ? id : entry.appId);
    if (own) assert.ok(entry.appId, call);
  }
  const all = JSON.stringify(await audit());
  for (const carried of ["body-of-a-file", "value-of-a", "in-the-query", token]) assert.ok(!all.includes(carried), carried);
});

test("what only reads leaves none, nor does what is no call", async () => {
  const before = (await audit()).entries[0].id;
  for (const path of ["/v1/apps", "/v1/apps/kept", "/v1/apps/kept/files", "/v1/audit", "/healthz", "/metrics", "/v1/apps/kept/usage"]) {
    await server.call("GET", path);
    await server.call("HEAD", path);
  }
  await server.call("POST", "/healthz");
  await server.call("POST", "/nowhere", { json: {} });
  await server.preview("kept", "/", { method: "POST" });
  const after = await server.call("PATCH", "/v1/apps/kept", { json: {} });
  await line(after);
  assert.deepEqual((await audit()).entries.filter(({ id }) => id > before).map(({ call }) => call), ["changeApp"]);
});

test("an app's token reads the app's lines, the admin everyone's, and nobody another's", async () => {
  const own = await audit("/v1/apps/kept/audit", { token });
  assert.ok(own.entries.length > 5 && own.entries.every(({ appId }) => appId === id));
  for (const [status, path, options] of [
    [403, "/v1/audit", { token }], [403, "/v1/apps/other/audit", { token }], [401, "/v1/audit", { token: null }], [401, "/v1/apps/kept/audit", { token: null }],
    [400, "/v1/audit?cursor=x", {}], [400, "/v1/apps/kept/audit?cursor=-1", {}], [400, "/v1/audit?cursor=99999999999999999999", {}],
  ]) assert.equal((await server.call("GET", path, options)).status, status, path);
  assert.equal((await server.call("DELETE", "/v1/audit")).status, 405);
});

test("lines come page by page, the newest first, each once", async () => {
  for (let n = 0; n < 120; n++) await server.call("PATCH", "/v1/apps/other", { json: { name: `Name ${n}` } });
  const seen = [];
  for (let cursor; ; ) {
    const page = await audit(`/v1/audit?app=other${cursor ? `&cursor=${cursor}` : ""}`);
    assert.ok(page.entries.length <= 100);
    seen.push(...page.entries.map(({ id }) => id));
    ({ cursor } = page);
    if (!cursor) break;
  }
  assert.ok(seen.length >= 121, `${seen.length}`);
  assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => b - a));
});

test("the log outlives the app, and the runtime", async () => {
  const gone = await server.call("DELETE", "/v1/apps/kept", { token });
  assert.equal(gone.status, 204);
  await server.kill();
  await server.up();
  // Deleting is written down before it is answered.
  const { entries } = await audit(`/v1/audit?app=${id}`);
  assert.equal(entries[0].requestId, gone.headers["x-request-id"]);
  assert.deepEqual([entries[0].call, entries[0].status, entries[0].appId], ["deleteApp", 204, id]);
  assert.ok(entries.length > 5);
});

test("the log keeps so many lines and no more", async () => {
  const small = await Server.start({ vars: { AUDIT_ENTRIES: "5" } });
  try {
    for (let n = 0; n < 12; n++) await small.call("POST", "/v1/apps", { json: { slug: `app-${n}` } });
    // What an isolate writes first removes what is too much.
    await small.kill();
    await small.up();
    await small.call("POST", "/v1/apps", { json: { slug: "last" } });
    const { entries } = (await small.call("GET", "/v1/audit")).json;
    assert.equal(entries.length, 5);
    assert.equal(entries[0].slug, "last");
  } finally {
    await small.stop();
  }
});
