// In what two looks, and two pages' consoles, differ.

const PARTS = ["", "::before", "::after", "::placeholder"];
const MODULE_CLASS = /(^|\s)_?([A-Za-z][\w-]*?)_[A-Za-z0-9_-]{5,}?(?:_\d+)?(?=\s|$)/g;
const NUMBER = /-?\d*\.?\d+(?:e-?\d+)?(px)?/g;

/** Names of CSS modules differ by how they are made unique: of classes, and of the keyframes that they run. */
const unhashed = (text) => text?.replace(MODULE_CLASS, "$1$2_…");
const plain = (name, value) => (name === "class" ? unhashed(value) : value);
const sameLine = (a, b) => close(a, b) || Boolean(a?.startsWith("animation-name: ") && unhashed(a) === unhashed(b));

/**
 * Whether two texts are the same but for what Lightning CSS, which keeps six digits, and the layout that adds them up make
 * of numbers.
 */
function close(a = "", b = "") {
  if (a === b) return true;
  if (a.replace(NUMBER, "0$1") !== b.replace(NUMBER, "0$1")) return false;
  const [as, bs] = [a.match(NUMBER) ?? [], b.match(NUMBER) ?? []];
  return as.every((text, at) => {
    const [x, y] = [parseFloat(text), parseFloat(bs[at])];
    return Math.abs(x - y) <= Math.max(text.endsWith("px") ? 0.1 : 0, 1e-3 * Math.abs(y));
  });
}

/** Two styles' lines that differ, as `[ours, theirs]`. */
function lines(ours, theirs) {
  const [mine, yours] = [ours, theirs].map((text) => new Map(text.split("\n").map((line) => [line.split(": ")[0], line])));
  const names = new Set([...mine.keys(), ...yours.keys()]);
  return [...names].map((name) => [mine.get(name), yours.get(name)]).filter(([a, b]) => !sameLine(a, b));
}

/** The texts of computed styles that `look` gave the hashes of. */
const texts = (page, keys) => page.evaluate((keys) => keys.map((key) => window.__look.styles.get(key) ?? ""), keys);

const summary = ({ path, text, attributes }) => `${path} ${JSON.stringify(attributes)} ${JSON.stringify(text.slice(0, 80))}`;

/** What differs but for styles, and of these the hashes that do. */
function documents(ours, theirs) {
  const found = [];
  const styles = [];
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const [mine, yours] = [ours[at], theirs[at]];
    if (mine?.path !== yours?.path || mine.tag !== yours.tag) {
      // From here on everything is shifted.
      found.push({ path: yours?.path ?? mine.path, what: "element", ours: mine && summary(mine), theirs: yours && summary(yours) });
      break;
    }
    const { path } = mine;
    if (mine.text !== yours.text) found.push({ path, what: "text", ours: mine.text, theirs: yours.text });
    if (mine.state !== yours.state) found.push({ path, what: "state", ours: mine.state, theirs: yours.state });
    for (const name of new Set([...Object.keys(yours.attributes), ...Object.keys(mine.attributes)])) {
      const [a, b] = [plain(name, mine.attributes[name]), plain(name, yours.attributes[name])];
      if (a !== b && !(name === "style" && close(a, b))) found.push({ path, what: `attribute ${name}`, ours: a, theirs: b });
    }
    for (const [part, pseudo] of PARTS.entries()) {
      const keys = [mine.styles[part], yours.styles[part]];
      if (keys[0] !== keys[1]) styles.push({ path: path + pseudo, keys });
    }
  }
  return { found, styles };
}

/**
 * In what looks at two pages differ, the document before its styles, as `{path, what, ours, theirs}`; `limit` at most, and
 * of each style some properties. What children inherit is told once.
 */
export async function differences([ourPage, ours], [theirPage, theirs], limit = 10) {
  const { found, styles } = documents(ours, theirs);
  if (styles.length && found.length < limit) {
    const [mine, yours] = await Promise.all([ourPage, theirPage].map((page, side) => texts(page, styles.map(({ keys }) => keys[side]))));
    const told = new Set();
    for (const [at, { path }] of styles.entries()) {
      const differing = lines(mine[at], yours[at]).filter((pair) => !told.has(pair.join()));
      for (const pair of differing) told.add(pair.join());
      const some = differing.slice(0, 8);
      if (some.length) found.push({ path, what: "computed style", ours: some.map(([a]) => a), theirs: some.map(([, b]) => b) });
    }
  }
  return found.slice(0, limit);
}

/** What a page said, threw and missed, without what tells one server from another; sorted. */
export function sayings(page) {
  const origin = new URL(page.url()).origin;
  const plain = (text) =>
    text.replace(/\n\s+at .*/g, "").replaceAll(origin, "").replace(/\/[\w@./-]+\.(?:m?[jt]sx?|js)(?:\?[\w=&.]*)?(?::\d+)*/g, "<file>").trim();
  // Both clients say that they are connected. The last is the driver's word on the probing of a canvas, which the step does itself, with an address in it.
  const noise = /^\[vite\]|^\[overskill\] connected|Download the React DevTools|GPU stall due to ReadPixels/;
  // What is verbose is the browser's own advice, given when it finds time.
  const said = page.said.filter(({ type, text }) => type !== "verbose" && !noise.test(text)).map(({ type, text }) => `${type}: ${plain(text)}`);
  const threw = page.threw.map((error) => `thrown: ${plain(String(error.message ?? error))}`);
  const missed = page.missed.map((each) => `failed: ${each.replaceAll(origin, "")}`);
  return [...said, ...threw, ...new Set(missed)].sort();
}
