// Which files are content: ours against upstream's scanner and its globbing, over trees on disk.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const { Scanner } = require("@tailwindcss/oxide");
const fastGlob = createRequire(require.resolve("tailwindcss-v3"))("fast-glob");
const { parseCandidateFiles } = require("tailwindcss-v3/lib/lib/content.js");

const places = [];
after(() => places.forEach((place) => rmSync(place, { recursive: true, force: true })));

/** A tree on disk; files without text hold a class. */
function tree(files) {
  const place = mkdtempSync(join(tmpdir(), "content-"));
  places.push(place);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text ?? "flex");
  }
  return place;
}

function ours(kind, lines) {
  return asked(kind, "-", lines.map((line) => `${line.join("\t")}\n`).join(""));
}

function asked(kind, extension, content) {
  const text = Buffer.from(content);
  const command = ["run", "--quiet", "--release", "-p", "overskill-candidates", "--example", "candidates"];
  const input = Buffer.concat([Buffer.from(`${kind} ${extension} ${text.length} : -\n`), text]);
  return execFileSync("cargo", command, { cwd: root, input }).toString().split("\0").filter(Boolean);
}

const named = (...paths) => Object.fromEntries(paths.map((path) => [path, undefined]));
const everything = ["", "**/*"];

const extensions = "js jsx ts tsx mjs cjs mts html vue svelte astro md mdx json yaml toml css scss sass less styl txt lock log map svg png jpg jpeg gif webp avif ico woff woff2 ttf otf eot mp3 mp4 webm wav pdf zip gz wasm sqlite db bin rs py rb php csv xml graphql sql prisma snap".split(" ");
const names = "package.json package-lock.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb .env .env.local .prettierrc tsconfig.json README LICENSE Dockerfile .DS_Store".split(" ");
const folders = "src public dist build node_modules .git .next .vercel .turbo .cache .yarn .github .vscode coverage vendor .venv __pycache__".split(" ");

const cases4 = {
  "what is detected": [named(...extensions.map((name) => `e/f.${name}`), ...names, ...folders.flatMap((name) => [`${name}/f.tsx`, `e/${name}/f.tsx`])), [everything]],
  "ignore files": [{ ...named("ig/a.tsx", "s/ig/a.tsx", "a.txt", "k.txt", "top.tsx", "s/top.tsx", "q/w/a.js", "dist/a.js", "dist/keep.js"), ".gitignore": "# no\nig/\n*.txt\n!k.txt\n/top.tsx\nq/**\ndist/*\n!dist/keep.js\n" }, [everything]],
  "ignore files in folders": [{ ...named("x.tsx", "s/x.tsx", "s/t/x.tsx", "s/y/a.tsx", "s/t/y/a.tsx"), "s/.gitignore": "x.tsx\n/y" }, [everything]],
  "a file that is ignored": [{ ...named("ig/a.tsx", "ig/b.png", "b.tsx"), ".gitignore": "ig" }, [everything, ["", "ig/a.tsx"]]],
  "a folder that is ignored": [{ ...named("ig/a.tsx", "ig/c/a.tsx", "ig/b.png", "b.tsx"), ".gitignore": "ig" }, [everything, ["", "./ig"]]],
  "a glob into what is ignored": [{ ...named("ig/a.tsx", "ig/c/a.tsx", "ig/b.png", "b.tsx"), ".gitignore": "ig" }, [everything, ["", "./ig/**/*.{tsx,png}"]]],
  "a folder that is not wanted": [named("l/a.js", "l/d/b.js", "b.tsx", "x/l/c.js"), [everything, ["", "./l", true]]],
  "a file that is not wanted": [named("l/a.js", "l/d/b.js", "b.tsx"), [everything, ["", "./l/a.js", true]]],
  "names that are not wanted": [named("l/a.js", "a.js", "b.tsx"), [everything, ["", "*.js", true]]],
  "names that are wanted nowhere": [named("l/a.js", "a.js", "b.tsx"), [everything, ["", "**/*.js", true]]],
  "a folder in one that is not wanted": [named("l/a.js", "l/d/b.js", "b.tsx"), [everything, ["", "./l", true], ["", "./l/d"]]],
  "not wanted, then wanted": [named("l/a.js", "l/d/b.js", "b.tsx"), [everything, ["", "./l/a.js", true], ["", "./l/a.js"]]],
  "wanted, then not wanted": [named("l/a.js", "l/d/b.js", "b.tsx"), [everything, ["", "./l/a.js"], ["", "./l/a.js", true]]],
  "no detection": [named("l/a.js", "l/d/b.js", "b.tsx"), [["", "./l/*.js"]]],
  "another folder": [named("l/a.js", "s/b.js"), [["s", "../l"]]],
  "braces": [named("l/a.js", "l/b.ts", "l/c.tsx", "m/a.js"), [["", "./{l,m}/*.{js,ts}"]]],
  "hidden files": [named("l/.a.js", "l/.d/b.js", "l/c.js"), [["", "./l/**/*.js"]]],
  "everything in one folder": [named("l/a.css", "l/b.scss", "l/c.lock", "l/d.png"), [["", "./l/*"]]],
  "sets": [named("l/a.js", "l/b.js", "l/c.js", "l/dd.js"), [["", "./l/[ab].js"], ["", "./l/??.js"]]],
  "folders with signs in their names": [named("(r)/a.js", "[x]/b.js"), [["", "./(r)/*.js"], ["", "./[x]/*.js"]]],
};

for (const [name, [files, sources]] of Object.entries(cases4)) {
  test(`content of Tailwind 4: ${name}`, () => {
    const place = tree(files);
    const scanner = new Scanner({ sources: sources.map(([base, pattern, negated = false]) => ({ base: join(place, base), pattern, negated })) });
    scanner.scan();
    const expected = scanner.files.map((path) => relative(place, path)).sort();
    const lines = sources.map(([base, pattern, negated = false]) => ["s", base, pattern, negated]);
    for (const [path, text] of Object.entries(files)) {
      if (path.endsWith(".gitignore")) lines.push(["g", dirname(path) === "." ? "" : dirname(path), text.replaceAll("\n", "\\n")]);
      lines.push(["p", path]);
    }
    assert.deepEqual(ours("content4", lines).sort(), expected);
  });
}

test("style sheets among the content of Tailwind 4 are read for the properties they use", () => {
  const sheet = "@apply flex p-4;@theme{--k:var(--l)}a{x:var(--f,var(--g));y:--h;z:var( --i);--j:var(--\u00e9)} .flex{c:var(--a\\.b)} /* var(--c) */ @property --p{} xvar(--q) VAR(--z) theme(--t)";
  const scanner = new Scanner({ sources: [{ base: tree({ "a.css": sheet }), pattern: "**/*", negated: false }] });
  assert.deepEqual(asked("v4", "css", sheet).sort(), scanner.scan().sort());
});

const app = named("index.html", "src/App.tsx", "src/main.js", "src/a/b/c.jsx", "src/a/.hidden.tsx", "src/.dot/x.tsx", "src/x.test.tsx", "src/a/y.stories.tsx", "src/style.css", "pages/[id].tsx", "pages/(group)/page.tsx", "components/ui/button.tsx", "components/a1.ts", "components/a2.ts", "public/i.html", "x.ts", ".storybook/p.ts");
const cases3 = [
  ["./index.html", "./src/**/*.{js,ts,jsx,tsx}"],
  ["./src/**/*.{ts,tsx,js,jsx}", "!./src/**/*.test.tsx", "!./src/**/*.stories.{ts,tsx}"],
  ["./**/*"],
  ["./**/*.tsx", "!./src/**"],
  ["src/*"],
  ["src/**"],
  ["./{src,components}/**/*.ts?(x)"],
  ["./src/**/*.@(ts|tsx)"],
  ["./src/**/!(*.test).tsx"],
  ["./src/**/!(*.test|*.stories).tsx"],
  ["./pages/**/*.{ts,tsx}"],
  ["./pages/[[]id].tsx"],
  ["./pages/(group)/*.tsx"],
  ["./components/a[12].ts"],
  ["./components/a{1..3}.ts"],
  ["./components/a?.ts"],
  ["./components/a[!1].ts"],
  ["./components/+(a|1|2).ts"],
  ["./*.{html,ts}"],
  ["./*"],
  ["**/*.html"],
  ["./src"],
  ["./src/.dot/*.tsx"],
  ["./.storybook/*.ts"],
  ["./src/a/../main.js"],
  ["./src/**/**/*.tsx"],
  ["./src/a**/*.jsx", "./src/a/**.tsx"],
];

for (const patterns of cases3) {
  test(`content of Tailwind 3: ${patterns.join(" ")}`, () => {
    const place = tree(app);
    const before = process.cwd();
    process.chdir(place);
    try {
      const parsed = parseCandidateFiles({ userConfigPath: null }, { content: { relative: false, files: patterns } });
      const expected = fastGlob.sync(parsed.map(({ pattern }) => pattern), { absolute: true });
      const lines = [...patterns.map((pattern) => ["s", pattern]), ...Object.keys(app).map((path) => ["p", path])];
      assert.deepEqual(ours("content3", lines).sort(), expected.map((path) => relative(place, path)).sort());
    } finally {
      process.chdir(before);
    }
  });
}
