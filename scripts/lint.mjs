// `npm run lint`: format, lints and types of everything that is written here.
import { wasmOptions } from "./cargo.mjs";
import { main, run } from "./run.mjs";
import { setup } from "./setup.mjs";

const DENY = ["--quiet", "--", "-D", "warnings"];

await main(async () => {
  await run("cargo", ["fmt", "--all", "--check"]);
  await setup({});
  await run("tsc", ["-p", "src/client"], { show: true });
  await run("cargo", ["clippy", "--workspace", "--exclude", "overskill-edge", "--all-targets", ...DENY], { show: true });
  const edge = ["clippy", "-p", "overskill-edge", "--target", "wasm32-unknown-unknown", ...DENY];
  await run("cargo", edge, { show: true, ...(await wasmOptions()) });
});
