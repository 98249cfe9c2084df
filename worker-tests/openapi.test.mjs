// `/openapi.json` is a valid document, and what the Worker sends and takes is what it says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { GitHub } from "./support/github.mjs";
import { Cloudflare } from "./support/cloudflare.mjs";
import { Server } from "./support/server.mjs";
import { tar } from "./support/tar.mjs";

let server;
let cloudflare;
let github;
let document;
let ajv;
const seen = new Set();

before(async () => {
  github = await GitHub.start();
  cloudflare = await Cloudflare.start();
  server = await Server.start({ background: { ...github.secrets(), ...cloudflare.vars } });
  document = (await server.call("GET", "/openapi.json", { token: null })).json;
  ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  for (const name of ["uint", "uint16", "uint32", "uint64"]) ajv.addFormat(name, { type: "number", validate: (n) => n >= 0 });
  ajv.addSchema(document, "openapi");
});
after(async () => {
  await server?.stop();
  await github?.stop();
  await cloudflare?.stop();
});

const pointer = (...keys) => keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

function validate(value, ...keys) {
  const check = ajv.getSchema(`openapi#${encodeURI(pointer(...keys)).replaceAll("?", "%3F")}`);
  assert.ok(check, `${pointer(...keys)} is no schema`);
  return check(value) ? [] : check.errors.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

function resolve(value) {
  return value.$ref ? value.$ref.slice(2).split("/").reduce((at, key) => at[key], document) : value;
}

/** Makes a call and holds both sides against the document. `takes` says whether its schema should let the body pass. */
async function call(method, template, values = {}, { query = "", takes = true, ...options } = {}) {
  const path = template.replace(/\{(\w+)\}/g, (_, name) => values[name]) + query;
  const operation = document.paths[template][method.toLowerCase()];
  assert.ok(operation, `${method} ${template} is not in the document`);
  const keys = ["paths", template, method.toLowerCase()];
  if (options.json !== undefined) {
    const errors = validate(options.json, ...keys, "requestBody", "content", "application/json", "schema");
    assert.equal(errors.length === 0, takes, `${method} ${path} takes ${JSON.stringify(options.json)}: ${errors}`);
  } else if (options.headers?.["content-type"]) {
    const type = options.headers["content-type"].split(";")[0];
    assert.equal(type in operation.requestBody.content, takes, `${method} ${path} takes ${type}`);
  }
  const answer = await server.call(method, path, options);
  const row = `${method} ${path} → ${answer.status} ${answer.json?.code ?? ""}`;
  const response = operation.responses[answer.status];
  assert.ok(response, `${row} is not in the document`);
  seen.add(`${operation.operationId} ${answer.status}`);
  for (const [name, header] of Object.entries(response.headers)) {
    const value = answer.headers[name];
    assert.ok(value !== undefined, `${row} has no ${name}`);
    const { schema } = resolve(header);
    const typed = schema.type === "integer" ? Number(value) : value;
    assert.deepEqual(ajv.validate(schema, typed) ? [] : ajv.errors, [], `${row}: ${name}`);
  }
  const type = answer.headers["content-type"]?.split(";")[0];
  if (!response.content) {
    assert.equal(answer.bytes.length, 0, row);
    return answer;
  }
  assert.ok(type in response.content, `${row} is ${type}`);
  if (answer.json !== undefined) {
    const errors = validate(answer.json, ...keys, "responses", answer.status, "content", type, "schema");
    assert.deepEqual(errors, [], `${row}\n${answer.bytes}`);
  }
  return answer;
}

test("the document is valid OpenAPI 3.1", async () => {
  const outcome = await new Validator().validate(structuredClone(document));
  assert.deepEqual(outcome.errors ?? [], []);
  assert.equal(outcome.valid, true);
  assert.match(document.openapi, /^3\.1\./);
});

test("every call answers as the document says, granted or refused", async () => {
  const APPS = "/v1/apps";
  const APP = "/v1/apps/{slug}";
  const FILES = "/v1/apps/{slug}/files";
  const FILE = "/v1/apps/{slug}/files/{path}";
  const DIAGNOSTICS = "/v1/apps/{slug}/diagnostics";
  const PACKAGES = "/v1/apps/{slug}/packages";
  const VARIABLES = "/v1/apps/{slug}/variables";
  const [LIVE, SYNC, ERRORS, BROADCAST] = ["live", "sync", "errors", "broadcast"].map((name) => `${APP}/${name}`);
  const GITHUB = "/v1/apps/{slug}/github";
  const PUSH = "/v1/apps/{slug}/github/push";
  const DEPLOYMENTS = "/v1/apps/{slug}/deployments";
  const VERSIONS = "/v1/apps/{slug}/versions";
  const DEPLOYMENT = "/v1/apps/{slug}/deployments/{deployment}";
  const [SECRETS, AUDIT, USAGE] = ["secrets", "audit", "usage"].map((name) => `${APP}/${name}`);
  const SECRET = `${SECRETS}/{secret}`;
  const main = { slug: "main" };
  const at = (path, slug = "main") => ({ slug, path });
  const typed = (type, body) => ({ body, headers: { "content-type": type } });

  await call("GET", "/healthz", {}, { token: null });
  await call("GET", "/openapi.json", {}, { token: null });
  const { json: app } = await call("POST", APPS, {}, { json: { slug: "main", name: null } });
  await call("POST", APPS, {}, { json: { slug: "other", name: "Other", visibility: "private", hmr: false } });
  for (let n = 0; n < 100; n++) await server.call("POST", APPS, { json: { slug: `page-${n}` } });
  const first = await call("GET", APPS);
  const second = await call("GET", APPS, {}, { query: `?cursor=${first.json.cursor}` });
  assert.equal(first.json.apps.length + second.json.apps.length, 102);
  await call("GET", APP, main);
  await call("PATCH", APP, main, { json: { name: "Renamed", visibility: null, hmr: false } });
  await call("PATCH", APP, main, { json: {} });
  await call("PATCH", APP, main, { json: { registries: { default: { url: "https://registry.example/" }, scopes: { "@own": { url: "https://own.example/", token: "t" } } } } });
  await call("PATCH", APP, main, { json: { registries: { default: null, scopes: { "@own": { url: "https://own.example/", token: null } } } } });
  await call("PATCH", APP, main, { json: { registries: { scopes: { own: { url: "https://own.example/" } } } }, takes: false });
  await call("PATCH", APP, main, { json: { registries: {} } });

  const tree = { files: { "index.html": "<!doctype html>", "a.bin": { base64: "AAE=" } } };
  await call("PUT", FILES, main, { json: tree });
  await call("PUT", FILES, main, typed("application/x-tar", tar([{ name: "a.ts", text: "let a: = 1" }])));
  await call("PUT", FILES, main, typed("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; filename=a\r\n\r\n1\r\n--x--"));
  await call("PATCH", FILES, main, { json: { upsert: tree.files, delete: ["a"], baseVersion: 3 } });
  await call("PATCH", FILES, main, { json: { baseVersion: null } });
  await call("PUT", FILE, at("src/main.tsx"), { body: "x" });
  await call("GET", FILES, main);
  await call("GET", FILE, at("src/main.tsx"));
  await call("DELETE", FILE, at("src%2Fmain.tsx"));
  await call("GET", DIAGNOSTICS, main);
  await call("GET", DIAGNOSTICS, main, { headers: { accept: "text/markdown" } });

  await call("PUT", VARIABLES, main, { json: { variables: { VITE_A: "1" } } });
  await call("GET", VARIABLES, main);
  await call("GET", PACKAGES, main);
  await call("GET", LIVE, main);
  await call("GET", SYNC, main, { query: "?epoch=gone&since=1" });
  await call("GET", ERRORS, main);
  await call("GET", ERRORS, main, { headers: { accept: "text/markdown" } });
  await call("POST", BROADCAST, main, { json: { event: "a", data: { b: null } } });
  await call("POST", BROADCAST, main, { json: { event: "a" } });
  await call("PATCH", APP, main, { json: { hmr: "durable_object" } });
  await call("PATCH", APP, main, { json: { hmr: "elsewhere" }, takes: false });
  await call("GET", "/metrics");
  await call("PUT", SECRET, { ...main, secret: "API_KEY" }, { json: { value: "x" } });
  await call("PUT", SECRET, { ...main, secret: "OTHER" }, { json: { value: "" } });
  await call("GET", SECRETS, main);
  await call("DELETE", SECRET, { ...main, secret: "OTHER" });
  await call("GET", "/v1/audit");
  await call("GET", "/v1/audit", {}, { query: "?app=main&cursor=3" });
  await call("GET", AUDIT, main, { query: "?cursor=100" });
  await call("GET", "/v1/usage");
  await call("GET", "/v1/usage", {}, { query: "?from=2026-01-01&to=2026-01-31" });
  await call("GET", USAGE, main);
  await call("GET", GITHUB, main);
  await call("POST", PUSH, main, { json: {} });
  await call("PUT", GITHUB, main, { json: { repository: null, branch: "main", private: null, workflow: true, coAuthors: ["A <a@b>"] } });
  await call("PUT", GITHUB, { slug: "other" }, { json: { repository: "MAIN" } });
  await call("PUT", GITHUB, main, { json: { branch: "a..b" } });
  await call("PUT", GITHUB, main, { json: { repository: 1 }, takes: false });
  await call("PUT", GITHUB, main, { json: { owner: "x" }, takes: false });
  await call("PUT", GITHUB, main, { json: { branch: "x".repeat(70_000) } });
  await call("PUT", GITHUB, main, typed("application/json", "{"));
  await call("PUT", GITHUB, main, { ...typed("text/plain", "{}"), takes: false });
  await call("POST", PUSH, main, { json: { message: null, build: null } });
  await call("POST", PUSH, main, { json: { message: "Now", build: true } });
  await call("POST", PUSH, main, { json: { message: "x".repeat(501) }, takes: false });
  await call("POST", PUSH, main, { json: { message: "x".repeat(70_000) }, takes: false });
  await call("POST", PUSH, main, typed("application/json", "{"));
  await call("POST", PUSH, main, { ...typed("text/plain", "{}"), takes: false });
  await call("GET", GITHUB, main);
  await call("DELETE", GITHUB, main);
  const { json: deployment } = await call("POST", DEPLOYMENTS, main, { json: { tier: "production", version: null, message: "First" } });
  await call("POST", DEPLOYMENTS, main, { json: { tier: "preview" } });
  const queued = await call("POST", DEPLOYMENTS, main, { json: { tier: "preview" }, headers: { prefer: "respond-async" } });
  assert.equal(queued.status, 202);
  await call("POST", `${DEPLOYMENT}/activate`, { ...main, deployment: deployment.id });
  await server.call("PUT", `/v1/apps/${main.slug}/files/index.html`, { body: '<script type="module" src="/none.js"></script>' });
  const { json: failed } = await call("POST", DEPLOYMENTS, main, { json: { tier: "preview" } });
  await call("POST", `${DEPLOYMENT}/activate`, { ...main, deployment: failed.id });
  const COLLECT = "/v1/apps/{slug}/collect";
  await call("POST", COLLECT, main, { json: { dryRun: true, keep: 1, days: null } });
  await call("POST", COLLECT, main, { json: { keep: -1 }, takes: false });
  await call("POST", COLLECT, main, typed("application/json", "{"));
  await call("POST", COLLECT, main, { json: { dryRun: " ".repeat(70_000) }, takes: false });
  await call("POST", COLLECT, main, { ...typed("text/plain", "{}"), takes: false });
  await call("GET", DEPLOYMENTS, main);
  await call("GET", DEPLOYMENTS, main, { query: "?tier=preview&state=failed" });
  const some = await call("GET", DEPLOYMENTS, main, { query: "?limit=1" });
  await call("GET", DEPLOYMENTS, main, { query: `?cursor=${some.json.cursor}` });
  await call("GET", VERSIONS, main);
  const newest = await call("GET", VERSIONS, main, { query: "?limit=1" });
  await call("GET", VERSIONS, main, { query: `?cursor=${newest.json.cursor}` });
  await call("GET", DEPLOYMENT, { ...main, deployment: deployment.id });
  const publish = (method, deployment) => call(method, `${DEPLOYMENT}/publish`, { ...main, deployment });
  await publish("GET", deployment.id);
  await publish("POST", failed.id);
  await publish("POST", deployment.id);
  await publish("GET", deployment.id);
  await publish("DELETE", deployment.id);

  await call("POST", APPS, {}, { json: { slug: "main" } });
  await call("POST", APPS, {}, { json: { slug: "A" }, takes: false });
  await call("POST", APPS, {}, { json: { slug: "b", more: 1 }, takes: false });
  await call("POST", APPS, {}, { json: { slug: "b", name: "" }, takes: false });
  await call("POST", APPS, {}, { json: {}, takes: false });
  await call("POST", APPS, {}, { json: { slug: "b", name: "x".repeat(70_000) }, takes: false });
  await call("POST", APPS, {}, { ...typed("application/json", "{") });
  await call("POST", APPS, {}, { ...typed("text/plain", "{}"), takes: false });
  await call("GET", APPS, {}, { query: "?cursor=A" });
  await call("PATCH", APP, main, { json: { slug: "other" } });
  await call("PATCH", APP, main, { json: { slug: "" }, takes: false });
  await call("PATCH", APP, main, { json: { id: 1 }, takes: false });
  await call("PATCH", APP, main, { json: { name: "x".repeat(70_000) }, takes: false });
  await call("PATCH", APP, main, { ...typed("application/json", "\xff") });
  await call("PATCH", APP, main, { ...typed("text/plain", "{}"), takes: false });
  await call("PUT", FILES, main, { json: { files: { a: 1 } }, takes: false });
  await call("PUT", FILES, main, { json: { files: { a: { base64: "", more: 1 } } }, takes: false });
  await call("PUT", FILES, main, { json: { files: { "../a": "" } }, takes: false });
  await call("PUT", FILES, main, typed("application/gzip", "no"));
  await call("PUT", FILES, main, typed("multipart/form-data", "no"));
  await call("PUT", FILES, main, { json: { files: Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [n, ""])) } });
  await call("PUT", FILES, main, { ...typed("text/plain", "no"), takes: false });
  await call("PATCH", FILES, main, { json: { baseVersion: 1 } });
  await call("PATCH", FILES, main, { json: { baseVersion: -1 }, takes: false });
  await call("PATCH", FILES, main, { json: { delete: ["nope"] } });
  await call("PATCH", FILES, main, typed("application/json", "{"));
  await call("PATCH", FILES, main, { json: { upsert: { a: "x".repeat(10 * 1024 * 1024 + 1) } } });
  await call("PATCH", FILES, main, { ...typed("text/plain", "no"), takes: false });
  await call("PUT", FILE, at("..%2fa"), { body: "x" });
  await call("PUT", FILE, at("a"), { body: Buffer.alloc(10 * 1024 * 1024 + 1) });
  await call("PUT", FILE, at("a"), { body: "x", headers: { "content-encoding": "gzip" } });
  await call("PUT", VARIABLES, main, { json: { variables: { "1": "" } }, takes: false });
  await call("PUT", VARIABLES, main, { json: {}, takes: false });
  await call("PUT", VARIABLES, main, { json: { variables: { A: "x".repeat(20_000) } } });
  await call("PUT", VARIABLES, main, typed("application/json", "{"));
  await call("PUT", VARIABLES, main, { ...typed("text/plain", "{}"), takes: false });
  const secret = { ...main, secret: "API_KEY" };
  await call("PUT", SECRET, { ...main, secret: "1" }, { json: { value: "x" } });
  await call("PUT", SECRET, secret, { json: {}, takes: false });
  await call("PUT", SECRET, secret, { json: { value: "x".repeat(6_000) } });
  await call("PUT", SECRET, secret, typed("application/json", "{"));
  await call("PUT", SECRET, secret, { ...typed("text/plain", "{}"), takes: false });
  await call("DELETE", SECRET, { ...main, secret: "1" });
  await call("DELETE", SECRET, { ...main, secret: "NONE" });
  await call("GET", "/v1/audit", {}, { query: "?cursor=x" });
  await call("GET", AUDIT, main, { query: "?cursor=x" });
  await call("GET", "/v1/usage", {}, { query: "?from=x" });
  await call("GET", USAGE, main, { query: "?to=x" });
  await call("POST", DEPLOYMENTS, main, { json: { tier: "production", version: 1_000_000 } });
  await call("GET", DEPLOYMENTS, main, { query: "?cursor=x" });
  await call("GET", VERSIONS, main, { query: "?limit=0" });
  await call("POST", DEPLOYMENTS, main, { json: { tier: "staging" }, takes: false });
  await call("POST", DEPLOYMENTS, main, { json: { tier: "preview", more: 1 }, takes: false });
  await call("POST", DEPLOYMENTS, main, { json: { tier: "preview", message: "x".repeat(501) }, takes: false });
  await call("POST", DEPLOYMENTS, main, { json: { tier: "preview", message: "x".repeat(70_000) }, takes: false });
  await call("POST", DEPLOYMENTS, main, typed("application/json", "{"));
  await call("POST", DEPLOYMENTS, main, { ...typed("text/plain", "{}"), takes: false });
  await call("GET", DEPLOYMENT, { ...main, deployment: "none" });
  for (const method of ["POST", "GET", "DELETE"]) {
    await call(method, `${DEPLOYMENT}/publish`, { ...main, deployment: "none" });
  }
  await call("POST", `${DEPLOYMENT}/activate`, { ...main, deployment: "none" });
  await call("GET", SYNC, main, { query: "?epoch=a" });
  await call("POST", BROADCAST, main, { json: { event: "" }, takes: false });
  await call("POST", BROADCAST, main, { json: { event: "a", data: "x".repeat(70_000) } });
  await call("POST", BROADCAST, main, typed("application/json", "{"));
  await call("POST", BROADCAST, main, { ...typed("text/plain", "{}"), takes: false });
  for (const method of ["GET", "DELETE"]) {
    await call(method, FILE, at("nope"));
    await call(method, FILE, at("a%00"));
  }

  for (const [template, operations] of Object.entries(document.paths)) {
    for (const method of Object.keys(operations).filter((name) => name !== "parameters")) {
      if (!operations[method].security.length) continue;
      const of = (slug) => ({ slug, path: "a", deployment: "a", secret: "A" });
      await call(method.toUpperCase(), template, of("main"), { token: null });
      await call(method.toUpperCase(), template, of("other"), { token: app.token });
      if (template.includes("{slug}")) await call(method.toUpperCase(), template, of("nobody"));
    }
  }
  await call("DELETE", APP, main);
});

test("every call is refused as the document says when too much was asked for", async () => {
  const first = server;
  server = await Server.start({ vars: { CALLS_PER_MINUTE: "0" } });
  try {
    const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "main" } })).json;
    for (const [template, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations).filter((name) => name !== "parameters")) {
        if (!operations[method].security.length) continue;
        const answer = await call(method.toUpperCase(), template, { slug: "main", path: "a", deployment: "a", secret: "A" }, { token });
        assert.equal(answer.status, 429);
      }
    }
  } finally {
    await server.stop();
    server = first;
  }
});

test("the pattern of paths lets pass what the Worker takes, and nothing else", async () => {
  const pattern = new RegExp(document.components.schemas.ModulePath.pattern, "u");
  await server.call("POST", "/v1/apps", { json: { slug: "paths" } });
  for (const path of ["a", ".env", "a b/\u00fc.ts", "src/[id]/$page.tsx", "...", "a/..b", "a:b", "", ".", "..", "/a", "a/", "a//b", "a/./b", "a/../b",
    "a/..", "C:x", "a\\b", "a\0b", "a\u0085b", "a\u202eb", "\ufeffa", `${"d/".repeat(449)}xx`, `${"d/".repeat(450)}x`]) {
    const answer = await server.call("PUT", "/v1/apps/paths/files", { json: { files: { [path]: "" } } });
    assert.equal(pattern.test(path), answer.status === 200, JSON.stringify(path));
  }
});

test("every status that the document names was seen, but faults and a missing configuration", async () => {
  const named = Object.values(document.paths).flatMap((operations) => Object.values(operations)).filter((operation) => operation.operationId)
    .flatMap(({ operationId, responses }) => Object.keys(responses).map((status) => `${operationId} ${status}`));
  assert.deepEqual(named.filter((one) => !seen.has(one) && !/ 50[03]$/.test(one)), []);
});
