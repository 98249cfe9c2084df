// Files that come, go, return and are called something else.
import { page } from "../support/hot-tree.mjs";

const html = page({ body: '<p id="a"></p><p id="b"></p>' });
const reader = (text) => `document.querySelector("#a").textContent = ${text};\nimport.meta.hot.accept();\n`;

export default [
  {
    name: "a new file, and the import of it, in one batch",
    covers: [15, 20],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": reader('"a1"') },
    start: { text: { "#a": "a1" } },
    steps: [{ edit: { "src/deep/er/new.js": 'export const a = "a2";\n', "src/top.js": `import { a } from "./deep/er/new.js";\n${reader("a")}` }, expect: { text: { "#a": "a2" } } }],
    vite: "same",
  },
  {
    name: "an import of a file that is not there is an error, which its creation heals",
    covers: [20],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": reader('"a1"') },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "src/top.js": ['"a1"', '"a2"'] }, expect: { text: { "#a": "a2" } } },
      { edit: { "src/top.js": `import { a } from "./missing.js";\n${reader("a")}` }, expect: { text: { "#a": "a2" }, overlay: ["src/top.js", "./missing"] } },
      { edit: { "src/missing.js": 'export const a = "a3";\n' }, expect: { text: { "#a": "a3" } } },
      { edit: { "src/missing.js": 'export const a = "a4";\n' }, expect: { text: { "#a": "a4" }, updates: 1 } },
    ],
    vite: { differs: "Vite loads the page again when a missing file comes" },
  },
  {
    name: "a file that is missing from the start heals the app when it comes",
    covers: [19, 20],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": `import { a } from "./missing.js";\n${reader("a")}` },
    start: { overlay: ["src/top.js", "./missing"], said: undefined },
    steps: [{ edit: { "src/missing.js": 'export const a = "a1";\n' }, expect: { text: { "#a": "a1" }, page: "reloaded", errors: true } }],
    vite: "same",
  },
  {
    name: "a file that is used is deleted, which is an error, and restored",
    covers: [21],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": `import { a } from "./leaf.js";\n${reader("a")}`, "src/leaf.js": 'export const a = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "src/leaf.js": ["a1", "a2"] }, expect: { text: { "#a": "a2" } } },
      { edit: { "src/leaf.js": null }, expect: { text: { "#a": "a2" }, overlay: ["src/top.js", "./leaf"] } },
      { edit: { "src/leaf.js": 'export const a = "a3";\n' }, expect: { text: { "#a": "a3" } } },
    ],
    vite: { differs: "Vite's page asks for the file that is gone, gets 404, and shows no overlay" },
  },
  {
    name: "a file that nothing uses any more is deleted, and nothing happens",
    covers: [21],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": `import { a } from "./leaf.js";\n${reader("a")}`, "src/leaf.js": 'export const a = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "src/top.js": reader('"a2"') }, expect: { text: { "#a": "a2" }, updates: 1 } },
      { edit: { "src/leaf.js": null }, expect: { text: { "#a": "a2" }, updates: 0 } },
      { edit: { "src/leaf.js": 'export const a = "a3";\n', "src/top.js": `import { a } from "./leaf.js";\n${reader("a")}` }, expect: { text: { "#a": "a3" } } },
    ],
    vite: { varies: "Vite may still count the importer of before, and update it" },
  },
  {
    name: "a file gets another name, step by step",
    covers: [21],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": `import { a } from "./old.js";\n${reader("a")}`, "src/old.js": 'export const a = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "src/old.js": ["a1", "a2"] }, expect: { text: { "#a": "a2" } } },
      { edit: { "src/old.js": null }, expect: { text: { "#a": "a2" }, overlay: ["./old"] } },
      { edit: { "src/new.js": 'export const a = "a3";\n' }, fence: false, expect: { text: { "#a": "a2" }, errors: true } },
      { edit: { "src/top.js": ["./old.js", "./new.js"] }, expect: { text: { "#a": "a3" } } },
    ],
    vite: { differs: "Vite's page asks for the file that is gone, gets 404, and shows no overlay" },
  },
  {
    name: "a file gets another extension",
    covers: [21],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": `import { a } from "./leaf";\n${reader("a")}`, "src/leaf.js": 'export const a = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [{ edit: { "src/leaf.js": null, "src/leaf.ts": 'export const a: string = "a2";\n' }, expect: { text: { "#a": "a2" } } }],
    vite: { varies: "Vite looks at each file by itself: where it meets the app without either, it keeps the error" },
  },
  {
    name: "a file that comes before another in the order of resolution takes its place",
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": `import { a } from "./leaf";\n${reader("a")}`, "src/leaf/index.js": 'export const a = "from the folder";\n' },
    start: { text: { "#a": "from the folder" } },
    steps: [
      { edit: { "src/leaf.js": 'export const a = "from the file";\n' }, expect: { text: { "#a": "from the file" } } },
      { edit: { "src/leaf.js": null }, expect: { text: { "#a": "from the folder" } } },
    ],
    vite: { differs: "Vite asks only for what failed to resolve again, not for what would resolve to something else" },
  },
  {
    name: "the entry is deleted and restored",
    covers: [21],
    files: { "index.html": html, "src/main.js": 'document.querySelector("#a").textContent = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "src/main.js": null }, fence: false, expect: { overlay: ["/src/main.js"], text: { "#a": "a1" } } },
      { edit: { "src/main.js": 'document.querySelector("#a").textContent = "a2";\n' }, expect: { text: { "#a": "a2" }, page: "reloaded" } },
    ],
    vite: { differs: "Vite loads the page again without its entry, and it stays empty" },
  },
  {
    name: "files that a glob finds come and go",
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'const found = import.meta.glob("./pages/*.js", { eager: true, import: "name" });\ndocument.querySelector("#a").textContent = Object.values(found).join();\nimport.meta.hot.accept();\n',
      "src/pages/one.js": 'export const name = "one";\n',
    },
    start: { text: { "#a": "one" } },
    steps: [
      { edit: { "src/pages/two.js": 'export const name = "two";\n' }, expect: { text: { "#a": "one,two" } } },
      { edit: { "src/pages/two.js": ["two", "second"] }, expect: { text: { "#a": "one,second" } } },
      { edit: { "src/pages/one.js": null }, expect: { text: { "#a": "second" } } },
    ],
    vite: "same",
  },
  {
    name: "JSON that changes reaches its importers without a reload",
    covers: [40],
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import data, { list } from "./data.json";\ndocument.querySelector("#a").textContent = data.name + " " + list.join();\nimport.meta.hot.accept();\n',
      "src/data.json": '{ "name": "one", "list": [1, 2] }\n',
    },
    start: { text: { "#a": "one 1,2" } },
    steps: [
      { edit: { "src/data.json": '{ "name": "two", "list": [3] }\n' }, expect: { text: { "#a": "two 3" }, updates: 1 } },
      { edit: { "src/data.json": '{ "name": "three", "list": [] }\n' }, expect: { text: { "#a": "three " } } },
    ],
    vite: "same",
  },
  {
    name: "JSON that can't be read is an error, and healed",
    covers: [16, 40],
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import { name } from "./data.json";\ndocument.querySelector("#a").textContent = name;\nimport.meta.hot.accept();\n',
      "src/data.json": '{ "name": "one" }\n',
    },
    start: { text: { "#a": "one" } },
    steps: [
      { edit: { "src/data.json": '{ "name": "two", }\n' }, expect: { text: { "#a": "one" }, overlay: ["data.json"] } },
      { edit: { "src/data.json": '{ "name": "three" }\n' }, expect: { text: { "#a": "three" } } },
    ],
    vite: { differs: "Vite's overlay throws at the place of an error in JSON, and is not there" },
  },
  {
    name: "JSON that is accepted by name",
    covers: [40],
    files: {
      "src/main.js": 'import "./data.json";\nimport.meta.hot.accept("./data.json", ({ default: data, name }) => console.log(data.name, name));\n',
      "src/data.json": '{ "name": "one" }\n',
    },
    steps: [{ edit: { "src/data.json": '{ "name": "two" }\n' }, expect: { said: ["two two"], updates: 1 } }],
    vite: "same",
  },
];
