// Updates of modules that import each other in a circle.

export default [
  {
    name: "a module in a circle that accepts itself is updated",
    covers: [6],
    files: {
      "src/main.js": 'import "./a.js";\n',
      "src/a.js": 'import { b } from "./b.js";\nexport const a = "a";\nexport const both = () => a + b();\n',
      "src/b.js": 'import { c } from "./c.js";\nexport const b = () => "b" + c();\n',
      "src/c.js": 'import { a } from "./a.js";\nexport const c = () => "c1" + a;\nif (import.meta.hot.data.before) console.log(c());\nimport.meta.hot.data.before = true;\nimport.meta.hot.accept();\n',
    },
    steps: [{ edit: { "src/c.js": ["c1", "c2"] }, expect: { said: ["c2a"], updates: 1 } }],
    vite: "same",
  },
  {
    name: "a circle that nobody accepts loads the page again, once",
    covers: [6],
    files: {
      "src/main.js": 'import { even } from "./even.js";\ndocument.querySelector("#root").textContent = "4 is " + even(4);\n',
      "src/even.js": 'import { odd } from "./odd.js";\nexport const even = (n) => (n === 0 ? "even" : odd(n - 1));\n',
      "src/odd.js": 'import { even } from "./even.js";\nexport const odd = (n) => (n === 0 ? "odd" : even(n - 1));\n',
    },
    start: { text: { "#root": "4 is even" } },
    steps: [{ edit: { "src/even.js": ['"even"', '"even!"'] }, expect: { text: { "#root": "4 is even!" }, page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "a circle below an acceptor runs again as a whole",
    covers: [6],
    files: {
      "src/main.js": 'import { even } from "./even.js";\nconsole.log(even(4));\nimport.meta.hot.accept("./even.js", (next) => console.log(next.even(4)));\n',
      "src/even.js": 'import { odd } from "./odd.js";\nexport const even = (n) => (n === 0 ? "even" : odd(n - 1));\n',
      "src/odd.js": 'import { even } from "./even.js";\nexport const odd = (n) => (n === 0 ? "odd" : even(n - 1));\n',
    },
    steps: [
      { edit: { "src/even.js": ['"even"', '"even!"'] }, expect: { said: ["even!"], updates: 1 } },
      { edit: { "src/odd.js": ["even(n - 1)", 'even(n - 1) + "?"'] }, expect: { said: ["even!??"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "a circle through the acceptor itself does not lose it",
    covers: [6, 36],
    files: {
      "src/main.js": 'import "./provider.js";\n',
      "src/provider.js": 'import { consume } from "./consumer.js";\nexport const context = { value: "given" };\nexport const run = () => consume();\nconsole.log("provider", run());\nimport.meta.hot.accept();\n',
      "src/consumer.js": 'import { context } from "./provider.js";\nexport const consume = () => context?.value ?? "nothing";\nconsole.log("consumer 1");\n',
    },
    steps: [
      { edit: { "src/consumer.js": ["consumer 1", "consumer 2"] }, expect: { said: ["consumer 2", "provider given"] } },
      { edit: { "src/provider.js": ['"given"', '"given again"'] }, expect: { said: undefined } },
    ],
    vite: "same",
  },
  {
    name: "`invalidate` that goes round in a circle ends, with the page loaded again once",
    covers: [5],
    files: {
      "src/main.js": 'import { parent } from "./parent.js";\ndocument.querySelector("#root").textContent = parent();\n',
      "src/parent.js": 'import { child } from "./child.js";\nexport function parent() { return "parent of " + child() }\nimport.meta.hot.accept(() => import.meta.hot.invalidate());\n',
      "src/child.js": 'import { parent } from "./parent.js";\nexport function child() { return "one, " + typeof parent }\nimport.meta.hot.accept(() => import.meta.hot.invalidate());\n',
    },
    start: { text: { "#root": "parent of one, function" } },
    steps: [{ edit: { "src/child.js": ["one", "two"] }, expect: { text: { "#root": "parent of two, function" }, page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "`invalidate` in a circle is taken one level up, without a reload",
    covers: [5],
    files: {
      "src/main.js": 'import "./parent.js";\n',
      "src/parent.js": 'import { child } from "./child.js";\nexport function parent() {}\nconsole.log("parent of " + child());\nimport.meta.hot.accept();\n',
      "src/child.js": 'import { parent } from "./parent.js";\nexport function child() { return "one, " + typeof parent }\nimport.meta.hot.accept(() => import.meta.hot.invalidate());\n',
    },
    steps: [
      { edit: { "src/child.js": ["one", "two"] }, expect: { said: ["parent of two, function"] } },
      { edit: { "src/child.js": ["two", "three"] }, expect: { said: ["parent of three, function"] } },
    ],
    vite: "same",
  },
  {
    name: "a module that throws when it is entered into its circle again loads the page again, once",
    covers: [6],
    files: {
      "src/main.js": 'import { shown } from "./base.js";\ndocument.querySelector("#root").textContent = shown();\n',
      "src/base.js": 'import { child } from "./child.js";\nexport const base = () => "base of " + child;\nexport const shown = () => base();\n',
      "src/child.js": 'import { base } from "./base.js";\nexport const child = "one";\nif (import.meta.hot.data.ran) throw new Error("the circle broke");\nimport.meta.hot.data.ran = true;\nimport.meta.hot.accept();\n',
    },
    start: { text: { "#root": "base of one" } },
    steps: [{ edit: { "src/child.js": ['= "one"', '= "two"'] }, expect: { text: { "#root": "base of two" }, page: "reloaded", errors: true } }],
    vite: "same",
  },
];
