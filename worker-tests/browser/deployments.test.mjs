// The life of an app as its users see it: deployed, broken, mended, deployed, gone back, deleted, with two deployments open
// side by side.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/run.mjs";
import { deploy, pushed } from "../support/app.mjs";
import { Browser } from "../support/browser.mjs";
import { Registry } from "../support/registry.mjs";
import { Server } from "../support/server.mjs";

let browser, registry, server;
before(async () => {
  registry = await Registry.start();
  server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
  browser = await Browser.start();
  await pushed(server, "harbour", join(root, "examples/harbour"));
});
after(async () => {
  await browser?.stop();
  await server?.stop();
  await registry?.stop();
});

const TITLE = "A quiet place to tie up";
const text = async (path) => (await server.call("GET", `/v1/apps/harbour/files/${path}`)).bytes.toString();
const write = (path, body) => server.call("PUT", `/v1/apps/harbour/files/${path}`, { body });
const heading = (page) => page.getByRole("heading", { level: 1 }).first().textContent();
const clean = (page) => assert.deepEqual([page.threw, page.missed, page.said.filter(({ type }) => type === "error")], [[], [], []]);

test("deploy, break, mend, deploy, go back, delete", async () => {
  const files = (await server.call("GET", "/v1/apps/harbour/files")).json.files;
  const path = await find(files);
  const before = await text(path);
  const first = await deploy(server, "harbour");
  const live = await browser.page();
  await live.goto(first.tierUrl);
  await live.getByText(TITLE).waitFor();

  const broken = await write(path, before.replace(TITLE, `${TITLE}</b>`));
  assert.equal(broken.json.status, "failed");
  const failed = (await server.call("POST", "/v1/apps/harbour/deployments", { json: { tier: "production" } })).json;
  assert.equal(failed.state, "failed");
  await live.reload();
  await live.getByText(TITLE).waitFor();

  await write(path, before.replace(TITLE, "Another place to tie up"));
  const second = await deploy(server, "harbour");
  await live.reload();
  await live.getByText("Another place to tie up").waitFor();

  // Side by side, each what it was, and clicked through.
  const [one, two] = [await browser.page(), await browser.page()];
  await Promise.all([one.goto(first.url), two.goto(second.url)]);
  await Promise.all([one.getByText(TITLE).waitFor(), two.getByText("Another place to tie up").waitFor()]);
  for (const page of [one, two]) {
    await page.getByRole("link", { name: "Find a berth" }).click();
    await page.waitForURL("**/berths");
    await page.locator(".berths a").first().click();
    await page.getByRole("button", { name: /Favourite/ }).click();
    await page.getByText("★ 1").waitFor();
  }

  const back = await server.call("POST", `/v1/apps/harbour/deployments/${first.id}/activate`);
  assert.equal(back.json.state, "live");
  // The page of the other one is still open, and goes on.
  await live.getByRole("link", { name: "Find a berth" }).click();
  await live.waitForURL("**/berths");
  await live.locator(".berths a").first().waitFor();
  await live.goto(first.tierUrl);
  await live.getByText(TITLE).waitFor();
  for (const page of [live, one, two]) clean(page);

  assert.equal((await server.call("DELETE", "/v1/apps/harbour")).status, 204);
  for (const { url } of [first, second, { url: first.tierUrl }]) {
    const gone = await browser.page();
    assert.equal((await gone.goto(url)).status(), 404);
    assert.match(await heading(gone), /no such/i);
  }
});

/** The file with the title. */
async function find(files) {
  for (const path of Object.keys(files).filter((path) => path.endsWith(".tsx"))) if ((await text(path)).includes(TITLE)) return path;
  throw new Error("the title is nowhere");
}
