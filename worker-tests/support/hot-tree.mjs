// Trees of files for the suite of hot updates, and the edits that are made to them.

/** Where the modules are that every tree has besides its own: one tells of events, one is edited to see what came before. */
export const FENCE = "probe/fence.js";
const EVENTS = "probe/events.js";

/** The module that is edited last: what it shows came after everything else. */
export const fence = (count) => `document.documentElement.dataset.fence = "${count}";\nimport.meta.hot?.accept();\n`;

/** Says each event of `import.meta.hot` where the runner hears it and the console's reader does not. */
const events = `for (const event of ["beforeUpdate", "afterUpdate", "beforeFullReload", "beforePrune", "invalidate", "error"])
  import.meta.hot?.on("vite:" + event, () => console.debug("hot: " + event));
`;

/** The prefix of what the probe says. */
export const HEARD = "hot: ";

/** A page with what every page of the suite has: a root, the probes, the entry. */
export const page = ({ head = "", body = "", entry = "/src/main.js" } = {}) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Hot</title>${head}</head>
<body><div id="root"></div>${body}
<script type="module" src="/${FENCE}"></script>
<script type="module" src="/${EVENTS}"></script>
<script type="module" src="${entry}"></script>
</body>
</html>
`;

const VERSIONS = { 18: "18.3.1", 19: "19.3.1" };
const root = 'import { createRoot } from "react-dom/client";\nimport App from "./App";\n\ncreateRoot(document.getElementById("root")).render(<App />);\n';

/** A behaviour's files as they are at first: its own over those that every app has; `react` is a major version, or none. */
export function tree({ files, dependencies = {} }, react) {
  const wanted = react ? { react: VERSIONS[react], "react-dom": VERSIONS[react], ...dependencies } : dependencies;
  const common = {
    "index.html": page(react ? { entry: "/src/main.jsx" } : {}),
    "package.json": JSON.stringify({ name: "hot", private: true, type: "module", dependencies: wanted }),
    [FENCE]: fence(0),
    [EVENTS]: events,
    ...(react ? { "src/main.jsx": root } : {}),
  };
  return { ...common, ...files };
}

/**
 * The texts that an edit gives: path → text, `{base64}`, or null where the file goes. An edit may also say what to put in
 * place of what, as `[from, to, from, to, …]`.
 */
export function edited(files, edit) {
  return Object.fromEntries(Object.entries(edit).map(([path, change]) => [path, Array.isArray(change) ? replaced(path, files[path], change) : change]));
}

function replaced(path, text, changes) {
  for (let at = 0; at < changes.length; at += 2) {
    const [from, to] = changes.slice(at, at + 2);
    if (text.split(from).length !== 2) throw new Error(`${path} has not one ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  return text;
}
