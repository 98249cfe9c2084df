// `npm start`: set everything up, run the system with the example in it until Ctrl-C.
import { createServer } from "node:net";
import { join } from "node:path";
import { localToken } from "./token.mjs";
import { Stop, main, root } from "./run.mjs";
import { setup } from "./setup.mjs";
import { Runtime, migrate } from "./wrangler.mjs";

const EXAMPLE = "harbour";
const port = Number(process.env.PORT || 8787);

function expectFree(host) {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once("error", (error) => {
      if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return done();
      failed(new Stop(`port ${port} is taken: is \`npm start\` running already? PORT=… picks another.`));
    });
    probe.listen(port, host, () => probe.close(done));
  });
}

/** Uploads the example; a problem of it is shown and stops nothing. */
async function upload() {
  const [{ Api, Refused, Unreachable }, { painter }, { Upload }] = await Promise.all(
    ["api", "report", "upload"].map((name) => import(`./push/${name}.mjs`)),
  );
  const api = new Api(`http://localhost:${port}`, localToken());
  const folder = join(root, "examples", EXAMPLE);
  try {
    return await new Upload({ api, slug: EXAMPLE, folder, print: console.log, paint: painter(process.stdout) }).all();
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    console.error(`✗ the example: ${error.message}`);
    return undefined;
  }
}

await main(async () => {
  for (const host of ["127.0.0.1", "::1"]) await expectFree(host);
  await setup({ profile: process.env.OVERSKILL_PROFILE || "release" });
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stopped.abort());
  const state = join(root, ".wrangler/state");
  await migrate(state);
  let serving = false;
  const runtime = await Runtime.start({ port, state, print: (text) => serving && process.stdout.write(text) });
  const written = stopped.signal.aborted ? undefined : await upload();
  if (!stopped.signal.aborted) {
    serving = true;
    console.log(`\nPreview        ${written?.previewUrl ?? "none yet"}\nControl plane  http://localhost:${port}/   (Ctrl-C ends)\n`);
    const ended = await Promise.race([
      runtime.closed.then(() => true),
      new Promise((done) => stopped.signal.addEventListener("abort", () => done(false))),
    ]);
    if (ended) throw new Stop("the runtime ended by itself");
    serving = false;
  }
  await runtime.stop();
});
