// What an app's server code says and throws comes here.
import { WorkerEntrypoint } from "cloudflare:workers";
import { tell } from "./events.mjs";
import { computed } from "./usage.mjs";

/** Its `props` say which app's code it is, and of which deployment. */
export class ServerLog extends WorkerEntrypoint {
  async tail(traced) {
    const { app } = this.ctx.props;
    computed(traced, app, this.env, this.ctx);
    await tell(this.env.APPS, traced, this.ctx.props);
  }
}
