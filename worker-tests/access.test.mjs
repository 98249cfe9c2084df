// Who may look at a private preview, and who may listen to it: cookies, tokens of the app, tokens that Rails signed, and
// whose pages a browser says are asking.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { uploaded } from "./support/app.mjs";
import { Cable, broadcast, identifier } from "./support/cable.mjs";
import { Server } from "./support/server.mjs";
import { signed as rails } from "./support/signed.mjs";

const KEY = "what Rails signs with, in these tests";
const EDITOR = "https://editor.example";
const NAVIGATION = { "sec-fetch-mode": "navigate", accept: "text/html,*/*" };
const tree = { "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>', "src/main.ts": "document.title = 'one'" };

let server, hidden, other;
before(async () => {
  server = await Server.start({ vars: { SIGNING_KEY: KEY, EDITOR_ORIGINS: `${EDITOR}, https://second.example` } });
  const made = (json) => server.call("POST", "/v1/apps", { json });
  hidden = (await made({ slug: "hidden", visibility: "private" })).json.token;
  other = (await made({ slug: "other" })).json.token;
  for (const slug of ["hidden", "other"]) await uploaded(server, slug, tree);
});
after(() => server.stop());

const signed = (more = {}) => rails({ app: "hidden", key: KEY, ...more });
const refused = (status, options) => assert.rejects(Cable.open(server, options), { status }, JSON.stringify(options));
const preview = (more = {}) => ({ host: "hidden.localhost", path: "/__overskill/cable", ...more });
const page = (path, headers = {}) => server.preview("hidden", path, { headers: { ...NAVIGATION, ...headers } });
const enter = async (token) => page(`/?x=1&__overskill_token=${encodeURIComponent(token)}`);

test("a signed token opens the page, by a cookie that ends when the token does", async () => {
  for (const token of [signed(), signed({ old: true }), signed({ digest: "sha1" })]) {
    const entered = await enter(token);
    assert.equal(entered.status, 303);
    assert.match(entered.headers.location, /\/\?x=1$/);
    const [cookie] = entered.headers["set-cookie"];
    const lasts = Number(/Max-Age=(\d+)/.exec(cookie)[1]);
    assert.ok(lasts > 0 && lasts <= 60, cookie);
    assert.match(cookie, /HttpOnly/);
    const value = cookie.split(";")[0];
    const shown = await page("/", { cookie: value });
    assert.equal(shown.status, 200);
    const stamp = /id="overskill-preview">(.*?)<\/script>/.exec(shown.bytes.toString())[1];
    assert.equal(JSON.parse(stamp).token, token);
    const [text, digest] = token.split("--");
    for (const forged of [`${text}--${"0".repeat(digest.length)}`, `${text}--`, `--${digest}`, digest, text, signed({ app: "other" })]) {
      assert.equal((await page("/", { cookie: `__overskill_preview=${forged}` })).status, 401, forged);
    }
  }
});

test("no other token opens it", async () => {
  for (const token of [
    signed({ app: "other" }), signed({ seconds: -1 }), signed({ purpose: "login" }), signed({ key: "another" }), signed({ digest: "md5" }),
    `${signed()}0`, signed().replace(/.--/, "x--"), "--", "x--y", "", other,
  ]) {
    assert.equal((await enter(token)).status, 401, token);
  }
});

test("a cookie whose token has ended opens nothing", async () => {
  const entered = await enter(signed({ seconds: 2 }));
  const value = entered.headers["set-cookie"][0].split(";")[0];
  const socket = await Cable.open(server, preview({ headers: { cookie: value } }));
  await socket.subscribe(identifier("hidden"));
  assert.equal(await broadcast(server, "hidden", "in time", 1), 1);
  let status;
  do ({ status } = await page("/", { cookie: value })); while (status === 200);
  assert.equal(status, 401);
  await refused(401, preview({ headers: { cookie: value } }));
  // Who came in by it goes with the next thing that there is to hear.
  assert.equal(await broadcast(server, "hidden", "too late", 1), 0);
  assert.deepEqual(await socket.next(({ type }) => type === "disconnect"), { type: "disconnect", reason: "unauthorized", reconnect: false });
  await socket.closed;
  assert.deepEqual(socket.frames.filter(({ message }) => message?.event).map(({ message }) => message.event), ["in time"]);
});

for (const client of ["", "?client=1"]) {
  test(`the relay on a private app's host wants what its pages want (${client || "stock"})`, async () => {
    const at = (headers = {}) => preview({ path: `/__overskill/cable${client}`, headers });
    const cookieOf = async (token) => (await enter(token)).headers["set-cookie"][0].split(";")[0];
    await refused(401, at());
    await refused(401, at({ cookie: "__overskill_preview=x" }));
    await refused(403, at({ authorization: `Bearer ${other}` }));
    await refused(401, at({ authorization: "Bearer nothing" }));
    for (const headers of [{ cookie: await cookieOf(signed()) }, { cookie: `a=b; ${await cookieOf(hidden)}` }, { authorization: `Bearer ${hidden}` }]) {
      const cable = await Cable.open(server, at(headers));
      await cable.subscribe(identifier("hidden"));
      await broadcast(server, "hidden", "hi", 1);
      assert.equal((await cable.message(identifier("hidden"))).event, "hi");
      await cable.close();
    }
  });
}

for (const path of ["/cable", "/cable?app=hidden", "/cable?app=hidden&client=1"]) {
  test(`on the control host the identifier shows a token that Rails signed (${path})`, async () => {
    const cable = await Cable.open(server, { path });
    for (const token of [undefined, "", "x", signed({ app: "other" }), signed({ seconds: -1 }), signed({ purpose: "login" }), signed({ key: "no" }), other]) {
      await assert.rejects(cable.subscribe(identifier("hidden", { token })), /rejected/, token);
    }
    const good = identifier("hidden", { token: signed() });
    await cable.subscribe(good);
    await broadcast(server, "hidden", "hi", 1);
    assert.equal((await cable.message(good)).event, "hi");
    await cable.close();
  });
}

test("on the control host the app's own token does, too: in the identifier, or ahead of it", async () => {
  for (const path of ["/cable", "/cable?app=hidden"]) {
    const cable = await Cable.open(server, { path });
    await cable.subscribe(identifier("hidden", { token: hidden }));
    await cable.close();
    const bearer = await Cable.open(server, { path, headers: { authorization: `Bearer ${hidden}` } });
    await bearer.subscribe(identifier("hidden"));
    await bearer.close();
  }
  await refused(401, { path: "/cable", headers: { authorization: "Bearer nothing" } });
  await refused(403, { path: "/cable?app=hidden", headers: { authorization: `Bearer ${other}` } });
  const stranger = await Cable.open(server, { path: "/cable", headers: { authorization: `Bearer ${other}` } });
  await assert.rejects(stranger.subscribe(identifier("hidden")), /rejected/);
  await stranger.close();
});

test("a signed token in an identifier ends, too", async () => {
  for (const path of ["/cable", "/cable?app=hidden&client=1"]) {
    const cable = await Cable.open(server, { path });
    await cable.subscribe(identifier("hidden", { token: signed({ seconds: 1 }) }));
    let delivered;
    do delivered = await broadcast(server, "hidden", "tick", 1); while (delivered);
    assert.equal((await cable.next(({ type }) => type === "disconnect")).reason, "unauthorized");
    await cable.closed;
  }
});

test("who listens to a public app without having shown anything goes when it is made private; a public one is open again", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "turned" } });
  const ways = [{ path: "/cable?app=turned" }, { host: "turned.localhost", path: "/__overskill/cable?client=1" }];
  const cables = await Promise.all(ways.map((way) => Cable.open(server, way)));
  await Promise.all(cables.map((cable) => cable.subscribe(identifier("turned"))));
  await server.call("PATCH", "/v1/apps/turned", { json: { visibility: "private" } });
  for (const cable of cables) {
    assert.deepEqual(await cable.next(({ type }) => type === "disconnect"), { type: "disconnect", reason: "unauthorized", reconnect: false });
    await cable.closed;
  }
  await refused(401, ways[1]);
  await server.call("PATCH", "/v1/apps/turned", { json: { visibility: "public" } });
  const again = await Cable.open(server, ways[1]);
  await again.subscribe(identifier("turned"));
  await again.close();
});

test("a listener to several apps keeps those that go on", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "fleeting" } });
  const cable = await Cable.open(server);
  await cable.subscribe(identifier("fleeting"));
  await cable.subscribe(identifier("other"));
  await server.call("DELETE", "/v1/apps/fleeting");
  assert.deepEqual(await cable.next(({ type }) => type === "reject_subscription"), { type: "reject_subscription", identifier: identifier("fleeting") });
  await broadcast(server, "other", "on", 1);
  assert.equal((await cable.message(identifier("other"))).event, "on");
  await cable.close();
});

test("a browser's page listens where it belongs, and another app's page doesn't", async () => {
  const port = server.port;
  const at = (origin, more) => ({ headers: { origin }, ...more });
  const own = { host: "other.localhost", path: "/__overskill/cable" };
  const good = [`http://other.localhost:${port}`, `http://localhost:${port}`, "http://localhost:3000", "http://127.0.0.1:5173", EDITOR, "https://second.example"];
  const bad = [`http://hidden.localhost:${port}`, `http://hidden--other.localhost:${port}`, "http://other.localhost:1", "https://evil.example", "http://localhost.evil.example",
    `http://x.other.localhost:${port}`, "null", `${EDITOR}.evil.example`];
  for (const path of [own.path, `${own.path}?client=1`]) {
    for (const origin of good) await (await Cable.open(server, at(origin, { ...own, path }))).close();
    for (const origin of bad) await refused(403, at(origin, { ...own, path }));
  }
  for (const path of ["/cable?app=other", "/cable?app=other&client=1"]) {
    for (const origin of good) await (await Cable.open(server, at(origin, { path }))).close();
    for (const origin of bad) await refused(403, at(origin, { path }));
  }
  // A page with another app's cookie in the browser: the cookie is sent, the origin tells.
  const cookie = (await enter(hidden)).headers["set-cookie"][0].split(";")[0];
  await refused(403, preview({ headers: { cookie, origin: `http://other.localhost:${port}` } }));
  // Without an app in the address, an app's page hears of its own app alone, whatever it shows.
  const cable = await Cable.open(server, at(`http://other.localhost:${port}`));
  await cable.subscribe(identifier("other"));
  await assert.rejects(cable.subscribe(identifier("hidden", { token: signed() })), /rejected/);
  await cable.close();
  for (const origin of ["https://evil.example", "null"]) await refused(403, at(origin));
});
