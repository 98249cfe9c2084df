// Asking what the page missed.
import { readEnvelope, type Sync } from "./envelope.ts";
import type { Position } from "./position.ts";
import type { World } from "./world.ts";

/** The page may not ask. */
export class Unauthorized extends Error {}

/** An answer takes no longer, or the question counts as failed. */
const WITHIN = 10_000;

export async function askSync(world: World, { epoch, seq }: Position): Promise<Sync> {
  const patience = new AbortController();
  const cancel = world.clock.after(WITHIN, () => patience.abort());
  try {
    const query = new URLSearchParams({ epoch, since: String(seq) });
    const answer = await world.fetch(`${world.origin}/__overskill/sync?${query}`, { cache: "no-store", signal: patience.signal });
    if (answer.status === 401 || answer.status === 403) throw new Unauthorized(String(answer.status));
    if (!answer.ok) throw new Error(`sync: ${answer.status}`);
    const sync = (await answer.json()) as Partial<Sync>;
    if (typeof sync.epoch !== "string" || !Number.isInteger(sync.seq) || !Array.isArray(sync.envelopes)) throw new Error("sync: malformed");
    return { epoch: sync.epoch, seq: sync.seq!, envelopes: sync.envelopes.map(readEnvelope).filter((envelope) => envelope !== undefined) };
  } finally {
    cancel();
  }
}
