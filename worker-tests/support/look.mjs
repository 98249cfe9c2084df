// What a page shows, in a form in which two pages that serve the same app can be held against each other.

/** Run in the page before anything else: the real `fetch`, which the app may replace. */
export function prepare() {
  const { fetch } = window;
  Object.defineProperty(window, "__look", { value: { fetch: fetch.bind(window), known: new Map(), styles: new Map() } });
}

/**
 * Run in the page: every element in document order, as `{path, tag, text, attributes, state, styles}`; `styles` are
 * hashes of the computed style of the element and of its generated content. Finite animations are finished, others are
 * put at their start. Addresses of files stand as hashes of what is there, so that it does not matter where it is.
 */
export async function look() {
  const { fetch, known, styles } = window.__look;
  const LEFT_OUT = new Set(["SCRIPT", "STYLE", "LINK", "NOSCRIPT", "TEMPLATE", "VITE-ERROR-OVERLAY"]);
  const ADDRESSES = new Set(["src", "srcset", "poster", "data"]);
  const hash = (text) => {
    let [a, b] = [0xdeadbeef, 0x41c6ce57];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
    return ((a >>> 0) * 2 ** 21 + (b >>> 11)).toString(36);
  };

  for (const animation of document.getAnimations()) {
    const { endTime } = animation.effect?.getComputedTiming() ?? {};
    if (Number.isFinite(endTime)) animation.finish();
    else {
      animation.pause();
      animation.currentTime = 0;
    }
  }
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.complete || new Promise((done) => (image.onload = image.onerror = done))));

  const content = async (address) => {
    const url = new URL(address, document.baseURI).href;
    if (!/^(data:|https?:)/.test(url)) return url.replace(/^blob:.*/s, "blob:");
    if (/^https?:/.test(url) && new URL(url).origin !== location.origin) return url;
    if (!known.has(url)) {
      known.set(url, fetch(url).then(async (response) => {
        let text = new TextDecoder("latin1").decode(await response.arrayBuffer());
        // Vite writes SVG into addresses with other quotes and less white space.
        if (/^\s*<(svg|\?xml)/.test(text)) text = text.replaceAll("'", '"').replace(/>\s+</g, "><").replace(/\s+/g, " ").trim();
        return `${response.status} ${hash(text)}`;
      }));
    }
    return `file(${await known.get(url)})`;
  };
  const replaced = async (text) => {
    if (!text.includes("url(")) return text;
    const parts = text.split(/(url\((?:"[^"]*"|'[^']*'|[^)]*)\))/);
    const each = parts.map((part, at) => (at % 2 && !/^url\(["']?#/.test(part) ? content(part.slice(4, -1).replace(/^["']|["']$/g, "")) : part));
    return (await Promise.all(each)).join("");
  };

  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  const COLOUR = /color-mix\((?:[^()]|\([^()]*\))*\)|#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([^()]*\)|\b(?:transparent|white|black|currentcolor)\b/gi;
  // A custom property is text, and the same may be written in more than one way.
  const canonical = (name, value) => {
    if (!name.startsWith("--")) return value;
    const colour = (text) => {
      if (!CSS.supports("color", text)) return text;
      canvas.fillStyle = "#010203";
      canvas.fillStyle = text;
      return canvas.fillStyle;
    };
    const number = (text) => Number(Number(text).toPrecision(6));
    return value.replace(COLOUR, colour).replaceAll("'", '"').replace(/(?<![\w-])\d*\.\d+/g, number).replace(/\s+/g, " ").replace(/ ?([,/()]) ?/g, "$1").trim();
  };

  const style = async (element, pseudo) => {
    const computed = getComputedStyle(element, pseudo);
    if (pseudo && /^(none|normal)$/.test(computed.content)) return "";
    const lines = Array.from(computed, (name) => `${name}: ${canonical(name, computed.getPropertyValue(name))}`);
    let text = lines.sort().join("\n");
    // Lightning CSS works constant colours out, to whole numbers.
    text = text.replace(/color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)\)/g, (_, ...parts) => `rgb(${parts.slice(0, 3).map((part) => Math.round(part * 255)).join(", ")})`);
    text = await replaced(text);
    const key = hash(text);
    styles.set(key, text);
    return key;
  };

  const nodes = [];
  const visit = async (element, path) => {
    const node = { path, tag: element.tagName, attributes: {}, state: "" };
    nodes.push(node);
    node.text = [...element.childNodes].filter((each) => each.nodeType === Node.TEXT_NODE).map((each) => each.data).join("");
    if (!node.text.trim()) node.text = "";
    for (const { name, value } of element.attributes) {
      if (ADDRESSES.has(name)) node.attributes[name] = (await Promise.all(value.split(", ").map((each) => content(each.split(" ")[0])))).join();
      else node.attributes[name] = (await replaced(value)).replaceAll(location.origin, "");
    }
    if ("value" in element && typeof element.value !== "object") node.state += `value ${element.value} `;
    if ("checked" in element) node.state += `checked ${element.checked} `;
    if ("naturalWidth" in element) node.state += `image ${element.naturalWidth}×${element.naturalHeight} `;
    if (element === document.activeElement) node.state += "focus ";
    if (element.scrollTop || element.scrollLeft) node.state += `scrolled ${element.scrollLeft} ${element.scrollTop}`;
    node.styles = [await style(element), await style(element, "::before"), await style(element, "::after")];
    if (element.placeholder) node.styles.push(await style(element, "::placeholder"));
    const count = {};
    for (const child of element.children) {
      if (LEFT_OUT.has(child.tagName)) continue;
      const name = child.localName;
      count[name] = (count[name] ?? 0) + 1;
      await visit(child, `${path} > ${name}${child.id && !/[«:_]/.test(child.id) ? `#${child.id}` : count[name] > 1 ? `:${count[name]}` : ""}`);
    }
  };
  await visit(document.documentElement, "html");
  return nodes;
}
