// A word in the corner while the page isn't current, and the way back to errors that were put aside.
import { h, host } from "./overlay/host.ts";
import { BADGE } from "./overlay/style.ts";
import type { Link } from "./relay.ts";
import type { Cancel, Clock } from "./world.ts";

export interface State {
  link: Link;
  stale: boolean;
  /** Errors that the overlay doesn't show. */
  aside: number;
}

type Tone = "bad" | "warn" | "wait";

export interface Words {
  tone: Tone;
  text: string;
  /** What the button says, and which of the two things it does. */
  button?: ["reload" | "reopen", string];
  /** Shown only when it lasts. */
  lasting?: boolean;
}

/** What there is to say, the most important only. */
export function wordsFor({ link, stale, aside }: State): Words | undefined {
  if (stale) return { tone: "warn", text: "Out of date", button: ["reload", "Reload"] };
  if (link === "unauthorized") return { tone: "warn", text: "No live updates: not authorized", button: ["reload", "Reload"] };
  if (aside) return { tone: "bad", text: aside === 1 ? "1 error" : `${aside} errors`, button: ["reopen", "Show"] };
  switch (link) {
    case "offline":
      return { tone: "warn", text: "Offline", lasting: true };
    case "connecting":
      return { tone: "wait", text: "Connecting…", lasting: true };
    case "reconnecting":
      return { tone: "wait", text: "Reconnecting…", lasting: true };
    case "stopped":
      return { tone: "warn", text: "Live updates stopped", button: ["reload", "Reload"] };
    case "connected":
      return undefined;
  }
}

/** What passes sooner isn't worth a word. */
const LASTING = 1_000;
/** Screen readers tell of a live region only what changes in it once it is there. */
const SPOKEN = 100;
const CORNER = "position:fixed;right:12px;bottom:12px;z-index:2147483646;display:block";
const SHAPES: Record<Tone, string> = {
  bad: "M8 5v3.5M8 11.2v.1M8 1.5 15 14H1Z",
  warn: "M8 4.5v4M8 11.2v.1M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2Z",
  wait: "M14 8a6 6 0 1 1-2-4.5M12 .8v3h-3",
};

export class Badge {
  #clock: Clock;
  #do: Record<"reload" | "reopen", () => void>;
  #element: HTMLElement | undefined;
  #region: HTMLElement | undefined;
  #pending: Cancel | undefined;
  #said = "";

  constructor(clock: Clock, acts: Record<"reload" | "reopen", () => void>) {
    this.#clock = clock;
    this.#do = acts;
  }

  show(state: State): void {
    const words = wordsFor(state);
    const said = JSON.stringify(words ?? "");
    if (said === this.#said) return;
    this.#said = said;
    this.#pending?.();
    // With nothing to say it is no part of the page.
    if (!words) return this.#element?.remove();
    const fresh = !this.#region?.isConnected;
    if (words.lasting) this.#region?.replaceChildren();
    this.#pending = this.#clock.after(words.lasting ? LASTING : fresh ? SPOKEN : 0, () => {
      if (fresh) this.#attach();
      if (fresh && words.lasting) this.#pending = this.#clock.after(SPOKEN, () => this.#say(words));
      else this.#say(words);
    });
  }

  #attach(): void {
    const { element, shadow } = host("overskill-badge", CORNER, BADGE);
    this.#region = h("div", { class: "badge", role: "status", "aria-live": "polite" });
    shadow.append(this.#region);
    this.#element = element;
    document.documentElement.append(element);
  }

  #say({ tone, text, button }: Words): void {
    const icon = svg(SHAPES[tone]);
    icon.setAttribute("class", tone);
    const act = button && h("button", { type: "button", click: () => this.#do[button[0]]() }, button[1]);
    this.#region!.replaceChildren(icon, h("span", {}, text), ...(act ? [act] : []));
  }
}

function svg(shape: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  path.setAttribute("d", shape);
  icon.append(path);
  return icon;
}
