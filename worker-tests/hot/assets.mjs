// What is not a script and not a style: images, texts, the page itself.
import { page } from "../support/hot-tree.mjs";

const svg = (width) => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="10"><rect width="${width}" height="10"/></svg>\n`;
const html = page({ body: '<p id="a"></p><img id="image"><input id="typed">' });
const shown = (rest = "") => `import url from "./picture.svg?no-inline";\nconst image = document.querySelector("#image");\nimage.onload = () => { document.querySelector("#a").textContent = "width " + image.naturalWidth };\nimage.src = url;\nimport.meta.hot.accept();\n${rest}`;

export default [
  {
    name: "an image that changes is shown anew without a reload",
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": shown(), "src/picture.svg": svg(10) },
    start: { text: { "#a": "width 10" } },
    steps: [
      { act: [["fill", "#typed", "kept"]], edit: { "src/picture.svg": svg(20) }, expect: { text: { "#a": "width 20" }, values: { "#typed": "kept" } } },
      { edit: { "src/picture.svg": svg(30) }, expect: { text: { "#a": "width 30" }, values: { "#typed": "kept" } } },
    ],
    vite: "same",
  },
  {
    name: "an image that nobody accepts loads the page again",
    files: { "index.html": html, "src/main.js": shown().replace("import.meta.hot.accept();", ""), "src/picture.svg": svg(10) },
    start: { text: { "#a": "width 10" } },
    steps: [{ edit: { "src/picture.svg": svg(20) }, expect: { text: { "#a": "width 20" }, page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "an image by `new URL`",
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": shown().replace('import url from "./picture.svg?no-inline";', 'const url = new URL("./picture.svg", import.meta.url).href;'),
      "src/picture.svg": svg(10),
    },
    start: { text: { "#a": "width 10" } },
    steps: [{ edit: { "src/picture.svg": svg(20) }, expect: { text: { "#a": "width 20" } } }],
    vite: "same",
  },
  {
    name: "a text by `?raw`",
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import text from "./note.txt?raw";\ndocument.querySelector("#a").textContent = text;\nimport.meta.hot.accept();\n',
      "src/note.txt": "one",
    },
    start: { text: { "#a": "one" } },
    steps: [{ edit: { "src/note.txt": "two" }, expect: { text: { "#a": "two" }, updates: 1 } }],
    vite: "same",
  },
  {
    name: "a script and its text by `?raw` change together",
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import text from "./note.js?raw";\nimport { note } from "./note.js";\ndocument.querySelector("#a").textContent = note + text.length;\nimport.meta.hot.accept();\n',
      "src/note.js": 'export const note = "one";\n',
    },
    start: { text: { "#a": "one27" } },
    steps: [{ edit: { "src/note.js": ["one", "three"] }, expect: { text: { "#a": "three29" }, updates: 1 } }],
    vite: "same",
  },
  {
    name: "the page's own text loads it again, once",
    files: { "index.html": html, "src/main.js": 'document.querySelector("#a").textContent = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [
      { edit: { "index.html": page({ body: '<h1 id="title">New</h1><p id="a"></p>' }) }, expect: { text: { "#title": "New", "#a": "a1" }, page: "reloaded" } },
      { edit: { "index.html": page({ body: '<h1 id="title">Newer</h1><p id="a"></p>' }), "src/main.js": ["a1", "a2"] }, expect: { text: { "#title": "Newer", "#a": "a2" }, page: "reloaded" } },
    ],
    vite: "same",
  },
  {
    name: "another entry loads the page again, and runs it",
    files: { "index.html": html, "src/main.js": 'document.querySelector("#a").textContent = "a1";\n' },
    start: { text: { "#a": "a1" } },
    steps: [{ edit: { "index.html": page({ body: '<p id="a"></p>', entry: "/src/other.js" }), "src/other.js": 'document.querySelector("#a").textContent = "other";\n' }, expect: { text: { "#a": "other" }, page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "a file of `public` loads the page again",
    files: {
      "index.html": page({ body: '<p id="a"></p><img id="image" src="/picture.svg">' }),
      "src/main.js": 'const image = document.querySelector("#image");\nconst show = () => { document.querySelector("#a").textContent = "width " + image.naturalWidth };\nif (image.complete) show();\nelse image.onload = show;\n',
      "public/picture.svg": svg(10),
    },
    start: { text: { "#a": "width 10" } },
    steps: [{ edit: { "public/picture.svg": svg(20) }, expect: { text: { "#a": "width 20" }, page: "reloaded" } }],
    vite: { differs: "Vite takes no notice of files in `public`" },
  },
];
