// Hostile and mistaken requests: each row names the status and code that it gets, and leaves the app as it was.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Server, TOKEN } from "./support/server.mjs";
import { pax, tar } from "./support/tar.mjs";

const FILES = "/v1/apps/own/files";
const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "multipart/form-data; boundary=x" };

const raw = (body, type = "application/json", more = {}) => ({ body, headers: { "content-type": type, ...more } });
const put = (tree) => ["PUT", FILES, { json: { files: tree } }];
const text = (body) => ["PUT", FILES, raw(body)];
const patch = (json) => ["PATCH", FILES, { json }];
const archive = (body, type = "application/gzip") => ["PUT", FILES, raw(body, type)];
const tarball = (...entries) => archive(tar([{ name: "a", text: "2" }, ...entries]), "application/x-tar");
const form = (body, type = FORM_TYPE["content-type"]) => ["PUT", FILES, raw(body, type)];
const part = (disposition, content = "2") => `--x\r\nContent-Disposition: ${disposition}\r\n\r\n${content}\r\n`;
const file = (path, options = { body: "2" }) => ["PUT", `${FILES}/${path}`, options];
const as = (authorization) => ["GET", FILES, { token: null, headers: { authorization } }];
const deep = (open, close, depth) => `${open.repeat(depth)}${close.repeat(depth)}`;
const base256 = (...bytes) => Buffer.from([...bytes, ...Array(12 - bytes.length).fill(0xff)]);

let server;
let own;
before(async () => {
  server = await Server.start();
  own = (await server.call("POST", "/v1/apps", { json: { slug: "own" } })).json;
  await server.call("POST", "/v1/apps", { json: { slug: "other" } });
  await server.call("PUT", "/v1/apps/other/files/secret", { body: "theirs" });
  const made = await server.call("PUT", FILES, { json: { files: { a: "1", "b/c": "2" } } });
  assert.equal(made.status, 200, made.bytes.toString());
  // The list of apps shows versions, which D1 learns a little later.
  while ((await server.call("GET", "/v1/apps")).json.apps.some(({ version }) => version !== 1));
});
after(() => server.stop());

/** What nothing refused may change. */
async function state() {
  const paths = [FILES, VARIABLES, "/v1/apps", "/v1/apps/other/files", `${FILES}/a`];
  const answers = await Promise.all(paths.map((path) => server.call("GET", path)));
  return answers.map((answer) => `${answer.status} ${answer.bytes}`);
}

const tokens = () => [
  [401, "unauthenticated", "GET", FILES, { token: null }],
  [401, "unauthenticated", "GET", "/metrics", { token: null }],
  [401, "unauthenticated", "GET", FILES, { token: "nope" }],
  [401, "unauthenticated", ...as("Bearer")],
  [401, "unauthenticated", ...as("Bearer ")],
  [401, "unauthenticated", ...as(`Basic ${Buffer.from(`admin:${TOKEN}`).toString("base64")}`)],
  [401, "unauthenticated", ...as(TOKEN)],
  [401, "unauthenticated", ...as(`Bearer${TOKEN}`)],
  [401, "unauthenticated", ...as(`Bearer ${TOKEN} x`)],
  [401, "unauthenticated", ...as(`Bearer ${TOKEN.toUpperCase()}`)],
  [401, "unauthenticated", ...as(`Bearer ${TOKEN.slice(0, -1)}`)],
  [401, "unauthenticated", ...as("Bearer t\u00f6ken")],
  [401, "unauthenticated", ...as(`Bearer ${"x".repeat(8000)}`)],
  [401, "unauthenticated", ...as("Bearer ' OR 1=1 --")],
  [401, "unauthenticated", "POST", "/v1/apps", { token: null, json: { slug: "fresh" } }],
  [401, "unauthenticated", "DELETE", "/v1/apps/own", { token: null }],
];

const otherApps = () => [
  [403, "forbidden", "GET", "/v1/apps", { token: own.token }],
  [403, "forbidden", "GET", "/metrics", { token: own.token }],
  [403, "forbidden", "POST", "/v1/apps", { token: own.token, json: { slug: "fresh" } }],
  [403, "forbidden", "GET", "/v1/apps/other", { token: own.token }],
  [403, "forbidden", "PATCH", "/v1/apps/other", { token: own.token, json: { name: "mine" } }],
  [403, "forbidden", "DELETE", "/v1/apps/other", { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/other/files", { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/other/files/secret", { token: own.token }],
  [403, "forbidden", "PUT", "/v1/apps/other/files/a", { token: own.token, body: "x" }],
  [403, "forbidden", "DELETE", "/v1/apps/other/files/secret", { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/other/diagnostics", { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/other/packages", { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/nobody", { token: own.token }],
  [403, "forbidden", "GET", `/v1/apps/${own.id}/files`, { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/own%2f..%2fother", { token: own.token }],
  [403, "forbidden", "GET", `${FILES}/../../other/files/secret`, { token: own.token }],
  [403, "forbidden", "GET", `${FILES}/%2e%2e/%2E./other/files/secret`, { token: own.token }],
];

const addresses = () => [
  [404, "app-not-found", "GET", "/v1/apps/nobody/files"],
  [404, "app-not-found", "GET", "/v1/apps/OWN"],
  [404, "app-not-found", "GET", "/v1/apps/%6fwn"],
  [404, "app-not-found", "GET", "/v1/apps/own'--"],
  [404, "app-not-found", "GET", "/v1/apps/..%2f..%2f/files"],
  [404, "app-not-found", "GET", "/v1/apps/"],
  [404, "route-not-found", "GET", "/v1/apps/own/"],
  [404, "route-not-found", "GET", "/v1"],
  [404, "route-not-found", "GET", "//v1/apps"],
  [404, "route-not-found", "GET", "/"],
  [405, "method-not-allowed", "POST", FILES],
  [405, "method-not-allowed", "OPTIONS", FILES],
  [405, "method-not-allowed", "PROPFIND", FILES],
  [405, "method-not-allowed", "PUT", "/healthz"],
  [405, "method-not-allowed", "DELETE", "/v1/apps"],
  [400, "invalid-cursor", "GET", "/v1/apps?cursor=%00"],
  ...["", "0", "-", "1-", "-0123456789abcdef", "+1-0123456789abcdef", "1-0123456789abcde'", "1-0123456789abcdef0", "1e3-0123456789abcdef", "9007199254740992-0123456789abcdef", "99999999999999999999-0123456789abcdef", "%00", "1-0123456789abcdef'--"]
    .map((cursor) => [400, "invalid-cursor", "GET", `/v1/apps/own/deployments?cursor=${cursor}`]),
  ...["", "0", "-1", "1.0", "1e3", "99999999999999999999", "%00", "1;"].map((cursor) => [400, "invalid-cursor", "GET", `/v1/apps/own/versions?cursor=${cursor}`]),
  ...["deployments", "versions"].flatMap((list) => ["", "0", "101", "-1", "x", "1.5"].map((limit) => [400, "invalid-limit", "GET", `/v1/apps/own/${list}?limit=${limit}`])),
  ...["tier=staging", "tier=", "tier=PREVIEW", "state=gone", "state='", "tier=preview%00"].map((query) => [400, "invalid-filter", "GET", `/v1/apps/own/deployments?${query}`]),
  [403, "forbidden", "GET", "/v1/apps/other/versions", { token: own.token }],
  [403, "forbidden", "GET", "/v1/apps/other/deployments", { token: own.token }],
  ...[3, 0, 2 ** 53].map((version) => [409, "version-not-kept", "POST", "/v1/apps/own/deployments", { json: { tier: "preview", version } }]),
  ...[-1, 1.5, "1", 1e30].map((version) => [422, "invalid-body", "POST", "/v1/apps/own/deployments", { json: { tier: "preview", version } }]),
];

const apps = () => [
  [409, "slug-taken", "POST", "/v1/apps", { json: { slug: "own" } }],
  [409, "slug-taken", "PATCH", "/v1/apps/own", { json: { slug: "other" } }],
  [422, "invalid-slug", "POST", "/v1/apps", { json: { slug: "a--b" } }],
  [422, "invalid-slug", "POST", "/v1/apps", { json: { slug: "x".repeat(41) } }],
  [422, "invalid-slug", "PATCH", "/v1/apps/own", { json: { slug: "../x" } }],
  [422, "invalid-name", "PATCH", "/v1/apps/own", { json: { name: "a\u0000b" } }],
  [422, "invalid-body", "PATCH", "/v1/apps/own", { json: { id: "app_0" } }],
  [422, "invalid-body", "POST", "/v1/apps", { json: { slug: "fresh", visibility: "secret" } }],
  [422, "invalid-body", "POST", "/v1/apps", { json: {} }],
  [413, "body-too-large", "POST", "/v1/apps", { json: { slug: "fresh", name: "x".repeat(70_000) } }],
  [415, "unsupported-media-type", "POST", "/v1/apps", raw('{"slug":"fresh"}', "text/plain")],
];

const json = () => [
  [400, "invalid-json", ...text("{")],
  [400, "invalid-json", ...text("")],
  [400, "invalid-json", ...text('{"files":{"a":"2"}} trailing')],
  [400, "invalid-json", ...text('\ufeff{"files":{"a":"2"}}')],
  [400, "invalid-json", ...text(Buffer.from([0x7b, 0xff, 0x7d]))],
  [400, "invalid-json", ...text('{"files":{"a":"\\ud800"}}')],
  [400, "invalid-json", ...text(`{"files":{"a":"2\n"}}`)],
  [400, "invalid-json", ...text(`{"files":{"a":${deep("[", "]", 100_000)}}}`)],
  [400, "invalid-json", ...text(`{"files":${deep('{"a":', "}", 100_000)}}`)],
  [400, "invalid-json", "PATCH", FILES, raw('{"upsert":{"a":"2"},"baseVersion":1e999}')],
  [422, "invalid-body", ...text("[]")],
  [422, "invalid-body", ...text("null")],
  [422, "invalid-body", ...text("{}")],
  [422, "invalid-body", ...text('{"files":{"a":"","a":""}}')],
  [422, "invalid-body", ...text('{"files":{"a":"2"},"files":{}}')],
  [422, "invalid-body", ...put({ a: 2 })],
  [422, "invalid-body", ...put({ a: null })],
  [422, "invalid-body", ...put({ a: { base64: "Mg==", more: 1 } })],
  [422, "invalid-base64", ...put({ ok: "", a: { base64: "*" } })],
  [422, "invalid-base64", ...put({ a: { base64: "Mg" } })],
  [422, "invalid-body", ...patch({ upsert: { a: "2" }, baseVersion: -1 })],
  [422, "invalid-body", ...patch({ upsert: { a: "2" }, baseVersion: 1.5 })],
  [422, "invalid-body", ...patch({ upsert: { a: "2" }, baseVersion: "1" })],
  [422, "invalid-body", "PATCH", FILES, raw('{"baseVersion":1,"baseVersion":1}')],
  [422, "invalid-body", ...patch({ upsert: { a: "2" }, delet: ["b/c"] })],
  [409, "version-conflict", ...patch({ upsert: { a: "2" }, baseVersion: 0 })],
  [409, "version-conflict", ...patch({ upsert: { a: "2" }, baseVersion: Number.MAX_SAFE_INTEGER })],
  [422, "duplicate-path", ...patch({ upsert: { a: "2" }, delete: ["a"] })],
  [422, "duplicate-path", ...patch({ delete: ["a", "a"] })],
  [404, "file-not-found", ...patch({ upsert: { a: "2" }, delete: ["nope"] })],
  [404, "file-not-found", ...patch({ delete: ["b"] })],
  [422, "invalid-path", ...patch({ delete: ["/a"] })],
];

const media = () => [
  [415, "unsupported-media-type", "PUT", FILES, raw("{}", "text/plain")],
  [415, "unsupported-media-type", "PUT", FILES, { body: "{}" }],
  [415, "unsupported-media-type", "PUT", FILES, raw("{}", "application/json, text/plain")],
  [415, "unsupported-media-type", "PATCH", FILES, raw(tar([]), "application/x-tar")],
  [415, "unsupported-content-encoding", "PUT", FILES, raw(gzipSync('{"files":{}}'), "application/json", { "content-encoding": "gzip" })],
  [415, "unsupported-content-encoding", "PUT", FILES, raw("x", "application/json", { "content-encoding": "br" })],
  [415, "unsupported-content-encoding", "PUT", FILES, raw(gzipSync(tar([])), "application/x-tar", { "content-encoding": "gzip" })],
  [415, "unsupported-content-encoding", ...file("a", raw(gzipSync("2"), "text/plain", { "content-encoding": "gzip" }))],
  [400, "invalid-json", "PUT", FILES, raw("{", "Application/JSON ; charset=utf-8")],
  [400, "invalid-json", "PUT", FILES, { body: "{", headers: { ...JSON_TYPE, "transfer-encoding": "chunked" } }],
];

const paths = () => [
  ...["../x", "/etc/passwd", "a\\b", "C:\\x", "c:x", "", ".", "..", "b//d", "b/", "b/./d", "b/../../d", "a\u0000", "a\nb", "a\u202eb", "\ufeffa",
    "x".repeat(201), `${"d/".repeat(450)}x`].map((path) => [422, "invalid-path", ...put({ ok: "", [path]: "" })]),
  ...["", "..%2fx", "%2fetc%2fpasswd", "b%2f%2fd", "a%00", "a%0a", "%ff", "%", "%4", "%zz", "a%5cb", "a%2f", "d/", "%252e%252e/%2e%2e%2fx",
    `${"d%2f".repeat(450)}x`, "x".repeat(5000)].map((path) => [422, "invalid-path", ...file(path)]),
  [422, "path-conflict", ...file("a/b")],
  [422, "path-conflict", ...file("b")],
  [422, "path-conflict", ...put({ d: "", "d/e": "" })],
  [404, "file-not-found", "GET", `${FILES}/A`],
  [404, "file-not-found", "GET", `${FILES}/__proto__`],
  [404, "file-not-found", "DELETE", `${FILES}/b`],
];

const sizes = () => [
  [413, "body-too-large", ...file("big", { body: Buffer.alloc(10 * 1024 * 1024 + 1) })],
  [413, "body-too-large", ...file("big", { body: Buffer.alloc(10 * 1024 * 1024 + 1), headers: { "transfer-encoding": "chunked" } })],
  [413, "file-too-large", ...put({ big: "x".repeat(10 * 1024 * 1024 + 1) })],
  [413, "file-too-large", ...tarball({ name: "big", text: Buffer.alloc(10 * 1024 * 1024 + 1) })],
  [413, "tree-too-large", ...tarball(...Array.from({ length: 6 }, (_, n) => ({ name: `f${n}`, text: Buffer.alloc(9 * 1024 * 1024) })))],
  [413, "too-many-files", ...put(Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`f${n}`, ""])))],
  [413, "too-many-files", ...tarball(...Array.from({ length: 2001 }, (_, n) => ({ name: `f${n}` })))],
  [413, "too-many-files", ...tarball(...Array.from({ length: 5000 }, (_, n) => ({ name: `d${n}/`, type: "5" })))],
  [413, "too-many-files", ...form(`${part("form-data; filename=f").repeat(2001)}--x--`)],
  [413, "archive-too-large", ...archive(gzipSync(Buffer.alloc(80 * 1024 * 1024)))],
  [413, "archive-too-large", ...archive(gzipSync(Buffer.alloc(80 * 1024 * 1024)), "application/x-tar")],
];

const archives = () => [
  [422, "invalid-path", ...tarball({ name: "../x", text: "2" })],
  [422, "invalid-path", ...tarball({ name: "/etc/passwd", text: "2" })],
  [422, "invalid-path", ...tarball({ name: "b/../../x", text: "2" })],
  [422, "invalid-path", ...tarball({ type: "x", name: "pax", text: pax("path", "../x") }, { name: "innocent", text: "2" })],
  [422, "invalid-path", ...tarball({ type: "x", name: "pax", text: pax("path", "/etc/passwd") }, { name: "innocent", text: "2" })],
  [422, "invalid-path", ...tarball({ type: "L", name: "././@LongLink", text: `${"../".repeat(60)}x\0` }, { name: "innocent", text: "2" })],
  [422, "archive-link", ...tarball({ name: "l", type: "2", link: "/etc/passwd" })],
  [422, "archive-link", ...tarball({ name: "l", type: "1", link: "a" })],
  [422, "archive-device", ...tarball({ name: "d", type: "3" })],
  [422, "archive-device", ...tarball({ name: "d", type: "4" })],
  [422, "archive-device", ...tarball({ name: "d", type: "6" })],
  [422, "duplicate-path", ...tarball({ name: "a", text: "3" })],
  [422, "duplicate-path", ...tarball({ name: "./a", text: "3" })],
  [422, "path-conflict", ...tarball({ name: "a/b", text: "3" })],
  [400, "archive-corrupt", ...tarball({ name: "s", text: "2", size: "77777777777" })],
  [400, "archive-corrupt", ...tarball({ name: "s", text: "2", size: "-0000000001" })],
  [400, "archive-corrupt", ...tarball({ name: "s", text: "2", size: base256(0x80) })],
  [400, "archive-corrupt", ...tarball({ name: "s", text: "2", size: base256(0xff) })],
  [400, "archive-corrupt", ...tarball({ name: "s", text: "2", size: "x" })],
  [400, "archive-corrupt", ...tarball({ name: "s", type: "S" })],
  [400, "archive-corrupt", ...tarball({ type: "x", name: "pax", text: pax("size", "99999999999") }, { name: "s", text: "2" })],
  [400, "archive-corrupt", ...tarball({ name: "s", text: "2", sum: 7 })],
  [400, "archive-corrupt", ...archive(tar([{ name: "a", text: "2" }]).subarray(0, 512), "application/x-tar")],
  [400, "archive-corrupt", ...archive(tar([{ name: "a", text: "2" }]).subarray(0, 700), "application/x-tar")],
  [400, "archive-corrupt", ...archive("", "application/x-tar")],
  [400, "archive-corrupt", ...archive(gzipSync("x".repeat(512)))],
  [400, "archive-corrupt", ...archive(gzipSync(tar([{ name: "a", text: "2" }])).subarray(0, -5))],
  [400, "archive-corrupt", ...archive(Buffer.concat([gzipSync(tar([{ name: "a", text: "2" }])), Buffer.from("junk")]))],
];

const registry = (url, token) => ["PATCH", "/v1/apps/own", { json: { name: "changed", registries: { scopes: { "@own": { url, token } } } } }];
const registries = () => [
  ...["", "x", "http://registry.example/", "https://user:pass@registry.example/", "https://169.254.169.254/", "https://10.0.0.1/", "https://[fd00::1]/",
    "https://metadata.google.internal/", "https://registry/", "file:///etc/passwd", "https://registry.example/?a=b", `https://registry.example/${"x".repeat(600)}`]
    .map((url) => [422, "invalid-registry", ...registry(url, "t")]),
  [422, "invalid-registry", ...registry("https://registry.example/", "a\r\nx: y")],
  [422, "invalid-registry", ...registry("https://registry.example/", "")],
  [413, "token-too-large", ...registry("https://registry.example/", "x".repeat(5000))],
  [422, "invalid-scope", "PATCH", "/v1/apps/own", { json: { registries: { scopes: { own: { url: "https://registry.example/" } } } } }],
  [422, "invalid-scope", "PATCH", "/v1/apps/own", { json: { registries: { scopes: { "@../x": { url: "https://registry.example/" } } } } }],
  [422, "invalid-body", "PATCH", "/v1/apps/own", { json: { registries: { scopes: { "@own": { url: "https://registry.example/", shelf: "" } } } } }],
  [422, "invalid-body", "PATCH", "/v1/apps/own", raw('{"registries":{"scopes":{"@own":{"url":"https://a.example/"},"@own":{"url":"https://b.example/"}}}}')],
  [409, "slug-taken", "PATCH", "/v1/apps/own", { json: { slug: "other", registries: { default: { url: "https://registry.example/" } } } }],
  [403, "forbidden", "PATCH", "/v1/apps/other", { token: own.token, json: { registries: {} } }],
];

const VARIABLES = "/v1/apps/own/variables";
const set = (variables) => ["PUT", VARIABLES, { json: { variables } }];
const variables = () => [
  ...["", "1A", "A-B", "A=B", "A B", "A\n", "\u00c4", "A.B", "../A", "A".repeat(129)].map((name) => [422, "invalid-variable", ...set({ [name]: "" })]),
  [422, "invalid-variable", ...set({ OK: "", A: "x\u0000y" })],
  [413, "variable-too-large", ...set({ OK: "", A: "x".repeat(16 * 1024 + 1) })],
  [413, "too-many-variables", ...set(Object.fromEntries(Array.from({ length: 257 }, (_, n) => [`A${n}`, ""])))],
  [413, "body-too-large", ...set(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`A${n}`, "x".repeat(16_000)])))],
  [422, "invalid-body", ...set({ A: 1 })],
  [422, "invalid-body", ...set({ A: null })],
  [422, "invalid-body", ...set(["A"])],
  [422, "invalid-body", "PUT", VARIABLES, { json: {} }],
  [422, "invalid-body", "PUT", VARIABLES, { json: { variables: {}, more: 1 } }],
  [422, "invalid-body", "PUT", VARIABLES, raw('{"variables":{"A":"1","A":"2"}}')],
  [400, "invalid-json", "PUT", VARIABLES, raw('{"variables":{"A":"\\ud800"}}')],
  [400, "invalid-json", "PUT", VARIABLES, raw("{")],
  [415, "unsupported-media-type", "PUT", VARIABLES, raw("{}", "text/plain")],
  [405, "method-not-allowed", "PATCH", VARIABLES, { json: {} }],
  [404, "route-not-found", "GET", `${VARIABLES}/A`],
  [404, "app-not-found", "PUT", "/v1/apps/nobody/variables", { json: { variables: {} } }],
  [401, "unauthenticated", "GET", VARIABLES, { token: null }],
  [403, "forbidden", "GET", "/v1/apps/other/variables", { token: own.token }],
  [403, "forbidden", "PUT", "/v1/apps/other/variables", { token: own.token, json: { variables: {} } }],
];

const forms = () => [
  [400, "multipart-boundary", ...form("", "multipart/form-data")],
  [400, "multipart-boundary", ...form("", `multipart/form-data; boundary=${"x".repeat(71)}`)],
  [400, "multipart-corrupt", ...form("")],
  [400, "multipart-corrupt", ...form(part("form-data; filename=a"))],
  [400, "multipart-corrupt", ...form(`${part("form-data; filename=a")}--x`)],
  [400, "multipart-corrupt", ...form(`${part('form-data; filename="a')}--x--`)],
  [400, "multipart-corrupt", ...form(`${part("form-data; filename=a; filename=b")}--x--`)],
  [422, "invalid-body", ...form(`${part("form-data; name=field")}--x--`)],
  [422, "invalid-body", ...form(`${part("attachment; filename=a")}--x--`)],
  [422, "invalid-path", ...form(`${part('form-data; filename=""')}--x--`)],
  [422, "invalid-path", ...form(`${part('form-data; filename="../x"')}--x--`)],
  [422, "invalid-path", ...form(`${part('form-data; filename="C:\\\\x"')}--x--`)],
  [422, "invalid-path", ...form(`${part('form-data; filename="a%0Ab"')}--x--`)],
  [422, "invalid-path", ...form(`${part("form-data; filename=a\0b")}--x--`)],
  [422, "invalid-path", ...form(`${part("form-data; filename=a; filename*=utf-8''..%2Fx")}--x--`)],
  [422, "invalid-path", ...form(`${part("form-data; filename*=utf-8''%ff")}--x--`)],
  [422, "duplicate-path", ...form(`${part("form-data; filename=a")}${part("form-data; filename=a")}--x--`)],
  [422, "path-conflict", ...form(`${part("form-data; filename=a")}${part("form-data; filename=a/b")}--x--`)],
];

for (const [about, rows] of Object.entries({ tokens, otherApps, addresses, apps, json, media, paths, sizes, archives, variables, registries, forms })) {
  test(`${about}: what is refused says why and changes nothing`, async () => {
    const before = await state();
    for (const [at, [status, code, method, path, options]] of rows().entries()) {
      const row = `row ${at}: ${method} ${path.slice(0, 100)}`;
      const answer = await server.call(method, path, options);
      assert.equal(`${answer.status} ${answer.json?.code}`, `${status} ${code}`, `${row}\n${answer.json?.detail}`);
      assert.equal(answer.headers["content-type"], "application/problem+json", row);
      assert.equal(answer.json.requestId, answer.headers["x-request-id"], row);
      assert.equal(answer.json.status, status, row);
      assert.match(answer.headers["server-timing"], /^total;dur=/, row);
      assert.equal(answer.headers.allow !== undefined, status === 405, row);
      assert.equal(answer.headers["www-authenticate"], status === 401 ? "Bearer" : undefined, row);
      assert.deepEqual(await state(), before, `${row} changed something`);
    }
  });
}

test("a body that ends before its announced length is no upload", async () => {
  const before = await state();
  const head = `PUT ${FILES}/cut HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n`;
  await new Promise((closed) => {
    const socket = connect(server.port, "localhost", () => socket.end(`${head}only this`));
    socket.on("error", closed).on("close", closed).resume();
  });
  assert.deepEqual(await state(), before);
});

test("a deleted app's token is nobody's", async () => {
  const { token } = (await server.call("POST", "/v1/apps", { json: { slug: "brief" } })).json;
  assert.equal((await server.call("DELETE", "/v1/apps/brief", { token })).status, 204);
  for (const path of ["/v1/apps/brief", "/v1/apps/own"]) {
    assert.equal((await server.call("GET", path, { token })).json.code, "unauthenticated", path);
  }
  assert.equal((await server.call("POST", "/v1/apps", { json: { slug: "brief" } })).status, 201);
  assert.equal((await server.call("GET", "/v1/apps/brief", { token })).json.code, "unauthenticated");
});

test("without an ADMIN_TOKEN nobody gets in, and the answer names what to set", async () => {
  const unset = await Server.start({ vars: { ADMIN_TOKEN: "" } });
  try {
    for (const token of [null, "", TOKEN]) {
      const answer = await unset.call("GET", "/v1/apps", { token });
      assert.equal(`${answer.status} ${answer.json.code}`, "503 admin-token-not-set");
      assert.match(answer.json.detail, /ADMIN_TOKEN/);
      assert.equal(answer.headers["retry-after"], "1");
    }
    assert.equal((await unset.call("GET", "/healthz", { token: null })).status, 200);
  } finally {
    await unset.stop();
  }
});
