// `npm run push`, run as a person runs it, against the running Workers.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "../scripts/run.mjs";
import { Server, TOKEN } from "./support/server.mjs";

const MAX_FILES = 12;

let server;
const made = [];
before(async () => (server = await Server.start({ vars: { MAX_FILES: String(MAX_FILES) } })));
after(async () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

/** A folder with these files. */
function folder(files) {
  const place = mkdtempSync(join(tmpdir(), "overskill-push-"));
  made.push(place);
  write(place, files);
  return place;
}

function write(place, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), content);
  }
}

/** A running push: what it prints can be waited for, piece after piece. */
class Push {
  output = "";
  #read = 0;
  #wake = () => {};

  constructor(args, { token = TOKEN, env = {} } = {}) {
    const all = { OVERSKILL_TOKEN: token, NO_COLOR: "1", INIT_CWD: tmpdir(), ...env };
    this.process = start("node", ["scripts/push.mjs", "--url", server.url, ...args], { env: all });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (data) => {
        this.output += data;
        this.#wake();
      });
    }
    this.ended = new Promise((done) => this.process.once("close", (code) => done(code)));
    this.ended.then(() => this.#wake());
  }

  /** Resolves to the match of `pattern` in what was printed since the last match. */
  async prints(pattern) {
    let ended = false;
    this.ended.then(() => (ended = true));
    for (;;) {
      const found = pattern.exec(this.output.slice(this.#read));
      if (found) {
        this.#read += found.index + found[0].length;
        return found;
      }
      assert.ok(!ended, `ended without printing ${pattern}:\n${this.output}`);
      await new Promise((done) => (this.#wake = done));
    }
  }

  async interrupt() {
    this.process.kill("SIGINT");
    return this.ended;
  }
}

const paths = async (slug) => Object.keys((await server.call("GET", `/v1/apps/${slug}/files`)).json.files);

test("a folder is uploaded as git would take it, byte for byte", async () => {
  const bytes = Buffer.from([0, 255, 1, 254, 13, 10]);
  const place = folder({
    ".gitignore": "*.log\n/secret\n!keep.log\n",
    "index.html": "<!doctype html>",
    "a.log": "x", "keep.log": "x", "secret/key": "x", "src/secret/ü x.ts": "export {}",
    "src/.gitignore": "!b.log\nlocal.ts\n", "src/b.log": "x", "src/local.ts": "x",
    "public/logo.bin": bytes,
    ".git/HEAD": "x", "node_modules/react/index.js": "x", "dist/out.js": "x", "src/node_modules/x.js": "x",
  });
  symlinkSync("index.html", join(place, "link.html"));
  symlinkSync("nowhere", join(place, "broken"));
  const push = new Push([place, "--slug", "folder"]);
  assert.equal(await push.ended, 0, push.output);
  assert.match(push.output, new RegExp(`^http://folder\\.localhost:${server.port}/$`, "m"));
  assert.match(push.output, /^ready version 1, 8 files changed \(.*total \d+\.\d ms, seen from here \d+ ms\)$/m);
  assert.deepEqual(await paths("folder"), [
    ".gitignore", "index.html", "keep.log", "link.html", "public/logo.bin", "src/.gitignore", "src/b.log", "src/secret/ü x.ts",
  ]);
  const stored = await server.call("GET", "/v1/apps/folder/files/public/logo.bin");
  assert.deepEqual([...stored.bytes], [...bytes]);
});

test("what was uploaded is deployed where that is asked for", async () => {
  const place = folder({ "index.html": '<script type="module" src="/a.ts"></script>', "a.ts": "document.title = 'deployed';\n" });
  const push = new Push([place, "--slug", "deployed", "--deploy", "production"]);
  assert.equal(await push.ended, 0, push.output);
  const [, url] = /^production live in \d+ ms: 2 files, \d+ bytes, \d+ of them new\n(\S+)\nhttp:\/\/deployed--production\.localhost:\d+\/$/m.exec(push.output);
  const page = await server.preview(new URL(url).host.split(".")[0]);
  assert.match(page.bytes.toString(), /\/assets\/index-[0-9a-f]+\.js/);
  const wrong = new Push([place, "--slug", "deployed", "--deploy", "staging"]);
  assert.equal(await wrong.ended, 1);
  assert.match(wrong.output, /--deploy takes preview or production/);
});

test("the slug comes from the folder's name", async () => {
  const place = join(folder({}), "My App__2");
  write(place, { "index.html": "x" });
  await new Push([place]).ended;
  assert.deepEqual(await paths("my-app-2"), ["index.html"]);
});

test("an app that doesn't build ends with 1, and its diagnostics are shown", async () => {
  const place = folder({ "index.html": '<script type="module" src="/src/main.ts"></script>', "src/main.ts": "let a = 1;\nlet b = ;\n" });
  const plain = new Push([place, "--slug", "broken"]);
  assert.equal(await plain.ended, 1, plain.output);
  assert.match(plain.output, /^failed version 1, 2 files changed/m);
  assert.match(plain.output, /^error src\/main\.ts:2:9: .+ \[syntax-error\]\n {4}1 \| let a = 1;\n {2}> 2 \| let b = ;\n {6}\| {9}\^$/m);
  const coloured = new Push([place, "--slug", "broken"], { env: { NO_COLOR: "", FORCE_COLOR: "1" } });
  assert.equal(await coloured.ended, 1);
  assert.match(coloured.output, /\x1b\[31merror\x1b\[0m/);
  write(place, { "src/main.ts": "console.log(1);\n" });
  const mended = new Push([place, "--slug", "broken"]);
  assert.equal(await mended.ended, 0, mended.output);
});

test("what is watched goes up in one batch a change", async () => {
  const place = folder({ "index.html": "1", "src/a.ts": "1", "src/b.ts": "1" });
  const push = new Push([place, "--slug", "watched", "--watch"]);
  await push.prints(/version 1, 3 files changed/);
  await push.prints(/watching/);

  write(place, { "src/a.ts": "2", "src/deep/er/c.ts": "1", "top.ts": "1" });
  unlinkSync(join(place, "src/b.ts"));
  await push.prints(/version 2, 4 files changed/);
  assert.deepEqual(await paths("watched"), ["index.html", "src/a.ts", "src/deep/er/c.ts", "top.ts"]);

  write(place, { "src/deep/er/c.ts": "2" });
  await push.prints(/version 3, 1 file changed/);

  rmSync(join(place, "src/deep"), { recursive: true });
  write(place, { "src/deep/d.ts": "1" });
  await push.prints(/version 4, 2 files changed/);
  write(place, { "src/deep/d.ts": "2" });
  await push.prints(/version 5, 1 file changed/);

  write(place, { ".gitignore": "top.ts\n" });
  await push.prints(/version 6, 2 files changed/);
  assert.deepEqual(await paths("watched"), [".gitignore", "index.html", "src/a.ts", "src/deep/d.ts"]);

  unlinkSync(join(place, "src/a.ts"));
  write(place, { "src/a.ts/index.ts": "1" });
  await push.prints(/version 7, 2 files changed/);
  assert.deepEqual(await paths("watched"), [".gitignore", "index.html", "src/a.ts/index.ts", "src/deep/d.ts"]);
  assert.equal(await push.interrupt(), 0);
});

test("a refusal is shown, and watching goes on", async () => {
  const place = folder({ "index.html": "1" });
  const push = new Push([place, "--slug", "limited", "--watch"]);
  await push.prints(/version 1, /);
  await push.prints(/watching/);
  write(place, Object.fromEntries(Array.from({ length: MAX_FILES }, (_, n) => [`more/${n}.ts`, ""])));
  await push.prints(/✗ refused \(413 too-many-files\): /);
  unlinkSync(join(place, "more/0.ts"));
  await push.prints(/version 2, 11 files changed/);
  assert.equal((await server.call("DELETE", "/v1/apps/limited")).status, 204);
  write(place, { "index.html": "2" });
  await push.prints(/version 1, 12 files changed/);
  assert.equal(await push.interrupt(), 0);
});

test("a problem is one line that says what it is", async () => {
  const place = folder({ "index.html": "1" });
  for (const [args, options, line] of [
    [[place, "--slug", "mine"], { token: "wrong" }, /^✗ refused \(401 unauthenticated\): .*\n$/],
    [[place, "--slug", "No--Slug"], {}, /^✗ refused \(422 invalid-slug\): .*\n$/],
    [[place, "--url", "http://localhost:1"], {}, /^✗ http:\/\/localhost:1 doesn't answer \(ECONNREFUSED\): is `npm start` running\?\n$/],
    [[join(place, "none")], {}, /^✗ .*none is no folder\n$/],
    [[], {}, /^✗ one folder is needed\. Usage: .*\n$/],
    [[place, "--what"], {}, /^✗ Unknown option '--what'.* Usage: .*\n$/],
  ]) {
    const push = new Push(args, options);
    assert.equal(await push.ended, 1, push.output);
    assert.match(push.output, line);
  }
});
