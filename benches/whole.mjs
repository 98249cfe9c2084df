// The numbers on an app of the shape that AI builders emit: all of shadcn/ui, a router, queries, forms, charts, icons;
// over 1,600 reachable modules, nearly all of them in packages.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../scripts/run.mjs";
import { Folder, content } from "../scripts/push/folder.mjs";
import { ask, median } from "./measures.mjs";
import { Workshop } from "../worker-tests/support/fixtures.mjs";
import { Server } from "../worker-tests/support/server.mjs";
import { Vite } from "../worker-tests/support/vite.mjs";

const NAME = "shadcn";
const HEADING = "Every tool in its place";
/** The component that is edited, and what stands in it once. */
const EDITED = "src/pages/Index.tsx";
const TEXT = "A workshop that is tidied while you work.";
const CLASS = "mt-2 max-w-prose";

let salts = 0;
const salt = () => `run ${process.pid} ${salts++}`;

/** The app's files; every script ends with a text that no earlier run has seen. */
async function app() {
  const { files } = await new Folder(join(root, "worker-tests/fixtures", NAME)).read();
  const end = `\n// ${salt()}\n`;
  return Object.fromEntries([...files].map(([path, { bytes }]) => [path, /\.tsx?$/.test(path) ? content(bytes) + end : content(bytes)]));
}

async function ready(page) {
  await page.getByRole("heading", { name: HEADING }).waitFor();
}

/** Milliseconds that `work` takes. */
async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** One write; resolves to `{waited, spent}`: what the caller waited, and what the server says it spent. */
async function write(server, method, slug, body) {
  let answer;
  const waited = await timed(async () => (answer = await server.call(method, `/v1/apps/${slug}/files`, { json: body })));
  if (answer.status !== 200 || answer.json.status !== "ready") throw new Error(answer.bytes.toString());
  return { waited, spent: answer.json.timings.total, url: answer.json.previewUrl };
}

async function created(server, slug) {
  const { status, bytes } = await server.call("POST", "/v1/apps", { json: { slug } });
  if (status !== 201) throw new Error(bytes.toString());
}

const medians = (rounds) => ({ waited: median(rounds.map(({ waited }) => waited)), spent: median(rounds.map(({ spent }) => spent)) });

/** The first build on Workers that have never built anything, with tarballs on the registry and nowhere else. */
export async function nothingCached(registry, rounds) {
  const found = [];
  for (let round = -1; round < rounds; round++) {
    const server = await Server.start({ vars: { NPM_REGISTRY: registry.url } });
    try {
      await created(server, "whole");
      const one = await write(server, "PUT", "whole", { files: await app() });
      // The first time, the registry packs what it serves.
      if (round >= 0) found.push(one);
    } finally {
      await server.stop();
    }
  }
  return medians(found);
}

/** The first build of an app whose packages another app has, and how long it takes until a browser shows it. */
export async function packagesCached(server, browser, rounds) {
  const found = [];
  const shown = [];
  for (let round = -1; round < rounds; round++) {
    const slug = `whole-${round + 1}`;
    await created(server, slug);
    const page = await browser.page();
    let one;
    const took = await timed(async () => {
      one = await write(server, "PUT", slug, { files: await app() });
      await page.goto(one.url);
      await ready(page);
    });
    await page.context().close();
    if (round < 0) continue;
    found.push(one);
    shown.push(took);
  }
  return { ...medians(found), shown: median(shown) };
}

/** Writes to an app that is there: the same tree again; a component's text changed; a class that no other file has. */
export async function edits(server, rounds) {
  const slug = "whole-edited";
  await created(server, slug);
  const files = await app();
  await write(server, "PUT", slug, { files });
  const several = async (method, body) => {
    const found = [];
    for (let round = -2; round < rounds; round++) {
      const one = await write(server, method, slug, body(round + 2));
      if (round >= 0) found.push(one);
    }
    return medians(found);
  };
  const upsert = (from, to) => ({ upsert: { [EDITED]: files[EDITED].replace(from, to) } });
  return {
    same: await several("PUT", () => ({ files })),
    component: await several("PATCH", (round) => upsert(TEXT, `${TEXT} ${round}`)),
    tailwind: await several("PATCH", (round) => upsert(CLASS, `${CLASS} pt-[${round + 1}.5px]`)),
  };
}

/** Bytes of scripts and style sheets, each file gzipped. */
const gzipped = (texts) => texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);

const STATES = new Set(["live", "failed", "superseded"]);

/** A production deployment of an app: until it is live, and the bytes of scripts and style sheets that its page names. */
export async function production(server, browser, rounds) {
  const times = [];
  let bytes;
  for (let round = -1; round < rounds; round++) {
    const slug = `whole-live-${round + 1}`;
    await created(server, slug);
    await write(server, "PUT", slug, { files: await app() });
    let deployment;
    const took = await timed(async () => {
      const answer = await server.call("POST", `/v1/apps/${slug}/deployments`, { json: { tier: "production" } });
      if (answer.status >= 300) throw new Error(answer.bytes.toString());
      deployment = answer.json;
      while (!STATES.has(deployment.state)) deployment = (await server.call("GET", `/v1/apps/${slug}/deployments/${deployment.id}`)).json;
    });
    if (deployment.state !== "live") throw new Error(JSON.stringify(deployment));
    if (round < 0) continue;
    times.push(took);
    if (bytes) continue;
    const page = await browser.page();
    const texts = [];
    page.on("response", (response) => /script|stylesheet/.test(response.request().resourceType()) && texts.push(response.body()));
    await page.goto(deployment.url);
    await ready(page);
    bytes = gzipped(await Promise.all(texts));
    await page.context().close();
  }
  return { ms: median(times), bytes };
}

/** The most memory that the compiler's WebAssembly has held for packages since the server was started, in bytes. */
export function compilerMemory(server) {
  return Math.max(0, ...[...server.log.matchAll(/"compilerBytes":\s*(\d+)/g)].map(([, bytes]) => Number(bytes)));
}

/** Vite's dev server, from starting its process until a browser shows the app: with no cache, and with its own. */
export async function viteDev(browser, rounds) {
  const cold = [];
  const warm = [];
  for (let round = 0; round < rounds; round++) {
    const workshop = new Workshop();
    try {
      const folder = workshop.lay(NAME);
      for (const times of [cold, warm]) {
        const page = await browser.page();
        let vite;
        times.push(await timed(async () => {
          vite = await Vite.start(folder);
          await page.goto(vite.url);
          await ready(page);
        }));
        await page.context().close();
        await vite.stop();
      }
    } finally {
      workshop.close();
    }
  }
  return { cold: median(cold), warm: median(warm) };
}

/** `vite build`, its process included; `bytes` are those of its scripts and style sheets, gzipped. */
export async function viteBuild(rounds) {
  const workshop = new Workshop();
  try {
    const folder = workshop.lay(NAME);
    const { NODE_ENV: _, ...env } = process.env;
    const times = [];
    for (let round = 0; round < rounds; round++) {
      times.push(await timed(() => new Promise((done, failed) => {
        const child = spawn(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error"], { cwd: folder, env, stdio: "ignore" });
        child.once("error", failed);
        child.once("close", (code) => (code ? failed(new Error(`vite build ended with ${code}`)) : done()));
      })));
    }
    const assets = join(folder, "dist/assets");
    const texts = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name)).map((name) => readFileSync(join(assets, name)));
    return { ms: median(times), bytes: gzipped(texts) };
  } finally {
    workshop.close();
  }
}

/** esbuild, native or WebAssembly, minifying the app's scripts; Tailwind is not among what it does. */
export async function esbuild(module, rounds) {
  const { build, stop } = await import(module);
  const workshop = new Workshop();
  try {
    const folder = workshop.lay(NAME);
    const times = [];
    for (let round = -1; round < rounds; round++) {
      const took = await timed(() =>
        build({
          absWorkingDir: folder, entryPoints: ["src/main.tsx"], bundle: true, minify: true, splitting: true, format: "esm", write: false,
          outdir: "out", jsx: "automatic", alias: { "@": join(folder, "src") }, define: { "process.env.NODE_ENV": '"production"' }, logLevel: "error",
        }),
      );
      if (round >= 0) times.push(took);
    }
    return { ms: median(times) };
  } finally {
    await stop?.();
    workshop.close();
  }
}

/** The app as worker-bundler takes it: aliases, which it doesn't know, written out; style sheets left out. */
async function forWorkerBundler() {
  const kept = Object.entries(await app()).filter(([path]) => /^(src\/.*\.tsx?|package\.json)$/.test(path));
  return Object.fromEntries(kept.map(([path, text]) => {
    const relatively = (_, to) => `from "${relative(dirname(path), `src/${to}`).replace(/^(?!\.)/, "./")}"`;
    return [path, text.replace(/from "@\/([^"]+)"/g, relatively).replace(/^import "\.\/index\.css";$/m, "")];
  }));
}

/** worker-bundler, whose every call fetches all packages again; `url` is that of the Worker that measures. */
export async function workerBundler(url, registry, rounds) {
  const times = [];
  let memoryBytes;
  for (let round = -1; round < rounds; round++) {
    const answer = await ask(url, { apps: [await forWorkerBundler()], registry: registry.url.replace(/\/$/, "") });
    if (round >= 0) times.push(answer.times[0]);
    memoryBytes = answer.memoryBytes;
  }
  return { ms: median(times), memoryBytes };
}
