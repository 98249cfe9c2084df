// Runs the graphs of the seeds from the first argument to the second as real modules; prints what each logged, a line of JSON each.
// A process of its own, started with --unhandled-rejections=none: Node itself leaves some promises of modules
// that failed without a handler, which the test runner would take for ours.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { asFile, drive, file, scenario, stage } from "./graphs.mjs";

const folder = await mkdtemp(join(tmpdir(), "overskill-differential-"));
await writeFile(join(folder, "package.json"), '{"type":"module"}');
const [first, last] = process.argv.slice(2).map(Number);
for (let seed = first; seed <= last; seed++) {
  const modules = scenario(seed);
  const home = join(folder, String(seed));
  await mkdir(home);
  for (const module of modules) await writeFile(join(home, file(module)), asFile(module, modules));
  const on = (globalThis.__differential__ = stage(seed));
  await drive(modules, (number) => import(pathToFileURL(join(home, file(modules[number]))).href), on);
  on.stop();
  console.log(JSON.stringify(on.lines));
}
await rm(folder, { recursive: true });
