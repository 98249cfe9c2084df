// Style sheets: imported, linked, modules of class names, Sass; swapped without a frame that has none.
import { page } from "../support/hot-tree.mjs";

const RED = "rgb(255, 0, 0)", GREEN = "rgb(0, 128, 0)", BLUE = "rgb(0, 0, 255)", NONE = "rgba(0, 0, 0, 0)";
const body = '<p id="a" class="a">a</p><p id="b" class="b">b</p><input id="typed">';
const html = page({ body });
const paint = (selector, colour) => `${selector} { background: ${colour}; }\n`;
const background = (selector, value) => ({ styles: { [selector]: { backgroundColor: value } } });
const only = (selector, ...values) => ({ [selector]: { backgroundColor: values } });

export default [
  {
    name: "an imported sheet is swapped without a reload, and without a frame without it",
    covers: [28],
    files: { "index.html": html, "src/main.js": 'import "./main.css";\nconsole.log("main");\n', "src/main.css": paint(".a", "red") },
    start: background("#a", RED),
    steps: [
      { act: [["fill", "#typed", "kept"]], watch: only("#a", RED, GREEN), edit: { "src/main.css": ["red", "green"] }, expect: { ...background("#a", GREEN), values: { "#typed": "kept" }, updates: 1 } },
      { watch: only("#a", GREEN, BLUE), edit: { "src/main.css": ["green", "blue"] }, expect: { ...background("#a", BLUE), values: { "#typed": "kept" }, updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a linked sheet is swapped without a reload, and without a frame without it",
    covers: [28],
    files: { "index.html": page({ head: '<link rel="stylesheet" href="/src/page.css">', body }), "src/main.js": "", "src/page.css": paint(".a", "red") },
    start: background("#a", RED),
    steps: [
      { act: [["fill", "#typed", "kept"]], watch: only("#a", RED, GREEN), edit: { "src/page.css": ["red", "green"] }, expect: { ...background("#a", GREEN), values: { "#typed": "kept" }, updates: 1 } },
      { watch: only("#a", GREEN, BLUE), edit: { "src/page.css": ["green", "blue"] }, expect: { ...background("#a", BLUE), values: { "#typed": "kept" }, updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "the attributes of a linked sheet are kept, and one link is left",
    covers: [28],
    files: {
      "index.html": page({ head: '<link rel="stylesheet" href="/src/page.css" media="screen" data-name="page">', body }),
      "src/main.js": 'document.querySelector("#b").onclick = () => console.log([...document.querySelectorAll("link[rel=stylesheet]")].map(({ media, dataset }) => media + dataset.name).join());\n',
      "src/page.css": paint(".a", "red"),
    },
    start: background("#a", RED),
    steps: [{ edit: { "src/page.css": ["red", "green"] }, expect: background("#a", GREEN) }, { act: [["click", "#b"]], expect: { said: ["screenpage"] } }],
    vite: "same",
  },
  {
    name: "of two sheets, the order is kept when the first changes",
    files: { "index.html": html, "src/main.js": 'import "./one.css";\nimport "./two.css";\n', "src/one.css": paint(".a", "red"), "src/two.css": paint(".a", "green") },
    start: background("#a", GREEN),
    steps: [
      { watch: only("#a", GREEN), edit: { "src/one.css": ["red", "blue"] }, expect: { ...background("#a", GREEN), updates: 1 } },
      { edit: { "src/two.css": paint(".b", "green") }, expect: { ...background("#a", BLUE), updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a sheet that another imports",
    files: { "index.html": html, "src/main.js": 'import "./main.css";\n', "src/main.css": '@import "./base.css";\n.b { background: green; }\n', "src/base.css": paint(".a", "red") },
    start: { styles: { "#a": { backgroundColor: RED }, "#b": { backgroundColor: GREEN } } },
    steps: [
      { watch: only("#b", GREEN), edit: { "src/base.css": ["red", "blue"] }, expect: { styles: { "#a": { backgroundColor: BLUE }, "#b": { backgroundColor: GREEN } }, updates: 1 } },
      { edit: { "src/main.css": ['@import "./base.css";\n', ""] }, expect: { styles: { "#a": { backgroundColor: NONE }, "#b": { backgroundColor: GREEN } } } },
      { edit: { "src/main.css": '@import "./base.css";\n.b { background: red; }\n' }, expect: { styles: { "#a": { backgroundColor: BLUE }, "#b": { backgroundColor: RED } } } },
    ],
    vite: "same",
  },
  {
    name: "the import of a sheet goes and returns, and the sheet with it",
    covers: [29],
    files: { "index.html": html, "src/main.js": 'import "./top.js";\n', "src/top.js": 'import "./top.css";\nimport.meta.hot.accept();\n', "src/top.css": paint(".a", "red") },
    start: background("#a", RED),
    steps: [
      { edit: { "src/top.js": "import.meta.hot.accept();\n" }, expect: background("#a", NONE) },
      { edit: { "src/top.js": 'import "./top.css";\nimport.meta.hot.accept();\n' }, expect: background("#a", RED) },
      { edit: { "src/top.css": ["red", "blue"] }, expect: background("#a", BLUE) },
    ],
    vite: "same",
  },
  {
    name: "a sheet that can't be read is an error, and healed",
    covers: [16, 39],
    files: { "index.html": html, "src/main.js": 'import "./main.css";\n', "src/main.css": '@import "./base.css";\n', "src/base.css": paint(".a", "red") },
    start: background("#a", RED),
    steps: [
      { edit: { "src/main.css": '@import "./gone.css";\n' }, expect: { ...background("#a", RED), overlay: ["gone.css"] } },
      { edit: { "src/main.css": '@import "./base.css";\n.b { background: green; }\n' }, expect: { styles: { "#a": { backgroundColor: RED }, "#b": { backgroundColor: GREEN } } } },
    ],
    vite: "same",
  },
  {
    name: "what a module of class names says reaches who accepts it, names and rules together",
    covers: [29],
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import names, { box } from "./top.module.css";\ndocument.querySelector("#a").className = box;\ndocument.querySelector("#b").textContent = Object.keys(names).join();\nimport.meta.hot.accept();\n',
      "src/top.module.css": paint(".box", "red"),
    },
    start: { ...background("#a", RED), text: { "#b": "box" } },
    steps: [
      { watch: only("#a", RED, GREEN), edit: { "src/top.module.css": ["red", "green"] }, expect: { ...background("#a", GREEN), updates: 1 } },
      { watch: only("#a", GREEN, BLUE), edit: { "src/top.module.css": `${paint(".box", "blue")}.more { color: red; }\n` }, expect: { ...background("#a", BLUE), text: { "#b": "box,more" }, updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a module of class names that nobody accepts loads the page again",
    covers: [29],
    files: {
      "index.html": html,
      "src/main.js": 'import { box } from "./top.module.css";\ndocument.querySelector("#a").className = box;\n',
      "src/top.module.css": paint(".box", "red"),
    },
    start: background("#a", RED),
    steps: [{ edit: { "src/top.module.css": ["red", "green"] }, expect: { ...background("#a", GREEN), page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "a sheet as a text, by `?inline`",
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import text from "./top.css?inline";\ndocument.querySelector("#a").textContent = String(text.includes("red"));\nimport.meta.hot.accept();\n',
      "src/top.css": paint(".a", "red"),
    },
    start: { text: { "#a": "true" } },
    steps: [{ edit: { "src/top.css": ["red", "green"] }, expect: { text: { "#a": "false" }, updates: 1 } }],
    vite: "same",
  },
  {
    name: "Sass: a sheet and what it uses",
    files: {
      "index.html": html,
      "src/main.js": 'import "./main.scss";\n',
      "src/main.scss": '@use "./colours" as c;\n.a { background: c.$first; &.a { color: c.$first; } }\n',
      "src/_colours.scss": "$first: red;\n",
    },
    start: background("#a", RED),
    steps: [
      { watch: only("#a", RED, GREEN), edit: { "src/_colours.scss": ["red", "green"] }, expect: { ...background("#a", GREEN), updates: 1 } },
      { edit: { "src/main.scss": [".a { background", ".b { background: blue; }\n.a { background"] }, expect: { styles: { "#a": { backgroundColor: GREEN }, "#b": { backgroundColor: BLUE } }, updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a script and its sheet of one batch",
    covers: [10],
    files: {
      "index.html": html,
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import "./top.css";\ndocument.querySelector("#a").textContent = "one";\nimport.meta.hot.accept();\n',
      "src/top.css": paint(".a", "red"),
    },
    start: { ...background("#a", RED), text: { "#a": "one" } },
    steps: [{ watch: only("#a", RED, GREEN), edit: { "src/top.css": ["red", "green"], "src/top.js": ["one", "two"] }, expect: { ...background("#a", GREEN), text: { "#a": "two" }, updates: 1 } }],
    vite: { varies: "Vite's update is of one file: whether the page is told of both at once is its watcher's to say" },
  },
  {
    name: "comments in a sheet are no update",
    covers: [12],
    files: { "index.html": html, "src/main.js": 'import "./main.css";\n', "src/main.css": paint(".a", "red") },
    start: background("#a", RED),
    steps: [{ edit: { "src/main.css": "/* What is red. */\n\n.a {\n  background: red;\n}\n" }, expect: { ...background("#a", RED), updates: 0 } }],
    vite: { differs: "Vite's update is of whatever was written" },
  },
  {
    name: "an image that a sheet names",
    files: {
      "index.html": html,
      "src/main.js": 'import "./main.css";\nconst a = document.querySelector("#a");\na.onclick = async () => { const [, url] = /url\\("(.*)"\\)/.exec(getComputedStyle(a).backgroundImage); a.textContent = /width="(\\d+)"/.exec(decodeURIComponent(await (await fetch(url)).text()))[1] };\n',
      "src/main.css": '.a { background: url("./picture.svg?no-inline"); }\n',
      "src/picture.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n',
    },
    steps: [
      { act: [["click", "#a"]], expect: { text: { "#a": "10" } } },
      { edit: { "src/picture.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>\n' }, expect: { text: { "#a": "10" }, updates: 1 } },
      { act: [["click", "#a"]], expect: { text: { "#a": "20" } } },
    ],
    vite: "same",
  },
];
