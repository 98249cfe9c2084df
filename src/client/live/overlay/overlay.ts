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
const NOWHERE = "display:contents";
/** Lines of a stack that are shown. */
const FRAMES = 20;

export class Overlay {
  #parts: OverlayParts;
  #element: HTMLElement | undefined;
  #dialog: HTMLDialogElement | undefined;
  #shown: string | undefined;
  /** What had the focus before. */
  #before: HTMLElement | undefined;
  #takeFocus = () => this.#dialog?.focus({ preventScroll: true });

  constructor(parts: OverlayParts) {
    this.#parts = parts;
  }

  show(problems: Problem[]): void {
    const shown = JSON.stringify([problems, Boolean(this.#parts.open())]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const fresh = !this.#element?.isConnected;
    if (fresh) this.#attach();
    const dialog = this.#dialog!;
    const stops = this.#stops;
    const at = stops.indexOf(this.#focused!);
    const scrolled = dialog.querySelector(".list")?.scrollTop ?? 0;
    dialog.replaceChildren(this.#panel(problems));
    dialog.querySelector(".list")!.scrollTop = scrolled;
    if (fresh) this.#open();
    else if (at >= 0) (this.#stops[at] ?? dialog).focus({ preventScroll: true });
  }

  hide(): void {
    this.#shown = undefined;
    const element = this.#element;
    if (!element) return;
    window.removeEventListener("focus", this.#takeFocus);
    const held = this.#focused !== null;
    element.remove();
    this.#element = this.#dialog = undefined;
    if (held && this.#before?.isConnected) this.#before.focus({ preventScroll: true });
    this.#before = undefined;
  }

  get #focused(): HTMLElement | null {
    return this.#element!.shadowRoot!.activeElement as HTMLElement | null;
  }

  get #stops(): HTMLElement[] {
    return [...this.#dialog!.querySelectorAll<HTMLElement>(FOCUSABLE)];
  }

  #attach(): void {
    const { element, shadow } = host("overskill-overlay", NOWHERE, OVERLAY);
    const dismiss = (event: Event) => {
      event.preventDefault();
      this.#parts.dismiss();
    };
    const outside = (event: Event) => event.target === event.currentTarget && dismiss(event);
    const labels = { role: "alertdialog", "aria-modal": "true", "aria-labelledby": "title", "aria-describedby": "first", tabindex: "-1" };
    this.#dialog = h("dialog", { ...labels, click: outside, cancel: dismiss });
    shadow.append(this.#dialog);
    element.addEventListener("keydown", (event) => this.#key(event));
    this.#element = element;
    // Beside the body, which is the app's to fill and to empty.
    document.documentElement.append(element);
  }

  /** Modal, because dialogs of the app may be; they would lie above it and take its clicks. */
  #open(): void {
    const dialog = this.#dialog!;
    const active = document.activeElement;
    this.#before = active instanceof HTMLElement && active !== document.body ? active : undefined;
    // Somebody may be typing in the editor that frames the page: then the focus waits until it comes here.
    const mayFocus = document.hasFocus();
    dialog.inert = !mayFocus;
    dialog.showModal();
    dialog.inert = false;
    if (mayFocus) this.#takeFocus();
    else window.addEventListener("focus", this.#takeFocus, { once: true });
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      return this.#parts.dismiss();
    }
    if (event.key !== "Tab") return;
    const stops = this.#stops;
    const now = stops.indexOf(this.#focused!);
    const next = event.shiftKey ? (now <= 0 ? stops.length - 1 : now - 1) : (now + 1) % stops.length;
    event.preventDefault();
    stops[next]?.focus();
  }

  #panel(problems: Problem[]): HTMLElement {
    const errors = problems.filter(({ severity }) => severity === "error").length;
    const build = problems.some(({ phase }) => phase === "build");
    return h(
      "div",
      { class: "panel" },
      h(
        "div",
        { class: "head" },
        h("span", { class: "mark", "aria-hidden": "true" }),
        h("h1", { id: "title" }, build ? "The app doesn’t build " : "The app threw an error ", errors > 1 && h("span", {}, `${errors} errors`)),
        h(
          "button",
          { class: "close", type: "button", "aria-label": "Close", title: "Close (Esc)", click: () => this.#parts.dismiss() },
          h("span", { "aria-hidden": "true" }, "×"),
        ),
      ),
      h("div", { class: "list" }, ...problems.map((problem, at) => this.#problem(problem, at))),
      h("div", { class: "foot" }, build ? "Goes away when the build is good again. " : "Goes away with the next update. ", h("kbd", {}, "Esc"), " puts it aside."),
    );
  }

  #problem({ severity, label, message, place, frame, hint, frames, stack, count }: Problem, at: number): HTMLElement {
    return h(
      "article",
      { class: severity },
      h(
        "div",
        { class: "meta" },
        h("span", { class: "label" }, severity === "error" ? label : `${severity}: ${label}`),
        place && this.#place(place),
        count > 1 && h("span", { class: "times" }, `${count} times`),
      ),
      h("h2", at === 0 ? { id: "first" } : {}, ...prose(message)),
      frame ? source(frame) : undefined,
      hint ? h("p", { class: "hint" }, h("b", {}, "Hint "), ...prose(hint)) : undefined,
      frames?.length ? details(...frames.slice(0, FRAMES).map((frame) => this.#frame(frame))) : stack ? details(...raw(stack, message)) : undefined,
    );
  }

  #frame({ function: name, path, line, column }: Frame): HTMLElement {
    return h("li", {}, name || "(anonymous)", " ", path ? this.#place({ path, line: line ?? null, column: column ?? null }) : undefined);
  }

  #place(place: Place): HTMLElement {
    const { path, line, column } = place;
    const text = [path, line, line && column].filter(Boolean).join(":");
    const open = this.#parts.open();
    return open ? h("button", { class: "place", type: "button", title: "Open in the editor", click: () => open(place) }, text) : h("span", { class: "place" }, text);
  }
}

/** Text with its code, between backticks, set as code. */
function prose(text: string): (Node | string)[] {
  return text.split(/`([^`\n]+)`/).map((part, at) => (at % 2 ? h("code", {}, part) : part));
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
