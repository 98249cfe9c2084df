// What importers see of a module that was updated.
const show = 'const show = (text) => { document.querySelector("#root").textContent = text };\n';

export default [
  {
    name: "an acceptor that runs again reads the new exports of all that it imports, by every kind of import",
    covers: [25],
    files: {
      "src/main.js": 'import "./reader.js";\n',
      "src/reader.js": 'import fallback, { named, changed as renamed } from "./leaf.js";\nimport * as all from "./leaf.js";\nimport { through } from "./barrel.js";\nconsole.log(fallback, named, renamed, Object.keys(all).join(), through);\nimport.meta.hot.accept();\n',
      "src/barrel.js": 'export { named as through } from "./leaf.js";\nexport * from "./leaf.js";\n',
      "src/leaf.js": 'export default "d1";\nexport const named = "n1", changed = "c1";\n',
    },
    steps: [
      { edit: { "src/leaf.js": 'export default "d2";\nexport const named = "n2", changed = "c2", added = "a2";\n' }, expect: { said: ["d2 n2 c2 added,changed,default,named n2"], updates: 1 } },
      { edit: { "src/leaf.js": 'export default "d3";\nexport const named = "n3", changed = "c3";\n' }, expect: { said: ["d3 n3 c3 changed,default,named n3"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "who imports a module that accepts itself reads it as it is now, though it does not run again",
    covers: [25],
    files: {
      "src/main.js": 'import { value, read } from "./leaf.js";\nimport * as all from "./leaf.js";\ndocument.querySelector("#root").textContent = "ask";\ndocument.querySelector("#root").onclick = () => console.log(value, read(), all.value, Object.keys(all).join());\n',
      "src/leaf.js": 'export const value = "one";\nexport const read = () => value;\nimport.meta.hot.accept();\n',
    },
    start: { text: { "#root": "ask" } },
    steps: [
      { edit: { "src/leaf.js": ["one", "two"] }, expect: { updates: 1 } },
      { act: [["click", "#root"]], expect: { said: ["two two two read,value"] } },
      { edit: { "src/leaf.js": ["two", "three"] }, expect: { updates: 1 } },
      { act: [["click", "#root"]], expect: { said: ["three three three read,value"] } },
    ],
    vite: { differs: "Vite's importers are native modules, bound to the instance that they were linked with" },
  },
  {
    name: "who imports an accepted dependency reads it as it is now, in the acceptor too",
    covers: [25],
    files: {
      "src/main.js": 'import { value } from "./leaf.js";\nimport "./other.js";\nconst root = document.querySelector("#root");\nroot.textContent = "ask";\nroot.onclick = () => console.log("main", value);\nimport.meta.hot.accept(["./leaf.js", "./other.js"], () => console.log("now", value));\n',
      "src/other.js": 'import { value } from "./leaf.js";\nexport const of = () => value;\n',
      "src/leaf.js": 'export const value = "one";\n',
    },
    start: { text: { "#root": "ask" } },
    steps: [
      { edit: { "src/leaf.js": ["one", "two"] }, expect: { said: undefined } },
      { act: [["click", "#root"]], expect: { said: ["main two"] } },
    ],
    vite: { differs: "Vite's importers are native modules, bound to the instance that they were linked with" },
  },
  {
    name: "`import()` of what was updated gives what is new",
    covers: [25],
    files: {
      "src/main.js": 'import "./leaf.js";\nconst root = document.querySelector("#root");\nroot.textContent = "ask";\nroot.onclick = async () => console.log((await import("./leaf.js")).value);\n',
      "src/leaf.js": 'export const value = "one";\nimport.meta.hot.accept();\n',
    },
    start: { text: { "#root": "ask" } },
    steps: [
      { edit: { "src/leaf.js": ["one", "two"] }, expect: { updates: 1 } },
      { act: [["click", "#root"]], expect: { said: ["two"] } },
    ],
    vite: { differs: "Vite's `import()` keeps its address, and so the instance that was there when it was transformed" },
  },
  {
    name: "live bindings that a module changes by itself are still live after an update",
    covers: [25],
    files: {
      "src/main.js": 'import "./reader.js";\n',
      "src/reader.js": `import { count, increase } from "./counter.js";\n${show}const root = document.querySelector("#root");\nroot.onclick = () => { increase(); show("count " + count) };\nshow("count " + count);\nimport.meta.hot.accept();\n`,
      "src/counter.js": "export let count = 0;\nexport const increase = () => { count += 1 };\n",
    },
    start: { text: { "#root": "count 0" } },
    steps: [
      { act: [["click", "#root"]], expect: { text: { "#root": "count 1" } } },
      { edit: { "src/counter.js": ["count += 1", "count += 10"] }, expect: { text: { "#root": "count 0" }, updates: 1 } },
      { act: [["click", "#root"]], expect: { text: { "#root": "count 10" } } },
      { edit: { "src/reader.js": ['show("count " + count) };', 'show("count is " + count) };'] }, expect: { text: { "#root": "count 10" }, updates: 1 } },
      { act: [["click", "#root"]], expect: { text: { "#root": "count is 20" } } },
    ],
    vite: "same",
  },
  {
    name: "a module on the way to the acceptor runs again; one beside it keeps its state",
    covers: [3, 25],
    files: {
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import { middle } from "./middle.js";\nimport { kept } from "./kept.js";\nconsole.log(middle, kept.times += 1);\nimport.meta.hot.accept();\n',
      "src/middle.js": 'import { value } from "./leaf.js";\nimport "./kept.js";\nconsole.log("middle runs");\nexport const middle = "middle of " + value;\n',
      "src/leaf.js": 'export const value = "one";\n',
      "src/kept.js": 'console.log("kept runs");\nexport const kept = { times: 0 };\n',
    },
    steps: [
      { edit: { "src/leaf.js": ["one", "two"] }, expect: { said: ["middle runs", "middle of two 2"], updates: 1 } },
      { edit: { "src/top.js": ["console.log(middle,", 'console.log("top", middle,'] }, expect: { said: ["top middle of two 3"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "an import of a name that is not there after an update is undefined, until it is",
    files: {
      "src/main.js": 'import "./reader.js";\n',
      "src/reader.js": 'import * as leaf from "./leaf.js";\nconsole.log(leaf.value, "value" in leaf);\nimport.meta.hot.accept();\n',
      "src/leaf.js": 'export const value = "one";\n',
    },
    steps: [
      { edit: { "src/leaf.js": 'export const other = "two";\n' }, expect: { said: ["undefined false"], updates: 1 } },
      { edit: { "src/leaf.js": 'export const value = "three";\n' }, expect: { said: ["three true"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a function that was handed out before the update still sees its own module's instance",
    files: {
      "src/main.js": 'import { get } from "./leaf.js";\nconst first = get;\nconst root = document.querySelector("#root");\nroot.textContent = "ask";\nroot.onclick = () => console.log(first());\n',
      "src/leaf.js": 'const value = "one";\nexport const get = () => value;\nimport.meta.hot.accept();\n',
    },
    start: { text: { "#root": "ask" } },
    steps: [
      { edit: { "src/leaf.js": ["one", "two"] }, expect: { updates: 1 } },
      { act: [["click", "#root"]], expect: { said: ["one"] } },
    ],
    vite: "same",
  },
];
