// What it takes to deploy and to go back, and what readers of a preview wait while others build.
import { setTimeout as passed } from "node:timers/promises";
import { join } from "node:path";
import { root } from "../scripts/run.mjs";
import { pushed } from "../worker-tests/support/app.mjs";
import { p95 } from "./hot.mjs";
import { median } from "./measures.mjs";

const EXAMPLE = join(root, "examples/harbour");
/** How long the object takes to have put its build away, in milliseconds: deployments are of apps that were left alone. */
const SETTLED = 6_000;

const call = async (server, method, path, json) => {
  const answer = await server.call(method, path, { json });
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.bytes}`);
  return answer.json;
};
const label = (url) => new URL(url).host.split(".")[0];

/** Deploys, and asks for the page and its script until they are served; resolves to the milliseconds and the deployment. */
async function served(server, slug) {
  const started = performance.now();
  const deployment = await call(server, "POST", `/v1/apps/${slug}/deployments`, { tier: "production" });
  if (deployment.state !== "live") throw new Error(JSON.stringify(deployment.diagnostics));
  const page = await server.preview(label(deployment.url));
  const script = /src="([^"]+\.js)"/.exec(page.bytes.toString())[1];
  const code = await server.preview(label(deployment.url), script);
  if (code.status !== 200) throw new Error(`${script} is not served`);
  return { took: performance.now() - started, deployment };
}

/** The example, deployed: for the first time with its packages known, and again with one line of it changed. */
export async function deploys(server, rounds) {
  await pushed(server, "bench-warm", EXAMPLE);
  await served(server, "bench-warm");
  const [fresh, changed, added, spent] = [[], [], [], []];
  for (let round = 0; round < rounds; round++) {
    const slug = `bench-${round}`;
    await pushed(server, slug, EXAMPLE);
    await passed(SETTLED);
    fresh.push((await served(server, slug)).took);
    const { bytes } = await server.call("GET", `/v1/apps/${slug}/files/src/App.tsx`);
    await server.call("PUT", `/v1/apps/${slug}/files/src/App.tsx`, { body: `${bytes}\nconsole.log("round ${round}");\n` });
    const { took, deployment } = await served(server, slug);
    changed.push(took);
    spent.push(deployment.timings.total);
    added.push(deployment.addedBytes);
  }
  return { fresh: median(fresh), changed: median(changed), spent: median(spent), added: median(added) };
}

/** From asking for another deployment to be live to its page being what the tier's address serves. */
export async function activations(server, rounds) {
  const slug = "bench-back";
  await pushed(server, slug, EXAMPLE);
  const made = [];
  for (const text of ["one", "two"]) {
    await server.call("PUT", `/v1/apps/${slug}/files/public/which.txt`, { body: text });
    made.push([(await served(server, slug)).deployment.id, text]);
  }
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const [id, text] = made[round % 2];
    const started = performance.now();
    await call(server, "POST", `/v1/apps/${slug}/deployments/${id}/activate`);
    const { bytes } = await server.preview(`${slug}--production`, "/which.txt");
    times.push(performance.now() - started);
    if (bytes.toString() !== text) throw new Error(`${bytes} is served for ${text}`);
  }
  return median(times);
}

/** What `readers` who ask all the time wait for a preview's page, while another app is built again and again. */
export async function readers(server, count, pages) {
  const slug = "bench-read";
  await pushed(server, slug, EXAMPLE);
  await pushed(server, "bench-build", EXAMPLE);
  await server.preview(slug);
  const times = [];
  let building = true;
  const builds = (async () => {
    let nr = 0;
    for (; building; nr++) await server.call("PUT", "/v1/apps/bench-build/files/src/lib/extra.ts", { body: `export const extra = ${nr};\n` });
    return nr;
  })();
  const read = async () => {
    for (let page = 0; page < pages; page++) {
      const started = performance.now();
      const { status } = await server.preview(slug);
      if (status !== 200) throw new Error(`the page answers ${status}`);
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: count }, read));
  const took = performance.now() - started;
  building = false;
  return { p50: median(times), p95: p95(times), perSecond: (1000 * times.length) / took, builds: await builds };
}
