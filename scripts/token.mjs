// The token that local calls to the control plane carry.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Stop, root } from "./run.mjs";

/** `OVERSKILL_TOKEN`, or the one that the set-up wrote. */
export function localToken() {
  const file = join(root, ".dev.vars");
  const written = existsSync(file) ? /^ADMIN_TOKEN=(.*)$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  const token = process.env.OVERSKILL_TOKEN || written;
  if (!token) throw new Stop("No token. Give one: --token, or OVERSKILL_TOKEN, or run `npm start` once");
  return token;
}
