// The numbers: what is measured, how often, and what becomes of the times.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { app, component } from "./apps.mjs";

export const median = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const SCRIPT = /\.tsx?$/;
const sources = (files) => Object.keys(files).filter((path) => SCRIPT.test(path)).map((path) => ({ path, text: files[path], options: 0 }));
const batch = (list) => ({ options: [{}], sources: list });

/** Has the Worker that measures do some work. */
export async function ask(url, work) {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(work) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Texts that no earlier run has seen. */
let salts = 0;
const salt = () => `run ${process.pid} ${salts++}`;
const several = (count, make) => Array.from({ length: count }, make);

/** The compiler, over its binding: an empty batch and one component, in milliseconds. */
export async function single(url, rounds) {
  const one = () => batch([{ path: "src/Component0.tsx", text: component(0, 3, salt()), options: 0 }]);
  await ask(url, { batches: several(rounds, one) });
  const { times } = await ask(url, { batches: several(rounds, one) });
  const empty = await ask(url, { batches: several(rounds, () => batch([])) });
  return { component: median(times), binding: median(empty.times) };
}

/** All modules of an app in one batch to the compiler; `memoryBytes` is what it then holds. */
export async function compiler(url, count, rounds) {
  const { times, memoryBytes } = await ask(url, { batches: several(rounds, () => batch(sources(app(count, salt())))) });
  return { ms: median(times), memoryBytes };
}

/** The same app through worker-bundler. */
export async function workerBundler(url, count, rounds) {
  const { times, memoryBytes } = await ask(url, { apps: several(rounds, () => app(count, salt())) });
  return { ms: median(times), memoryBytes };
}

/** The same app through native esbuild, from disk, in a service that is already running. */
export async function nativeEsbuild(count, rounds) {
  const times = [];
  for (let round = -1; round < rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), "overskill-bench-"));
    try {
      for (const [path, text] of Object.entries(app(count, salt()))) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const started = performance.now();
      await build({
        absWorkingDir: folder, entryPoints: ["src/main.tsx"], bundle: true, write: false, format: "esm", jsx: "automatic",
        sourcemap: "external", outdir: "out", external: ["react", "react-dom", "react/jsx-runtime", "react-dom/client"], logLevel: "error",
      });
      if (round >= 0) times.push(performance.now() - started);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { ms: median(times) };
}

/** A new app put up over HTTP, packages warm: until it is answered, and what the server says it spent. */
export async function upload(server, count, rounds) {
  const waited = [];
  const spent = [];
  for (let round = -1; round < rounds; round++) {
    const slug = `bench-${count}-${round + 1}`;
    await server.call("POST", "/v1/apps", { json: { slug } });
    const files = app(count, salt());
    const started = performance.now();
    const { status, json } = await server.call("PUT", `/v1/apps/${slug}/files`, { json: { files } });
    const took = performance.now() - started;
    if (status !== 200 || json.status !== "ready") throw new Error(JSON.stringify(json));
    if (round < 0) continue;
    waited.push(took);
    spent.push(json.timings.total);
  }
  return { waited: median(waited), spent: median(spent) };
}

/** From sending a new app's upload to its first contentful paint; and from the answer to it. */
export async function paint(server, browser, count, rounds) {
  const sent = [];
  const accepted = [];
  for (let round = -1; round < rounds; round++) {
    const slug = `paint-${count}-${round + 1}`;
    await server.call("POST", "/v1/apps", { json: { slug } });
    const page = await browser.page();
    const started = Date.now();
    const { json } = await server.call("PUT", `/v1/apps/${slug}/files`, { json: { files: app(count, salt()) } });
    if (json.status !== "ready") throw new Error(JSON.stringify(json));
    const answered = Date.now();
    await page.goto(json.previewUrl);
    const painted = await page.evaluate(
      () =>
        new Promise((done) => {
          new PerformanceObserver((list) => {
            const [entry] = list.getEntriesByName("first-contentful-paint");
            if (entry) done(performance.timeOrigin + entry.startTime);
          }).observe({ type: "paint", buffered: true });
        }),
    );
    await page.context().close();
    if (round < 0) continue;
    sent.push(painted - started);
    accepted.push(painted - answered);
  }
  return { sent: median(sent), accepted: median(accepted) };
}
