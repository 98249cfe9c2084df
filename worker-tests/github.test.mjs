// Publishing to GitHub in the background, end to end: a clone of what arrives is the app, byte for byte, whatever GitHub,
// people and the runtime do meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, test } from "node:test";
import { GitHub } from "./support/github.mjs";
import { Server } from "./support/server.mjs";

const WORKFLOW = ".github/workflows/overskill.yml";
const page = "<!doctype html><h1>Hello</h1>";
/** As long as a test waits for something to be so. */
const PATIENCE = 120_000;

let github;
let server;
before(async () => {
  github = await GitHub.start();
  server = await Server.start({ background: github.secrets() });
});
after(async () => {
  await server?.stop();
  await github?.stop();
});
beforeEach(() => {
  github.away = false;
  github.requests.length = 0;
});

const at = (slug, rest = "") => `/v1/apps/${slug}${rest}`;

async function good(promise, status = 200) {
  const answer = await promise;
  assert.equal(answer.status, status, answer.bytes.toString());
  return answer.json;
}

/** Creates an app with these files, published; resolves once its first commit is there. */
async function published(slug, files = { "index.html": page }, settings = {}) {
  const app = await good(server.call("POST", "/v1/apps", { json: { slug } }), 201);
  await good(server.call("PUT", at(slug, "/files"), { json: { files } }));
  await good(server.call("PUT", at(slug, "/github"), { json: settings }));
  await committed(slug, 1);
  return app;
}

const read = (slug) => good(server.call("GET", at(slug, "/github")));
const write = (slug, upsert, gone = []) => good(server.call("PATCH", at(slug, "/files"), { json: { upsert, delete: gone } }));

/** Resolves to how publishing goes once `holds` of it; it is looked at whenever GitHub has answered, and now and then. */
async function until(slug, holds) {
  const end = AbortSignal.timeout(PATIENCE);
  for (;;) {
    const { status } = await read(slug);
    if (holds(status)) return status;
    if (end.aborted) assert.fail(`${slug} is still ${JSON.stringify(status)}\n${server.log.slice(-3000)}`);
    await once(github, "answered", { signal: AbortSignal.timeout(250) }).catch(() => {});
  }
}

const committed = (slug, version) => until(slug, ({ commit, pendingVersion }) => commit?.version >= version && pendingVersion === null);

/** Holds a branch's clone against the files that the app has. */
async function same(slug, { branch, repository = slug, workflow = true } = {}) {
  const files = github.repository(repository).clone(branch);
  assert.equal(files.delete(WORKFLOW), workflow);
  const listed = await good(server.call("GET", at(slug, "/files")));
  assert.deepEqual([...files.keys()].sort(), Object.keys(listed.files).sort());
  for (const [path, bytes] of files) {
    const own = await server.call("GET", at(slug, `/files/${encodeURIComponent(path)}`));
    assert.ok(bytes.equals(own.bytes), path);
  }
}

test("an app becomes a repository whose clone is the app", async () => {
  const binary = Buffer.from(Array.from({ length: 70_000 }, (_, n) => (n * 31) % 256));
  const files = {
    "index.html": page,
    "src/main.ts": "export const crlf = 1;\r\n",
    "src/größe/日本語 file.ts": "export {};",
    "src/a b/[id]/$x.ts": "1",
    "public/logo.png": { base64: binary.toString("base64") },
    "public/large.txt": "x".repeat(200_000),
    "bom.txt": "\ufeffbom",
    "empty": "",
    "also/empty": "",
    "a.b": "1", "a/x": "1", "a0": "1",
  };
  await published("whole", files, { coAuthors: ["Ada Lovelace <ada@example.org>"] });
  await same("whole");
  const { status, ...settings } = await read("whole");
  assert.deepEqual(settings, { enabled: true, repository: "whole", branch: "main", private: true, workflow: true, coAuthors: ["Ada Lovelace <ada@example.org>"] });
  const repository = github.repository("whole");
  assert.equal(status.commit.sha, repository.head("main"));
  assert.equal(status.commit.url, `${github.url}/acme/whole/commit/${status.commit.sha}`);
  assert.equal(status.url, `${github.url}/acme/whole`);
  assert.equal(repository.about.isPrivate, true);
  assert.equal(repository.message().trim(), "Version 1\n\nOverSkill-Version: 1\nCo-authored-by: Ada Lovelace <ada@example.org>");
  assert.deepEqual(status.missing, []);
  assert.equal(status.error, null);
});

test("edits are one commit once they settle; deletions, renames and unchanged contents are what they are", async () => {
  await published("edits", { "index.html": page, "keep.txt": "x".repeat(100_000), "old/name.txt": "y".repeat(100_000), "gone.txt": "z" });
  github.requests.length = 0;
  for (let n = 0; n < 5; n++) await write("edits", { "index.html": `${page}${n}` });
  await good(server.call("POST", at("edits", "/deployments"), { json: { tier: "preview", message: "Better greeting" } }), 201);
  await write("edits", { "new/name.txt": "y".repeat(100_000) }, ["old/name.txt", "gone.txt"]);
  const { commit } = await committed("edits", 7);
  assert.equal(commit.version, 7);
  await same("edits");
  const repository = github.repository("edits");
  assert.deepEqual(repository.subjects(), ["Better greeting", "Version 1", "Begin"]);
  assert.equal(github.count(/^POST .*git\/blobs/), 0, "what GitHub has is not sent again");
  assert.equal(github.count(/^POST .*git\/commits/), 1);
  const changed = repository.git(["diff-tree", "-r", "-M", "--name-status", "HEAD~1", "HEAD"]).split("\n");
  assert.deepEqual(changed, ["D\tgone.txt", "M\tindex.html", "R100\told/name.txt\tnew/name.txt"]);
});

test("pushing now waits for nothing to settle and says what it is told", async () => {
  await published("now");
  await write("now", { "a.txt": "1" });
  const pushed = await good(server.call("POST", at("now", "/github/push"), { json: { message: "On demand" } }), 202);
  assert.equal(pushed.status.pendingVersion, 2);
  await committed("now", 2);
  assert.equal(github.repository("now").subjects()[0], "On demand");
});

test("a commit by hand is left alone: a pull request carries what the app has", async () => {
  await published("shared", { "index.html": page, "a.txt": "1" });
  const repository = github.repository("shared");
  const theirs = repository.byHand({ "README.md": "# By hand\n" });
  await write("shared", { "a.txt": "2" });
  const { commit, pullRequest } = await committed("shared", 2);
  assert.equal(repository.head("main"), theirs);
  assert.equal(commit.branch, "overskill/2");
  assert.deepEqual(pullRequest, { number: 1, url: `${github.url}/acme/shared/pull/1`, branch: "overskill/2" });
  await same("shared", { branch: "overskill/2" });
  await write("shared", { "b.txt": "3" });
  await committed("shared", 3);
  assert.deepEqual(repository.pulls.map(({ title, state }) => [title, state]), [["OverSkill: version 3", "open"]]);
  assert.deepEqual(repository.subjects("overskill/2").slice(0, 3), ["Version 3", "Version 2", "Version 1"]);

  repository.merge(1);
  assert.deepEqual([...repository.clone().keys()].sort(), [WORKFLOW, "README.md", "a.txt", "b.txt", "index.html"].sort());
  // The app takes over what was written by hand: from then on there are commits again.
  await write("shared", { "README.md": "# By hand\n" });
  await until("shared", ({ commit: { branch, version }, pendingVersion }) => branch === "main" && version === 4 && pendingVersion === null);
  await write("shared", { "a.txt": "5" });
  const last = await committed("shared", 5);
  assert.equal(last.commit.branch, "main");
  assert.equal(last.pullRequest, null);
  await same("shared");
  assert.equal(repository.pulls.length, 1);
});

test("a branch that takes no commits gets a pull request", async () => {
  await published("guarded");
  github.repository("guarded").guarded = true;
  await write("guarded", { "a.txt": "1" });
  const { pullRequest } = await committed("guarded", 2);
  await same("guarded", { branch: pullRequest.branch });
});

test("while GitHub is away writes are as fast and as good as ever, and everything arrives later, once", async () => {
  await published("outage");
  github.away = true;
  for (let n = 2; n <= 4; n++) {
    const written = await write("outage", { "a.txt": String(n) });
    assert.equal(written.version, n);
    assert.equal(written.status, "ready");
  }
  const down = await until("outage", ({ failures }) => failures > 0);
  assert.equal(down.error.code, "unreachable");
  assert.ok(down.nextAt > Date.now());
  await write("outage", { "a.txt": "5" });
  github.away = false;
  await committed("outage", 5);
  await same("outage");
  assert.deepEqual(github.repository("outage").subjects(), ["Version 5", "Version 1", "Begin"]);
  assert.equal((await read("outage")).status.error, null);
});

test("answers that are lost and limits that are reached make no commit twice", async () => {
  await published("lossy");
  await write("lossy", { "a.txt": "1", "b.bin": { base64: Buffer.alloc(3, 0xff).toString("base64") } });
  for (const [pattern, how] of [
    [/PATCH .*lossy\/git\/refs/, { lost: true }],
    [/POST .*lossy\/git\/commits/, { status: 502 }],
    [/POST .*lossy\/git\/blobs/, { status: 403, headers: { "retry-after": "2" }, message: "You have exceeded a secondary rate limit" }],
  ]) github.fail(pattern, { times: 1, ...how });
  const limited = await until("lossy", ({ error }) => error?.code === "rate-limited");
  assert.ok(limited.nextAt >= limited.error.at + 2000);
  for (let failures = 2; failures <= 3; failures++) {
    await until("lossy", ({ error }) => error?.code === "unreachable");
    await good(server.call("POST", at("lossy", "/github/push"), { json: {} }), 202);
  }
  await committed("lossy", 2);
  await same("lossy");
  assert.deepEqual(github.repository("lossy").subjects(), ["Version 2", "Version 1", "Begin"]);
});

test("a token that is taken back is asked for anew", async () => {
  await published("token");
  github.revoke();
  await write("token", { "a.txt": "1" });
  await committed("token", 2);
  assert.equal((await read("token")).status.failures, 0);
});

test("the runtime is killed at every call of a push, and every version is committed once", async () => {
  await published("killed", { "index.html": page, "a.bin": { base64: "/w==" } });
  const calls = [/GET .*git\/ref/, /POST .*git\/blobs/, /POST .*git\/trees/, /POST .*git\/commits/, /PATCH .*git\/refs/];
  let version = 1;
  for (const call of calls) {
    version += 1;
    await write("killed", { "a.bin": { base64: Buffer.from([0xff, version]).toString("base64") } });
    await github.answered(call);
    await server.kill();
    await server.up();
    await committed("killed", version);
    await same("killed");
  }
  const wanted = Array.from({ length: version }, (_, n) => `Version ${n + 1}`).reverse();
  assert.deepEqual(github.repository("killed").subjects(), [...wanted, "Begin"]);
});

test("the workflow is run when that is asked for, and its status is read until it ends", async () => {
  await published("built");
  await write("built", { "a.txt": "1" });
  await good(server.call("POST", at("built", "/github/push"), { json: { build: true } }), 202);
  const queued = await until("built", ({ run }) => run?.status === "queued");
  const repository = github.repository("built");
  assert.equal(repository.runs.length, 1);
  assert.equal(repository.runs[0].head_sha, queued.commit.sha);
  assert.equal(queued.run.version, 2);
  assert.equal(queued.run.url, `${github.url}/acme/built/actions/runs/1`);
  repository.actions.finish("success");
  const { run } = await until("built", ({ run: { status } }) => status === "completed");
  assert.equal(run.conclusion, "success");
  assert.equal(repository.runs.length, 1);
});

test("whose repository it is, is not the app's to say", async () => {
  const app = await published("mine");
  await good(server.call("POST", "/v1/apps", { json: { slug: "taken" } }), 201);
  await good(server.call("PUT", at("taken", "/github"), { json: {} }));
  const own = { token: app.token };
  const put = (json, options = own) => server.call("PUT", at("mine", "/github"), { json, ...options });
  const code = async (answer, status) => (await good(answer, status)).code;
  assert.equal(await code(put({ repository: "taken" }), 403), "repository-admin-only");
  assert.equal(await code(put({ repository: "TAKEN" }, {}), 409), "repository-taken");
  for (const [json, refusal] of [
    [{ repository: "../x" }, "invalid-repository"], [{ repository: "a.git" }, "invalid-repository"],
    [{ branch: "overskill/1" }, "invalid-branch"], [{ branch: "a..b" }, "invalid-branch"],
    [{ coAuthors: ["x\ny <a@b>"] }, "invalid-co-authors"],
  ]) assert.equal(await code(put(json, {}), 422), refusal);
  assert.equal((await read("mine")).repository, "mine");
  await good(put({ workflow: false, branch: "release/1" }));
  await until("mine", ({ commit }) => commit?.branch === "release/1");
  await same("mine", { branch: "release/1", workflow: false });

  // One that somebody else has made is not written.
  github.create("theirs").byHand({ "secret.txt": "theirs" });
  const { token } = await good(server.call("POST", "/v1/apps", { json: { slug: "theirs" } }), 201);
  await good(server.call("PUT", at("theirs", "/files"), { json: { files: { "index.html": page } } }));
  await good(server.call("PUT", at("theirs", "/github"), { json: {}, token }));
  const refused = await until("theirs", ({ error }) => error !== null);
  assert.equal(refused.error.code, "repository-exists");
  assert.deepEqual([...github.repository("theirs").clone().keys()], ["secret.txt"]);
  // An admin may say that it is to be, and then it is asked first.
  await good(server.call("PUT", at("theirs", "/github"), { json: {} }));
  const { pullRequest } = await committed("theirs", 1);
  assert.equal(pullRequest.branch, "overskill/1");
});

test("an app that is published no more is left alone, and so is its repository", async () => {
  await published("off");
  await good(server.call("DELETE", at("off", "/github")), 204);
  const gone = await read("off");
  assert.equal(gone.enabled, false);
  assert.equal((await good(server.call("POST", at("off", "/github/push"), { json: {} }), 409)).code, "github-off");
  const head = github.repository("off").head("main");
  await write("off", { "a.txt": "1" });
  await published("other-off");
  await write("other-off", { "a.txt": "1" });
  await committed("other-off", 2);
  assert.equal(github.repository("off").head("main"), head);
  // Published again, it goes on where it was.
  await good(server.call("PUT", at("off", "/github"), { json: {} }));
  await until("off", ({ commit }) => commit?.version === 2);
  await same("off", { branch: (await read("off")).status.commit.branch });
  assert.equal((await server.call("DELETE", at("off"))).status, 204);
  assert.equal((await server.call("GET", at("off", "/github"))).status, 404);
});

test("an installation without a GitHub App says what it wants", async () => {
  const bare = await Server.start({ background: { GITHUB_OWNER: "acme" } });
  try {
    await good(bare.call("POST", "/v1/apps", { json: { slug: "bare" } }), 201);
    const refused = await good(bare.call("PUT", at("bare", "/github"), { json: {} }), 409);
    assert.equal(refused.code, "github-not-configured");
    assert.deepEqual(refused.missing, ["GITHUB_APP_ID", "GITHUB_PRIVATE_KEY"]);
    const { enabled, status } = await good(bare.call("GET", at("bare", "/github")));
    assert.deepEqual([enabled, status.missing], [false, refused.missing]);
  } finally {
    await bare.stop();
  }
});
