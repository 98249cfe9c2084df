// A React app, and edits of it without end: what is sent, and what pages must show once they have all of it.

const PARTS = 8;
/** Of these the sheet is a CSS module, of the others a plain one. */
const MODULES = 2;
const at = Array.from({ length: PARTS }, (_, part) => part);

const page = (edition) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="edition" content="${edition}"><link rel="icon" href="data:,"><title>Chaos</title></head>
<body><div id="root"></div><script type="module" src="/src/main.jsx"></script></body>
</html>
`;
const main = 'import { createRoot } from "react-dom/client";\nimport App from "./App";\n\ncreateRoot(document.getElementById("root")).render(<App />);\n';
const app = (title) => `import { useState } from "react";
${at.map((part) => `import Part${part} from "./parts/Part${part}";`).join("\n")}

export default function App() {
  const [count, setCount] = useState(0);
  return (
    <main>
      <h1>${title}</h1>
      <button onClick={() => setCount(count + 1)}>{count}</button>
      <input />
      ${at.map((part) => `<Part${part} />`).join("\n      ")}
    </main>
  );
}
`;
const part = (number, text) => `import { useState } from "react";
import { word } from "../words/word${number % 4}";
${number < MODULES ? `import styles from "./part${number}.module.css";` : `import "./part${number}.css";`}

export default function Part${number}() {
  const [count, setCount] = useState(0);
  return (
    <section id="part${number}">
      <b${number < MODULES ? " className={styles.told}" : ""}>{word} ${text}</b>
      <button onClick={() => setCount(count + 1)}>{count}</button>
      <input />
    </section>
  );
}
`;
const word = (text) => `export const word = "${text}";\n`;
const color = (number) => `rgb(${(number >> 16) & 255}, ${(number >> 8) & 255}, ${number & 255})`;
const sheet = (number) => (number < MODULES ? `src/parts/part${number}.module.css` : `src/parts/part${number}.css`);
const rule = (number, value) => `${number < MODULES ? ".told" : `#part${number} b`} { color: ${color(value)} }\n`;

export class Edits {
  /** The app's files as they are once all edits are made. */
  files = {};
  /** How many edits replaced the page itself. */
  pages = 0;
  #random;
  #count = 0;
  /** What is broken: path → the edit that puts it right, and when it is due. */
  #broken = new Map();
  #shown = { title: "", edition: 0, parts: at.map(() => 0), words: [0, 0, 0, 0], colors: at.map(() => 0) };

  constructor(random) {
    this.#random = random;
    const { parts, words, colors } = this.#shown;
    const files = {
      "index.html": page(0),
      "package.json": JSON.stringify({ name: "chaos", private: true, type: "module", dependencies: { react: "19.3.1", "react-dom": "19.3.1" } }),
      "src/main.jsx": main,
      "src/App.jsx": app(""),
    };
    for (const number of at) Object.assign(files, { [`src/parts/Part${number}.jsx`]: part(number, parts[number]), [sheet(number)]: rule(number, colors[number]) });
    words.forEach((text, number) => (files[`src/words/word${number}.js`] = word(text)));
    Object.assign(this.files, files);
  }

  /** The next edit, as a body of `PATCH …/files`. */
  next() {
    this.#count += 1;
    const due = [...this.#broken].find(([, { until }]) => until <= this.#count);
    if (due) return this.#mend([due]);
    const chance = this.#random(1000);
    if (chance < 4) return this.#sent(this.#page());
    if (chance < 60) return this.#break();
    if (chance < 90) return this.#sent({ [`src/unused/file${this.#random(5)}.js`]: `export default ${this.#count};\n` });
    const count = chance < 250 ? 2 + this.#random(3) : 1;
    return this.#sent(Object.assign({}, ...Array.from({ length: count }, () => this.#one())));
  }

  /** The last one, after which nothing is broken. */
  last() {
    this.#count += 1;
    const broken = [...this.#broken];
    this.#broken.clear();
    return this.#mend(broken, this.#component(this.#random(PARTS)));
  }

  /** What pages show: texts and colours by selector, and the page's edition. */
  get shown() {
    const { title, edition, parts, words, colors } = this.#shown;
    return {
      edition: String(edition),
      texts: Object.fromEntries([["h1", title], ...at.map((number) => [`#part${number} b`, `${words[number % 4]} ${parts[number]}`])]),
      colors: Object.fromEntries(at.map((number) => [`#part${number} b`, color(colors[number])])),
    };
  }

  #one() {
    const [kind, number] = [this.#random(100), this.#random(PARTS)];
    if (kind < 50) return this.#component(number);
    if (kind < 75) return this.#style(number);
    if (kind < 90) return this.#word(number % 4);
    this.#shown.title = `edit ${this.#count}`;
    return { "src/App.jsx": app(this.#shown.title) };
  }

  #component(number) {
    const path = `src/parts/Part${number}.jsx`;
    this.#shown.parts[number] = this.#count;
    const text = part(number, this.#count);
    const broken = this.#broken.get(path);
    if (!broken) return { [path]: text };
    // It is broken still, elsewhere in the file.
    broken.right = text;
    return { [path]: `${text}\nconst (` };
  }

  #style(number) {
    this.#shown.colors[number] = this.#count;
    return { [sheet(number)]: rule(number, this.#count) };
  }

  #word(number) {
    const path = `src/words/word${number}.js`;
    this.#shown.words[number] = this.#count;
    const text = word(this.#count);
    const broken = this.#broken.get(path);
    if (!broken) return { [path]: text };
    // It is gone; what comes back says so.
    broken.right = text;
    return { "src/words/late.js": text };
  }

  #page() {
    this.pages += 1;
    this.#shown.edition = this.#count;
    return { "index.html": page(this.#count) };
  }

  /** A file that can't be read, or one that is gone, for a few edits. */
  #break() {
    const syntax = this.#random(3) > 0;
    const path = syntax ? `src/parts/Part${this.#random(PARTS)}.jsx` : `src/words/word${this.#random(4)}.js`;
    if (this.#broken.has(path)) return this.#sent(this.#one());
    const right = this.files[path];
    this.#broken.set(path, { right, until: this.#count + 1 + this.#random(6) });
    return this.#sent({ [path]: syntax ? `${right}\nconst (` : null });
  }

  #mend(broken, more = {}) {
    for (const [path] of broken) this.#broken.delete(path);
    return this.#sent({ ...Object.fromEntries(broken.map(([path, { right }]) => [path, right])), ...more });
  }

  /** `changes` is path → text, or null where the file goes. */
  #sent(changes) {
    const upsert = {}, gone = [];
    for (const [path, text] of Object.entries(changes)) {
      if (text === null) {
        gone.push(path);
        delete this.files[path];
      } else {
        upsert[path] = this.files[path] = text;
      }
    }
    return { upsert, delete: gone };
  }
}
