// A folder to an app: the whole of it once, and then, where it is watched, each batch of what changed.
import { statSync } from "node:fs";
import { basename } from "node:path";
import { Stop } from "../run.mjs";
import { Refused, Unreachable } from "./api.mjs";
import { Folder, content, difference } from "./folder.mjs";
import { report } from "./report.mjs";
import { Watcher } from "./watch.mjs";

/** When a control plane that didn't answer is tried again, in milliseconds. */
const AGAIN = 2_000;
const LONGEST_SLUG = 40;

/** A folder's name as a slug: what a slug can't hold becomes a dash. */
export function slugOf(folder) {
  const slug = basename(folder).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-/, "").slice(0, LONGEST_SLUG).replace(/-$/, "");
  if (!slug) throw new Stop(`${basename(folder)} makes no slug. Name one: --slug`);
  return slug;
}

export class Upload {
  #api;
  #slug;
  #folder;
  #print;
  #paint;
  /** What the app's files are, as far as the last answer told. */
  #sent = new Map();

  /** `print` takes lines, `paint` colours them (see `report.mjs`). */
  constructor({ api, slug, folder, print, paint }) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Stop(`${folder} is no folder`);
    this.#api = api;
    this.#slug = slug;
    this.#folder = new Folder(folder);
    this.#print = print;
    this.#paint = paint;
  }

  /** Uploads the whole folder, to an app that is created if need be; resolves to the answer. */
  async all() {
    const { files } = await this.#folder.read();
    return this.#replace(files);
  }

  /** Deploys the version that was uploaded and says where it is; resolves to whether it is served. */
  async deploy(tier, version) {
    const { state, url, tierUrl, timings, files, bytes, addedBytes, diagnostics } = await this.#api.deploy(this.#slug, tier, version);
    if (state !== "live") {
      this.#print(`${tier} deployment ${state}${diagnostics.length ? `: ${diagnostics[0].message}` : ""}`);
      return false;
    }
    this.#print(`${tier} live in ${timings.total.toFixed(0)} ms: ${files} files, ${bytes} bytes, ${addedBytes} of them new`);
    this.#print(`${url}\n${tierUrl}`);
    return true;
  }

  /** Uploads the whole folder, then what changes, until `signal` aborts. No error ends it. */
  async watch(signal) {
    let wake;
    let dirty = true;
    const touch = () => {
      dirty = true;
      wake?.();
    };
    const watcher = new Watcher(touch);
    signal.addEventListener("abort", () => wake?.());
    while (!signal.aborted) {
      if (!dirty) await new Promise((done) => (wake = done));
      if (signal.aborted) break;
      dirty = false;
      if (await this.#once(watcher, touch)) this.#print(this.#paint("dim", "watching; Ctrl-C ends"));
    }
    watcher.close();
  }

  /** Sends what is not sent yet; resolves to whether anything was. */
  async #once(watcher, touch) {
    try {
      let { files, folders } = await this.#folder.read();
      while (watcher.follow(folders)) ({ files, folders } = await this.#folder.read());
      return await this.#bring(files);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      this.#print(`${this.#paint("red", "✗")} ${error.message}`);
      if (error instanceof Unreachable) setTimeout(touch, AGAIN).unref();
      return false;
    }
  }

  async #bring(files) {
    if (!this.#sent.size) return this.#replace(files);
    const patch = difference(this.#sent, files);
    if (!patch) return undefined;
    try {
      return await this.#send(files, () => this.#api.change(this.#slug, patch));
    } catch (error) {
      // The app, or a file in it, was removed by someone else: what is here is what shall be there.
      if (error instanceof Refused && error.status === 404) return this.#replace(files);
      throw error;
    }
  }

  async #replace(files) {
    await this.#api.expectApp(this.#slug);
    const tree = Object.fromEntries([...files].map(([path, { bytes }]) => [path, content(bytes)]));
    return this.#send(files, () => this.#api.replace(this.#slug, tree));
  }

  async #send(files, call) {
    const started = performance.now();
    const written = await call();
    this.#sent = files;
    this.#print(report(written, performance.now() - started, this.#paint));
    return written;
  }
}
