// Where the page stands, and what an envelope means to it there.
import { isUpdate, type Envelope } from "./envelope.ts";

export interface Position {
  epoch: string;
  seq: number;
}

/**
 * What to do about an envelope: `apply` its patch · `advance` without one · `skip`, for the page has it already ·
 * `error`, the build's · `custom` · `gap`, updates before it are missing · `reload` · `foreign`, of another epoch or
 * a newer protocol.
 */
export type Verdict = "apply" | "advance" | "skip" | "error" | "custom" | "gap" | "reload" | "foreign";

/** `told` says that an envelope brought the page to `seq`; otherwise it was served so. */
export function judge({ epoch, seq }: Position, told: boolean, envelope: Envelope): Verdict {
  if (envelope.v !== 1 || envelope.epoch !== epoch) return "foreign";
  switch (envelope.kind) {
    case "custom":
      return "custom";
    case "build-error":
      // A page may be served with its newest version's number while that version's build fails.
      return envelope.seq > seq || (envelope.seq === seq && !told) ? "error" : "skip";
    case "full-reload":
      return envelope.seq > seq ? "reload" : "skip";
    case "build-ok":
      if (envelope.seq < seq) return "skip";
      return seq < envelope.base ? "gap" : "advance";
    default:
      if (!isUpdate(envelope) || envelope.seq <= seq) return "skip";
      return seq < envelope.base ? "gap" : "apply";
  }
}

/** The same for a page of ours, where nothing runs: whatever builds is worth a reload. */
export function judgeUnbuilt({ epoch, seq }: Position, envelope: Envelope): Verdict {
  if (envelope.v !== 1 || envelope.epoch !== epoch) return "foreign";
  if (envelope.kind === "custom") return "skip";
  // The page tells of the failure it was made for.
  if (envelope.kind === "build-error") return envelope.seq > seq ? "error" : "skip";
  return envelope.seq >= seq ? "reload" : "skip";
}
