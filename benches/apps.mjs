// Apps to measure with: the same for the same arguments, every component about 2 KB of ordinary TSX.

const NAMES = ["Panel", "Chart", "Table", "Form", "Badge", "Menu", "Dialog", "Tabs", "Toolbar", "Feed"];

/**
 * One component; `salt` makes its text unlike any other's, so that no cache has it. Those below `depth` are imported and
 * not shown.
 */
export function component(index, count, salt, { depth = 3 } = {}) {
  const name = `${NAMES[index % NAMES.length]}${index}`;
  // A tree: each component shows two others.
  const children = [2 * index + 1, 2 * index + 2].filter((child) => child < count);
  const imports = children.map((child) => `import { Component${child} } from "./Component${child}";`).join("\n");
  const shown = children.map((child) => `<Component${child} depth={depth + 1} title={\`\${title} / ${child}\`} />`).join("\n          ");
  return `// ${salt}
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Entry, Filter } from "../types";
import { formatted, total } from "../lib/format";
${imports}

interface ${name}Props {
  title: string;
  depth?: number;
  entries?: readonly Entry[];
  footer?: ReactNode;
  onSelect?(entry: Entry, at: number): void;
}

const initial: Entry[] = Array.from({ length: 5 }, (_, n) => ({ id: \`${name}-\${n}\`, label: \`Entry \${n}\`, amount: n * ${index + 1}, done: n % 2 === 0 }));

export function Component${index}({ title, depth = 0, entries = initial, footer, onSelect }: ${name}Props) {
  const [filter, setFilter] = useState<Filter>("all");
  const [selected, setSelected] = useState<string | null>(null);
  const renders = useRef(0);
  const visible = useMemo(
    () => entries.filter((entry) => filter === "all" || (filter === "done") === entry.done),
    [entries, filter],
  );
  const select = useCallback(
    (entry: Entry, at: number) => {
      setSelected((current) => (current === entry.id ? null : entry.id));
      onSelect?.(entry, at);
    },
    [onSelect],
  );

  useEffect(() => {
    renders.current += 1;
  });

  return (
    <section className={\`panel depth-\${depth}\`} aria-label={title} data-selected={selected ?? undefined}>
      <header>
        <h2>{title}</h2>
        <select value={filter} onChange={(event) => setFilter(event.target.value as Filter)}>
          <option value="all">All</option>
          <option value="done">Done</option>
          <option value="open">Open</option>
        </select>
      </header>
      <ul>
        {visible.map((entry, at) => (
          <li key={entry.id} className={entry.id === selected ? "selected" : ""} onClick={() => select(entry, at)}>
            <strong>{entry.label}</strong> {formatted(entry.amount)}
          </li>
        ))}
      </ul>
      <p>{formatted(total(visible))}</p>
      {depth < ${depth} && (
        <>
          ${shown}
        </>
      )}
      {footer}
    </section>
  );
}
`;
}

/** A whole app of `count` components: path → text. */
export function app(count, salt, options) {
  const files = {
    "index.html": '<!doctype html>\n<html lang="en">\n<head><title>Bench</title></head>\n<body><div id="root"></div><script type="module" src="/src/main.tsx"></script></body>\n</html>\n',
    "package.json": JSON.stringify({ name: "bench", private: true, type: "module", dependencies: { react: "^19.0.0", "react-dom": "^19.0.0" } }),
    "src/types.ts": `// ${salt}\nexport type Filter = "all" | "done" | "open";\nexport interface Entry { id: string; label: string; amount: number; done: boolean }\n`,
    "src/lib/format.ts": `// ${salt}\nimport type { Entry } from "../types";\nexport const formatted = (amount: number): string => amount.toFixed(2);\nexport function total(entries: readonly Entry[]): number {\n  return entries.reduce((sum, { amount }) => sum + amount, 0);\n}\n`,
    "src/main.tsx": `// ${salt}\nimport { createRoot } from "react-dom/client";\nimport { Component0 } from "./components/Component0";\n\ncreateRoot(document.getElementById("root")!).render(<Component0 title="Root" />);\n`,
  };
  for (let index = 0; index < count; index++) files[`src/components/Component${index}.tsx`] = component(index, count, salt, options);
  return files;
}
