// `npm start`: set everything up, run the system until Ctrl-C.
import { createServer } from "node:net";
import { join } from "node:path";
import { Stop, main, root, start } from "./run.mjs";
import { migrate, setup } from "./setup.mjs";

const port = Number(process.env.PORT || 8787);

function expectFree() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once("error", () => failed(new Stop(`port ${port} is taken: is \`npm start\` running already? PORT=… picks another.`)));
    probe.listen(port, "localhost", () => probe.close(done));
  });
}

await main(async () => {
  await expectFree();
  await setup("release");
  const state = join(root, ".wrangler/state");
  await migrate(state);
  const args = ["dev", "-c", "wrangler.toml", "--port", String(port), "--persist-to", state, "--show-interactive-dev-session=false"];
  const server = start("wrangler", args, { stdio: ["ignore", "pipe", "inherit"] });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill("SIGINT"));
  server.stdout.on("data", (data) => {
    process.stdout.write(data);
    if (/Ready on/.test(String(data))) console.log(`\nControl plane  http://localhost:${port}\n`);
  });
  await new Promise((done) => server.once("close", done));
});
