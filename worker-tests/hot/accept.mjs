// Who takes an update: modules that accept themselves, their importers, or nobody.

/** A module that shows what it is, and says when it runs. */
const leaf = (value, rest = "") => `export const value = ${JSON.stringify(value)};\nconsole.log("leaf", value);\n${rest}`;
const show = 'const show = (text) => { document.querySelector("#root").textContent = text };\n';

export default [
  {
    name: "a module that accepts itself runs again, and the old one's callback gets the new one",
    covers: [1],
    files: {
      "src/main.js": 'import "./self.js";\nconsole.log("main");\n',
      "src/self.js": `export const n = 1;\n${show}console.log("self", n);\nshow("n is " + n);\nimport.meta.hot.accept((next) => console.log("callback of", n, "got", next.n));\nimport.meta.hot.dispose(() => console.log("dispose of", n));\n`,
    },
    start: { text: { "#root": "n is 1" }, said: ["self 1", "main"] },
    steps: [
      { edit: { "src/self.js": ["n = 1", "n = 2"] }, expect: { text: { "#root": "n is 2" }, said: ["dispose of 1", "self 2", "callback of 1 got 2"], updates: 1, events: ["beforeUpdate", "afterUpdate"] } },
      { edit: { "src/self.js": ["n = 2", "n = 3"] }, expect: { text: { "#root": "n is 3" }, said: ["dispose of 2", "self 3", "callback of 2 got 3"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "without an acceptor the page is loaded once more, and runs what is new",
    covers: [9],
    files: { "src/main.js": `import { value } from "./leaf.js";\n${show}show(value);\n`, "src/leaf.js": 'export const value = "old";\n' },
    start: { text: { "#root": "old" } },
    steps: [
      { edit: { "src/leaf.js": ["old", "new"] }, expect: { text: { "#root": "new" }, page: "reloaded" } },
      { edit: { "src/main.js": ["show(value)", 'show(value + "!")'] }, expect: { text: { "#root": "new!" }, page: "reloaded" } },
    ],
    vite: "same",
  },
  {
    name: "an importer that accepts a dependency gets it, and does not run again",
    covers: [3],
    files: {
      "src/main.js": `import { value } from "./leaf.js";\n${show}console.log("main");\nshow(value);\nimport.meta.hot.accept("./leaf.js", (next) => { console.log("accepted", next.value); show(next.value) });\n`,
      "src/leaf.js": leaf("one"),
    },
    start: { text: { "#root": "one" }, said: ["leaf one", "main"] },
    steps: [{ edit: { "src/leaf.js": leaf("two") }, expect: { text: { "#root": "two" }, said: ["leaf two", "accepted two"], updates: 1 } }],
    vite: "same",
  },
  {
    name: "of several accepted dependencies, the callback gets those that changed",
    covers: [3],
    files: {
      "src/main.js": `import "./a.js";\nimport "./b.js";\nimport.meta.hot.accept(["./a.js", "./b.js"], ([a, b]) => console.log(a?.value, b?.value));\n`,
      "src/a.js": 'export const value = "a1";\n',
      "src/b.js": 'export const value = "b1";\n',
    },
    steps: [
      { edit: { "src/a.js": ["a1", "a2"] }, expect: { said: ["a2 undefined"], updates: 1 } },
      { edit: { "src/b.js": ["b1", "b2"] }, expect: { said: ["undefined b2"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "what a dependency of an accepted dependency becomes, bubbles up to the acceptor",
    covers: [3],
    files: {
      "src/main.js": `import "./middle.js";\nconsole.log("main");\nimport.meta.hot.accept("./middle.js", (next) => console.log("accepted", next.middle));\n`,
      "src/middle.js": 'import { value } from "./leaf.js";\nexport const middle = "middle of " + value;\nconsole.log(middle);\n',
      "src/leaf.js": leaf("one"),
    },
    steps: [
      { edit: { "src/leaf.js": leaf("two") }, expect: { said: ["leaf two", "middle of two", "accepted middle of two"], updates: 1 } },
      { edit: { "src/middle.js": ['"middle of "', '"centre of "'] }, expect: { said: ["centre of two", "accepted centre of two"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "accepting a dependency by a template without holes, and through `?.`",
    covers: [3],
    files: {
      "src/main.js": 'import "./a.js";\nimport "./b.js";\nimport.meta.hot?.accept(`./a.js`, (next) => console.log(next.value));\nimport.meta.hot?.accept(\n  [\n    "./b.js",\n  ],\n  ([next]) => console.log(next.value),\n);\n',
      "src/a.js": 'export const value = "a1";\n',
      "src/b.js": 'export const value = "b1";\n',
    },
    steps: [
      { edit: { "src/a.js": ["a1", "a2"] }, expect: { said: ["a2"], updates: 1 } },
      { edit: { "src/b.js": ["b1", "b2"] }, expect: { said: ["b2"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "`import.meta.hot` that stands in a dead branch accepts nothing",
    covers: [8],
    files: {
      "src/main.js": `import { value } from "./leaf.js";\n${show}show(value);\nif (globalThis.never) import.meta.hot.accept("./leaf.js", () => {});\n`,
      "src/leaf.js": 'export const value = "old";\n',
    },
    start: { text: { "#root": "old" } },
    steps: [{ edit: { "src/leaf.js": ["old", "new"] }, expect: { text: { "#root": "new" }, page: "reloaded" } }],
    vite: { differs: "Vite reads `accept` from the text, whether or not it ran: nothing happens in the page, which shows what is old" },
  },
  {
    name: "a dynamic import that no page has loaded may change as it likes",
    covers: [7],
    files: {
      "src/main.js": `${show}globalThis.load = () => import("./late.js").then(({ value }) => show(value));\nshow("early");\ndocument.querySelector("#root").onclick = load;\n`,
      "src/late.js": 'export const value = "late";\nconsole.log(value);\n',
    },
    start: { text: { "#root": "early" } },
    steps: [
      { edit: { "src/late.js": ['"late"', '"later"'] }, expect: { text: { "#root": "early" } } },
      { act: [["click", "#root"]], expect: { text: { "#root": "later" }, said: ["later"] } },
      { edit: { "src/late.js": ['"later"', '"latest"'] }, expect: { text: { "#root": "early" }, page: "reloaded" } },
    ],
    vite: "same",
  },
  {
    name: "a module that was loaded later accepts for itself",
    files: {
      "src/main.js": 'document.querySelector("#root").onclick = () => import("./late.js");\ndocument.querySelector("#root").textContent = "load";\n',
      "src/late.js": 'document.querySelector("#root").textContent = "late 1";\nimport.meta.hot.accept();\n',
    },
    start: { text: { "#root": "load" } },
    steps: [
      { act: [["click", "#root"]], expect: { text: { "#root": "late 1" } } },
      { edit: { "src/late.js": ["late 1", "late 2"] }, expect: { text: { "#root": "late 2" }, updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "where only one of two importers accepts, the page is loaded again",
    covers: [24],
    files: {
      "src/main.js": 'import "./left.js";\nimport "./right.js";\n',
      "src/left.js": 'import { value } from "./leaf.js";\nconsole.log("left", value);\nimport.meta.hot.accept("./leaf.js", () => console.log("left accepted"));\n',
      "src/right.js": 'import { value } from "./leaf.js";\nconsole.log("right", value);\n',
      "src/leaf.js": 'export const value = "one";\n',
    },
    steps: [{ edit: { "src/leaf.js": ["one", "two"] }, expect: { said: ["left two", "right two"], page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "every importer that accepts runs once, their siblings do not",
    covers: [27],
    files: {
      "src/main.js": 'import "./left.js";\nimport "./right.js";\nimport "./sibling.js";\n',
      "src/left.js": 'import { value } from "./leaf.js";\nconsole.log("left", value);\nimport.meta.hot.accept();\n',
      "src/right.js": 'import { value } from "./leaf.js";\nconsole.log("right", value);\nimport.meta.hot.accept();\n',
      "src/sibling.js": 'console.log("sibling");\nimport.meta.hot.accept();\n',
      "src/leaf.js": 'export const value = "one";\n',
    },
    steps: [{ edit: { "src/leaf.js": ["one", "two"] }, expect: { heard: ["left two", "right two"], updates: 1 } }],
    vite: "same",
  },
  {
    name: "a module that stops accepting in its next version leaves the one after to its importer",
    covers: [26],
    files: {
      "src/main.js": 'import "./middle.js";\nconsole.log("main");\nimport.meta.hot.accept();\n',
      "src/middle.js": 'console.log("middle 1");\nimport.meta.hot.accept();\n',
    },
    steps: [
      { edit: { "src/middle.js": 'console.log("middle 2");\n' }, expect: { said: ["middle 2"], updates: 1 } },
      { edit: { "src/middle.js": 'console.log("middle 3");\n' }, expect: { said: ["middle 3", "main"], updates: 1 } },
      { edit: { "src/middle.js": 'console.log("middle 4");\nimport.meta.hot.accept();\n' }, expect: { said: ["middle 4", "main"], updates: 1 } },
      { edit: { "src/middle.js": 'console.log("middle 5");\nimport.meta.hot.accept();\n' }, expect: { said: ["middle 5"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a module that accepts some exports takes the update where its importers use no others",
    files: {
      "src/main.js": 'import { a } from "./leaf.js";\nconsole.log("main", a);\n',
      "src/leaf.js": 'export const a = "a1";\nexport const b = "b1";\nconsole.log("leaf", a, b);\nimport.meta.hot.acceptExports(["a"], (next) => console.log("accepted", next.a, next.b));\n',
    },
    steps: [
      { edit: { "src/leaf.js": ["a1", "a2"] }, expect: { said: ["leaf a2 b1", "accepted a2 b1"], updates: 1 } },
      { edit: { "src/main.js": 'import { a, b } from "./leaf.js";\nconsole.log("main", a, b);\n' }, expect: { said: ["leaf a2 b1", "main a2 b1"], page: "reloaded" } },
      { edit: { "src/leaf.js": ["a2", "a3"] }, expect: { said: ["leaf a3 b1", "main a3 b1"], page: "reloaded" } },
    ],
    config: { experimental: { hmrPartialAccept: true } },
    vite: "same",
  },
];
