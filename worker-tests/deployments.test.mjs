// Deployments: a version built for good, under a host of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deploy, uploaded } from "./support/app.mjs";
import { Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

const page = (script = "/src/main.ts") => `<!doctype html><html><head><title>%VITE_TITLE%</title></head><body><div id="root"></div><script type="module" src="${script}"></script></body></html>`;

const files = {
  "index.html": page(),
  ".env": "VITE_TITLE=First\nSECRET=hidden",
  "src/main.ts": `import "./style.css"; import logo from "./logo.svg"; import { used } from "./lib"; document.title += used + logo + import.meta.env.VITE_TITLE; import("./late").then((late) => late.default());`,
  "src/lib.ts": `export const used = "USED"; export const unused = "UNUSED"; if (import.meta.env.DEV) console.log("DEVELOPMENT");`,
  "src/late.ts": `import "./late.css"; export default () => document.body.append("LATE");`,
  "src/style.css": `.a { & .b { color: rebeccapurple } }`,
  "src/late.css": `.late { color: red }`,
  "src/logo.svg": `<svg xmlns="http://www.w3.org/2000/svg">${"<g/>".repeat(2000)}</svg>`,
  "public/robots.txt": "User-agent: *",
};

const path = (deployment) => new URL(deployment.url).host.split(".")[0];
const get = (deployment, address = "/", options) => server.preview(path(deployment), address, options);
const text = async (deployment, address) => (await get(deployment, address)).bytes.toString();

test("a production deployment is what the version builds to, and stays it", async () => {
  await uploaded(server, "shop", files);
  const deployment = await deploy(server, "shop");
  assert.equal(deployment.state, "live");
  assert.equal(deployment.tier, "production");
  assert.equal(deployment.version, 1);
  assert.ok(deployment.bytes > 8000 && deployment.files >= 6, JSON.stringify(deployment));
  assert.match(deployment.url, /^http:\/\/shop--[0-9a-f]+\.localhost:\d+\/$/);

  const html = await text(deployment);
  assert.match(html, /<title>First<\/title>/);
  assert.doesNotMatch(html, /__overskill/);
  const script = /src="(\/assets\/index-[0-9a-f]+\.js)"/.exec(html)[1];
  const sheet = /href="(\/assets\/index-[0-9a-f]+\.css)"/.exec(html)[1];
  const code = await text(deployment, script);
  for (const there of ["USED", "First", "/assets/logo-", "/assets/late-"]) assert.ok(code.includes(there), `${there} in ${code}`);
  for (const gone of ["UNUSED", "DEVELOPMENT", "hidden", "__overskill"]) assert.ok(!code.includes(gone), `${gone} in ${code}`);
  assert.equal(await text(deployment, sheet), ".a .b{color:#639}");
  const answer = await get(deployment, script);
  assert.equal(answer.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.match(answer.headers["content-type"], /javascript/);
  assert.equal((await get(deployment, script, { headers: { "if-none-match": answer.headers.etag } })).status, 304);
  const logo = /"(\/assets\/logo-[0-9a-f]+\.svg)"/.exec(code)[1];
  assert.equal(await text(deployment, logo), files["src/logo.svg"]);
  assert.equal(await text(deployment, "/robots.txt"), files["public/robots.txt"]);

  // The app's own router knows other addresses; files that aren't there are not.
  assert.equal(await text(deployment, "/orders/7").then((body) => body === html), false);
  const navigated = await get(deployment, "/orders/7", { headers: { accept: "text/html" } });
  assert.equal(navigated.bytes.toString(), html);
  assert.equal((await get(deployment, "/src/main.ts")).status, 404);
  assert.equal((await get(deployment, "/assets/none.js")).status, 404);

  const changed = await server.call("PUT", "/v1/apps/shop/files/src/lib.ts", { body: `export const used = "CHANGED";` });
  assert.equal(changed.json.status, "ready");
  assert.equal(await text(deployment), html);
  assert.equal(await text(deployment, script), code);
  const second = await deploy(server, "shop");
  assert.notEqual(second.id, deployment.id);
  assert.ok((await text(second, /src="(\/assets\/[^"]+)"/.exec(await text(second))[1])).includes("CHANGED"));

  const listed = await server.call("GET", "/v1/apps/shop/deployments");
  assert.deepEqual(listed.json.deployments.map(({ id }) => id), [second.id, deployment.id]);
  const read = await server.call("GET", `/v1/apps/shop/deployments/${deployment.id}`);
  const { state, changes, ...rest } = read.json;
  const { state: was, changes: before, ...same } = deployment;
  assert.deepEqual(rest, same);
  assert.deepEqual([was, state], ["live", "superseded"]);
  assert.deepEqual(changes.slice(0, -1), before);
});

test("the same version deploys to the same files, whatever was built before", async () => {
  await uploaded(server, "again", files);
  const first = await deploy(server, "again");
  await server.call("PUT", "/v1/apps/again/files/src/lib.ts", { body: `export const used = "OTHER";` });
  await deploy(server, "again");
  await server.call("PUT", "/v1/apps/again/files/src/lib.ts", { body: files["src/lib.ts"] });
  const third = await deploy(server, "again");
  assert.equal(await text(third), await text(first));
});

test("a preview can be deployed as it is", async () => {
  await uploaded(server, "frozen", files);
  const deployment = await deploy(server, "frozen", "preview");
  assert.equal(deployment.state, "live");
  const html = await text(deployment);
  const script = /src="(\/__overskill\/app-[0-9a-f]+\.js)"/.exec(html)[1];
  assert.match(await text(deployment, script), /DEVELOPMENT/);
  await server.call("PUT", "/v1/apps/frozen/files/src/lib.ts", { body: `export const used = "CHANGED";` });
  assert.equal(await text(deployment), html);
});

test("source maps come where the configuration asks for them", async () => {
  const config = `import { defineConfig } from "vite"; export default defineConfig({ build: { sourcemap: true }, base: "/shop/" });`;
  await uploaded(server, "mapped", { ...files, "vite.config.ts": config });
  const deployment = await deploy(server, "mapped");
  assert.equal((await get(deployment)).headers.location, "/shop/");
  const script = /src="(\/shop\/assets\/index-[0-9a-f]+\.js)"/.exec(await text(deployment, "/shop/"))[1];
  const code = await text(deployment, script);
  const map = JSON.parse(await text(deployment, `${script}.map`));
  assert.match(code, /sourceMappingURL=index-[0-9a-f]+\.js\.map/);
  assert.equal(map.sourcesContent[map.sources.indexOf("/src/lib.ts")], files["src/lib.ts"]);
});

test("what does not build is recorded with what is wrong", async () => {
  await uploaded(server, "broken", { ...files, "src/lib.ts": "export const = 1;" });
  const deployment = await deploy(server, "broken");
  assert.equal(deployment.state, "failed");
  assert.equal(deployment.diagnostics[0].path, "src/lib.ts");
  assert.equal((await get(deployment)).status, 404);
  const page = await get(deployment, "/", { headers: { accept: "text/html" } });
  assert.match(page.bytes.toString(), /no such deployment/i);
});

test("a request with a key that was used gets that deployment", async () => {
  await uploaded(server, "keyed", files);
  const ask = () => server.call("POST", "/v1/apps/keyed/deployments", { json: { tier: "production", message: "Release" }, headers: { "idempotency-key": "one" } });
  const [first, second] = await Promise.all([ask(), ask()]);
  const third = await ask();
  assert.equal(first.json.id, second.json.id);
  assert.equal(third.json.id, first.json.id);
  assert.equal(third.json.state, "live");
  assert.equal(third.json.message, "Release");
  assert.equal((await server.call("GET", "/v1/apps/keyed/deployments")).json.deployments.length, 1);
});

test("all of the history is listed, page by page, whatever comes meanwhile", async () => {
  await uploaded(server, "many", files);
  const made = [];
  for (let nr = 0; nr < 7; nr++) made.unshift(await deploy(server, "many", nr % 3 ? "production" : "preview"));
  await server.call("PUT", "/v1/apps/many/files/src/lib.ts", { body: "export const = 1" });
  made.unshift(await deploy(server, "many"));
  const list = async (query) => (await server.call("GET", `/v1/apps/many/deployments?${new URLSearchParams(query)}`)).json;
  const pages = async (query, meanwhile = () => {}) => {
    const ids = [];
    for (let cursor; ; ) {
      const { deployments, cursor: next } = await list({ ...query, ...(cursor && { cursor }) });
      ids.push(...deployments.map(({ id }) => id));
      if (!next) return ids;
      assert.equal(deployments.length, query.limit);
      cursor = next;
      await meanwhile();
    }
  };
  const ids = (wanted) => made.filter(wanted).map(({ id }) => id);
  for (const limit of [1, 3, 8, 100]) assert.deepEqual(await pages({ limit }), ids(() => true));
  assert.deepEqual(await pages({ limit: 2, tier: "preview" }), ids(({ tier }) => tier === "preview"));
  assert.deepEqual(await pages({ limit: 2, state: "failed" }), ids(({ state }) => state === "failed"));
  assert.deepEqual(await pages({ limit: 3, state: "superseded", tier: "production" }), ids(({ tier, state }) => tier === "production" && state !== "failed").slice(1));
  assert.deepEqual(await pages({ limit: 2, state: "live" }), ["preview", "production"].map((tier) => made.find((each) => each.tier === tier && each.state === "live").id));
  assert.deepEqual(await pages({ limit: 3 }, () => deploy(server, "many")), ids(() => true));
});

test("what can't be deployed is refused, and changes nothing", async () => {
  await uploaded(server, "strict", files);
  const made = await server.call("POST", "/v1/apps", { json: { slug: "hollow" } });
  const other = made.json.token;
  const rows = [
    ["strict", { json: { tier: "staging" } }, 422],
    ["strict", { json: {} }, 422],
    ["strict", { json: { tier: "production", extra: 1 } }, 422],
    ["strict", { json: { tier: "production", version: 7 } }, 409, "version-not-kept"],
    ["strict", { json: { tier: "production", version: 0 } }, 409, "version-not-kept"],
    ["strict", { json: { tier: "production", version: -1 } }, 422, "invalid-body"],
    ["strict", { json: { tier: "production", version: 2 ** 53 } }, 409, "version-not-kept"],
    ["strict", { json: { tier: "production", message: "m".repeat(501) } }, 422, "invalid-message"],
    ["strict", { json: { tier: "production" }, headers: { "idempotency-key": "k".repeat(256) } }, 422, "invalid-idempotency-key"],
    ["strict", { body: "{", headers: { "content-type": "application/json" } }, 400],
    ["strict", { body: "tier=production", headers: { "content-type": "text/plain" } }, 415],
    ["hollow", { json: { tier: "production" } }, 409, "app-empty"],
    ["strict", { json: { tier: "production" }, token: other }, 403, "forbidden"],
    ["strict", { json: { tier: "production" }, token: null }, 401],
    ["nobody", { json: { tier: "production" } }, 404],
  ];
  for (const [slug, request, status, code] of rows) {
    const answer = await server.call("POST", `/v1/apps/${slug}/deployments`, request);
    assert.equal(answer.status, status, `${JSON.stringify(request).slice(0, 200)}: ${answer.bytes}`);
    if (code) assert.equal(answer.json.code, code);
  }
  assert.deepEqual((await server.call("GET", "/v1/apps/strict/deployments")).json.deployments, []);
  assert.equal((await server.call("GET", "/v1/apps/strict/deployments/none")).json.code, "deployment-not-found");
  for (const host of ["strict--none", "strict--", "strict--../x", "nobody--0123"]) assert.equal((await server.preview(host)).status, 404, host);
});

test("a private app's deployments are private, and go with the app", async () => {
  await server.call("POST", "/v1/apps", { json: { slug: "secret", visibility: "private" } });
  await uploaded(server, "secret", files);
  const deployment = await deploy(server, "secret");
  assert.equal((await get(deployment)).status, 401);
  assert.equal((await get(deployment, "/", { headers: { authorization: "Bearer test-admin-token" } })).status, 200);
  assert.equal((await server.call("DELETE", "/v1/apps/secret")).status, 204);
  assert.equal((await get(deployment)).status, 404);
});

test("while the registry can't be had nothing is deployed, and the same request is good again later", async () => {
  const alone = await Server.start({ vars: { NPM_REGISTRY: "http://localhost:1/" } });
  try {
    await uploaded(alone, "waits", { ...files, "package.json": '{"dependencies":{"react":"19"}}', "src/lib.ts": `import "react"; export const used = 1;` });
    const ask = () => alone.call("POST", "/v1/apps/waits/deployments", { json: { tier: "production" }, headers: { "idempotency-key": "one" } });
    const refused = await ask();
    assert.deepEqual([refused.status, refused.json.code], [503, "packages-unavailable"]);
    assert.ok(refused.headers["retry-after"]);
    assert.deepEqual((await alone.call("GET", "/v1/apps/waits/deployments")).json.deployments, []);
    await alone.call("PUT", "/v1/apps/waits/files/src/lib.ts", { body: "export const used = 1;" });
    const granted = await ask();
    assert.deepEqual([granted.status, granted.json.state], [201, "live"]);
  } finally {
    await alone.stop();
  }
});
