// What a file with components may export besides, and who updates when that changes.
import tailwind from "@tailwindcss/vite";

const react = [19, 18];
const button = '<button onClick={() => setCount(count + 1)}>{count}</button>';
const stateful = "const [count, setCount] = useState(0);";
const app = (inner, imports = "") => `import { useState } from "react";\n${imports}\nexport default function App() {\n  ${stateful}\n  return (\n    <main>\n      ${button}\n      ${inner}\n    </main>\n  );\n}\n`;
const clicked = (text) => ({ act: [["click", "button"], ["click", "button"]], expect: { text: { button: "2", ...text } } });
const shows = (text, more = {}) => ({ text: { button: "2", ...text }, ...more });

export default [
  {
    name: "an export that is no component and changes updates its importers, which keep their state",
    covers: [31],
    react,
    files: {
      "src/App.jsx": app("<h1>{title}</h1>", 'import { title } from "./titles";'),
      "src/titles.js": 'export const title = "one";\n',
    },
    start: { text: { h1: "one", button: "0" } },
    steps: [clicked({ h1: "one" }), { edit: { "src/titles.js": ["one", "two"] }, expect: shows({ h1: "two" }, { updates: 1 }) }],
    vite: "same",
  },
  {
    name: "a file of components and values is updated in place while the values are the same, and by its importers when they are not",
    covers: [31],
    react,
    files: {
      "src/App.jsx": app("<h1>{LIMIT}</h1><Mixed />", 'import { LIMIT, Mixed } from "./Mixed";\nconsole.log("app");'),
      "src/Mixed.jsx": 'export const LIMIT = 10;\nexport function Mixed() {\n  return <p>one</p>;\n}\n',
    },
    start: { text: { h1: "10", p: "one", button: "0" } },
    steps: [
      clicked({ h1: "10", p: "one" }),
      { edit: { "src/Mixed.jsx": [">one<", ">two<"] }, expect: shows({ h1: "10", p: "two" }, { updates: 1 }) },
      { edit: { "src/Mixed.jsx": ["10", "20"] }, expect: shows({ h1: "20", p: "two" }, { said: ["app"] }) },
      { edit: { "src/Mixed.jsx": [">two<", ">three<"] }, expect: shows({ h1: "20", p: "three" }, { updates: 1 }) },
    ],
    vite: "same",
  },
  {
    name: "an export that is added, and one that is taken away, update the importers",
    covers: [31],
    react,
    files: {
      "src/App.jsx": app("<Mixed />", 'import { Mixed } from "./Mixed";\nconsole.log("app");'),
      "src/Mixed.jsx": 'export function Mixed() {\n  return <p>one</p>;\n}\n',
    },
    start: { text: { p: "one", button: "0" } },
    steps: [
      clicked({ p: "one" }),
      { edit: { "src/Mixed.jsx": ["export function", 'export const more = "more";\nexport function', ">one<", ">two<"] }, expect: shows({ p: "two" }, { said: ["app"] }) },
      { edit: { "src/Mixed.jsx": ['export const more = "more";\n', "", ">two<", ">three<"] }, expect: shows({ p: "three" }, { said: ["app"] }) },
      { edit: { "src/Mixed.jsx": [">three<", ">four<"] }, expect: shows({ p: "four" }, { updates: 1 }) },
    ],
    vite: "same",
  },
  {
    name: "where no importer is a component, another value loads the page again",
    covers: [31],
    react,
    files: {
      "src/main.jsx": 'import { createRoot } from "react-dom/client";\nimport App, { ROOT } from "./App";\n\ncreateRoot(document.getElementById(ROOT)).render(<App />);\n',
      "src/App.jsx": app("<p>one</p>", 'export const ROOT = "root";'),
    },
    start: { text: { p: "one", button: "0" } },
    steps: [
      clicked({ p: "one" }),
      { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: shows({ p: "two" }, { updates: 1 }) },
      { edit: { "src/App.jsx": ['ROOT = "root"', 'MORE = 1;\nexport const ROOT = "root"'] }, expect: { text: { p: "two", button: "0" }, page: "reloaded" } },
    ],
    vite: "same",
  },
  {
    name: "a context of a file of its own keeps what is below it when the file's components change",
    covers: [32],
    react,
    files: {
      "src/App.jsx": 'import { ThemeProvider } from "./theme";\nimport Shown from "./Shown";\n\nexport default function App() {\n  return <ThemeProvider><Shown /></ThemeProvider>;\n}\n',
      "src/theme.jsx": 'import { createContext, useContext, useState } from "react";\n\nconst Theme = createContext(null);\n\nexport function ThemeProvider({ children }) {\n  const [count, setCount] = useState(0);\n  return <Theme.Provider value={{ count, add: () => setCount(count + 1), name: "one" }}>{children}</Theme.Provider>;\n}\n\nexport function useTheme() {\n  return useContext(Theme);\n}\n',
      "src/Shown.jsx": 'import { useTheme } from "./theme";\n\nexport default function Shown() {\n  const { count, add, name } = useTheme();\n  return <main><h1>{name}</h1><button onClick={add}>{count}</button></main>;\n}\n',
    },
    start: { text: { h1: "one", button: "0" } },
    steps: [
      clicked({ h1: "one" }),
      { edit: { "src/Shown.jsx": ["<h1>{name}", "<h1>{name}!"] }, expect: shows({ h1: "one!" }, { updates: 1 }) },
      { edit: { "src/theme.jsx": ['"one"', '"two"'] }, expect: { text: { h1: "two!" } } },
      { act: [["click", "button"]], expect: { text: { h1: "two!" } } },
    ],
    vite: "same",
  },
  {
    name: "a provider and a consumer that import each other never meet without a context",
    covers: [32, 36],
    react,
    files: {
      "src/App.jsx": 'import { Provider } from "./Provider";\n\nexport default function App() {\n  return <Provider />;\n}\n',
      "src/Provider.jsx": 'import { createContext, useState } from "react";\nimport { Consumer } from "./Consumer";\n\nexport const Context = createContext(null);\n\nexport function Provider() {\n  const [count, setCount] = useState(0);\n  return <Context.Provider value={{ count, add: () => setCount(count + 1) }}><Consumer /></Context.Provider>;\n}\n',
      "src/Consumer.jsx": 'import { useContext } from "react";\nimport { Context } from "./Provider";\n\nexport function Consumer() {\n  const value = useContext(Context);\n  if (!value) throw new Error("no context");\n  return <main><h1>one</h1><button onClick={value.add}>{value.count}</button></main>;\n}\n',
    },
    start: { text: { h1: "one", button: "0" } },
    steps: [
      clicked({ h1: "one" }),
      { edit: { "src/Consumer.jsx": [">one<", ">two<"] }, expect: shows({ h1: "two" }) },
      { edit: { "src/Consumer.jsx": [">two<", ">three<"] }, expect: shows({ h1: "three" }) },
    ],
    vite: "same",
  },
  {
    name: "an edit of the provider of such a circle leaves an app that works",
    covers: [32, 36],
    react,
    files: {
      "src/App.jsx": 'import { Provider } from "./Provider";\n\nexport default function App() {\n  return <Provider />;\n}\n',
      "src/Provider.jsx": 'import { createContext, useState } from "react";\nimport { Consumer } from "./Consumer";\n\nexport const Context = createContext(null);\n\nexport function Provider() {\n  const [count, setCount] = useState(0);\n  return <Context.Provider value={{ count, add: () => setCount(count + 1), name: "one" }}><Consumer /></Context.Provider>;\n}\n',
      "src/Consumer.jsx": 'import { useContext } from "react";\nimport { Context } from "./Provider";\n\nexport function Consumer() {\n  const value = useContext(Context);\n  if (!value) throw new Error("no context");\n  return <main><h1>{value.name}</h1><button onClick={value.add}>{value.count}</button></main>;\n}\n',
    },
    start: { text: { h1: "one", button: "0" } },
    steps: [
      { edit: { "src/Provider.jsx": ['"one"', '"two"'] }, expect: { text: { h1: "two", button: "0" } } },
      { act: [["click", "button"]], expect: { text: { h1: "two", button: "1" } } },
    ],
    vite: "same",
  },
  {
    name: "a compound component is updated in place; a part that is added updates the importers",
    covers: [32],
    react,
    files: {
      "src/App.jsx": app("<Card.Title /><Card.Body />", 'import { Card } from "./Card";\nconsole.log("app");'),
      "src/Card.jsx": 'const Title = () => <h1>one</h1>;\nconst Body = () => <p>body</p>;\nexport const Card = { Title, Body };\n',
    },
    start: { text: { h1: "one", p: "body", button: "0" } },
    steps: [
      clicked({ h1: "one" }),
      { edit: { "src/Card.jsx": [">one<", ">two<"] }, expect: shows({ h1: "two", p: "body" }, { updates: 1 }) },
      { edit: { "src/Card.jsx": ["{ Title, Body }", "{ Title, Body, More: () => null }", ">two<", ">three<"] }, expect: shows({ h1: "three" }, { said: ["app"] }) },
    ],
    vite: "same",
  },
  {
    name: "components that hang on a function",
    covers: [32],
    react,
    files: {
      "src/App.jsx": app("<Card><Card.Title /></Card>", 'import { Card } from "./Card";'),
      "src/Card.jsx": 'export function Card({ children }) {\n  return <section>{children}</section>;\n}\nCard.Title = function CardTitle() {\n  return <h1>one</h1>;\n};\n',
    },
    start: { text: { h1: "one", button: "0" } },
    steps: [clicked({ h1: "one" }), { edit: { "src/Card.jsx": [">one<", ">two<"] }, expect: shows({ h1: "two" }) }, { edit: { "src/Card.jsx": ["<section>", '<section id="new">'] }, expect: shows({ h1: "two" }) }],
    vite: { differs: "plugin-react knows no components that hang on a function: the old ones stay" },
  },
  {
    name: "a name that is exported and shadowed elsewhere in the file",
    covers: [33],
    react,
    files: {
      "src/App.jsx": app("<Title />", 'import { Title } from "./Title";'),
      "src/Title.jsx": 'export function Title() {\n  const inner = () => {\n    const Title = "one";\n    return Title;\n  };\n  return <h1>{inner()}</h1>;\n}\n',
    },
    start: { text: { h1: "one", button: "0" } },
    steps: [clicked({ h1: "one" }), { edit: { "src/Title.jsx": ['"one"', '"two"'] }, expect: shows({ h1: "two" }, { updates: 1 }) }],
    vite: "same",
  },
  {
    name: "components through a barrel, renamed and by `lazy`",
    react,
    files: {
      "src/App.jsx": app('<Heading /><Suspense><Late /></Suspense>', 'import { lazy, Suspense } from "react";\nimport { Heading } from "./barrel";\nconst Late = lazy(() => import("./Late"));'),
      "src/barrel.js": 'export { default as Heading } from "./Title";\nexport * from "./other";\n',
      "src/other.js": "export const other = 1;\n",
      "src/Title.jsx": "export default function Title() {\n  return <h1>one</h1>;\n}\n",
      "src/Late.jsx": 'import { useState } from "react";\n\nexport default function Late() {\n  const [n, setN] = useState(0);\n  return <p onClick={() => setN(n + 1)}>late {n}</p>;\n}\n',
    },
    start: { text: { h1: "one", button: "0", p: "late 0" } },
    steps: [
      clicked({ h1: "one" }),
      { act: [["click", "p"]], expect: shows({ p: "late 1" }) },
      { edit: { "src/Title.jsx": [">one<", ">two<"] }, expect: shows({ h1: "two", p: "late 1" }, { updates: 1 }) },
      { edit: { "src/Late.jsx": [">late ", ">later "] }, expect: shows({ h1: "two", p: "later 1" }, { updates: 1 }) },
    ],
    vite: "same",
  },
  {
    name: "a new component in a new file, with the edit that shows it, in one batch",
    covers: [10, 15],
    react,
    files: { "src/App.jsx": app("<h1>one</h1>") },
    start: { text: { h1: "one", button: "0" } },
    steps: [
      clicked({ h1: "one" }),
      { edit: { "src/parts/New.jsx": "export default function New() {\n  return <p>new</p>;\n}\n", "src/App.jsx": ['import { useState } from "react";\n', 'import { useState } from "react";\nimport New from "./parts/New";\n', "<h1>one</h1>", "<New />"] }, expect: shows({ h1: null, p: "new" }, { updates: 1 }) },
      { edit: { "src/parts/New.jsx": [">new<", ">newer<"] }, expect: shows({ p: "newer" }, { updates: 1 }) },
    ],
    vite: { varies: "Vite's update is of one file, and a new one may come to its watcher with another name's error" },
  },
  {
    name: "several components of one batch are rendered once, with all that is new",
    covers: [10],
    react,
    files: {
      "src/App.jsx": app("<A /><B />", 'import A from "./A";\nimport B from "./B";'),
      "src/A.jsx": 'import { word } from "./words";\n\nexport default function A() {\n  console.log("A", word);\n  return <h1>one {word}</h1>;\n}\n',
      "src/B.jsx": 'import { word } from "./words";\n\nexport default function B() {\n  console.log("B", word);\n  return <p>one {word}</p>;\n}\n',
      "src/words.js": 'export const word = "old";\n',
    },
    start: { text: { h1: "one old", p: "one old", button: "0" } },
    steps: [{ edit: { "src/A.jsx": [">one", ">two"], "src/B.jsx": [">one", ">two"], "src/words.js": ["old", "new"] }, expect: { text: { h1: "two new", p: "two new", button: "0" }, said: ["A new", "B new"], updates: 1 } }],
    vite: { varies: "Vite's update is of one file: whether the page is told of both at once is its watcher's to say" },
  },
  {
    name: "CSS and JSON of a component change below it, and it keeps its state",
    covers: [29, 40],
    react,
    files: {
      "src/App.jsx": app("<h1 className={names.title}>{data.title}</h1>", 'import names from "./App.module.css";\nimport "./App.css";\nimport data from "./data.json";'),
      "src/App.module.css": ".title { color: red; }\n",
      "src/App.css": "h1 { background: red; }\n",
      "src/data.json": '{ "title": "one" }\n',
    },
    start: { text: { h1: "one", button: "0" }, styles: { h1: { color: "rgb(255, 0, 0)", backgroundColor: "rgb(255, 0, 0)" } } },
    steps: [
      clicked({ h1: "one" }),
      { edit: { "src/App.module.css": ["red", "green"] }, expect: shows({ h1: "one" }, { styles: { h1: { color: "rgb(0, 128, 0)" } }, updates: 1 }) },
      { watch: { h1: { backgroundColor: ["rgb(255, 0, 0)", "rgb(0, 0, 255)"] } }, edit: { "src/App.css": ["red", "blue"] }, expect: shows({ h1: "one" }, { styles: { h1: { backgroundColor: "rgb(0, 0, 255)" } }, updates: 1 }) },
      { edit: { "src/data.json": '{ "title": "two" }\n' }, expect: shows({ h1: "two" }, { updates: 1 }) },
    ],
    vite: "same",
  },
  {
    name: "a component and its module of class names are never seen apart",
    covers: [29],
    react,
    files: {
      "src/App.jsx": app("<h1 className={names.title}>one</h1>", 'import names from "./App.module.css";'),
      "src/App.module.css": ".title { color: red; }\n",
    },
    start: { text: { h1: "one", button: "0" }, styles: { h1: { color: "rgb(255, 0, 0)" } } },
    steps: [
      clicked({ h1: "one" }),
      { watch: { h1: { color: ["rgb(255, 0, 0)", "rgb(0, 128, 0)"] } }, edit: { "src/App.module.css": ["red", "green"] }, expect: shows({ h1: "one" }, { styles: { h1: { color: "rgb(0, 128, 0)" } }, updates: 1 }) },
      { watch: { h1: { color: ["rgb(0, 128, 0)", "rgb(0, 0, 255)"] } }, edit: { "src/App.module.css": ["green", "blue", ".title", ".more { color: red; }\n.title"] }, expect: shows({ h1: "one" }, { styles: { h1: { color: "rgb(0, 0, 255)" } }, updates: 1 }) },
    ],
    vite: { varies: "Vite changes the rules at once, and plugin-react renders the new names 16 ms later: there may be a frame in between" },
  },
  {
    name: "a Tailwind class that is new comes with its rule, and is never seen without it; the state is kept",
    covers: [29],
    react: [19],
    dependencies: { tailwindcss: "4.3.5" },
    files: {
      "vite.config.js": 'import react from "@vitejs/plugin-react";\nimport tailwindcss from "@tailwindcss/vite";\n\nexport default { plugins: [react(), tailwindcss()] };\n',
      "src/App.jsx": app('<h1 className="bg-[red]">one</h1>', 'import "./index.css";'),
      "src/index.css": '@import "tailwindcss";\n',
    },
    start: { text: { h1: "one", button: "0" }, styles: { h1: { backgroundColor: "rgb(255, 0, 0)" } } },
    steps: [
      clicked({ h1: "one" }),
      { watch: { h1: { backgroundColor: ["rgb(255, 0, 0)", "rgb(0, 0, 255)"] } }, edit: { "src/App.jsx": ["bg-[red]", "bg-[blue]"] }, expect: shows({ h1: "one" }, { styles: { h1: { backgroundColor: "rgb(0, 0, 255)" } }, updates: 1 }) },
      { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: shows({ h1: "two" }, { updates: 1 }) },
      { edit: { "src/index.css": '@import "tailwindcss";\n@theme { --color-brand: rgb(0, 128, 0); }\n', "src/App.jsx": ["bg-[blue]", "bg-brand"] }, expect: shows({ h1: "two" }, { styles: { h1: { backgroundColor: "rgb(0, 128, 0)" } }, updates: 1 }) },
    ],
    config: { plugins: () => [tailwind()] },
    vite: { varies: "Vite's update is of one file: whether the page is told of both at once is its watcher's to say" },
  },
];
