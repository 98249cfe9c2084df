// Class candidates: ours against upstream's own extractors, on generated classes and on the sources of packages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const { defaultExtractor } = require("tailwindcss-v3/lib/lib/defaultExtractor.js");
const { Scanner } = require("@tailwindcss/oxide");

/** What our crate finds in each text: a list of sets in the same order. */
function ours(version, items) {
  const parts = [];
  for (const { text, extension, separator = ":", prefix = "" } of items) {
    const bytes = Buffer.from(text);
    parts.push(Buffer.from(`${version} ${extension} ${bytes.length} ${separator} ${prefix || "-"}\n`), bytes);
  }
  const command = ["run", "--quiet", "--release", "-p", "overskill-candidates", "--example", "candidates"];
  const output = execFileSync("cargo", command, { cwd: root, input: Buffer.concat(parts), maxBuffer: 1 << 30 });
  const sets = [];
  let current = new Set();
  for (const candidate of output.toString().split("\0")) {
    if (candidate === "") {
      sets.push(current);
      current = new Set();
    } else current.add(candidate);
  }
  return sets;
}

function upstream3({ text, extension, separator = ":", prefix = "" }) {
  const extract = defaultExtractor({ tailwindConfig: { separator, prefix } });
  const content = extension === "svelte" ? text.replace(/(?:^|\s)class:/g, " ") : text;
  const found = new Set(content.split("\n").flatMap((line) => extract(line.trim())));
  found.delete("!*");
  found.delete("");
  return found;
}

function upstream4({ text, extension }) {
  return new Set(new Scanner({ sources: [] }).scanFiles([{ content: text, extension }]));
}

/** Asserts that both find the same in every text, and shows a few texts where they don't. */
function same(version, items, upstream) {
  const differences = [];
  for (const [at, found] of ours(version, items).slice(0, items.length).entries()) {
    const expected = upstream(items[at]);
    const missing = [...expected].filter((candidate) => !found.has(candidate));
    const extra = [...found].filter((candidate) => !expected.has(candidate));
    if (missing.length + extra.length > 0) differences.push({ ...items[at], text: items[at].text.slice(0, 200), missing, extra });
  }
  assert.deepEqual(differences.slice(0, 5), [], `${differences.length} of ${items.length} differ`);
}

/** A generator of numbers that is the same in every run. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function sources(folder, extensions, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sources(path, extensions, found);
    else if (entry.isFile() && extensions.has(extname(path).slice(1)) && statSync(path).size < 200_000) found.push(path);
  }
  return found;
}

/** Every so-manieth source of the installed packages. */
function sample(extensions, every) {
  const paths = sources(join(root, "node_modules/"), new Set(extensions)).sort();
  const chosen = paths.filter((_, at) => at % every === 0);
  return chosen.map((path) => ({ text: readFileSync(path, "utf8"), extension: extname(path).slice(1) }));
}

const pieces = ["flex", "px-4", "-", "[", "]", "(", ")", "{", "}", "'", '"', "`", ":", "/", "!", "@", "a", "b-", "[&>p]", "bg-[#fff]", "calc(1px+2px)", "\\", " ", "  ", "é", "😀", "\u00a0", ".", "..", "1", "0x1", "1e3", "<", ">", "=", "$", "#", "%", "[a:b]", "[x]", "hover:", "group-[.x]/y:", "@[10px]/n:", "@container", "tw-", "-tw-", "_", "w-1.5", "'[", "']", "\n", "!*"];

/** A class as an author might write it, or nearly. */
function written(number) {
  const pick = (list) => list[number(list.length)];
  const variant = () => pick(["hover", "md", "2xl", "*", "group-hover/side", "data-[state=open]", "[&_p]", "@sm", "@[20rem]", "supports-(--x)", "not-[.a]"]);
  const value = () => pick(["4", "1.5", "1/2", "[#fff]", "[calc(1px+2px)]", "(--brand)", "(color:--brand)", "red-500", "[url('/a.png')]", "['a']", "5%", "[a_b]", "["]);
  const utility = () => pick([`p-${value()}`, `-mt-${value()}`, "flex", "[mask:none]", "[--x:1px]", "@container", `bg-${value()}/50`, `bg-${value()}/[.5]`]);
  const variants = Array.from({ length: number(3) }, () => `${variant()}:`).join("");
  return pick([variants + utility(), `${variants}!${utility()}`, `${variants}${utility()}!`]);
}

function markup(number) {
  const classes = Array.from({ length: 1 + number(4) }, () => written(number));
  const list = classes.join(" ");
  const frames = [`<p class="${list}">`, `cn('${list}')`, `{ "${classes[0]}": on }`, `\`${list} \${x}\``, `<p>${list}</p>`, `clsx({ active: ${list} })`, `clsx({active: x, flex: y})`, `[${list}]`];
  return frames[number(frames.length)];
}

test("candidates of Tailwind 3 are upstream's on anything", () => {
  const number = numbers(3);
  const items = Array.from({ length: 20_000 }, () => ({
    text: Array.from({ length: 1 + number(14) }, () => pieces[number(pieces.length)]).join(""),
    extension: ["html", "tsx", "svelte"][number(3)],
    separator: [":", ":", "_", "__", "--"][number(5)],
    prefix: ["", "tw-"][number(2)],
  }));
  same("v3", items, upstream3);
  same("v3", Array.from({ length: 5_000 }, () => ({ text: markup(number), extension: "tsx" })), upstream3);
});

test("candidates of Tailwind 3 are upstream's in the sources of packages", () => {
  same("v3", sample(["tsx", "jsx", "js", "html", "md", "vue", "svelte"], 25), upstream3);
});

test("candidates of Tailwind 4 are upstream's in markup and programs", () => {
  const number = numbers(4);
  const extensions = ["html", "tsx", "json", "svelte", "vue"];
  const items = Array.from({ length: 20_000 }, () => ({ text: markup(number), extension: extensions[number(5)] }));
  same("v4", items, upstream4);
});

test("candidates of Tailwind 4 are upstream's in the sources of packages", () => {
  same("v4", sample(["tsx", "jsx", "ts", "mjs", "js", "html", "vue", "svelte", "css", "txt"], 25), upstream4);
});
