// The Worker around server code that runs from a dispatch namespace: what it lets through.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Runtime } from "../scripts/wrangler.mjs";

const own = { domain: "preview.example", hosts: ["control.example"], port: null };
const CONFIGS = ["wrangler.published.toml", "wrangler.toml", "wrangler.background.toml", "wrangler.compiler.toml"];

let state;
let outside;
before(async () => {
  state = mkdtempSync(join(tmpdir(), "overskill-"));
  outside = createServer((incoming, outgoing) => outgoing.end(`${incoming.method} ${incoming.headers.host} ${incoming.url}`));
  await new Promise((done) => outside.listen(0, "127.0.0.1", done));
});
after(() => {
  outside.close();
  rmSync(state, { recursive: true, force: true });
});

/** What a fetch of `host` comes to; the namespace would send it here as it is. */
function fetched(runtime, host) {
  return new Promise((done, failed) => {
    const outgoing = request({ host: "localhost", port: runtime.port, path: "/x", headers: { host } }, (incoming) => {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk)).on("end", () => done({ status: incoming.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", failed).end();
  });
}

for (const [name, outbound, through] of [
  ["open", { own }, true],
  ["a list with the host", { own, hosts: ["127.0.0.1"] }, true],
  ["a list without it", { own, hosts: ["*.example.com"] }, false],
  ["off", null, false],
]) {
  test(`${name}: what is let through`, async () => {
    const runtime = await Runtime.start({ state, configs: CONFIGS, vars: { policy: JSON.stringify({ outbound }) } });
    try {
      const { port } = outside.address();
      const answer = await fetched(runtime, `127.0.0.1:${port}`);
      assert.equal(answer.text.startsWith(`GET 127.0.0.1:${port} /x`), through, answer.text);
      for (const host of ["app.preview.example", "preview.example", "control.example"]) {
        const refused = await fetched(runtime, host);
        assert.equal(refused.status, 500, host);
        assert.match(runtime.log, /Not let through/);
      }
    } finally {
      await runtime.kill();
    }
  });
}
