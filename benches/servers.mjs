// What an edit of an app's server code takes until it answers, and what a request to it costs that is running.
import { uploaded } from "../worker-tests/support/app.mjs";
import { tree } from "../worker-tests/support/servers.mjs";
import { median } from "./measures.mjs";

const SLUG = "bench-server";

/** An app whose server code takes its packages, its page's code, WebAssembly and text: see the suite of behaviour. */
export async function edits(server, rounds) {
  await uploaded(server, SLUG, tree());
  const [edited, warm] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const greeting = `round ${round}`;
    const started = performance.now();
    const written = await server.call("PUT", `/v1/apps/${SLUG}/files/worker/greeting.txt`, { body: greeting });
    if (written.status !== 200) throw new Error(`${written.status} ${written.bytes}`);
    const first = await server.preview(SLUG, "/api/json?n=1");
    edited.push(performance.now() - started);
    if (first.json?.greeting !== greeting) throw new Error(`${first.status} ${first.bytes}`);
    const again = performance.now();
    await server.preview(SLUG, "/api/json?n=1");
    warm.push(performance.now() - again);
  }
  return { edited: median(edited), warm: median(warm) };
}
