// A local npm registry, fed from installed packages: it counts what it is asked, and can be told to fail.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../../scripts/run.mjs";
import { tar } from "./tar.mjs";

const installed = join(root, "node_modules");
/** What the abbreviated form tells of a version, besides its `dist`. */
const TOLD = ["name", "version", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta", "bin", "engines", "os", "cpu"];

/** Files of an installed package, by path; nested `node_modules` are packages of their own. */
function packed(folder, prefix = "package") {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const [place, name] = [join(folder, entry.name), `${prefix}/${entry.name}`];
      return entry.isDirectory() ? packed(place, name) : [{ name, text: readFileSync(place) }];
    });
}

/** Adds every package below a `node_modules` to `found`, name → folders; the name is the manifest's own, not an alias. */
function index(modules, found) {
  for (const entry of readdirSync(modules).sort()) {
    const scoped = entry.startsWith("@");
    for (const name of scoped ? readdirSync(join(modules, entry)).map((each) => `${entry}/${each}`) : [entry]) {
      const folder = join(modules, name);
      if (!existsSync(join(folder, "package.json"))) continue;
      const { name: real } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const folders = found.get(real) ?? [];
      // The one that npm hoisted under its own name is the latest.
      if (folder === join(installed, real)) folders.unshift(folder);
      else folders.push(folder);
      found.set(real, folders);
      if (existsSync(join(folder, "node_modules"))) index(join(folder, "node_modules"), found);
    }
  }
  return found;
}

export class Registry {
  #server;
  #installed;
  #packages = new Map();
  #failures = [];
  #protected = [];
  /** URL path → how often it was asked for. */
  requests = new Map();

  /** Starts one that has every package of `node_modules`; `port` 0 takes any. */
  static async start(port = 0) {
    const registry = new Registry();
    registry.#server = createServer((request, response) => void registry.#answer(request, response));
    await new Promise((done) => registry.#server.listen(port, "127.0.0.1", done));
    return registry;
  }

  /** What `NPM_REGISTRY` is set to. */
  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  /** How many requests there were, for paths that `pattern` matches. */
  count(pattern = /^/) {
    let sum = 0;
    for (const [path, times] of this.requests) if (pattern.test(path)) sum += times;
    return sum;
  }

  /**
   * Publishes a version that isn't installed, or one beside it: `files` are path → text, `package.json` among them.
   */
  publish(files) {
    const manifest = JSON.parse(files["package.json"]);
    const entries = Object.keys(files).sort().map((path) => ({ name: `package/${path}`, text: files[path] }));
    this.#add(manifest, gzipSync(tar(entries)));
  }

  /**
   * Makes requests for paths that `pattern` matches fail: `{status, headers}` answers with it, `{corrupt: true}` sends other
   * bytes, `{hold: promise}` waits for it first. `times` is how often, for ever by default. Returns a function that ends
   * it.
   */
  fail(pattern, { times = Infinity, ...how }) {
    const failure = { pattern, times, how };
    this.#failures.push(failure);
    return () => (failure.times = 0);
  }

  /** From now on paths that `pattern` matches are answered only to who shows `token`. */
  protect(pattern, token) {
    this.#protected.push({ pattern, token });
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #add(manifest, tarball) {
    const { name, version } = manifest;
    const file = `${name.split("/").at(-1)}-${version}.tgz`;
    const known = this.#packages.get(name) ?? { versions: {}, tarballs: new Map() };
    known.versions[version] = {
      ...Object.fromEntries(TOLD.filter((key) => key in manifest).map((key) => [key, manifest[key]])),
      dist: {
        integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
        shasum: createHash("sha1").update(tarball).digest("hex"),
        file,
      },
    };
    known.tarballs.set(file, tarball);
    known.latest ??= version;
    this.#packages.set(name, known);
  }

  /** A package as published or installed, in every version that `node_modules` has; packed when first asked for. */
  #package(name) {
    if (!this.#packages.has(name)) {
      this.#installed ??= index(installed, new Map());
      for (const folder of this.#installed.get(name) ?? []) {
        const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        if (this.#packages.get(name)?.versions[manifest.version]) continue;
        this.#add(manifest, gzipSync(tar(packed(folder))));
      }
    }
    return this.#packages.get(name);
  }

  async #answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, this.url).pathname);
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
    const guard = this.#protected.find(({ pattern }) => pattern.test(path));
    if (guard && request.headers.authorization !== `Bearer ${guard.token}`) return void response.writeHead(401).end();
    const failure = this.#failures.find(({ pattern, times }) => times > 0 && pattern.test(path));
    if (failure) failure.times -= 1;
    const { status, headers, corrupt, hold } = failure?.how ?? {};
    await hold;
    if (status) return void response.writeHead(status, headers).end();
    const [, name, file] = /^\/((?:@[^/]+\/)?[^/@][^/]*)(?:\/-\/([^/]+))?$/.exec(path) ?? [];
    const found = name && this.#package(name);
    const body = found && (file ? found.tarballs.get(file) : Buffer.from(JSON.stringify(this.#packument(name, found))));
    if (!body) return void response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
    const type = file ? "application/octet-stream" : "application/vnd.npm.install-v1+json";
    const sent = corrupt ? Buffer.concat([body.subarray(0, -1), Buffer.from([body.at(-1) ^ 1])]) : body;
    response.writeHead(200, { "content-type": type, "content-length": sent.length }).end(sent);
  }

  #packument(name, { versions, latest }) {
    const told = Object.entries(versions).map(([version, { dist: { file, ...dist }, ...about }]) => [
      version,
      { ...about, dist: { ...dist, tarball: `${this.url}${name}/-/${file}` } },
    ]);
    return { name, "dist-tags": { latest }, versions: Object.fromEntries(told) };
  }
}
