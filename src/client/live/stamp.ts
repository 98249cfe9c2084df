// The page's stamp: which app, at which version, and where its news come from. See the contract of hot updates.

export type Mode = "auto" | "durable_object" | "action_cable" | "off";

export interface Stamp {
  v: 1;
  epoch: string;
  /** The version of the app's files that the page runs. */
  seq: number;
  app: string;
  hmr: Mode;
  /** Rails' cable, where there is one. */
  cable: string | null;
  token: string | null;
  /** Origins of editors that may listen. */
  editors: string[];
  /** Anything but `ready` is a page of ours: nothing of the app runs. */
  status: "ready" | "failed" | "empty";
}

/** Takes the stamp out of the document, so that the app never sees it. */
export function takeStamp(document: Document): Stamp | undefined {
  const element = document.getElementById("overskill-preview");
  if (!element) return undefined;
  element.remove();
  try {
    const stamp = JSON.parse(element.textContent ?? "") as Stamp;
    return stamp.v === 1 && typeof stamp.epoch === "string" && Number.isInteger(stamp.seq) ? stamp : undefined;
  } catch {
    return undefined;
  }
}
