// The overlay: what is wrong, over the page, until it is put right or put aside.
import type { Frame, Place, Problem } from "../problems.ts";
import { h, host } from "./host.ts";
import { OVERLAY } from "./style.ts";

export interface OverlayParts {
  dismiss(): void;
  /** Opens a place in the editor; undefined while none listens. */
  open(): ((place: Place) => void) | undefined;
}

const FOCUSABLE = "button, summary, pre[tabindex]";
const FULL = "position:fixed;inset:0;width:auto;height:auto;margin:0;padding:0;border:0;background:transparent;display:block;z-index:2147483647";
/** Lines of a stack that are shown. */
const FRAMES = 20;

export class Overlay {
  #parts: OverlayParts;
  #element: HTMLElement | undefined;
  #shadow: ShadowRoot | undefined;
  #shown: string | undefined;
  /** What had the focus before. */
  #before: HTMLElement | undefined;
  #takeFocus = () => this.#focus();

  constructor(parts: OverlayParts) {
    this.#parts = parts;
  }

  show(problems: Problem[]): void {
    const shown = JSON.stringify([problems, Boolean(this.#parts.open())]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const fresh = !this.#element?.isConnected;
    if (fresh) this.#attach();
    const shadow = this.#shadow!;
    const focused = shadow.activeElement;
    const at = focused ? [...shadow.querySelectorAll(FOCUSABLE)].indexOf(focused) : -1;
    const scrolled = shadow.querySelector(".list")?.scrollTop ?? 0;
    shadow.replaceChildren(this.#shade(problems));
    shadow.querySelector(".list")!.scrollTop = scrolled;
    if (fresh) this.#enter();
    else if (focused) (shadow.querySelectorAll<HTMLElement>(FOCUSABLE)[at] ?? this.#panel).focus({ preventScroll: true });
  }

  hide(): void {
    this.#shown = undefined;
    const element = this.#element;
    if (!element) return;
    this.#element = undefined;
    window.removeEventListener("focus", this.#takeFocus);
    const held = element.contains(document.activeElement);
    element.remove();
    if (held && this.#before?.isConnected) this.#before.focus({ preventScroll: true });
    this.#before = undefined;
  }

  get #panel(): HTMLElement {
    return this.#shadow!.querySelector<HTMLElement>(".panel")!;
  }

  #attach(): void {
    const { element, shadow } = host("overskill-overlay", FULL, OVERLAY);
    element.addEventListener("keydown", (event) => this.#key(event));
    this.#element = element;
    this.#shadow = shadow;
    // Beside the body, which is the app's to fill and to empty.
    document.documentElement.append(element);
    // Above dialogs of the app. A modal dialog would take the focus from the editor around the page.
    if ("popover" in element) {
      element.popover = "manual";
      element.showPopover();
    }
  }

  #enter(): void {
    const active = document.activeElement;
    this.#before = active instanceof HTMLElement && active !== document.body ? active : undefined;
    // Somebody may be typing in the editor that frames the page: then the focus waits until it comes here.
    if (document.hasFocus()) this.#focus();
    else window.addEventListener("focus", this.#takeFocus, { once: true });
  }

  #focus(): void {
    if (this.#element && !this.#element.contains(document.activeElement)) this.#panel.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      return this.#parts.dismiss();
    }
    if (event.key !== "Tab") return;
    const stops = [...this.#shadow!.querySelectorAll<HTMLElement>(FOCUSABLE)];
    const now = stops.indexOf(this.#shadow!.activeElement as HTMLElement);
    const next = event.shiftKey ? (now <= 0 ? stops.length - 1 : now - 1) : (now + 1) % stops.length;
    event.preventDefault();
    stops[next]?.focus();
  }

  #shade(problems: Problem[]): HTMLElement {
    const dismiss = () => this.#parts.dismiss();
    const errors = problems.filter(({ severity }) => severity === "error").length;
    const build = problems.some(({ phase }) => phase === "build");
    const panel = h(
      "div",
      { class: "panel", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "title", "aria-describedby": "first", tabindex: "-1" },
      h(
        "header",
        {},
        h("span", { class: "mark", "aria-hidden": "true" }),
        h("h1", { id: "title" }, build ? "The app doesn’t build" : "The app threw an error", errors > 1 && h("span", {}, `${errors} errors`)),
        h("button", { class: "close", type: "button", "aria-label": "Close", title: "Close (Esc)", click: dismiss }, "×"),
      ),
      h("div", { class: "list" }, ...problems.map((problem, at) => this.#problem(problem, at))),
      h("footer", {}, build ? "Goes away when the build is good again. " : "Goes away with the next update. ", h("kbd", {}, "Esc"), " puts it aside."),
    );
    const outside = (event: Event) => event.target === event.currentTarget && dismiss();
    return h("div", { class: "shade", click: outside }, panel);
  }

  #problem({ severity, label, message, place, frame, hint, frames, stack, count }: Problem, at: number): HTMLElement {
    return h(
      "article",
      { class: severity },
      h(
        "div",
        { class: "meta" },
        h("span", { class: "label" }, label),
        place && this.#place(place),
        count > 1 && h("span", { class: "times" }, `${count} times`),
      ),
      h("h2", at === 0 ? { id: "first" } : {}, message),
      frame ? source(frame) : undefined,
      hint ? h("p", { class: "hint" }, h("b", {}, "Hint "), hint) : undefined,
      frames?.length ? details(...frames.slice(0, FRAMES).map((frame) => this.#frame(frame))) : stack ? details(...raw(stack, message)) : undefined,
    );
  }

  #frame({ function: name, path, line, column }: Frame): HTMLElement {
    return h("li", {}, name || "(anonymous)", path ? this.#place({ path, line: line ?? null, column: column ?? null }) : undefined);
  }

  #place(place: Place): HTMLElement {
    const { path, line, column } = place;
    const text = [path, line, line && column].filter(Boolean).join(":");
    const open = this.#parts.open();
    return open ? h("button", { class: "place", type: "button", title: "Open in the editor", click: () => open(place) }, text) : h("span", { class: "place" }, text);
  }
}

/** Lines of source, the one in question marked. They scroll sideways, so they can be reached with the keyboard. */
function source(frame: string): HTMLElement {
  const lines = frame.split("\n").map((line) => {
    const kind = line.startsWith(">") ? "here" : /^\s*\|\s*\^+\s*$/.test(line) ? "caret" : "";
    return h("span", { class: kind }, line || " ");
  });
  return h("pre", { tabindex: "0", role: "group", "aria-label": "Source" }, ...lines);
}

const details = (...items: HTMLElement[]): HTMLElement => h("details", {}, h("summary", {}, "Stack"), h("ol", {}, ...items));

/** A stack as the browser has it, without the message that some repeat. */
function raw(stack: string, message: string): HTMLElement[] {
  const at = stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split("\n").filter((line) => line.trim());
  return lines.slice(0, FRAMES).map((line) => h("li", {}, line.trim()));
}
