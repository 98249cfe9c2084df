// `npm run lint`: format, lints and types of everything that is written here.
import { wasmOptions } from "./cargo.mjs";
import { main, run } from "./run.mjs";
import { setup } from "./setup.mjs";

/** What is only ever built for Workers. */
const SHELLS = ["overskill-edge", "overskill-background"];
const DENY = ["--quiet", "--", "-D", "warnings"];

await main(async () => {
  await run("cargo", ["fmt", "--all", "--check"]);
  await setup({});
  await run("tsc", ["-p", "src/client"], { show: true });
  const shells = SHELLS.flatMap((name) => ["--exclude", name]);
  await run("cargo", ["clippy", "--workspace", ...shells, "--all-targets", ...DENY], { show: true });
  const edge = ["clippy", ...SHELLS.flatMap((name) => ["-p", name]), "--target", "wasm32-unknown-unknown", ...DENY];
  await run("cargo", edge, { show: true, ...(await wasmOptions()) });
});
