// What keeps apps apart: headers, cookies, private deployments, a control plane that takes nothing a browser sends by
// itself, and secrets that go in and never come out.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deploy, uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";
import { signed } from "./support/signed.mjs";

const KEY = "what Rails signs with, in these tests";
const EDITOR = "https://editor.example";
const NAVIGATION = { "sec-fetch-mode": "navigate", accept: "text/html,*/*" };
const tree = {
  "index.html": `<!doctype html><meta http-equiv="content-security-policy" content="img-src https:"><script type="module" src="/src/main.ts"></script>`,
  "src/main.ts": "document.title = 'one'",
  "public/logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
};

let server, hidden, deployment;
before(async () => {
  server = await Server.start({ vars: { SIGNING_KEY: KEY, EDITOR_ORIGINS: `${EDITOR}, https://bad.example; script-src *` } });
  hidden = (await server.call("POST", "/v1/apps", { json: { slug: "hidden", visibility: "private" } })).json.token;
  for (const slug of ["hidden", "open"]) await uploaded(server, slug, tree);
  deployment = await deploy(server, "hidden");
});
after(() => server.stop());

const ANCESTORS = `frame-ancestors 'self' ${EDITOR} http://localhost:* http://127.0.0.1:*`;

test("every answer of an app's host says who may frame it and that it is for its own pages", async () => {
  const page = await server.preview("open", "/", { headers: NAVIGATION });
  const script = /src="(\/__overskill\/app-[^"]+)"/.exec(page.bytes.toString())[1];
  const opened = await deploy(server, "open", "preview");
  const hosts = [["open", "/"], ["open", script], ["open", "/logo.svg"], ["open", "/none"], ["open", "/__overskill/sync"], ["nobody", "/"],
    ["hidden", "/"], ["not--an--app", "/"], [`open--${opened.id}`, "/"], [`open--${opened.id}`, "/logo.svg"], ["open--0", "/"]];
  for (const [host, path] of hosts) {
    for (const method of ["GET", "HEAD", "POST"]) {
      const { headers } = await server.preview(host, path, { method, headers: NAVIGATION });
      const policies = headers["content-security-policy"].split(", ");
      assert.equal(policies.filter((policy) => policy === ANCESTORS).length, 1, `${method} ${host} ${path}: ${policies}`);
      assert.equal(headers["cross-origin-resource-policy"], "same-origin");
      assert.equal(headers["origin-agent-cluster"], "?1");
      assert.equal(headers["referrer-policy"], "strict-origin-when-cross-origin");
      assert.equal(headers["cross-origin-opener-policy"], undefined, "sign-in windows keep their opener");
      assert.equal(headers["access-control-allow-origin"], undefined);
      assert.equal(headers["service-worker-allowed"], undefined);
    }
  }
  assert.match(page.bytes.toString(), /content="img-src https:"/, "the app's own policy stays");
  const known = await server.preview("open", script, { headers: { "if-none-match": (await server.preview("open", script)).headers.etag } });
  assert.equal(known.status, 304);
  assert.match(known.headers["content-security-policy"], /frame-ancestors/);
});

test("the control plane answers no other origin's page, takes no cookie, and is framed by nobody", async () => {
  const entered = await server.preview("hidden", `/?__overskill_token=${encodeURIComponent(hidden)}`, { headers: NAVIGATION });
  const cookie = entered.headers["set-cookie"][0].split(";")[0];
  for (const sent of [cookie, `token=${hidden}`, `authorization=Bearer ${hidden}`, `__Host-__overskill_preview=${hidden}`]) {
    for (const [method, path] of [["GET", "/v1/apps/hidden"], ["GET", "/v1/apps"], ["DELETE", "/v1/apps/hidden"], ["GET", `/v1/apps/hidden?__overskill_token=${hidden}`]]) {
      const answer = await server.call(method, path, { token: null, headers: { cookie: sent } });
      assert.deepEqual([answer.status, answer.json.code], [401, "unauthenticated"], `${method} ${path} ${sent}`);
    }
  }
  for (const origin of [`http://open.localhost:${server.port}`, EDITOR, "null", `http://localhost:${server.port}`]) {
    const preflight = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" };
    for (const answer of [
      await server.call("OPTIONS", "/v1/apps/open/files", { token: null, headers: preflight }),
      await server.call("GET", "/v1/apps/open", { headers: { origin } }),
      await server.call("GET", "/healthz", { token: null, headers: { origin } }),
    ]) {
      const opened = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"));
      assert.deepEqual(opened, [], origin);
      assert.match(answer.headers["content-security-policy"], /default-src 'none'.*frame-ancestors 'none'/);
      assert.equal(answer.headers["cross-origin-resource-policy"], "same-origin");
      assert.equal(answer.headers["x-frame-options"], "DENY");
      assert.equal(answer.headers["referrer-policy"], "no-referrer");
      assert.equal(answer.headers["set-cookie"], undefined);
    }
  }
});

test("a signed link opens a private deployment, on its own host and for its time only", async () => {
  const host = `hidden--${deployment.id}`;
  const page = (at, path, headers = {}) => server.preview(at, path, { headers: { ...NAVIGATION, ...headers } });
  assert.equal((await page(host, "/")).status, 401);
  assert.equal((await page(host, "/logo.svg")).status, 401);
  const link = (more = {}) => `/?a=b&__overskill_token=${encodeURIComponent(signed({ app: "hidden", key: KEY, ...more }))}`;
  const entered = await page(host, link());
  assert.equal(entered.status, 303);
  assert.match(entered.headers.location, /\/\?a=b$/);
  assert.equal(entered.headers["referrer-policy"], "no-referrer", "the token goes nowhere else");
  const [set] = entered.headers["set-cookie"];
  assert.doesNotMatch(set, /domain/i, "the cookie is the host's alone");
  assert.match(set, /; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = set.split(";")[0];
  const shown = await page(host, "/", { cookie });
  assert.equal(shown.status, 200);
  const logo = await page(host, "/logo.svg", { cookie });
  assert.equal(logo.status, 200);
  assert.doesNotMatch(logo.headers["cache-control"], /public/);
  for (const token of [{ app: "open" }, { seconds: -1 }, { key: "another" }, { purpose: "login" }]) {
    assert.equal((await page(host, link(token))).status, 401, JSON.stringify(token));
  }
  // A page of another app can set a cookie of that name for the parent domain; it neither opens anything nor shuts us out.
  for (const tossed of ["__overskill_preview=x", `__overskill_preview=${signed({ app: "open", key: KEY })}`]) {
    assert.equal((await page(host, "/", { cookie: tossed })).status, 401);
    assert.equal((await page(host, "/", { cookie: `${tossed}; ${cookie}` })).status, 200);
    assert.equal((await page(host, "/", { cookie: `${cookie}; ${tossed}` })).status, 200);
  }
});

test("a control plane on the apps' own domain answers nothing but how it is", async () => {
  const apart = await Server.start({ vars: { PREVIEW_DOMAIN: "preview.example.com", EDITOR_ORIGINS: "https://editor.example,*" } });
  try {
    const at = (host, path, options = {}) => apart.call("GET", path, { headers: { host }, ...options });
    const codes = async (host) => (await at(host, "/healthz", { token: null })).json.warnings.map(({ code }) => code);
    assert.deepEqual(await codes("preview.example.com"), ["control-within-previews", "invalid-editor-origin"]);
    assert.deepEqual(await codes("api.example.com"), ["control-near-previews", "invalid-editor-origin"]);
    assert.deepEqual(await codes("api.overskill.example"), ["invalid-editor-origin"]);
    for (const host of ["preview.example.com", "PREVIEW.example.com.", "preview.example.com:443"]) {
      for (const path of ["/v1/apps", "/openapi.json", "/cable", "/metrics"]) {
        const answer = await at(host, path);
        assert.deepEqual([answer.status, answer.json.code], [503, "control-within-previews"], `${host} ${path}`);
      }
    }
    assert.equal((await at("api.example.com", "/v1/apps")).status, 200);
    const page = await at("nobody.preview.example.com", "/", { token: null });
    assert.match(page.headers["content-security-policy"], /frame-ancestors 'self' https:\/\/editor\.example$/);
  } finally {
    await apart.stop();
  }
  assert.deepEqual((await server.call("GET", "/healthz", { token: null })).json.warnings.map(({ code }) => code), ["invalid-editor-origin"]);
});

/** Everything in a folder, as one text. */
function everything(folder) {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? everything(path) : readFileSync(path, "latin1");
  }).join("\n");
}

test("a secret is sealed at rest, shown by name only, and reaches no build", async () => {
  const value = "hunter2-for-no-ones-eyes";
  const SECRETS = "/v1/apps/open/secrets";
  assert.deepEqual((await server.call("GET", SECRETS)).json, { secrets: [] });
  const set = await server.call("PUT", `${SECRETS}/API_KEY`, { json: { value } });
  assert.equal(set.status, 200);
  assert.deepEqual(Object.keys(set.json), ["name", "updatedAt"]);
  await server.call("PUT", `${SECRETS}/VITE_KEY`, { json: { value: `${value}-2` } });
  const again = await server.call("PUT", `${SECRETS}/API_KEY`, { json: { value: `${value}-3` } });
  const listed = await server.call("GET", SECRETS);
  assert.deepEqual(listed.json.secrets.map(({ name }) => name), ["API_KEY", "VITE_KEY"]);
  assert.equal(listed.json.secrets[0].updatedAt, again.json.updatedAt);
  await server.call("PUT", "/v1/apps/open/files/src/main.ts", { body: "document.title = `${import.meta.env.VITE_KEY} ${process.env.API_KEY}`" });
  const page = (await server.preview("open", "/", { headers: NAVIGATION })).bytes.toString();
  const script = /src="(\/__overskill\/app-[^"]+)"/.exec(page)[1];
  const seen = [page, (await server.preview("open", script)).bytes.toString(), (await server.preview("open", `${script}.map`)).bytes.toString()];
  for (const path of ["", "/files", "/variables", "/secrets", "/diagnostics", "/audit", "/usage"]) seen.push((await server.call("GET", `/v1/apps/open${path}`)).bytes.toString());
  seen.push(server.log, everything(server.state));
  for (const text of seen) assert.ok(!text.includes(value), "a secret's value is where it must not be");
  assert.equal((await server.call("DELETE", `${SECRETS}/VITE_KEY`)).status, 204);
  assert.deepEqual((await server.call("DELETE", `${SECRETS}/VITE_KEY`)).json.code, "secret-not-found");
  assert.deepEqual((await server.call("GET", SECRETS)).json.secrets.map(({ name }) => name), ["API_KEY"]);
});

test("server code has the app's secrets, today's wherever it runs, and never our cookie", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "told", visibility: "private" } });
  const echo = "export default { fetch(request, env) { const headers = new Headers({ 'set-cookie': 'own=1; Domain=localhost' }); headers.append('set-cookie', '__Host-__overskill_preview=x; Path=/; Secure'); return Response.json({ env, cookie: request.headers.get('cookie') }, { headers }); } }";
  await uploaded(server, "told", { ...tree, "worker/index.ts": echo });
  await server.call("PUT", "/v1/apps/told/variables", { json: { variables: { BOTH: "variable", PLAIN: "1" } } });
  for (const name of ["BOTH", "ONLY"]) await server.call("PUT", `/v1/apps/told/secrets/${name}`, { json: { value: "secret" } });
  const { id } = await deploy(server, "told");
  const enter = async (host) => {
    const token = encodeURIComponent(signed({ app: "told", key: KEY }));
    return (await server.preview(host, `/?__overskill_token=${token}`, { headers: NAVIGATION })).headers["set-cookie"][0].split(";")[0];
  };
  const hosts = ["told", `told--${id}`];
  const asked = async (host) => server.preview(host, "/api/x", { headers: { cookie: `${await enter(host)}; a=b; __Host-__overskill_preview=c` } });
  for (const host of hosts) {
    const answer = await asked(host);
    assert.deepEqual(answer.json, { env: { ASSETS: {}, BOTH: "secret", ONLY: "secret", PLAIN: "1" }, cookie: "a=b" }, host);
    assert.deepEqual(answer.headers["set-cookie"], ["own=1"]);
    assert.match(answer.headers["content-security-policy"], /frame-ancestors 'self'/);
  }
  await server.call("PUT", "/v1/apps/told/secrets/BOTH", { json: { value: "another" } });
  await server.call("DELETE", "/v1/apps/told/secrets/ONLY");
  for (const host of hosts) assert.deepEqual((await asked(host)).json.env, { ASSETS: {}, BOTH: "another", PLAIN: "1" }, `the next request to ${host} has it`);
});

test("what is no secret is refused and changes nothing", async () => {
  const SECRETS = "/v1/apps/hidden/secrets";
  await server.call("PUT", `${SECRETS}/KEPT`, { json: { value: "1" } });
  const before = (await server.call("GET", SECRETS)).bytes.toString();
  const json = (body) => ({ body, headers: { "content-type": "application/json" } });
  for (const [status, code, method, path, options] of [
    [422, "invalid-secret", "PUT", `${SECRETS}/1A`, { json: { value: "x" } }],
    [422, "invalid-secret", "PUT", `${SECRETS}/A%2fB`, { json: { value: "x" } }],
    [422, "invalid-secret", "PUT", `${SECRETS}/`, { json: { value: "x" } }],
    [404, "route-not-found", "PUT", `${SECRETS}/A/B`, { json: { value: "x" } }],
    [422, "invalid-secret", "PUT", `${SECRETS}/A`, { json: { value: "a\0b" } }],
    [422, "invalid-body", "PUT", `${SECRETS}/A`, { json: { value: 1 } }],
    [422, "invalid-body", "PUT", `${SECRETS}/A`, { json: {} }],
    [400, "invalid-json", "PUT", `${SECRETS}/A`, json("{")],
    [415, "unsupported-media-type", "PUT", `${SECRETS}/A`, { body: "x", headers: { "content-type": "text/plain" } }],
    [413, "secret-too-large", "PUT", `${SECRETS}/A`, { json: { value: "x".repeat(6000) } }],
    [413, "body-too-large", "PUT", `${SECRETS}/A`, { json: { value: "x".repeat(70_000) } }],
    [405, "method-not-allowed", "GET", `${SECRETS}/KEPT`, {}],
    [405, "method-not-allowed", "POST", SECRETS, { json: {} }],
    [403, "forbidden", "GET", "/v1/apps/open/secrets", { token: hidden }],
    [403, "forbidden", "PUT", "/v1/apps/open/secrets/A", { token: hidden, json: { value: "x" } }],
    [403, "forbidden", "DELETE", "/v1/apps/open/secrets/API_KEY", { token: hidden }],
    [401, "unauthenticated", "GET", SECRETS, { token: null }],
  ]) {
    const answer = await server.call(method, path, options);
    assert.deepEqual([answer.status, answer.json.code], [status, code], `${method} ${path} ${answer.bytes}`);
  }
  assert.equal((await server.call("GET", SECRETS)).bytes.toString(), before);
  for (let n = 1; n < 128; n++) assert.equal((await server.call("PUT", `${SECRETS}/S${n}`, { json: { value: "x" } })).status, 200);
  const full = await server.call("PUT", `${SECRETS}/ONE_MORE`, { json: { value: "x" } });
  assert.deepEqual([full.status, full.json.code], [413, "too-many-secrets"]);
  assert.equal((await server.call("PUT", `${SECRETS}/S1`, { json: { value: "y" } })).status, 200, "those that are there may change");
});

test("without a key nothing can be sealed", async () => {
  const unsealed = await Server.start({ vars: { SEALING_KEY: "short" } });
  try {
    await unsealed.call("POST", "/v1/apps", { json: { slug: "a" } });
    const answer = await unsealed.call("PUT", "/v1/apps/a/secrets/A", { json: { value: "x" } });
    assert.deepEqual([answer.status, answer.json.code], [503, "sealing-key-not-set"]);
    assert.deepEqual((await unsealed.call("GET", "/v1/apps/a/secrets")).json.secrets, []);
  } finally {
    await unsealed.stop();
  }
});
