// Production deployments that the app's own GitHub Actions build, end to end: runs are done for real over the commit, what
// is served is what they put out, and whatever happens meanwhile each deployment ends and nothing is left running.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, test } from "node:test";
import { GitHub } from "./support/github.mjs";
import { Server } from "./support/server.mjs";

/** As long as a test waits for something to be so. */
const PATIENCE = 120_000;

let github;
let server;
before(async () => {
  github = await GitHub.start({ actions: true });
  server = await Server.start({ background: github.secrets() });
});
after(async () => {
  await server?.stop();
  await github?.stop();
});
beforeEach(() => {
  github.away = false;
  github.requests.length = 0;
  for (const state of Object.keys(github.waits)) delete github.waits[state];
});

// A build of the app's own: what it reads can't be found here.
const BUILD = `
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
const code = readFileSync("src/main.js", "utf8").replace('"virtual:name"', JSON.stringify(process.env.VITE_NAME ?? "nobody"));
if (code.includes("BREAK")) throw new Error("it breaks");
const script = "assets/main-" + createHash("sha256").update(code).digest("hex").slice(0, 8) + ".js";
mkdirSync("out/assets", { recursive: true });
mkdirSync("out/.well-known", { recursive: true });
cpSync("public", "out", { recursive: true });
writeFileSync("out/" + script, code);
writeFileSync("out/.well-known/about.txt", "hidden, and served");
writeFileSync("out/index.html", '<!doctype html><script type="module" src="/' + script + '"></script>');
`;
const files = (text) => ({
  "index.html": '<!doctype html><script type="module" src="/src/main.js"></script>',
  "src/main.js": `import "virtual:made"; document.title = "${text}"; globalThis.name = "virtual:name";`,
  "public/assets/photo-1a2b3c4d.txt": "as it is",
  "package.json": '{"name": "app", "version": "1.0.0", "private": true, "scripts": {"build": "node build.mjs"}}',
  "build.mjs": BUILD,
});
const plain = { "index.html": '<!doctype html><script type="module" src="/src/main.js"></script>', "src/main.js": 'document.title = "here";' };

const at = (slug, rest = "") => `/v1/apps/${slug}${rest}`;
const label = (deployment) => new URL(deployment.url).host.split(".")[0];

async function good(promise, status = 200) {
  const answer = await promise;
  assert.equal(answer.status, status, answer.bytes.toString());
  return answer.json;
}

/** Creates an app with these files that is published. */
async function published(slug, upload = files(slug), settings = {}) {
  const app = await good(server.call("POST", "/v1/apps", { json: { slug } }), 201);
  await good(server.call("PUT", at(slug, "/files"), { json: { files: upload } }));
  await good(server.call("PUT", at(slug, "/github"), { json: settings }));
  return app;
}

const write = (slug, upsert) => good(server.call("PATCH", at(slug, "/files"), { json: { upsert } }));
const create = (slug, json = {}, options = {}) => server.call("POST", at(slug, "/deployments"), { json: { tier: "production", ...json }, ...options });
const read = (slug, id) => good(server.call("GET", at(slug, `/deployments/${id}`)));
const actions = (slug) => github.repository(slug).actions;

/** Resolves to what is asked for once it is so; asked whenever GitHub has answered, and now and then. */
async function until(what, asked) {
  const end = AbortSignal.timeout(PATIENCE);
  for (;;) {
    const found = await asked();
    if (found) return found;
    if (end.aborted) assert.fail(`${what} never came\n${server.log.slice(-3000)}`);
    await once(github, "answered", { signal: AbortSignal.timeout(250) }).catch(() => {});
  }
}

/** Resolves to a deployment once it has ended. */
const ended = (slug, { id }) => until(`the end of ${slug}`, async () => {
  const deployment = await read(slug, id);
  return ["live", "failed", "superseded"].includes(deployment.state) && deployment;
});

/** Resolves to a deployment's run once that is in a state. */
const running = (slug, status = "in_progress") => until(`a run that is ${status}`, () => github.repository(slug)?.runs.find((run) => run.status === status));

/** Makes runs wait in a state; returns what lets them go on. */
function hold(state) {
  let release;
  github.waits[state] = new Promise((done) => (release = done));
  return release;
}

/** Nothing runs any more, and no branch but the app's is left. */
const cleared = (slug) => until(`the end of what runs for ${slug}`, () => {
  const { runs, branches } = github.repository(slug);
  return runs.every(({ status }) => status === "completed") && branches.every((branch) => branch === "main");
});

/** What a host serves is what a run has put out, byte for byte. */
async function serves(host, output) {
  for (const [path, bytes] of output) {
    const served = await server.preview(host, `/${path === "index.html" ? "" : path}`);
    assert.ok(served.status === 200 && served.bytes.equals(bytes), `${path}: ${served.status} ${served.bytes}`);
  }
}

test("what does not build here is built by the app's Actions, told line by line, and served as they made it", async () => {
  await published("fallback", { ...files("one"), "worker/index.js": 'export default { fetch: (request, env) => new Response("from the server " + env.VITE_NAME) };' });
  await good(server.call("PUT", at("fallback", "/variables"), { json: { variables: { VITE_NAME: "Ada = \"x\"\nB" } } }));
  const release = hold("queued");
  const made = await good(create("fallback"), 202);
  assert.deepEqual([made.state, made.builder], ["building", "github"]);
  assert.ok(made.diagnostics.some(({ path, severity }) => path === "src/main.js" && severity === "error"), JSON.stringify(made.diagnostics));
  assert.ok(made.log.some(({ text }) => /GitHub's Actions take over/.test(text)));
  const follow = server.call("GET", at("fallback", `/deployments/${made.id}`), { headers: { accept: "application/x-ndjson" } });
  const run = await running("fallback", "queued");
  const seen = await until("the run's address", async () => {
    const seen = await read("fallback", made.id);
    return seen.runUrl && seen;
  });
  assert.deepEqual([seen.state, seen.runUrl], ["building", run.html_url]);
  assert.ok(seen.log.some(({ text }) => text.includes(run.html_url)), JSON.stringify(seen.log));
  // An edit meanwhile is another version.
  await write("fallback", { "src/main.js": "document.title = 'later'" });
  release();
  const lines = (await follow).bytes.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  const live = lines.at(-1);
  assert.deepEqual([live.state, live.builder, live.runUrl, live.version], ["live", "github", run.html_url, 2], JSON.stringify(live));
  assert.deepEqual(live.changes.map(({ state }) => state), ["queued", "building", "uploading", "live"]);
  const told = lines.slice(0, -1).map(({ event, state, text }) => (event === "state" ? state : text)).join("\n");
  assert.match(told, /src\/main\.js[^]*take over[^]*Actions: queued[^]*Actions: success[^]*put out 4 files[^]*uploading[^]*live/);
  assert.deepEqual(live.log.map(({ text }) => text).filter((text) => /Actions: /.test(text)).at(-1), `GitHub's Actions: success ${run.html_url}`);
  assert.ok(live.diagnostics.length > 0 && live.diagnostics.every(({ severity }) => severity !== "error"));

  const { files: output } = actions("fallback").artifacts[0];
  assert.deepEqual([...output.keys()].map((path) => path.replace(/main-\w+/, "main")), [".well-known/about.txt", "assets/main.js", "assets/photo-1a2b3c4d.txt", "index.html"]);
  await serves(label(live), output);
  await serves("fallback--production", output);
  const script = [...output.keys()].find((path) => /main-/.test(path));
  assert.match(output.get(script).toString(), /title = "one".*Ada = \\"x\\"\\nB/);
  const cache = async (path) => (await server.preview("fallback--production", path)).headers["cache-control"];
  assert.equal(await cache("/"), "no-cache");
  assert.match(await cache(`/${script}`), /immutable/);
  assert.equal(await cache("/assets/photo-1a2b3c4d.txt"), "no-cache");
  const routed = await server.preview("fallback--production", "/some/route", { headers: { "sec-fetch-mode": "navigate", accept: "text/html" } });
  assert.ok(routed.bytes.equals(output.get("index.html")));
  assert.equal((await server.preview(label(live), "/api/x")).bytes.toString(), 'from the server Ada = "x"\nB');
  await cleared("fallback");
  assert.equal(github.repository("fallback").git(["show", `${run.head_sha}:src/main.js`]), files("one")["src/main.js"]);

  // Like any other it is gone back to, shares what it holds, and is let go of.
  await write("fallback", plain);
  const here = await good(create("fallback"), 201);
  assert.deepEqual([here.state, here.builder, here.runUrl], ["live", "here", null]);
  await good(server.call("POST", at("fallback", `/deployments/${live.id}/activate`)));
  await serves("fallback--production", output);
  await good(server.call("POST", at("fallback", "/collect"), { json: { keep: 0 } }));
  await serves("fallback--production", output);
  assert.equal((await server.preview(label(here))).status, 404);
});

test("it may be asked for at once, and may be left; who can't have it is told why", async () => {
  const app = await published("asked");
  const live = await ended("asked", await good(create("asked", { builder: "github" }, { token: app.token }), 202));
  assert.deepEqual([live.state, live.builder, live.diagnostics], ["live", "github", []]);
  await serves("asked--production", actions("asked").artifacts[0].files);
  const runs = github.repository("asked").runs.length;
  const left = await good(create("asked", { fallback: false }), 201);
  assert.deepEqual([left.state, left.builder, left.runUrl], ["failed", "here", null]);
  assert.equal(github.repository("asked").runs.length, runs);

  const code = async (answer, status) => (await good(answer, status)).code;
  assert.equal(await code(create("asked", { builder: "github", tier: "preview" }), 422), "builder-not-of-tier");
  assert.equal(await code(create("asked", { builder: "there" }), 422), "invalid-body");
  await good(server.call("PUT", at("asked", "/github"), { json: { workflow: false } }));
  assert.equal(await code(create("asked", { builder: "github" }), 409), "github-without-workflow");
  await good(server.call("DELETE", at("asked", "/github")), 204);
  assert.equal(await code(create("asked", { builder: "github" }), 409), "github-off");
  // Where nobody can take over it fails as it always has, and previews are nobody else's.
  assert.equal((await good(create("asked"), 201)).state, "failed");
  await good(server.call("PUT", at("asked", "/github"), { json: { workflow: true } }));
  assert.equal((await good(create("asked", { tier: "preview" }), 201)).state, "failed");
  // What builds here is built here, and what only we build has to.
  await write("asked", plain);
  assert.deepEqual([(await good(create("asked"), 201)).builder, github.repository("asked").runs.length], ["here", runs]);
  await write("asked", { ...files("two"), "worker/index.js": "import './gone.js'; export default { fetch() {} };" });
  for (const json of [{}, { builder: "github" }]) {
    const failed = await good(create("asked", json), 201);
    assert.ok(failed.state === "failed" && failed.diagnostics.some(({ path }) => path === "worker/index.js"), JSON.stringify(failed));
  }
});

test("how a run fails is how the deployment does, with its page; what it puts out has to be fit to be served", async () => {
  await published("fails", files("BREAK"));
  const broken = await ended("fails", await good(create("fails"), 202));
  const [{ html_url: url }] = github.repository("fails").runs;
  const said = broken.diagnostics.find(({ code }) => code === "actions-failed");
  assert.deepEqual([broken.state, broken.runUrl], ["failed", url]);
  assert.equal(said.message, `The run of GitHub's Actions ended with \`failure\` at \`Build\`. ${url}`);
  assert.ok(broken.diagnostics.some(({ path }) => path === "src/main.js"), "and why it does not build here");
  const outputs = [
    [["index.html", Buffer.from("x")], ["link", { bytes: Buffer.from("/etc/passwd"), mode: 0o120777 }]],
    [["index.html", Buffer.alloc(26 << 20)]],
  ];
  await write("fails", files("fine"));
  for (const instead of outputs) {
    actions("fails").instead = instead;
    const refused = await ended("fails", await good(create("fails"), 202));
    assert.ok(refused.state === "failed" && refused.diagnostics.some(({ code }) => code === "actions-output-refused"), JSON.stringify(refused.diagnostics));
  }
  actions("fails").instead = [["main.js", Buffer.from("x")]];
  const without = await ended("fails", await good(create("fails"), 202));
  assert.ok(without.diagnostics.some(({ code }) => code === "actions-without-page"), JSON.stringify(without.diagnostics));
  assert.equal((await server.preview("fails--production")).status, 404);
  await cleared("fails");
});

test("what is overtaken, deleted or taken off GitHub is cancelled", async () => {
  hold("in_progress");
  await published("cancelled");
  const first = await good(create("cancelled"), 202);
  const run = await running("cancelled");
  await write("cancelled", plain);
  const second = await good(create("cancelled"), 201);
  assert.equal(second.state, "live");
  assert.equal((await ended("cancelled", first)).state, "superseded");
  await cleared("cancelled");
  assert.equal(run.conclusion, "cancelled");

  await write("cancelled", files("again"));
  const third = await good(create("cancelled"), 202);
  await running("cancelled");
  await good(server.call("DELETE", at("cancelled", "/github")), 204);
  const off = await ended("cancelled", third);
  assert.ok(off.state === "failed" && off.diagnostics.some(({ code }) => code === "github-off"), JSON.stringify(off.diagnostics));
  await cleared("cancelled");

  await good(server.call("PUT", at("cancelled", "/github"), { json: {} }));
  const last = await good(create("cancelled"), 202);
  const follow = server.call("GET", at("cancelled", `/deployments/${last.id}`), { headers: { accept: "application/x-ndjson" } });
  await running("cancelled");
  assert.equal((await server.call("DELETE", at("cancelled"))).status, 204);
  assert.match((await follow).bytes.toString(), /not-found/);
  await cleared("cancelled");
});

test("GitHub may be away, and may lose what it answers; it is built once all the same", async () => {
  await published("outage");
  const release = hold("in_progress");
  const made = await good(create("outage"), 202);
  await running("outage");
  github.away = true;
  release();
  await until("word of it", async () => (await read("outage", made.id)).log.some(({ text }) => /is tried again/.test(text)));
  github.away = false;
  github.fail(/GET .*actions\/artifacts/, { times: 1, lost: true });
  github.fail(/STORE/, { times: 1, status: 503 });
  const live = await ended("outage", made);
  assert.equal(live.state, "live", JSON.stringify(live.diagnostics));
  await serves("outage--production", actions("outage").artifacts[0].files);
  assert.equal(github.repository("outage").runs.length, 1);
  await cleared("outage");
});

test("one that takes too long is given up", async () => {
  const impatient = await Server.start({ background: { ...github.secrets(), ACTIONS_MINUTES: "0.4" } });
  const kept = server;
  server = impatient;
  try {
    hold("queued");
    await published("late");
    const late = await ended("late", await good(create("late"), 202));
    const said = late.diagnostics.find(({ code }) => code === "actions-timed-out");
    assert.deepEqual([late.state, late.runUrl], ["failed", github.repository("late").runs[0].html_url]);
    assert.match(said.message, /was `queued`/);
    await cleared("late");
  } finally {
    server = kept;
    await impatient.stop();
  }
});

test("the runtime is killed at every call, and each deployment ends live with what was made of it", { timeout: 280_000 }, async () => {
  await published("killed");
  const calls = [/POST .*git\/refs/, /POST .*dispatches/, /GET .*workflows\/.*\/runs/, /GET .*runs\/\d+\/artifacts/, /STORE/, /DELETE .*git\/refs/];
  for (const [round, call] of calls.entries()) {
    await write("killed", files(`round ${round}`));
    const answered = github.answered(call);
    const made = await good(create("killed"), 202);
    await answered;
    await server.kill();
    await server.up();
    const live = await ended("killed", made);
    assert.deepEqual([live.state, live.builder], ["live", "github"], JSON.stringify(live));
    const { files: output } = actions("killed").artifacts.at(-1);
    assert.ok([...output.values()].some((bytes) => bytes.includes(`round ${round}`)));
    await serves(label(live), output);
    await cleared("killed");
  }
  // Also in the moments in which it is handed over, and in which it ends.
  for (const [round, moment] of [() => true, ({ builder }) => builder === "github", ({ state }) => state === "uploading" || state === "live"].entries()) {
    await write("killed", files(`moment ${round}`));
    const made = await good(create("killed", {}, { headers: { prefer: "respond-async" } }), 202);
    await until("the moment", async () => moment(await read("killed", made.id)));
    await server.kill();
    await server.up();
    const live = await ended("killed", made);
    assert.deepEqual([live.state, live.builder], ["live", "github"], JSON.stringify(live));
    await serves("killed--production", actions("killed").artifacts.at(-1).files);
    await cleared("killed");
  }
});
