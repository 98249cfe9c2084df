// Starts the live client on a page that was stamped.
import { apply, events, setReload, setSender } from "../hot/index.ts";
import { start } from "./client.ts";
import { scripts } from "./patch.ts";
import { takeStamp } from "./stamp.ts";
import { browser } from "./world.ts";

const stamp = takeStamp(document);
if (stamp) {
  const { __overskill__ } = globalThis as unknown as { __overskill__: Parameters<typeof scripts>[1] };
  const world = browser();
  setSender((event) => world.log.debug(`nobody listens to ${event} on the server`));
  const follow = start(stamp, world, scripts(document, __overskill__), { apply, emit: (event, data) => events.emit(event, data) });
  setReload((reason) => follow.reload(reason));
}
