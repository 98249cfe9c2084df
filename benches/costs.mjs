// What each thing that a user does costs in calls of the platform, as the Workers themselves meter it, and what that comes
// to for a thousand apps. The machine's speed doesn't matter here.
import { setTimeout as passed } from "node:timers/promises";
import { join } from "node:path";
import { root } from "../scripts/run.mjs";
import { pushed } from "../worker-tests/support/app.mjs";

const EXAMPLE = join(root, "examples/harbour");
/** After which everything is flushed that an action leaves to be done later, in milliseconds. */
const SETTLED = 9_000;
const DAYS = 30;

/** What an app of a busy month sees: edits in sessions, pages opened, deployments, and what production's visitors load. */
export const MONTH = { "create and upload": 1, "edit one file": 300, "open the preview": 200, "deploy for production": 20, "activate another": 2, "open the deployment": 5_000 };

/** The actions, each leaving the app so that the next one can be done; all files of a page are asked for, as a browser does. */
function actions(server) {
  const slug = "cost";
  let edits = 0;
  const call = (method, path, json) => server.call(method, `/v1/apps/${slug}${path}`, { json });
  const page = async (host) => {
    const { bytes } = await server.preview(host);
    const addresses = [...bytes.toString().matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address);
    for (const address of new Set(addresses)) await server.preview(host, address);
  };
  const deployed = [];
  const deploy = async () => deployed.push((await call("POST", "/deployments", { tier: "production" })).json.id);
  return {
    "create and upload": () => pushed(server, slug, EXAMPLE),
    "edit one file": () => call("PATCH", "/files", { upsert: { "src/extra.ts": `export const extra = ${edits++};\n` } }),
    "open the preview": () => page(slug),
    "deploy for production": deploy,
    "activate another": () => call("POST", `/deployments/${deployed[0]}/activate`),
    "open the deployment": () => page(`${slug}--production`),
  };
}

/** By action, what it used, by meter; and what a month of a thousand such apps costs, in dollars, the plan's fee with it. */
export async function costs(server) {
  const usage = async () => (await server.call("GET", "/v1/usage")).json;
  const meters = async () => {
    await passed(SETTLED);
    const { total } = await usage();
    return total.meters;
  };
  let before = await meters();
  const used = {};
  const all = actions(server);
  for (const [name, act] of Object.entries(all)) {
    if (name === "activate another") {
      await all["deploy for production"]();
      before = await meters();
    }
    await act();
    const after = await meters();
    used[name] = Object.fromEntries(Object.entries(after).map(([meter, amount]) => [meter, amount - (before[meter] ?? 0)]).filter(([, amount]) => amount > 0));
    before = after;
  }
  const { prices, forecast, total } = await usage();
  // What is stored is the same every day, however it was asked for.
  const stored = ["storedByteDays", "objectByteDays"].reduce((sum, meter) => sum + (total.meters[meter] ?? 0) * (prices[meter] ?? 0), 0) * DAYS;
  const dollars = (meters) => Object.entries(meters).reduce((sum, [meter, amount]) => sum + (meter.endsWith("ByteDays") ? 0 : amount * (prices[meter] ?? 0)), 0);
  const month = Object.entries(MONTH).reduce((sum, [name, times]) => sum + dollars(used[name]) * times, 0);
  return { used, dollars, thousand: 1000 * (month + stored) + forecast.monthly, monthly: forecast.monthly };
}
