// What makes one update, and what makes none.
import { page } from "../support/hot-tree.mjs";

const show = (id) => `const show = (text) => { document.querySelector("${id}").textContent = text };\n`;

const two = page({ body: '<p id="a"></p><p id="b"></p>' });

export default [
  {
    name: "two files of one batch are one update",
    covers: [10],
    files: {
      "index.html": two,
      "src/main.js": 'import "./a.js";\nimport "./b.js";\n',
      "src/a.js": `${show("#a")}show("a1");\nimport.meta.hot.accept();\n`,
      "src/b.js": `${show("#b")}show("b1");\nimport.meta.hot.accept();\n`,
    },
    steps: [{ edit: { "src/a.js": ["a1", "a2"], "src/b.js": ["b1", "b2"] }, expect: { text: { "#a": "a2", "#b": "b2" }, updates: 1 } }],
    vite: { varies: "Vite's update is of one file: whether the page is told of both at once is its watcher's to say" },
  },
  {
    name: "an acceptor of two files of one batch runs once",
    covers: [10, 27],
    files: {
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import { a } from "./a.js";\nimport { b } from "./b.js";\nconsole.log(a, b);\nimport.meta.hot.accept();\n',
      "src/a.js": 'export const a = "a1";\n',
      "src/b.js": 'export const b = "b1";\n',
    },
    steps: [{ edit: { "src/a.js": ["a1", "a2"], "src/b.js": ["b1", "b2"] }, expect: { said: ["a2 b2"], updates: 1 } }],
    vite: { varies: "Vite's update is of one file: whether the page is told of both at once is its watcher's to say" },
  },
  {
    name: "a batch of a file that accepts and one that nobody accepts loads the page again, once",
    covers: [9, 10],
    files: {
      "index.html": two,
      "src/main.js": `import "./a.js";\n${show("#b")}show("b1");\n`,
      "src/a.js": `${show("#a")}show("a1");\nimport.meta.hot.accept();\n`,
    },
    steps: [{ edit: { "src/a.js": ["a1", "a2"], "src/main.js": ["b1", "b2"] }, expect: { text: { "#a": "a2", "#b": "b2" }, page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "a rename across files, with all that names it, is one update",
    covers: [10],
    files: {
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import { old } from "./old.js";\nconsole.log(old());\nimport.meta.hot.accept();\n',
      "src/old.js": 'export const old = () => "old";\n',
    },
    steps: [
      {
        edit: { "src/old.js": null, "src/new.js": 'export const renamed = () => "renamed";\n', "src/top.js": 'import { renamed } from "./new.js";\nconsole.log(renamed());\nimport.meta.hot.accept();\n' },
        expect: { said: ["renamed"], updates: 1 },
      },
    ],
    vite: { varies: "Vite looks at each file by itself: what it makes of them depends on which its watcher tells of first" },
  },
  {
    name: "many edits in a row all arrive, in order",
    covers: [11],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": `export const n = 0;\n${show("#root")}if (n < (import.meta.hot.data.n ?? 0)) console.log("out of order");\nimport.meta.hot.data.n = n;\nshow("n is " + n);\nimport.meta.hot.accept();\n`,
    },
    start: { text: { "#root": "n is 0" } },
    steps: [{ batches: Array.from({ length: 12 }, (_, n) => ({ "src/self.js": [`n = ${n};`, `n = ${n + 1};`] })), expect: { text: { "#root": "n is 12" } } }],
    vite: "same",
  },
  {
    name: "many edits of several files in a row all arrive",
    covers: [11],
    files: {
      "index.html": two,
      "src/main.js": 'import "./a.js";\nimport "./b.js";\n',
      "src/a.js": `const n = 0;\n${show("#a")}show("a" + n);\nimport.meta.hot.accept();\n`,
      "src/b.js": `const n = 0;\n${show("#b")}show("b" + n);\nimport.meta.hot.accept();\n`,
    },
    steps: [{ batches: Array.from({ length: 10 }, (_, n) => ({ [`src/${"ab"[n % 2]}.js`]: [`n = ${n >> 1};`, `n = ${(n >> 1) + 1};`] })), expect: { text: { "#a": "a5", "#b": "b5" } } }],
    vite: "same",
  },
  {
    name: "comments and white space alone are no update",
    covers: [12],
    files: {
      "src/main.js": 'import "./self.ts";\n',
      "src/self.ts": `interface Shown {\n  text: string;\n}\nconst shown: Shown = { text: "shown" };\ndocument.querySelector("#root")!.textContent = shown.text;\nimport.meta.hot!.accept();\n`,
    },
    start: { text: { "#root": "shown" } },
    steps: [
      { edit: { "src/self.ts": ["interface Shown", "// What is shown.\n\n\ninterface Shown"] }, expect: { updates: 0 } },
      { edit: { "src/self.ts": ['{ text: "shown" }', '{\n  text: "shown", /* the text */\n}'] }, expect: { updates: 0 } },
      { edit: { "src/self.ts": ["  text: string;\n", "  text: string;\n  more?: number;\n"] }, expect: { updates: 0 } },
      { edit: { "src/self.ts": ['"shown", /', '"changed", /'] }, expect: { text: { "#root": "changed" }, updates: 1 } },
    ],
    vite: { differs: "Vite's update is of whatever was written" },
  },
  {
    name: "a batch that changes what is said in one file and comments in another runs only the one",
    covers: [12],
    files: {
      "src/main.js": 'import "./a.js";\nimport "./b.js";\n',
      "src/a.js": 'console.log("a1");\nimport.meta.hot.accept();\n',
      "src/b.js": 'console.log("b1");\nimport.meta.hot.accept();\n',
    },
    steps: [{ edit: { "src/a.js": ["a1", "a2"], "src/b.js": '// b\n\nconsole.log("b1");\nimport.meta.hot.accept();\n' }, expect: { said: ["a2"], updates: 1 } }],
    vite: { differs: "Vite's update is of whatever was written" },
  },
  {
    name: "the same text again, and a file that nothing imports, are no update",
    covers: [12],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": 'console.log("one");\nimport.meta.hot.accept();\n',
      "src/unused.js": 'console.log("unused");\n',
      "notes.md": "# Notes\n",
    },
    steps: [
      { edit: { "src/unused.js": ["unused", "still unused"], "notes.md": "# More notes\n" }, expect: { updates: 0 } },
      { edit: { "src/self.js": 'console.log("one");\nimport.meta.hot.accept();\n' }, expect: { updates: 0 } },
    ],
    vite: { differs: "Vite's update is of whatever was written" },
  },
  {
    name: "an edit and its undoing leave what was there",
    covers: [12],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": `${show("#root")}show("one");\nimport.meta.hot.accept();\n`,
    },
    steps: [
      { edit: { "src/self.js": ["one", "two"] }, expect: { text: { "#root": "two" }, updates: 1 } },
      { edit: { "src/self.js": ["two", "one"] }, expect: { text: { "#root": "one" }, updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a second edit runs no more than the first, and after a reload edits are hot as before",
    covers: [13, 14],
    files: {
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import { value } from "./middle.js";\nconsole.log("top", value);\nimport.meta.hot.accept();\n',
      "src/middle.js": 'import { leaf } from "./leaf.js";\nexport const value = "middle of " + leaf;\nconsole.log("middle");\n',
      "src/leaf.js": 'export const leaf = "one";\nconsole.log("leaf");\n',
    },
    steps: [
      { edit: { "src/leaf.js": ["one", "two"] }, expect: { said: ["leaf", "middle", "top middle of two"], updates: 1 } },
      { edit: { "src/leaf.js": ["two", "three"] }, expect: { said: ["leaf", "middle", "top middle of three"], updates: 1 } },
      { edit: { "src/top.js": ['"top"', '"the top"'] }, expect: { said: ["the top middle of three"], updates: 1 } },
      { reload: true, expect: { said: ["leaf", "middle", "the top middle of three"] } },
      { edit: { "src/leaf.js": ["three", "four"] }, expect: { said: ["leaf", "middle", "the top middle of four"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "an edit adds a static import of what the page has never loaded",
    covers: [15],
    files: {
      "src/main.js": 'import "./top.js";\nimport "./lazy.js";\n',
      "src/lazy.js": 'export const late = () => import("./late.js");\nimport.meta.hot.accept();\n',
      "src/top.js": 'console.log("top");\nimport.meta.hot.accept();\n',
      "src/late.js": 'import { deep } from "./deep.js";\nexport const value = "late and " + deep;\nconsole.log("late");\n',
      "src/deep.js": 'export const deep = "deep";\nconsole.log("deep");\n',
    },
    steps: [
      { edit: { "src/top.js": 'import { value } from "./late.js";\nconsole.log("top", value);\nimport.meta.hot.accept();\n' }, expect: { said: ["deep", "late", "top late and deep"], updates: 1 } },
      { edit: { "src/deep.js": ['= "deep"', '= "deeper"'] }, expect: { said: ["deep", "late", "top late and deeper"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "two tabs have each their own: what one has loaded updates there alone",
    covers: [4, 7],
    tabs: 2,
    files: {
      "src/main.js": `${show("#root")}document.querySelector("#root").onclick = () => import("./late.js");\nshow("early");\n`,
      "src/late.js": `${show("#root")}show("late 1");\nconsole.log("late");\nimport.meta.hot.accept();\n`,
    },
    start: { text: { "#root": "early" } },
    steps: [
      { act: [["click", "#root"]], expect: [{ text: { "#root": "late 1" }, said: ["late"] }, { text: { "#root": "early" } }] },
      { edit: { "src/late.js": ["late 1", "late 2"] }, expect: [{ text: { "#root": "late 2" }, said: ["late"] }, { text: { "#root": "early" } }] },
      { tab: 1, act: [["click", "#root"]], expect: [{ text: { "#root": "late 2" } }, { text: { "#root": "late 2" }, said: ["late"] }] },
      { edit: { "src/late.js": ["late 2", "late 3"] }, expect: { text: { "#root": "late 3" }, said: ["late"], updates: 1 } },
    ],
    vite: "same",
  },
];
