// `npm run push -- <folder>`: uploads a local app, with `--watch` what changes in it, and with `--deploy` deploys it.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Stop, main } from "./run.mjs";
import { localToken } from "./token.mjs";

const USAGE = "npm run push -- <folder> [--slug s] [--watch | --deploy preview|production] [--url http://localhost:8787] [--token t]";

function options() {
  const flags = { slug: { type: "string" }, watch: { type: "boolean" }, deploy: { type: "string" }, url: { type: "string" }, token: { type: "string" } };
  try {
    const { values, positionals } = parseArgs({ options: flags, allowPositionals: true });
    if (positionals.length !== 1) throw new Error("one folder is needed");
    if (values.deploy !== undefined && (values.watch || !["preview", "production"].includes(values.deploy))) throw new Error("--deploy takes preview or production, and no --watch");
    // npm runs scripts in the project's root, wherever it was called.
    return { ...values, folder: resolve(process.env.INIT_CWD ?? ".", positionals[0]) };
  } catch (error) {
    throw new Stop(`${error.message}. Usage: ${USAGE}`);
  }
}

async function push() {
  const { folder, watch, deploy, url = `http://localhost:${process.env.PORT || 8787}`, token, slug: named } = options();
  if (!URL.canParse(url)) throw new Stop(`${url} is no address. Usage: ${USAGE}`);
  const [{ Api }, { painter }, { Upload, slugOf }] = await Promise.all(
    ["api", "report", "upload"].map((name) => import(`./push/${name}.mjs`)),
  ).catch((error) => {
    if (error.code === "ERR_MODULE_NOT_FOUND") throw new Stop("npm's packages are missing. Install them: npm ci");
    throw error;
  });
  const slug = named ?? slugOf(folder);
  const paint = painter(process.stdout);
  const upload = new Upload({ api: new Api(url, token ?? localToken()), slug, folder, print: console.log, paint });
  if (watch) {
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
    await upload.watch(stop.signal);
    process.exit(0);
  }
  const written = await upload.all();
  console.log(written.previewUrl);
  if (written.status !== "ready") process.exitCode = 1;
  else if (deploy && !(await upload.deploy(deploy, written.version))) process.exitCode = 1;
}

await main(push);
