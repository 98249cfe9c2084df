// When a component keeps its state over an edit, and when it begins anew: React's rules of Fast Refresh.

/** The versions of React that the rules are held under. */
const react = [19, 18];
const STATE = "const [count, setCount] = useState(0);";
/** A counter; `rest` is said before its component, `body` within. */
const counter = ({ rest = "", state = STATE, body = "", title = "one", head = "export default function App() {", end = "" } = {}) =>
  `import { useState } from "react";\n${rest}\n${head}\n  ${state}\n  ${body}\n  return (\n    <main>\n      <h1>${title}</h1>\n      <button onClick={() => setCount(count + 1)}>{count}</button>\n    </main>\n  );\n}\n${end}`;
const shown = (title, count) => ({ text: { h1: title, button: String(count) } });
/** Two clicks, so that there is a state to lose. */
const clicked = (title = "one") => ({ act: [["click", "button"], ["click", "button"]], expect: shown(title, 2) });
/** An edit of the app after which the state is still there, or is not. */
const keeps = (edit, title, count = 2) => ({ edit: { "src/App.jsx": edit }, expect: { ...shown(title, count), updates: 1 } });
const loses = (edit, title = "two") => keeps(edit, title, 0);
/** A behaviour of an app that is this one file. */
const app = (name, text, steps, more = {}) => ({ name, react, files: { "src/App.jsx": text }, start: shown("one", 0), steps: [clicked(), ...steps], vite: "same", ...more });

const NAMED = "function Counter() {", END = "export default Counter;\n";
const CLASS = 'import { Component } from "react";\n\nexport default class Counter extends Component {\n  state = { count: 0 };\n  render() {\n    return <main><h1>one</h1><button onClick={() => this.setState({ count: this.state.count + 1 })}>{this.state.count}</button></main>;\n  }\n}\n';
const into = (edit, title) => ({ edit: { "src/Counter.jsx": edit }, expect: shown(title, 0) });
const stays = (edit, title) => ({ edit: { "src/Counter.jsx": edit }, expect: shown(title, 2) });
/** The same, where what is edited is a component below another, which stays. */
const below = (name, steps, more = {}) =>
  app(name, "", steps, {
    covers: [34],
    files: { "src/App.jsx": 'import Counter from "./Counter";\n\nexport default function App() {\n  return <Counter />;\n}\n', "src/Counter.jsx": counter({ head: NAMED, end: END }) },
    vite: { differs: "plugin-react goes by the name that a component was registered by first: what wraps or replaces it later is not shown" },
    ...more,
  });

export default [
  app(
    "edits of markup, of a handler and of the body keep the state, and what is typed",
    counter({ body: "const typed = <input />;" }).replace("</main>", "{typed}</main>"),
    [
      { act: [["fill", "input", "kept"]], expect: { values: { input: "kept" } } },
      { edit: { "src/App.jsx": ["<h1>one</h1>", '<h1 className="new">two</h1>'] }, expect: { ...shown("two", 2), values: { input: "kept" }, updates: 1, events: ["beforeUpdate", "afterUpdate"] } },
      { edit: { "src/App.jsx": ["count + 1", "count + 10"] }, expect: { ...shown("two", 2), values: { input: "kept" }, updates: 1 } },
      { act: [["click", "button"]], expect: { ...shown("two", 12), values: { input: "kept" } } },
      { edit: { "src/App.jsx": ["const typed", 'const label = "three";\n  const typed', ">two<", ">{label}<"] }, expect: { ...shown("three", 12), values: { input: "kept" }, updates: 1 } },
    ],
    { covers: [30] },
  ),
  app("an edit of a component below keeps the state of those above and beside it", counter({ rest: 'import Leaf from "./Leaf";' }).replace("</main>", "<Leaf /></main>"), [
    { act: [["click", "#leaf"]], expect: { text: { "#leaf": "leaf 1" } } },
    { edit: { "src/Leaf.jsx": [">leaf ", ">Leaf "] }, expect: { text: { h1: "one", button: "2", "#leaf": "Leaf 1" }, updates: 1 } },
    { edit: { "src/App.jsx": ["one", "two"] }, expect: { text: { h1: "two", button: "2", "#leaf": "Leaf 1" }, updates: 1 } },
  ], {
    covers: [30],
    files: {
      "src/App.jsx": counter({ rest: 'import Leaf from "./Leaf";' }).replace("</main>", "<Leaf /></main>"),
      "src/Leaf.jsx": 'import { useState } from "react";\n\nexport default function Leaf() {\n  const [n, setN] = useState(0);\n  return <p id="leaf" onClick={() => setN(n + 1)}>leaf {n}</p>;\n}\n',
    },
  }),
  app("a new hook, and the order of hooks, begin anew", counter(), [
    loses(["useState(0);", 'useState(0);\n  const [more] = useState("more");', ">one<", ">two<"]),
    clicked("two"),
    loses(['const [count, setCount] = useState(0);\n  const [more] = useState("more");', 'const [more] = useState("more");\n  const [count, setCount] = useState(0);', ">two<", ">three<"], "three"),
    clicked("three"),
    loses(['const [more] = useState("more");\n', "", ">three<", ">four<"], "four"),
  ], { covers: [34] }),
  app("another name for a state variable begins anew", counter(), [loses(["const [count, setCount]", "const [total, setCount]", "setCount(count + 1)", "setCount(total + 1)", ">{count}<", ">{total}<", ">one<", ">two<"])], { covers: [34] }),
  app("another initial state begins anew", counter(), [
    { edit: { "src/App.jsx": ["useState(0)", "useState(5)"] }, expect: { ...shown("one", 5), updates: 1 } },
    { act: [["click", "button"]], expect: shown("one", 6) },
    { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: { ...shown("two", 6), updates: 1 } },
  ], { covers: [34] }),
  app("another initial state of a reducer begins anew, another reducer does not", counter({ state: "const [count, setCount] = useReducer((_, next) => next, 0);" }).replace("useState", "useReducer"), [
    keeps(["(_, next) => next", "(_, next) => next * 2"], "one"),
    { edit: { "src/App.jsx": ["next * 2, 0", "next * 2, 7"] }, expect: { ...shown("one", 7), updates: 1 } },
  ], { covers: [34] }),
  app("another value behind the initial state keeps the state", counter({ rest: "const START = 0;", state: "const [count, setCount] = useState(START);" }), [keeps(["START = 0", "START = 5", ">one<", ">two<"], "two")], { covers: [34] }),
  app("effects run again, and the state is kept, though nothing that they depend on changed", counter({ body: 'useEffect(() => { console.log("effect 1"); return () => console.log("cleanup 1") }, []);' }).replace("{ useState }", "{ useEffect, useState }"), [
    { edit: { "src/App.jsx": ["effect 1", "effect 2", "cleanup 1", "cleanup 2"] }, expect: { ...shown("one", 2), said: ["cleanup 1", "effect 2"] } },
    { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: { ...shown("two", 2), said: ["cleanup 2", "effect 2"] } },
  ], { covers: [34] }),
  app("`useMemo` and `useCallback` compute again, and the state is kept", counter({ body: 'const title = useMemo(() => "one", []);', title: "{title}" }).replace("{ useState }", "{ useMemo, useState }"), [keeps(['"one"', '"two"'], "two")], { covers: [34] }),
  app("`@refresh reset` begins anew at every edit", counter({ rest: "// @refresh reset" }), [loses([">one<", ">two<"]), clicked("two"), loses([">two<", ">three<"], "three")], { covers: [34], vite: { differs: "oxc's transform, which Vite uses, knows no `@refresh reset`" } }),
  app("a custom hook of the same file that changes its hooks begins anew, one that changes its body does not", counter({ rest: "function useCount() {\n  const [count, setCount] = useState(0);\n  return [count, setCount];\n}\n", state: "const [count, setCount] = useCount();" }), [
    keeps(["return [count, setCount]", "return [count, setCount, 1]", ">one<", ">two<"], "two"),
    loses(["return [count", 'useState("more");\n  return [count', ">two<", ">three<"], "three"),
  ], { covers: [34, 35] }),
  ...["js", "jsx"].map((extension) =>
    app(`a custom hook of another file, \`.${extension}\`, that changes its hooks begins anew, one that changes its body does not`, "", [
      { edit: { [`src/useCount.${extension}`]: ["set(count + 1)", "set(count + 10)"] }, expect: { ...shown("one", 2), updates: 1 } },
      { act: [["click", "button"]], expect: shown("one", 12) },
      { edit: { [`src/useCount.${extension}`]: ["return", 'useState("more");\n  return'] }, expect: { ...shown("one", 0), updates: 1 } },
    ], {
      covers: [34, 35],
      files: {
        "src/App.jsx": 'import { useCount } from "./useCount";\n\nexport default function App() {\n  const [count, add] = useCount();\n  return <main><h1>one</h1><button onClick={add}>{count}</button></main>;\n}\n',
        [`src/useCount.${extension}`]: 'import { useState } from "react";\n\nexport function useCount() {\n  const [count, set] = useState(0);\n  return [count, () => set(count + 1)];\n}\n',
      },
      vite: { differs: "plugin-react signs no hooks in files that have no components" },
    }),
  ),
  app("custom hooks in another order begin anew", counter({ rest: "const useOne = () => useState(0);\nconst useTwo = () => useState(0);\n", state: "const [count, setCount] = useOne();\n  const [other] = useTwo();" }), [
    loses(["const [count, setCount] = useOne();\n  const [other] = useTwo();", "const [other] = useTwo();\n  const [count, setCount] = useOne();", ">one<", ">two<"]),
  ], { covers: [34] }),
  app("a hook that is made within the component begins anew at every edit", counter({ state: "const useCount = () => useState(0);\n  const [count, setCount] = useCount();" }), [loses([">one<", ">two<"])], { covers: [34] }),
  app("a class begins anew at every edit", "", [loses([">one<", ">two<"]), clicked("two"), loses(["count: this", "count: 0 + this"], "two")], {
    covers: [33],
    files: {
      "src/App.jsx": 'import { Component } from "react";\n\nexport default class App extends Component {\n  state = { count: 0 };\n  render() {\n    return <main><h1>one</h1><button onClick={() => this.setState({ count: this.state.count + 1 })}>{this.state.count}</button></main>;\n  }\n}\n',
    },
  }),
  below("a function that becomes a class, or is one no more, begins anew", [
    into(CLASS.replace(">one<", ">two<"), "two"),
    clicked("two"),
    into(counter({ title: "three", head: NAMED, end: END }), "three"),
    clicked("three"),
    stays([">three<", ">four<"], "four"),
  ], { covers: [33, 34] }),
  below("wrapped in `memo`, and unwrapped, begins anew; while it is, it keeps its state", [
    into(["import { useState }", "import { memo, useState }", "default Counter", "default memo(Counter)", ">one<", ">two<"], "two"),
    clicked("two"),
    stays([">two<", ">three<"], "three"),
    into(["default memo(Counter)", "default Counter", ">three<", ">four<"], "four"),
  ]),
  below("wrapped in `forwardRef`, and that in `memo`, begins anew; while it is, it keeps its state", [
    into(["import { useState }", "import { forwardRef, memo, useState }", "default Counter", "default forwardRef(Counter)", "function Counter()", "function Counter(props, ref)", ">one<", ">two<"], "two"),
    clicked("two"),
    stays([">two<", ">three<"], "three"),
    into(["default forwardRef(Counter)", "default memo(forwardRef(Counter))", ">three<", ">four<"], "four"),
    clicked("four"),
    stays([">four<", ">five<"], "five"),
  ]),
  below("wrapped in a higher-order component begins anew, with what that shows; while it is, it keeps its state", [
    into(['import { useState } from "react";\n', 'import { useState } from "react";\nconst wrapped = (Inner) => function Wrapped(props) { return <section><i>wrapped</i><Inner {...props} /></section> };\n', "default Counter", "default wrapped(Counter)", ">one<", ">two<"], "two"),
    { expect: { text: { i: "wrapped" } } },
    clicked("two"),
    stays([">two<", ">three<"], "three"),
  ]),
  app("a component of `memo(…)` that is a constant keeps its state", counter({ head: "const App = memo(() => {", end: ");\nexport default App;\n" }).replace("}\n);", "});").replace("{ useState }", "{ memo, useState }"), [keeps([">one<", ">two<"], "two")], { covers: [34, 35] }),
  app("a component of `memo(forwardRef(…))` that is a constant keeps its state", counter({ head: "const App = memo(forwardRef(function App(props, ref) {", end: "));\nexport default App;\n" }).replace("}\n));", "}));").replace("{ useState }", "{ forwardRef, memo, useState }"), [keeps([">one<", ">two<"], "two")], { covers: [34, 35] }),
  app("arrow functions, and several components of one file, keep their state", "", [
    keeps([">one<", ">two<"], "two"),
    { edit: { "src/App.jsx": ["{count}<", "{count + 0}<"] }, expect: { ...shown("two", 2), updates: 1 } },
  ], {
    covers: [35],
    files: { "src/App.jsx": 'import { useState } from "react";\n\nconst Title = () => <h1>one</h1>;\n\nexport const Counter = () => {\n  const [count, setCount] = useState(0);\n  return <button onClick={() => setCount(count + 1)}>{count}</button>;\n};\n\nconst App = () => (\n  <main>\n    <Title />\n    <Counter />\n  </main>\n);\nexport default App;\n' },
  }),
  app("an anonymous default function with hooks keeps its state, and begins anew when its hooks change", counter({ head: "export default function () {" }), [
    keeps([">one<", ">two<"], "two"),
    loses(["useState(0);", 'useState(0);\n  useState("more");', ">two<", ">three<"], "three"),
    clicked("three"),
    keeps([">three<", ">four<"], "four"),
  ], { covers: [34, 35], vite: { differs: "plugin-react's transform does not sign an anonymous default: its hooks change under a state that stays" } }),
  app("an anonymous default arrow with hooks keeps its state, and begins anew when its hooks change", "", [
    keeps([">one<", ">two<"], "two"),
    loses(["useState(0);", 'useState(0);\n  useState("more");', ">two<", ">three<"], "three"),
  ], {
    covers: [34, 35],
    files: { "src/App.jsx": counter({ head: "export default () => {" }).replace(/}\n$/, "};\n") },
    vite: { differs: "plugin-react's transform does not sign an anonymous default: its hooks change under a state that stays" },
  }),
  app("an anonymous default without hooks is edited in place", "", [{ edit: { "src/Title.jsx": [">one<", ">two<"] }, expect: { ...shown("two", 2), updates: 1 } }], {
    covers: [35],
    files: { "src/App.jsx": counter({ rest: 'import Title from "./Title";' }).replace("<h1>one</h1>", "<Title />"), "src/Title.jsx": "export default () => <h1>one</h1>;\n" },
  }),
  app("comments, and lines above the markup, are no update", counter({ rest: "// A counter." }), [
    { edit: { "src/App.jsx": ["// A counter.", "// A counter\n// of clicks.\n\n"] }, expect: { ...shown("one", 2), updates: 0 } },
    { edit: { "src/App.jsx": ["    <main>\n", "    <main>\n      {/* What it is called. */}\n\n"] }, expect: { ...shown("one", 2), updates: 0 } },
    { edit: { "src/App.jsx": ["  return (", "  // Shows it.\n  return ("] }, expect: { ...shown("one", 2), updates: 0 } },
    keeps([">one<", ">two<"], "two"),
  ], { covers: [12], vite: { differs: "Vite's update is of whatever was written" } }),
  app("under `StrictMode`, too", counter(), [keeps([">one<", ">two<"], "two"), loses(["useState(0);", 'useState(0);\n  useState("more");'], "two")], {
    files: {
      "src/main.jsx": 'import { StrictMode } from "react";\nimport { createRoot } from "react-dom/client";\nimport App from "./App";\n\ncreateRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);\n',
      "src/App.jsx": counter(),
    },
  }),
  app("TypeScript: types, generics and enums beside components", "", [{ edit: { "src/App.tsx": [">one<", ">two<"] }, expect: { ...shown("two", 2), updates: 1 } }, { edit: { "src/App.tsx": ["label: string", "label: string;\n  more?: number"] }, expect: shown("two", 2) }], {
    files: { "src/App.tsx": 'import { useState, type ReactNode } from "react";\n\ninterface Props {\n  label: string;\n}\nexport type Shown = Props["label"];\n\nfunction Title<T extends Props>({ label }: T): ReactNode {\n  return <h1>{label && <>one</>}</h1>;\n}\n\nexport default function App() {\n  const [count, setCount] = useState<number>(0);\n  return <main><Title label="x" /><button onClick={() => setCount(count + 1)}>{count}</button></main>;\n}\n' },
  }),
  app("two tabs keep each their own state", counter(), [], {
    tabs: 2,
    steps: [
      { act: [["click", "button"], ["click", "button"]], expect: [shown("one", 2), shown("one", 0)] },
      { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: [{ ...shown("two", 2), updates: 1 }, { ...shown("two", 0), updates: 1 }] },
      { tab: 1, act: [["click", "button"]], expect: [shown("two", 2), shown("two", 1)] },
      { edit: { "src/App.jsx": [">two<", ">three<"] }, expect: [{ ...shown("three", 2), updates: 1 }, { ...shown("three", 1), updates: 1 }] },
    ],
  }),
];
