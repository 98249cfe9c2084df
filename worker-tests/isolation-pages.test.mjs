// Two apps and a control plane: whatever host, path, cookie, token or address is tried from the one, nothing of the other,
// of the control plane or of the machine is read or changed.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { deploy, uploaded } from "./support/app.mjs";
import { Cable, identifier } from "./support/cable.mjs";
import { Server, TOKEN } from "./support/server.mjs";
import { signed } from "./support/signed.mjs";

const KEY = "what Rails signs with, in these tests";
const MARK = "for-b-alone";
const KEPT = "machine-secret-of-the-tests";
const page = (text) => `<!doctype html><title>${text}</title><script type="module" src="/src/main.ts"></script>`;

let server, a, b, own, untouched;
/** What is known of B to whoever attacks: more than they could. */
let theirs;

before(async () => {
  server = await Server.start({ vars: { SIGNING_KEY: KEY, SEALING_KEY: KEPT } });
  a = (await server.call("POST", "/v1/apps", { json: { slug: "a" } })).json;
  b = (await server.call("POST", "/v1/apps", { json: { slug: "b", visibility: "private" } })).json;
  await uploaded(server, "a", { "index.html": page("A"), "src/main.ts": "document.title = 'a'" });
  await uploaded(server, "b", { "index.html": page(MARK), "src/main.ts": `document.title = '${MARK}'`, "public/secret.txt": MARK, "src/deep/mine.ts": `export const x = '${MARK}'` });
  await server.call("PUT", "/v1/apps/b/variables", { json: { variables: { PRIVATE: MARK } } });
  await server.call("PUT", "/v1/apps/b/secrets/KEY", { json: { value: MARK } });
  const enter = async (slug, token) => {
    const entered = await server.preview(slug, `/?__overskill_token=${encodeURIComponent(token)}`, { headers: { "sec-fetch-mode": "navigate" } });
    return entered.headers["set-cookie"][0].split(";")[0];
  };
  const cookie = await enter("b", b.token);
  const shown = (await server.preview("b", "/", { headers: { cookie, accept: "text/html" } })).bytes.toString();
  assert.ok(shown.includes(MARK), "with a cookie of its own it is shown");
  const deployment = await deploy(server, "b");
  const files = (await server.call("GET", "/v1/apps/b/files")).json.files;
  theirs = { cookie, deployment: deployment.id, script: /src="(\/__overskill\/app-[^"]+)"/.exec(shown)[1], hashes: Object.values(files).map(({ hash }) => hash) };
  await server.call("PATCH", "/v1/apps/a", { json: { visibility: "private" } });
  own = await enter("a", a.token);
  // The version that is shown is that of D1, which comes a little later.
  while ((await server.call("GET", "/v1/apps/b")).json.version !== 2);
  untouched = await state();
});
after(() => server.stop());

/** What nothing of this may change. */
async function state() {
  const paths = ["", "/files", "/variables", "/secrets", "/deployments", "/errors", "/files/src/main.ts"];
  const answers = await Promise.all(paths.map((path) => server.call("GET", `/v1/apps/b${path}`)));
  return answers.map((answer) => `${answer.status} ${answer.bytes}`);
}

/** Bytes as they stand to the port; resolves to the whole answer. */
function raw(lines) {
  return new Promise((done, failed) => {
    const socket = connect(server.port, "localhost");
    const chunks = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", failed);
    socket.on("close", () => done(Buffer.concat(chunks).toString("latin1")));
    socket.end(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
  });
}

/** Nothing of B, of the control plane or of the machine is in an answer. */
function clean(text, what) {
  for (const kept of [MARK, KEPT, TOKEN, KEY, a.token, b.token, "root:x:", "\"slug\":\"b\""]) assert.ok(!text.includes(kept), `${what}: ${kept}\n${text.slice(0, 500)}`);
}

const port = () => server.port;
const shows = () => [[], [`Cookie: ${own}`], [`Authorization: Bearer ${a.token}`], [`Cookie: ${own.replace("__overskill_preview", "__Host-__overskill_preview")}`],
  [`Cookie: __overskill_preview=${signed({ app: "a", key: KEY })}`]];

test("by the host", async () => {
  const hosts = ["b.localhost", `b.localhost:${port()}`, "B.LOCALHOST", "b.localhost.", `b.localhost.:${port()}`, "b.localhost:1", "b.localhost:99999", "b.localhost:", "b.localhost..",
    ".b.localhost", "b..localhost", "a.b.localhost", "b.a.localhost", "x@b.localhost", "a.localhost@b.localhost", "b.localhost, a.localhost", "a.localhost,b.localhost", "b.localhost/", "b.localhost/a.localhost",
    "b.localhost#a.localhost", "b.localhost?a.localhost", "b.localhost\\a.localhost", "b%2elocalhost", "%62.localhost", "b\u3002localhost", "\u24d1.localhost", "xn--b.localhost", "b.localhost\ta.localhost",
    "[b.localhost]", "", `b--${theirs.deployment}.localhost`, `B--${theirs.deployment.toUpperCase()}.localhost`, `a--${theirs.deployment}.localhost`, `a--b--${theirs.deployment}.localhost`, `b--${theirs.deployment}.a.localhost`];
  for (const host of hosts) {
    for (const shown of shows()) {
      for (const path of ["/", "/secret.txt", theirs.script, `${theirs.script}.map`, "/src/main.ts", "/__overskill/sync?epoch=x&since=0"]) {
        clean(await raw([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...shown]), `${host} ${path} ${shown}`);
      }
    }
  }
});

test("by two hosts at once", async () => {
  for (const [one, two] of [["a.localhost", "b.localhost"], ["b.localhost", "a.localhost"], [`localhost:${port()}`, "b.localhost"], ["a.localhost", `localhost:${port()}`]]) {
    for (const shown of shows()) {
      for (const path of ["/secret.txt", "/v1/apps/b/files/src/main.ts", "/"]) {
        const heads = [
          [`GET ${path} HTTP/1.1`, `Host: ${one}`, `Host: ${two}`],
          [`GET http://${two}${path} HTTP/1.1`, `Host: ${one}`],
          [`GET https://${two}${path} HTTP/1.1`, `Host: ${one}`],
          [`GET //${two}${path} HTTP/1.1`, `Host: ${one}`],
          [`GET ${path} HTTP/1.1`, `Host: ${one}`, `X-Forwarded-Host: ${two}`, `X-Host: ${two}`, `Forwarded: host=${two}`, `X-Original-URL: ${path}`, `X-Rewrite-URL: ${path}`],
          [`GET ${path} HTTP/1.0`, `Host: ${one}`, ` ${two}`],
          [`CONNECT ${two}:80 HTTP/1.1`, `Host: ${one}`],
        ];
        for (const head of heads) clean(await raw([...head, ...shown]), head.concat(shown).join(" | "));
      }
    }
  }
});

test("by the path, on one's own host and on the control plane", async () => {
  const [hash] = theirs.hashes;
  const escapes = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%252e%252e%252f", "..;/", "..%00/", "%c0%ae%c0%ae%c0%af", "....//", "/%2e/..//"];
  const goals = [`apps/${b.id}/tree.json`, `apps/${b.id}/blobs/${hash}`, `apps/${b.id}/deployed/${hash}`, `apps/${b.id}/deployments/${theirs.deployment}.json`, "etc/passwd", "b.localhost/secret.txt", "b/secret.txt"];
  const paths = goals.flatMap((goal) => [`/${goal}`, `//${goal}`, `/__overskill/${goal}`, `/__overskill/files/${goal}`, `/__overskill/packages-${goal}`,
    ...escapes.flatMap((up) => ["/", "/__overskill/", "/__overskill/files/", "/src/"].map((at) => `${at}${up.repeat(6)}${goal}`))]);
  for (const path of paths) clean(await raw([`GET ${path} HTTP/1.1`, "Host: a.localhost", `Cookie: ${own}`]), path);
  const files = escapes.flatMap((up) => [`/v1/apps/a/files/${up.repeat(2)}b/files/src/main.ts`, `/v1/apps/a/${up}b/files/src/main.ts`, `/v1/apps/a${up}b/variables`]);
  const more = ["/v1/apps/a%2f..%2fb/files", "/v1/apps/a\\..\\b/files", "/v1/apps/b%00/files", "/v1/apps/b%20/files", "/v1/apps/./b/files", "/v1//apps/b/files", "/v1/apps/B/files", `/v1/apps/${b.id}/files`,
    `/v1/apps/a/deployments/${theirs.deployment}`, `/v1/apps/a/deployments/..%2f..%2fb%2fdeployments%2f${theirs.deployment}`, "/v1/apps/a/secrets/..%2f..%2fb%2fsecrets%2fKEY", "/v1/apps/a/audit?app=b",
    "/v1/apps/a/usage?app=b", `/v1/apps/a/usage?cursor=${b.id}`, "/v1/audit?app=b", "/v1/usage", "/metrics", "/v1/apps", "/dashboard"];
  for (const path of [...files, ...more]) {
    for (const method of ["GET", "HEAD", "DELETE", "PUT", "PATCH", "POST"]) {
      // Some of these name files that A may have.
      const text = await raw([`${method} ${path} HTTP/1.1`, `Host: localhost:${port()}`, `Authorization: Bearer ${a.token}`, "Content-Length: 0"]);
      clean(text, `${method} ${path}`);
    }
  }
  assert.deepEqual(await state(), untouched);
});

test("by what names B's content: its hashes, tags, addresses and deployments", async () => {
  const at = (path, headers = {}, host = "a") => server.preview(host, path, { headers: { cookie: own, ...headers } });
  const known = theirs.hashes.map((hash) => `"${hash}"`).join(", ");
  for (const hash of theirs.hashes) {
    const digest = createHash("sha256").update(MARK).digest("hex");
    for (const name of [`app-${hash}.js`, `patch-${hash}.js`, `worker-${hash}.js`, `packages-${hash}.js`, `files/${hash}.txt`, `files/${digest}.txt`, `live-${hash}.js`, hash]) {
      const answer = await at(`/__overskill/${name}`);
      clean(answer.bytes.toString(), name);
      if (!name.startsWith("live-")) assert.equal(answer.status, 404, name);
    }
  }
  for (const path of [theirs.script, `${theirs.script}.map`]) assert.equal((await at(path)).status, 404, "another app's address");
  for (const path of ["/", "/src/main.ts", "/secret.txt"]) {
    const answer = await at(path, { "if-none-match": known, range: "bytes=0-9", "if-range": known });
    assert.notEqual(answer.status, 304, "whether B has a content is not to be learnt from A");
    clean(answer.bytes.toString(), path);
  }
  assert.equal((await at("/", {}, `a--${theirs.deployment}`)).status, 404);
  for (const host of ["b", `b--${theirs.deployment}`]) {
    for (const path of ["/", "/secret.txt", theirs.script, "/__overskill/progress", "/__overskill/sync?epoch=x&since=0"]) {
      const answer = await at(path, {}, host);
      assert.equal(answer.status, 401, `${host} ${path}`);
      assert.equal(answer.headers["cache-control"], "no-store");
    }
  }
});

test("what is private is kept by no cache between", async () => {
  for (const host of ["b", `b--${theirs.deployment}`]) {
    const cookie = host === "b" ? theirs.cookie : (await server.preview(host, `/?__overskill_token=${b.token}`)).headers["set-cookie"][0].split(";")[0];
    const text = (await server.preview(host, "/", { headers: { cookie, accept: "text/html" } })).bytes.toString();
    const addresses = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address);
    assert.ok(addresses.length > 0);
    for (const path of ["/", "/secret.txt", ...addresses]) {
      const { headers, status } = await server.preview(host, path, { headers: { cookie } });
      assert.equal(status, 200, `${host} ${path}`);
      assert.match(headers["cache-control"], /^(no-cache|private, max-age=31536000, immutable)$/, `${host} ${path}`);
    }
  }
});

test("by a header that only the Worker itself sends", async () => {
  const entrance = (app) => JSON.stringify({ app, door: { slug: "b", private: false, told: 9e15 }, protocol: "Base", own: true, until: 9e15, sid: null });
  for (const headers of [{ "x-overskill-entrance": entrance(b.id) }, { "x-overskill-used": "[1]" }]) {
    const answer = await server.preview("b", "/", { headers: { cookie: own, ...headers } });
    assert.equal(answer.status, 401);
    await assert.rejects(Cable.open(server, { host: "b.localhost", path: "/__overskill/cable?client=1", headers }), { status: 401 });
    const cable = await Cable.open(server, { host: "a.localhost", path: "/__overskill/cable", headers: { cookie: own, ...headers } });
    await assert.rejects(cable.subscribe(identifier("b")), /rejected/);
    await cable.close();
  }
});

test("by reports of errors that claim to be another's", async () => {
  const report = { json: { errors: [] } };
  const send = (host, headers) => server.preview(host, "/__overskill/errors", { method: "POST", headers, ...report });
  assert.equal((await send("b", { cookie: own })).status, 401);
  assert.equal((await send("b", { cookie: theirs.cookie, origin: `http://a.localhost:${port()}` })).status, 403);
  assert.equal((await send("a", { cookie: own, origin: `http://b.localhost:${port()}` })).status, 403);
  assert.equal((await send("a", { cookie: own, origin: "null" })).status, 403);
});

test("nothing was changed, and the audit log tells of every try to change B", async () => {
  assert.deepEqual(await state(), untouched);
  const { entries } = (await server.call("GET", "/v1/audit?app=b")).json;
  assert.ok(entries.filter(({ actor, status }) => actor.startsWith("token:") && status === 403).length > 0);
  assert.ok(entries.every(({ actor, status }) => actor === "admin" || status >= 400), "only the admin changed B");
  assert.ok(!server.log.includes(b.token), "no token is in the log");
});
