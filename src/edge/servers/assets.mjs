// The app's files for its server code: `env.ASSETS`.
import { WorkerEntrypoint } from "cloudflare:workers";
import Edge from "../../../build/index.js";

/** Its `props` say whose files; `src/edge/servers/assets.rs` reads them. */
export class Assets extends WorkerEntrypoint {
  fetch(request) {
    return new Edge(this.ctx, this.env).fetch(request);
  }
}
