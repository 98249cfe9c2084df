// `npm test`: the same set-up, then every test: native, and end to end in workerd.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { main, root, run } from "./run.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  await setup("dev");
  await run("cargo", ["test", "--workspace", "--exclude", "overskill-edge", "--lib", "--tests", "--quiet"], { show: true });
  const files = readdirSync(join(root, "worker-tests")).filter((name) => name.endsWith(".test.mjs")).sort();
  await run("node", ["--test", "--test-concurrency=1", ...files.map((name) => `worker-tests/${name}`)], { show: true });
});
