// `npm test`: the same set-up, then every test: native, the client's, end to end in workerd, in Chromium.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { main, root, run } from "./run.mjs";
import { setup } from "./setup.mjs";

/** Paths of the test files in a folder. */
function tests(folder) {
  const place = join(root, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place).filter((name) => name.endsWith(".test.mjs")).sort().map((name) => `${folder}/${name}`);
}

/** Runs test files with Node's runner, its whole report on the terminal. */
function node(files, ...options) {
  return run("node", ["--test", "--test-reporter=spec", ...options, ...files], { show: true });
}

/** Runs the native tests; resolves to the runners' summaries. */
async function native() {
  const args = ["test", "--workspace", "--exclude", "overskill-edge", "--exclude", "overskill-background", "--lib", "--tests", "--quiet"];
  const output = await run("cargo", args, { progress: (text) => process.stdout.write(text) });
  return output.split("\n").filter((line) => line.startsWith("test result:"));
}

await main(async () => {
  await setup({ profile: process.env.OVERSKILL_PROFILE || "fast", browser: true });
  const summaries = await native();
  await node([...tests("src/client/tests"), ...tests("src/compiler/javascript/tests"), ...tests("scripts/tests")]);
  // One after the other: each starts a runtime of its own.
  await node([...tests("worker-tests"), ...tests("worker-tests/browser")], "--test-concurrency=1");
  console.log(summaries.join("\n"));
});
