// A local GitHub: the REST calls that publishing makes, over real Git repositories, for one App and one organisation. It
// checks who calls, counts requests against a limit, and can be told to fail, to be slow, and to be away.
import { createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Repository, answer, refused } from "./github-repository.mjs";

const APP = "4711";
const INSTALLATION = 99;
const OWNER = "acme";

const decoded = (text) => JSON.parse(Buffer.from(text, "base64url"));

export class GitHub extends EventEmitter {
  #server;
  #store;
  /** Outputs of runs, by the secret part of their addresses. */
  #outputs = new Map();
  #folder = mkdtempSync(join(tmpdir(), "overskill-github-"));
  #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  #tokens = new Map();
  #failures = [];
  #used = 0;
  repositories = new Map();
  /** `METHOD path`, in order. */
  requests = [];
  /** Whether connections are broken off. */
  away = false;
  /** What runs of workflows wait for in a state, besides their turn: state → promise. */
  waits = {};
  /** How many requests are granted until `reset`, in seconds since 1970. */
  limit = 5000;
  reset = Math.floor(Date.now() / 1000) + 3600;
  /** How long a token is good, in seconds. */
  tokenSeconds = 3600;

  /** `actions` is whether runs of workflows are done for real. */
  static async start({ actions = false } = {}) {
    const github = new GitHub();
    github.actions = actions;
    github.#server = createServer((request, response) => void github.#take(request, response));
    github.#store = createServer((request, response) => github.#give(request, response));
    for (const server of [github.#server, github.#store]) await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return github;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** What the background Worker is given; `format` is that of the key, `pkcs1` as GitHub gives it, or `pkcs8`. */
  secrets(format = "pkcs1") {
    return {
      GITHUB_APP_ID: APP,
      GITHUB_PRIVATE_KEY: this.#keys.privateKey.export({ type: format, format: "pem" }),
      GITHUB_OWNER: OWNER,
      GITHUB_API_URL: this.url,
      GITHUB_SETTLE_SECONDS: "1",
    };
  }

  /** Makes a repository, as a person would. */
  create(name, { description = "", isPrivate = false } = {}) {
    const site = `${this.url}/${OWNER}/${name}`;
    const repository = new Repository(join(this.#folder, `${name}.git`), { name, description, isPrivate, site, waits: this.waits, store: (bytes) => this.#sign(bytes) });
    repository.actions.real = this.actions;
    this.repositories.set(name.toLowerCase(), repository);
    return repository;
  }

  repository(name) {
    return this.repositories.get(name.toLowerCase());
  }

  /**
   * Makes requests that `pattern` matches, as `METHOD path`, fail: `{status, headers, message}` answers with it, `{hold: promise}`
   * waits first, `{lost: true}` does what is asked and breaks the connection off. `times` is how often. Returns a function
   * that ends it.
   */
  fail(pattern, { times = Infinity, ...how }) {
    const failure = { pattern, times, how };
    this.#failures.push(failure);
    return () => (failure.times = 0);
  }

  /** Takes every token back. */
  revoke() {
    this.#tokens.clear();
  }

  /** How many requests there were that `pattern` matches. */
  count(pattern) {
    return this.requests.filter((request) => pattern.test(request)).length;
  }

  /** Resolves when a request that `pattern` matches was answered. */
  async answered(pattern) {
    for (;;) {
      const [line] = await new Promise((done) => this.once("answered", (...told) => done(told)));
      if (pattern.test(line)) return line;
    }
  }

  async stop() {
    await Promise.all([...this.repositories.values()].map(({ actions }) => actions.stop()));
    for (const server of [this.#server, this.#store]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** An address, on another host, that gives these bytes for a minute. */
  #sign(bytes) {
    const secret = randomBytes(16).toString("hex");
    this.#outputs.set(secret, { bytes, until: Date.now() + 60_000 });
    return `http://127.0.0.1:${this.#store.address().port}/artifact.zip?sig=${secret}`;
  }

  #give(request, response) {
    const url = new URL(request.url, "http://store");
    const line = `STORE ${url.pathname}`;
    this.requests.push(line);
    const known = this.#outputs.get(url.searchParams.get("sig"));
    // As Azure does: what is signed twice is refused.
    const status = request.headers.authorization ? 400 : known?.until > Date.now() ? 200 : 403;
    const failure = this.#failures.find(({ pattern, times }) => times > 0 && pattern.test(line));
    if (failure) failure.times -= 1;
    response.writeHead(failure?.how.status ?? status, { "content-type": "application/zip" });
    response.end(!failure && status === 200 ? known.bytes : undefined);
    this.emit("answered", line);
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, this.url);
    const line = `${request.method} ${url.pathname}`;
    this.requests.push(line);
    if (this.away) {
      request.socket.destroy();
      return void this.emit("answered", line);
    }
    const failure = this.#failures.find(({ pattern, times }) => times > 0 && pattern.test(line));
    if (failure) failure.times -= 1;
    const { status, headers, message, hold, lost } = failure?.how ?? {};
    await hold;
    const told = status ? refused(status, message ?? "told to") : this.#answer(request, url, Buffer.concat(chunks));
    if (lost) {
      request.socket.destroy();
    } else {
      const body = told.body === undefined ? "" : JSON.stringify(told.body);
      response.writeHead(told.status, {
        ...(body && { "content-type": "application/json; charset=utf-8" }),
        "x-ratelimit-limit": this.limit,
        "x-ratelimit-remaining": Math.max(0, this.limit - this.#used),
        "x-ratelimit-reset": this.reset,
        ...told.headers,
        ...headers,
      });
      response.end(body);
    }
    this.emit("answered", line);
  }

  #answer(request, url, bytes) {
    const { authorization = "", "user-agent": agent } = request.headers;
    if (!agent) return refused(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header");
    const [scheme, credential = ""] = authorization.split(" ");
    if (!/^(bearer|token)$/i.test(scheme)) return refused(401, "Requires authentication");
    let body;
    try {
      body = bytes.length ? JSON.parse(bytes) : {};
    } catch {
      return refused(400, "Problems parsing JSON");
    }
    const parts = url.pathname.slice(1).split("/").map(decodeURIComponent);
    if (parts[0] === "app" || parts.at(-1) === "installation") return this.#asApp(request.method, parts, credential);
    const expires = this.#tokens.get(credential);
    if (!expires || expires <= Date.now()) return refused(401, "Bad credentials");
    if (++this.#used > this.limit) return refused(403, "API rate limit exceeded for installation ID 99.");
    return this.#asInstallation(request.method, parts, url.searchParams, body);
  }

  /** What the App itself may call, with a token that its key has signed. */
  #asApp(method, parts, credential) {
    const [header, claims, signature] = credential.split(".");
    const verify = createVerify("RSA-SHA256").update(`${header}.${claims}`);
    const good = signature && verify.verify(this.#keys.publicKey, Buffer.from(signature, "base64url"));
    if (!good || decoded(header).alg !== "RS256") return refused(401, "A JSON web token could not be decoded");
    const { iat, exp, iss } = decoded(claims);
    const now = Date.now() / 1000;
    if (exp <= now) return refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
    if (exp > now + 600) return refused(401, "'Expiration time' claim ('exp') is too far in the future");
    if (iat > now) return refused(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
    if (String(iss) !== APP) return refused(404, "Integration not found");
    if (method === "GET" && parts[0] === "orgs") {
      return parts[1] === OWNER ? answer(200, { id: INSTALLATION, account: { login: OWNER, type: "Organization" } }) : refused(404, "Not Found");
    }
    if (method === "POST" && parts.join("/") === `app/installations/${INSTALLATION}/access_tokens`) {
      const token = `ghs_${randomBytes(18).toString("hex")}`;
      const expires = Math.floor(Date.now() / 1000 + this.tokenSeconds) * 1000;
      this.#tokens.set(token, expires);
      return answer(201, { token, expires_at: new Date(expires).toISOString().replace(".000Z", "Z") });
    }
    return refused(404, "Not Found");
  }

  #asInstallation(method, parts, query, body) {
    if (method === "POST" && parts.join("/") === `orgs/${OWNER}/repos`) {
      const { name, description, private: isPrivate } = body;
      if (!/^[\w.-]{1,100}$/.test(name ?? "")) return refused(422, "Repository creation failed.");
      if (this.repository(name)) return refused(422, "Repository creation failed: name already exists on this account");
      return answer(201, this.create(name, { description, isPrivate }).shown());
    }
    const [kind, owner, name, ...rest] = parts;
    const repository = kind === "repos" && owner === OWNER && this.repository(name ?? "");
    return repository ? repository.answer(method, rest, query, body) : refused(404, "Not Found");
  }
}
