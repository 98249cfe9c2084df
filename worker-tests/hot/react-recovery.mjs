// React apps that break and are mended.
const react = [19, 18];
const text = (title, body = "") => `import { useState } from "react";\n\nexport default function App() {\n  const [count, setCount] = useState(0);\n  ${body}\n  return (\n    <main>\n      <h1>${title}</h1>\n      <button onClick={() => setCount(count + 1)}>{count}</button>\n    </main>\n  );\n}\n`;
const shown = (title, count) => ({ text: { h1: title, button: String(count) } });
const clicked = { act: [["click", "button"], ["click", "button"]], expect: shown("one", 2) };
const boundary = 'import { Component } from "react";\n\nexport class Boundary extends Component {\n  state = { error: null };\n  static getDerivedStateFromError(error) {\n    return { error };\n  }\n  render() {\n    return this.state.error ? <p id="broken">{this.state.error.message}</p> : this.props.children;\n  }\n}\n';

export default [
  {
    name: "a syntax error keeps the state, and so does its mending",
    covers: [16, 30, 39],
    react,
    files: { "src/App.jsx": text("one") },
    start: shown("one", 0),
    steps: [
      clicked,
      { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: shown("two", 2) },
      { edit: { "src/App.jsx": text("three", "const = 1;") }, expect: { ...shown("two", 2), overlay: ["src/App.jsx", ":5:"] } },
      { edit: { "src/App.jsx": text("four") }, expect: shown("four", 2) },
      { act: [["click", "button"]], expect: shown("four", 3) },
    ],
    vite: "same",
  },
  {
    name: "a module that throws when it runs leaves the old component, and its next version goes in with the state",
    covers: [39],
    react,
    files: { "src/App.jsx": text("one") },
    start: shown("one", 0),
    steps: [
      clicked,
      { edit: { "src/App.jsx": `throw new Error("on purpose");\n${text("two")}` }, expect: { ...shown("one", 2), errors: true } },
      { edit: { "src/App.jsx": text("three") }, expect: { ...shown("three", 2), errors: true } },
    ],
    vite: { differs: "a version that threw accepts nothing under Vite, so plugin-react doesn't hear of the next one" },
  },
  {
    name: "a component that throws when it renders takes the app away, and its next version brings it back",
    covers: [39],
    react,
    files: { "src/App.jsx": text("one") },
    start: shown("one", 0),
    steps: [
      clicked,
      { edit: { "src/App.jsx": text("two", 'throw new Error("on purpose");') }, expect: { text: { h1: null }, errors: true } },
      { edit: { "src/App.jsx": text("three") }, expect: { ...shown("three", 0), errors: true } },
      { edit: { "src/App.jsx": [">three<", ">four<"] }, expect: { ...shown("four", 0), errors: true } },
    ],
    vite: "same",
  },
  {
    name: "within an error boundary, what is around it keeps its state, and the next version is tried",
    covers: [39],
    react,
    files: {
      "src/App.jsx": text("one").replace("</main>", "<Boundary><Part /></Boundary></main>").replace('"react";', '"react";\nimport { Boundary } from "./Boundary";\nimport Part from "./Part";'),
      "src/Boundary.jsx": boundary,
      "src/Part.jsx": 'export default function Part() {\n  return <p id="part">one</p>;\n}\n',
    },
    start: { text: { h1: "one", button: "0", "#part": "one" } },
    steps: [
      { act: [["click", "button"], ["click", "button"]], expect: { text: { button: "2" } } },
      { edit: { "src/Part.jsx": ["  return", '  throw new Error("on purpose");\n  return'] }, expect: { text: { button: "2", "#part": null, "#broken": "on purpose" }, errors: true } },
      { edit: { "src/Part.jsx": ['  throw new Error("on purpose");\n', "", ">one<", ">two<"] }, expect: { text: { button: "2", "#part": "two", "#broken": null }, errors: true } },
    ],
    vite: "same",
  },
  {
    name: "a component that nobody declared throws, and is mended",
    covers: [39],
    react,
    files: { "src/App.jsx": text("one") },
    start: shown("one", 0),
    steps: [
      { edit: { "src/App.jsx": ["<h1>one</h1>", "<Title />"] }, expect: { text: { h1: null }, errors: true } },
      { edit: { "src/App.jsx": ["<Title />", "<Title />", "export default", "const Title = () => <h1>two</h1>;\n\nexport default"] }, expect: { ...shown("two", 0), errors: true } },
    ],
    vite: "same",
  },
  {
    name: "an app that throws before it is first shown comes up when it is mended",
    covers: [19, 39],
    react,
    files: { "src/App.jsx": text("one", 'throw new Error("on purpose");') },
    start: { text: { h1: null }, errors: true },
    steps: [{ edit: { "src/App.jsx": text("two") }, expect: { ...shown("two", 0), errors: true } }],
    vite: "same",
  },
  {
    name: "the import of a component that is not there yet, and then is",
    covers: [20],
    react,
    files: { "src/App.jsx": text("one") },
    start: shown("one", 0),
    steps: [
      clicked,
      { edit: { "src/App.jsx": ["<h1>one</h1>", "<Title />", 'from "react";', 'from "react";\nimport Title from "./Title";'] }, expect: { ...shown("one", 2), overlay: ["src/App.jsx", "./Title"] } },
      { edit: { "src/Title.jsx": "export default function Title() {\n  return <h1>two</h1>;\n}\n" }, expect: shown("two", 2) },
    ],
    vite: { differs: "Vite loads the page again when a missing file comes" },
  },
  {
    name: "an edit of another component while one is broken is not lost",
    covers: [17],
    react,
    files: {
      "src/App.jsx": text("one").replace("</main>", "<Part /></main>").replace('"react";', '"react";\nimport Part from "./Part";'),
      "src/Part.jsx": 'export default function Part() {\n  return <p>one</p>;\n}\n',
    },
    start: { text: { h1: "one", p: "one", button: "0" } },
    steps: [
      clicked,
      { edit: { "src/App.jsx": [">one<", ">two<"] }, expect: { text: { h1: "two", p: "one", button: "2" } } },
      { edit: { "src/App.jsx": ["return (", "return ((("] }, expect: { text: { h1: "two", p: "one", button: "2" }, overlay: ["src/App.jsx"] } },
      { edit: { "src/Part.jsx": [">one<", ">two<"] }, fence: false, expect: { text: { h1: "two", button: "2" }, errors: true } },
      { edit: { "src/App.jsx": ["return (((", "return (", ">two<", ">three<"] }, expect: { text: { h1: "three", p: "two", button: "2" } } },
    ],
    vite: "same",
  },
  {
    name: "an error that is thrown while rendering after an update is traced to its line",
    covers: [38],
    react,
    files: { "src/App.jsx": text("one") },
    start: shown("one", 0),
    steps: [
      { edit: { "src/App.jsx": ["export default", "// A line.\n// Another.\nexport default", "onClick={() => setCount(count + 1)}", 'onClick={() => { throw new Error("on purpose") }}'] }, expect: { ...shown("one", 0), errors: true } },
      { act: [["click", "button"]], expect: { errors: true, thrown: "App.jsx:11" } },
    ],
    vite: "same",
  },
];
