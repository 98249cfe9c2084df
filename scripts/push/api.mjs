// The control plane's calls that a push makes.
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { Stop } from "../run.mjs";

/** What the control plane refused, or could not do. */
export class Refused extends Stop {
  constructor(status, problem) {
    const { code, detail, requestId, title } = problem ?? {};
    super(`refused (${status}${code ? ` ${code}` : ""}): ${detail ?? title ?? "no reason given"}${requestId ? ` [${requestId}]` : ""}`);
    this.status = status;
    this.code = code;
  }
}

/** Nobody answers. */
export class Unreachable extends Stop {}

export class Api {
  #url;
  #token;

  constructor(url, token) {
    this.#url = new URL(url);
    this.#token = token;
  }

  /** One call; resolves to the answer's JSON, rejects with `Refused` or `Unreachable`. */
  #call(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { authorization: `Bearer ${this.#token}`, accept: "application/json" };
    if (text !== undefined) Object.assign(headers, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    const request = this.#url.protocol === "https:" ? secure : plain;
    return new Promise((done, failed) => {
      const lost = (error) => failed(new Unreachable(`${this.#url.origin} doesn't answer (${error.code ?? error.message}): is \`npm start\` running?`));
      const outgoing = request(new URL(path, this.#url), { method, headers }, (incoming) => {
        const chunks = [];
        incoming.on("data", (chunk) => chunks.push(chunk));
        incoming.on("error", lost);
        incoming.on("end", () => {
          const answer = parsed(Buffer.concat(chunks).toString());
          if (incoming.statusCode < 300) done(answer);
          else failed(new Refused(incoming.statusCode, answer));
        });
      });
      outgoing.on("error", lost);
      outgoing.end(text);
    });
  }

  /** Sees that an app is there. */
  async expectApp(slug) {
    try {
      await this.#call("GET", `/v1/apps/${encodeURIComponent(slug)}`);
    } catch (error) {
      if (error.code !== "app-not-found") throw error;
      await this.#call("POST", "/v1/apps", { slug });
    }
  }

  /** Replaces an app's whole tree. */
  replace(slug, files) {
    return this.#call("PUT", `/v1/apps/${encodeURIComponent(slug)}/files`, { files });
  }

  /** Changes an app's files: `{upsert, delete}`, one version. */
  change(slug, patch) {
    return this.#call("PATCH", `/v1/apps/${encodeURIComponent(slug)}/files`, patch);
  }

  /** Deploys a version; resolves when that is done. */
  deploy(slug, tier, version) {
    return this.#call("POST", `/v1/apps/${encodeURIComponent(slug)}/deployments`, { tier, version });
  }

  /** The paths and hashes of an app's files. */
  list(slug) {
    return this.#call("GET", `/v1/apps/${encodeURIComponent(slug)}/files`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
