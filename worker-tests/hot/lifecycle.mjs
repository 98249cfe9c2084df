// What a module may say and keep between its versions: `data`, `dispose`, `prune`, `invalidate`, events.

export default [
  {
    name: "`data` is one object for all versions of a module",
    covers: [2],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": 'const { data } = import.meta.hot;\nconst count = data.count ?? 0;\nconsole.log("version 1", count, data === (globalThis.first ??= data));\nimport.meta.hot.dispose((given) => { given.count = count + 1; console.log("the same", given === data) });\nimport.meta.hot.accept();\n',
    },
    steps: [
      { edit: { "src/self.js": ["version 1", "version 2"] }, expect: { said: ["the same true", "version 2 1 true"] } },
      { edit: { "src/self.js": ["version 2", "version 3"] }, expect: { said: ["the same true", "version 3 2 true"] } },
    ],
    vite: "same",
  },
  {
    name: "`dispose` is awaited before the next version runs, and the last one told holds",
    covers: [1, 22],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": 'console.log("version 1");\nimport.meta.hot.dispose(() => console.log("never"));\nimport.meta.hot.dispose(async () => { console.log("disposing"); await new Promise((done) => setTimeout(done, 20)); console.log("disposed") });\nimport.meta.hot.accept();\n',
    },
    steps: [{ edit: { "src/self.js": ["version 1", "version 2"] }, expect: { said: ["disposing", "disposed", "version 2"] } }],
    vite: "same",
  },
  {
    name: "every module on the way to the acceptor is disposed of, before any runs",
    covers: [22],
    files: {
      "src/main.js": 'import "./middle.js";\nimport.meta.hot.accept("./middle.js", () => console.log("accepted"));\n',
      "src/middle.js": 'import "./leaf.js";\nconsole.log("middle");\nimport.meta.hot.dispose(() => console.log("disposed"));\n',
      "src/leaf.js": 'console.log("leaf 1");\nimport.meta.hot.dispose(() => console.log("disposed"));\n',
    },
    steps: [{ edit: { "src/leaf.js": ["leaf 1", "leaf 2"] }, expect: { said: undefined, updates: 1 } }, { edit: { "src/leaf.js": ["leaf 2", "leaf 3"] }, expect: { said: ["disposed", "disposed", "leaf 3", "middle", "accepted"] } }],
    vite: { differs: "Vite disposes of the module that was accepted, and of no other" },
  },
  {
    name: "what is imported no more is disposed of, then pruned, and forgets its data",
    covers: [22],
    files: {
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import "./leaf.js";\nconsole.log("top 1");\nimport.meta.hot.accept();\n',
      "src/leaf.js": 'console.log("leaf", import.meta.hot.data.times ?? "fresh");\nimport.meta.hot.data.times = "used";\nimport.meta.hot.dispose((data) => console.log("disposed", data.times));\nimport.meta.hot.prune((data) => console.log("pruned", data.times));\n',
    },
    steps: [
      { edit: { "src/top.js": 'console.log("top 2");\nimport.meta.hot.accept();\n' }, expect: { said: ["top 2", "disposed used", "pruned used"], updates: 1 } },
      { edit: { "src/top.js": 'import "./leaf.js";\nconsole.log("top 3");\nimport.meta.hot.accept();\n' }, expect: { said: ["leaf fresh", "top 3"], updates: 1 } },
    ],
    vite: "same",
  },
  {
    name: "what is imported no more is told of by `vite:beforePrune`",
    covers: [22],
    files: {
      "src/main.js": 'import "./top.js";\n',
      "src/top.js": 'import "./leaf.js";\nconsole.log("top 1");\nimport.meta.hot.accept();\n',
      "src/leaf.js": 'import.meta.hot.on("vite:beforePrune", () => console.log("before"));\nimport.meta.hot.dispose(() => console.log("disposed"));\nimport.meta.hot.prune(() => console.log("pruned"));\n',
    },
    steps: [
      { edit: { "src/top.js": 'console.log("top 2");\nimport.meta.hot.accept();\n' }, expect: { said: undefined } },
      { edit: { "src/top.js": 'console.log("top 3");\nimport.meta.hot.accept();\n' }, expect: { said: ["top 3"], events: ["beforeUpdate", "afterUpdate"] } },
    ],
    vite: "same",
  },
  {
    name: "what another still imports is not pruned",
    covers: [22],
    files: {
      "src/main.js": 'import "./top.js";\nimport "./other.js";\n',
      "src/top.js": 'import "./leaf.js";\nconsole.log("top 1");\nimport.meta.hot.accept();\n',
      "src/other.js": 'import "./leaf.js";\n',
      "src/leaf.js": 'console.log("leaf");\nimport.meta.hot.prune(() => console.log("pruned"));\n',
    },
    steps: [{ edit: { "src/top.js": 'console.log("top 2");\nimport.meta.hot.accept();\n' }, expect: { said: ["top 2"], updates: 1 } }],
    vite: "same",
  },
  {
    name: "`invalidate` hands the update on to the importers, with what it says",
    covers: [4],
    files: {
      "src/main.js": 'import "./parent.js";\nimport.meta.hot.on("vite:invalidate", ({ path, message }) => console.log("invalidated", path, message));\n',
      "src/parent.js": 'import { value } from "./child.js";\nconsole.log("parent", value);\nimport.meta.hot.accept();\n',
      "src/child.js": 'export const value = "one";\nconsole.log("child", value);\nimport.meta.hot.accept(() => import.meta.hot.invalidate("not by me"));\n',
    },
    steps: [{ edit: { "src/child.js": ["one", "two"] }, expect: { said: ["child two", "invalidated /src/child.js not by me", "parent two"] } }],
    vite: "same",
  },
  {
    name: "`invalidate` where no importer accepts loads the page again, in every tab",
    covers: [4, 9],
    tabs: 2,
    files: {
      "src/main.js": 'import { value } from "./child.js";\ndocument.querySelector("#root").textContent = value;\n',
      "src/child.js": 'export const value = "one";\nimport.meta.hot.accept(() => import.meta.hot.invalidate());\n',
    },
    start: { text: { "#root": "one" } },
    steps: [{ edit: { "src/child.js": ["one", "two"] }, expect: { text: { "#root": "two" }, page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "`invalidate` with several tabs updates each once",
    covers: [4],
    tabs: 2,
    files: {
      "src/main.js": 'import "./parent.js";\n',
      "src/parent.js": 'import { value } from "./child.js";\nconsole.log("parent", value);\nimport.meta.hot.accept();\n',
      "src/child.js": 'export const value = "one";\nimport.meta.hot.accept(() => import.meta.hot.invalidate());\n',
    },
    steps: [{ edit: { "src/child.js": ["one", "two"] }, expect: { said: ["parent two"] } }, { edit: { "src/child.js": ["two", "three"] }, expect: { said: ["parent three"] } }],
    vite: "same",
  },
  {
    name: "`invalidate` at a module's first run of a version",
    covers: [4],
    files: {
      "src/main.js": 'import "./parent.js";\n',
      "src/parent.js": 'import { value } from "./child.js";\nconsole.log("parent", value);\nimport.meta.hot.accept();\n',
      "src/child.js": 'export const value = "one";\nimport.meta.hot.accept();\nif (import.meta.hot.data.seen) import.meta.hot.invalidate();\nimport.meta.hot.data.seen = true;\n',
    },
    steps: [{ edit: { "src/child.js": ["one", "two"] }, expect: { said: ["parent two"] } }],
    vite: "same",
  },
  {
    name: "`decline` does nothing",
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": 'console.log("version 1");\nimport.meta.hot.decline();\nimport.meta.hot.accept();\n',
    },
    steps: [{ edit: { "src/self.js": ["version 1", "version 2"] }, expect: { said: ["version 2"], updates: 1 } }],
    vite: "same",
  },
  {
    name: "listeners of an old version are gone, and `off` takes one away",
    covers: [23],
    files: {
      "src/main.js": 'import "./self.js";\n',
      "src/self.js": 'const version = "version 1";\nimport.meta.hot.on("said", (data) => console.log(version, data));\nconst gone = () => console.log("never");\nimport.meta.hot.on("said", gone);\nimport.meta.hot.off("said", gone);\nimport.meta.hot.on("vite:afterUpdate", () => console.log(version, "after"));\nimport.meta.hot.accept();\n',
    },
    steps: [
      { custom: ["said", "hello"], expect: { said: ["version 1 hello"] }, fence: false },
      { edit: { "src/self.js": ["version 1", "version 2"] }, expect: { said: ["version 2 after"] }, fence: false },
      { custom: ["said", "again"], expect: { said: ["version 2 again"] }, fence: false },
    ],
    vite: "same",
  },
  {
    name: "events come in their order: before an update its modules are the old ones, after it the new",
    files: {
      "src/main.js": 'import "./self.js";\nfor (const event of ["vite:beforeUpdate", "vite:afterUpdate"]) import.meta.hot.on(event, ({ type, updates }) => console.log(event, type, updates.map(({ type, path }) => type + " " + path).join()));\n',
      "src/self.js": 'console.log("version 1");\nimport.meta.hot.accept();\n',
    },
    steps: [{ edit: { "src/self.js": ["version 1", "version 2"] }, fence: false, expect: { said: ["vite:beforeUpdate update js-update /src/self.js", "version 2", "vite:afterUpdate update js-update /src/self.js"] } }],
    vite: "same",
  },
  {
    name: "a listener of `vite:beforeUpdate` is awaited",
    files: {
      "src/main.js": 'import "./self.js";\nimport.meta.hot.on("vite:beforeUpdate", async () => { console.log("waits"); await new Promise((done) => setTimeout(done, 20)); console.log("waited") });\n',
      "src/self.js": 'console.log("version 1");\nimport.meta.hot.accept();\n',
    },
    steps: [{ edit: { "src/self.js": ["version 1", "version 2"] }, fence: false, expect: { said: ["waits", "waited", "version 2"] } }],
    vite: "same",
  },
  {
    name: "before the page is loaded again, `vite:beforeFullReload` tells",
    covers: [9],
    files: {
      "src/main.js": 'console.log("version 1");\nimport.meta.hot.on("vite:beforeFullReload", () => console.log("before"));\n',
    },
    steps: [{ edit: { "src/main.js": ["version 1", "version 2"] }, expect: { said: ["before", "version 2"], page: "reloaded" } }],
    vite: "same",
  },
  {
    name: "`import.meta.hot` has Vite's members, and one `data` from the start",
    files: {
      "src/main.js": 'const { hot } = import.meta;\nconsole.log(["accept", "acceptExports", "dispose", "prune", "decline", "invalidate", "on", "off", "send"].map((name) => typeof hot[name]).join(), JSON.stringify(hot.data), hot === import.meta.hot);\n',
    },
    start: { said: ["function,function,function,function,function,function,function,function,function {} true"] },
    steps: [],
    vite: "same",
  },
];
