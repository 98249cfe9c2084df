// What does not compile, does not load, or throws: the app lives on, and heals.
import { page } from "../support/hot-tree.mjs";

const show = 'const show = (text) => { document.querySelector("#root").textContent = text };\n';
/** An app whose modules accept themselves, so that nothing needs a reload. */
const hot = {
  "src/main.js": 'import "./a.js";\nimport "./b.js";\n',
  "src/a.js": 'document.querySelector("#a").textContent = "a1";\nimport.meta.hot.accept();\n',
  "src/b.js": 'document.querySelector("#b").textContent = "b1";\nimport.meta.hot.accept();\n',
};

/** The same with TypeScript, where Vite, too, tells the line of an error. */
const { "src/a.js": a, ...rest } = hot;
const typed = { ...rest, "src/main.js": 'import "./a.ts";\nimport "./b.js";\n', "src/a.ts": a.replace('("#a")', '("#a")!').replace("hot.", "hot!.") };

const html = page({ body: '<p id="a"></p><p id="b"></p><input id="typed">' });

export default [
  {
    name: "a syntax error leaves the app alive under an overlay that names the place; the fix goes in without a reload",
    covers: [16, 39],
    files: { "index.html": html, ...typed },
    start: { text: { "#a": "a1", "#b": "b1" } },
    steps: [
      { act: [["fill", "#typed", "kept"]], edit: { "src/a.ts": ["a1", "a2"] }, expect: { text: { "#a": "a2" }, values: { "#typed": "kept" } } },
      { edit: { "src/a.ts": 'document.querySelector("#a")!.textContent = "a3";\nimport.meta.hot!.accept(;\n' }, expect: { text: { "#a": "a2", "#b": "b1" }, values: { "#typed": "kept" }, overlay: ["src/a.ts", ":2:"] } },
      { edit: { "src/a.ts": 'document.querySelector("#a")!.textContent = "a4";\nimport.meta.hot!.accept();\n' }, expect: { text: { "#a": "a4" }, values: { "#typed": "kept" } } },
    ],
    vite: "same",
  },
  {
    name: "an error as the first thing that happens to a page needs no reload, either",
    covers: [16],
    files: { "index.html": html, ...hot },
    start: { text: { "#a": "a1", "#b": "b1" } },
    steps: [
      { edit: { "src/a.js": "nothing(;\n" }, expect: { text: { "#a": "a1" }, overlay: ["src/a.js"] } },
      { edit: { "src/a.js": 'document.querySelector("#a").textContent = "a2";\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "a2" } } },
    ],
    vite: "same",
  },
  {
    name: "an edit of another file while one is broken is not lost",
    covers: [17],
    files: { "index.html": html, ...hot },
    steps: [
      { edit: { "src/b.js": ["b1", "b2"] }, expect: { text: { "#b": "b2" } } },
      { edit: { "src/a.js": "nothing(;\n" }, expect: { overlay: ["src/a.js"] } },
      { edit: { "src/b.js": ["b2", "b3"] }, fence: false, expect: { said: [], errors: true } },
      { edit: { "src/a.js": 'document.querySelector("#a").textContent = "a2";\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "a2", "#b": "b3" } } },
    ],
    vite: "same",
  },
  {
    name: "while a file is broken the overlay stays, whatever else is edited",
    covers: [17],
    files: { "index.html": html, ...hot },
    steps: [
      { edit: { "src/b.js": ["b1", "b2"] }, expect: { text: { "#b": "b2" } } },
      { edit: { "src/a.js": "nothing(;\n" }, expect: { overlay: ["src/a.js"] } },
      { batches: [{ "src/b.js": ["b2", "b3"] }, { "src/b.js": ["b3", "b4"] }], expect: { text: { "#b": "b2" }, overlay: ["src/a.js"] } },
      { open: true, expect: [{ text: { "#b": "b2" }, overlay: ["src/a.js"] }, { text: { "#b": "b2" }, overlay: ["src/a.js"], said: undefined }] },
      { edit: { "src/a.js": 'document.querySelector("#a").textContent = "a2";\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "a2", "#b": "b4" } } },
    ],
    vite: { differs: "Vite takes the overlay away at the next update of anything" },
  },
  {
    name: "a batch that breaks one file and changes another is shown when it is mended, both at once",
    covers: [10, 17],
    files: { "index.html": html, ...hot },
    steps: [
      { edit: { "src/b.js": ["b1", "b2"] }, expect: { text: { "#b": "b2" } } },
      { edit: { "src/a.js": "nothing(;\n", "src/b.js": ["b2", "b3"] }, expect: { text: { "#a": "a1", "#b": "b2" }, overlay: ["src/a.js"] } },
      { edit: { "src/a.js": 'document.querySelector("#a").textContent = "a2";\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "a2", "#b": "b3" }, updates: 1 } },
    ],
    vite: { varies: "Vite's update is of one file, and what came of the other depends on which its watcher told of first" },
  },
  {
    name: "taking out the import of a broken file mends the app",
    covers: [17],
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import "./leaf.js";\ndocument.querySelector("#a").textContent = "a1";\nimport.meta.hot.accept();\n',
      "src/leaf.js": "export {};\n",
    },
    steps: [
      { edit: { "src/top.js": ["a1", "a2"] }, expect: { text: { "#a": "a2" } } },
      { edit: { "src/leaf.js": "nothing(;\n" }, expect: { overlay: ["src/leaf.js"] } },
      { edit: { "src/top.js": 'document.querySelector("#a").textContent = "a3";\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "a3" } } },
    ],
    vite: "same",
  },
  {
    name: "a page that is opened while the app is broken says so",
    covers: [18],
    files: { "index.html": html, ...hot },
    steps: [
      { edit: { "src/b.js": ["b1", "b2"] }, expect: { text: { "#b": "b2" } } },
      { edit: { "src/a.js": "nothing(;\n" }, expect: { overlay: ["src/a.js"] } },
      { open: true, expect: { overlay: ["src/a.js"], said: undefined } },
    ],
    vite: { varies: "Vite's new page is told only where its socket is open before the file is asked for" },
  },
  {
    name: "an app that is broken from the start comes up when it is mended",
    covers: [19],
    files: { "index.html": html, ...hot, "src/a.js": "nothing(;\n" },
    start: { overlay: ["src/a.js"], said: undefined },
    steps: [{ edit: { "src/a.js": 'document.querySelector("#a").textContent = "a1";\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "a1", "#b": "b1" }, page: "reloaded", errors: true } }],
    vite: { differs: "Vite knows no importers of a module that never compiled, and sends nothing when it does" },
  },
  {
    name: "a module that throws when it runs is told of, the page lives on, and the next version runs",
    covers: [39],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": `${show}show("version 1");\nimport.meta.hot.accept();\n`,
    },
    start: { text: { "#root": "version 1" } },
    steps: [
      { edit: { "src/self.js": `${show}throw new Error("on purpose");\nimport.meta.hot.accept();\n` }, expect: { text: { "#root": "version 1" }, errors: true } },
      { edit: { "src/self.js": `${show}show("version 3");\nimport.meta.hot.accept();\n` }, expect: { text: { "#root": "version 3" }, errors: true } },
      { edit: { "src/self.js": ["version 3", "version 4"] }, expect: { text: { "#root": "version 4" }, errors: true } },
    ],
    vite: "same",
  },
  {
    name: "a dependency that throws when it runs leaves the acceptor as it is, and the next version goes in",
    covers: [39],
    files: {
      "src/main.js": `import { value } from "./leaf.js";\n${show}show(value);\nimport.meta.hot.accept("./leaf.js", (next) => { if (next) show(next.value) });\n`,
      "src/leaf.js": 'export const value = "one";\n',
    },
    start: { text: { "#root": "one" } },
    steps: [
      { edit: { "src/leaf.js": 'throw new Error("on purpose");\nexport const value = "two";\n' }, expect: { text: { "#root": "one" }, errors: true } },
      { edit: { "src/leaf.js": 'export const value = "three";\n' }, expect: { text: { "#root": "three" }, errors: true } },
    ],
    vite: "same",
  },
  {
    name: "a callback that throws does not stop what comes after",
    covers: [39],
    files: {
      "src/main.js": 'import "./a.js";\nimport.meta.hot.accept("./a.js", (next) => { if (next.value === "a2") throw new Error("on purpose"); console.log(next.value) });\n',
      "src/a.js": 'export const value = "a1";\n',
    },
    steps: [
      { edit: { "src/a.js": ["a1", "a2"] }, expect: { errors: true } },
      { edit: { "src/a.js": ["a2", "a3"] }, expect: { said: ["a3"], errors: true } },
    ],
    vite: "same",
  },
  {
    name: "an import that is not exported is told of, and mended by either side",
    covers: [39],
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import { a } from "./leaf.js";\ndocument.querySelector("#a").textContent = a;\nimport.meta.hot.accept();\n',
      "src/leaf.js": 'export const a = "a1";\n',
    },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "src/leaf.js": ["a1", "a2"] }, expect: { text: { "#a": "a2" } } },
      { edit: { "src/leaf.js": 'export const b = "b3";\n' }, fence: false, expect: { text: { "#a": "a2" }, errors: true } },
      { edit: { "src/leaf.js": 'export const a = "a4";\n' }, expect: { text: { "#a": "a4" }, errors: true } },
      { edit: { "src/leaf.js": 'export const b = "b5";\n' }, fence: false, expect: { text: { "#a": "a4" }, errors: true } },
      { edit: { "src/top.js": 'import { b } from "./leaf.js";\ndocument.querySelector("#a").textContent = b;\nimport.meta.hot.accept();\n' }, expect: { text: { "#a": "b5" }, errors: true } },
    ],
    vite: "same",
  },
  {
    name: "what is thrown after an update is traced to its line in the source",
    covers: [38],
    files: {
      "src/main.js": 'import "./thrower.ts";\n',
      "src/thrower.ts": 'interface Told {\n  why: string;\n}\n\nconst told: Told = { why: "one" };\ndocument.querySelector<HTMLElement>("#root")!.onclick = () => {\n  throw new Error(told.why);\n};\ndocument.querySelector("#root")!.textContent = told.why;\nimport.meta.hot!.accept();\n',
    },
    start: { text: { "#root": "one" } },
    steps: [
      { act: [["click", "#root"]], expect: { errors: true, thrown: "thrower.ts:7" } },
      { edit: { "src/thrower.ts": ['"one"', '"two"', "interface Told", "// A line above.\n// And one more.\ninterface Told"] }, expect: { text: { "#root": "two" }, errors: true } },
      { act: [["click", "#root"]], expect: { errors: true, thrown: "thrower.ts:9" } },
      { edit: { "src/thrower.ts": ["// A line above.\n", "", '"two"', '"three"'] }, expect: { text: { "#root": "three" }, errors: true } },
      { act: [["click", "#root"]], expect: { errors: true, thrown: "thrower.ts:8" } },
    ],
    vite: "same",
  },
];
