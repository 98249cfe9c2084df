// What stands around server code that runs from a dispatch namespace: its outbound Worker, and its tail Worker.
import { tell } from "./events.mjs";
import { passed } from "./rules.mjs";
import { computed } from "./usage.mjs";

/** What a tail doesn't know: which build it was. The deployment tells. */
const UNKNOWN = "0".repeat(64);

export default {
  fetch(request, { policy }) {
    return passed(request, JSON.parse(policy).outbound);
  },

  /** Scripts are named by app and deployment. */
  async tail(traced, env, ctx) {
    for (const [name, own] of Map.groupBy(traced, ({ scriptName }) => scriptName ?? "")) {
      const at = name.lastIndexOf("-");
      if (at <= 0) continue;
      const app = name.slice(0, at);
      computed(own, app, env, ctx);
      await tell(env.APPS, own, { app, hash: UNKNOWN, deployment: name.slice(at + 1) });
    }
  },
};
