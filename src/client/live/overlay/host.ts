// Elements of ours in the app's page: of no part of its layout, and out of its styles' reach.

type Child = Node | string | false | undefined;
type Attributes = Record<string, string | ((event: Event) => void) | undefined>;

/** An element; functions among the attributes are listeners. No markup is parsed: pages may forbid that. */
export function h<T extends keyof HTMLElementTagNameMap>(tag: T, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== false && child !== undefined));
  return element;
}

/**
 * A host with a shadow of its own. Its inline style is the strongest there is, and the sheet is made by script, which
 * policies against inline styles let pass.
 */
export function host(tag: string, style: string, css: string): { element: HTMLElement; shadow: ShadowRoot } {
  const element = document.createElement(tag);
  const rules = `all:initial;${style}`.split(";").filter(Boolean);
  element.style.cssText = rules.map((rule) => `${rule} !important`).join(";");
  const shadow = element.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  // The app has no business with what is typed and clicked here.
  for (const type of ["keydown", "keyup", "keypress", "click", "mousedown", "pointerdown", "focusin", "focusout"]) {
    element.addEventListener(type, (event) => event.stopPropagation());
  }
  return { element, shadow };
}
