// What an app's server code fetches comes through here.
import { WorkerEntrypoint } from "cloudflare:workers";
import { passed } from "./rules.mjs";

/** Its `props` are the policy. */
export class Outbound extends WorkerEntrypoint {
  async fetch(request) {
    return passed(request, this.ctx.props);
  }
}
