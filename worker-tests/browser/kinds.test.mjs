// What a module can be, held against Vite: globs, variable imports, queries, assets, workers, WebAssembly, SVGs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import svgr from "vite-plugin-svgr";
import { root } from "../../scripts/run.mjs";
import { differential } from "../support/differential.mjs";

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><g id="g"><path d="M0 0h8" fill="#f00"/></g></svg>';
const png = { base64: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==" };
/** `(module (import "./env.js" "offset" (func (result i32))) (global (export "limit") i32 (i32.const 7)) (func (export "add") (param i32 i32) (result i32) …))`, and without the import. */
const wasm = (parts) => ({ base64: Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...parts]).toString("base64") });
const text = (value) => [value.length, ...Buffer.from(value)];
const section = (id, body) => [id, body.length, ...body];
const types = section(1, [2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 1, 0x7f]);
const adding = wasm([...types, ...section(3, [1, 0]), ...section(6, [1, 0x7f, 0, 0x41, 7, 0x0b]), ...section(7, [2, ...text("add"), 0, 0, ...text("limit"), 3, 0]), ...section(10, [1, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b])]);
const importing = wasm([...types, ...section(2, [1, ...text("./env.js"), ...text("offset"), 0, 1]), ...section(3, [1, 0]), ...section(7, [1, ...text("add"), 0, 1]), ...section(10, [1, 10, 0, 0x20, 0, 0x20, 1, 0x6a, 0x10, 0, 0x6a, 0x0b])]);

/** SVGs of all sorts, by name. */
const drawings = {
  plain: svg,
  prologue: `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<!-- made by hand -->\n<svg version="1.1" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 24 24" xml:space="preserve"><!-- inside --><use xlink:href="#a"/></svg>`,
  strokes: '<svg stroke-width="2" stroke-linecap="round" fill-rule="evenodd" clip-rule="evenodd" class="icon big"><circle cx="08" cy="1.50" r=".5" stroke-dasharray="4 2"/></svg>',
  styles: '<svg style="fill:red;stroke-width:2px;-ms-flex: 1;--own: 3;opacity:.5;background:url(data:a)"><g style="mix-blend-mode:multiply"/></svg>',
  gradients: '<svg><defs><linearGradient id="a" gradientUnits="userSpaceOnUse" gradientTransform="rotate(45)"><stop offset="0" stop-color="#fff" stop-opacity=".5"/></linearGradient><clipPath id="b" clipPathUnits="userSpaceOnUse"><rect width="100%" height="1e2"/></clipPath></defs></svg>',
  filters: '<svg><filter id="f" color-interpolation-filters="sRGB"><feGaussianBlur in="SourceGraphic" stdDeviation="2"/><feColorMatrix values="0 0 0&#10; 0 1"/><feMerge><feMergeNode in="x"/></feMerge></filter></svg>',
  texts: '<svg><title>A &amp; B &lt;c&gt;</title><desc>  spaced  </desc><text x="1" text-anchor="middle">one <tspan font-size="12">two</tspan> &#233; three</text></svg>',
  labels: '<svg aria-hidden="true" aria-labelledby="a b" data-name="Layer 1" data-someThing="x" role="img" focusable="false" tabindex="0"><a href="https://example.com/?a=1&amp;b=2" target="_blank"/></svg>',
  sheets: '<svg><style>.a{fill:red}.b&gt;c{}</style><style><![CDATA[.x{fill:blue}]]></style><path class="a" d="M0,0\n  L1,1\tz"/></svg>',
  quotes: "<svg data-q='say \"hi\"' font-family=\"'A', serif\"/>",
  nested: '<svg width="10" height="20"><svg x="1" width="5"/><foreignObject width="1"><div xmlns="http://www.w3.org/1999/xhtml" class="d">html</div></foreignObject></svg>',
  animated: '<svg><animate attributeName="x" repeatCount="indefinite" keyTimes="0;1" begin="0s"/><animateTransform attributeType="XML" type="rotate"/></svg>',
  "dash-ed name.v2": '<svg enable-background="new 0 0 1 1" mix="true" unknown-thing="1" x-height="3"/>',
};

/** Awaits one message of a worker. */
const ask = "const ask = (worker, question) => new Promise((answer, fail) => { worker.onerror = (event) => fail(new Error(event.message)); worker.onmessage = (event) => answer(event.data); worker.postMessage(question) });";
const path = "const path = (url) => new URL(url, location.href).protocol === 'data:' ? url : new URL(url, location.href).pathname.split('/').at(-1);";

const apps = {
  "globs": {
    "main.ts": `
      const told = async (title, modules) => { for (const key of Object.keys(modules)) { const value = modules[key]; const it = typeof value === 'function' ? await value() : value; say(title, key, typeof it === 'object' ? Object.keys(it).join() + ' ' + it.default : it) } say(title, Object.keys(modules).length) };
      await told('lazy', import.meta.glob('./pages/*.ts'));
      await told('array', import.meta.glob(['./pages/*.ts', './more/**/*.ts', '!**/skip.ts']));
      await told('rooted', import.meta.glob('/src/pages/*.ts'));
      await told('mixed', import.meta.glob(['/src/pages/*.ts', './more/*.ts']));
      await told('eager', import.meta.glob<any>('./pages/*.ts', { eager: true }));
      await told('default', import.meta.glob('./pages/*.ts', { import: 'default', eager: true }));
      await told('named', import.meta.glob('./pages/a*.ts', { import: 'name' }));
      await told('star', import.meta.glob('./pages/a*.ts', { import: '*' }));
      await told('raw', import.meta.glob('./texts/*.txt', { query: '?raw', import: 'default', eager: true }));
      await told('raw object', import.meta.glob('./texts/*.txt', { query: { raw: '' }, import: 'default' }));
      await told('base', import.meta.glob('./*.ts', { base: './pages' }));
      await told('base rooted', import.meta.glob(['./*.ts', '!./b.ts'], { base: '/src/pages', eager: true }));
      await told('base up', import.meta.glob('../*.ts', { base: './pages' , import: 'nothing'}));
      await told('hidden', import.meta.glob('./hidden/**/*.ts'));
      await told('exhaustive', import.meta.glob('./hidden/**/*.ts', { exhaustive: true }));
      await told('case', import.meta.glob('./PAGES/*.ts', { caseSensitive: false }));
      await told('braces', import.meta.glob('./{pages,more}/{a,c}*.{ts,js}'));
      await told('groups', import.meta.glob('./(pages|more)/[ab].ts'));
      await told('escaped', import.meta.glob('./routes/\\\\[id\\\\]/*.ts'));
      await told('none', import.meta.glob('./nothing/*.ts'));
      await told('json', import.meta.glob('./*.json', { eager: true, import: 'x' }));
      say(Object.entries(import.meta.glob('./styles/*.css', { query: '?inline', eager: true })).map(([key, it]: any) => key + it.default.replace(/[\\s;]/g, '')).join());
      say(Object.keys(import.meta.glob('./never/*.ts', { eager: true })).join(), Object.values(import.meta.glob('./pages/*.ts', { eager: true, import: 'name' })).join());
      for (const file in import.meta.glob('./*.ts')) say(file);
      say(typeof import.meta.glob(\`./pages/*.ts\`));
      done()`,
    "pages/a.ts": "say('evaluates a'); export const name = 'a'; export default 'page a'", "pages/b.ts": "export const name = 'b'; export default 'page b'", "pages/skip.ts": "export const name = 'skip'; export default 'skipped'",
    "more/c.ts": "export default 'c'", "more/deep/d.ts": "export default 'd'", "never/n.ts": "say('never')", "other.ts": "export const nothing = 'other'; export default 'other'",
    "hidden/.h/x.ts": "export default 'x'", "hidden/y.ts": "export default 'y'", "hidden/.z.ts": "export default 'z'",
    "texts/one.txt": "text one", "texts/two.txt": "text two", "data.json": '{"x": 5}', "routes/[id]/page.ts": "export default 'by id'", "routes/i/page.ts": "export default 'i'", "styles/a.css": "a { color: red }",
  },
  "globs are evaluated first when eager": {
    "main.ts": "import './first'; const all = import.meta.glob('./eager/*.ts', { eager: true }); say('main', Object.keys(all).join()); done()",
    "first.ts": "say('first')", "eager/a.ts": "say('a')", "eager/b.ts": "import './a'; say('b')",
  },
  "dynamic imports with variables": {
    "main.ts": `
      const load = async (name) => (await import(\`./pages/\${name}.ts\`)).default;
      say(await load('a'), await load('b'));
      for (const name of ['nope', 'x/y']) try { await load(name) } catch (error) { say(error.message) }
      const deep = async (one, two) => (await import(\`./deep/\${one}/\${two}.ts\`)).default; say(await deep('x', 'y'));
      try { await deep('x', 'y/z') } catch (error) { say(error.message) }
      say((await import(\`./texts/\${'one'}.txt?raw\`)).default);
      say((await import(\`./nested/../pages/\${'a'}.ts\`)).default);
      const brackets = 'page'; say((await import(\`./routes/[id]/\${brackets}.ts\`)).default);
      say((await import(/* @vite-ignore */ '/src/pages/a.ts')).default);
      done()`,
    "pages/a.ts": "export default 'page a'", "pages/b.ts": "export default 'page b'", "deep/x/y.ts": "export default 'deep y'", "texts/one.txt": "text one", "routes/[id]/page.ts": "export default 'by id'",
  },
  "queries": {
    "main.ts": `${path}
      import rawTs from './typed.ts?raw'; import rawCss from './a.css?raw'; import rawJson from './data.json?raw'; import rawSvg from './logo.svg?raw'; import inlined from './a.css?inline'; import logo from './logo.svg'; import logoUrl from './logo.svg?url'; import kept from './logo.svg?no-inline'; import data from './dot.png?inline'; import dot from './dot.png'; import dotUrl from './dot.png?url'; import odd from './odd.xyz?raw'; import oddUrl from './odd.xyz?url'; import cssUrl from './a.css?url'; import sprite from './logo.svg#g'; import json, { list } from './data.json'; import typed from './data.json' with { type: 'json' };
      import { count as one } from './counted.ts?one'; import { count as two } from './counted.ts?two'; import { count } from './counted'; import publicUrl from '/pub.png'; import publicRaw from '/note.txt?raw'; import names from './x.module.css?inline'; import large from './large.svg';
      say(rawTs, rawCss, rawJson, rawSvg, typeof inlined, inlined.includes('color'));
      say(logo, path(logoUrl), path(kept), data, path(dot), path(dotUrl), odd, path(oddUrl), path(cssUrl), path(sprite), new URL(sprite, location.href).hash);
      say(JSON.stringify(json), list.length, typed === json, one, two, count, publicUrl, publicRaw, typeof names, path(large));
      say((await (await fetch(cssUrl)).text()).includes('red'), (await (await fetch(oddUrl)).text()), (await fetch(dot)).headers.get('content-type'));
      say(Object.keys(await import('./a.css')).join(), Object.keys(await import('./logo.svg')).join());
      done()`,
    "typed.ts": "export const x: number = 1", "a.css": "a { color: red }", "data.json": '{"list": [1, 2]}', "logo.svg": svg, "dot.png": png, "odd.xyz": "odd text", "counted.ts": "globalThis.counted = (globalThis.counted ?? 0) + 1; export const count = globalThis.counted",
    "/public/pub.png": png, "/public/note.txt": "a note", "x.module.css": ".a { color: blue }", "large.svg": svg.replace("M0 0h8", `M0 0h8${"v1".repeat(3000)}`),
  },
  "new URL": {
    "main.ts": `${path}
      say(path(new URL('./dot.png', import.meta.url).href), new URL('./logo.svg', import.meta.url).href, path(new URL('./logo.svg#g', import.meta.url).href), new URL('/pub.png', import.meta.url).pathname, path(new URL('dot.png', import.meta.url)));
      const show = (name) => new URL(\`./img/\${name}.png\`, import.meta.url).href; say(path(show('a')), path(show('nope')));
      const sub = (folder, name) => new URL(\`./\${folder}/\${name}.png\`, import.meta.url).href; say(path(sub('img', 'b')));
      say(path(new URL(/* @vite-ignore */ './gone.png', import.meta.url)));
      done()`,
    "dot.png": png, "logo.svg": svg, "img/a.png": png, "img/b.png": png, "/public/pub.png": png,
  },
  "workers": {
    "main.ts": `${ask}
      import Wrapped from './wrapped?worker'; import wrappedUrl from './wrapped?worker&url'; import Inline from './wrapped?worker&inline'; import Shared from './shared.ts?sharedworker';
      say(await ask(new Worker(new URL('./module.ts', import.meta.url), { type: 'module', name: 'named' }), 20));
      say(await ask(new Worker(new URL('./classic.js', import.meta.url)), 'x'));
      say(await ask(new Wrapped({ name: 'w' }), 1), await ask(new Inline(), 2), await ask(new Worker(wrappedUrl, { type: 'module' }), 3));
      const shared = new Shared(); say(await new Promise((answer) => { shared.port.onmessage = (event) => answer(event.data); shared.port.postMessage('hi') }));
      const own = new SharedWorker(new URL('./shared.ts', import.meta.url), { type: 'module' }); say(await new Promise((answer) => { own.port.onmessage = (event) => answer(event.data); own.port.postMessage('ho') }));
      say(await ask(new Worker(new URL('./outer.ts', import.meta.url), { type: 'module' }), 'nest'));
      say(await ask(new Worker('/plain.js'), 'p'));
      done()`,
    "module.ts": "import { twice } from './lib'; import plain from 'plain'; self.onmessage = async ({ data }: MessageEvent<number>) => { const { lazy } = await import('./lazy'); self.postMessage([twice(data), plain.named, lazy, import.meta.env.VITE_SHOWN, import.meta.env.MODE, self.name, new URL(import.meta.url).pathname, typeof document].join()) }",
    "lib.ts": "export const twice = (n: number) => n * 2", "lazy.ts": "export const lazy = 'lazy'",
    "classic.js": "self.onmessage = (event) => self.postMessage('classic ' + event.data + ' ' + typeof importScripts)",
    "wrapped.ts": "import { twice } from './lib'; onmessage = (event) => postMessage(twice(event.data) + self.name)",
    "shared.ts": "onconnect = (event) => { const [port] = event.ports; port.onmessage = (message) => port.postMessage('shared ' + message.data) }",
    "outer.ts": "const inner = new Worker(new URL('./inner.ts', import.meta.url), { type: 'module' }); onmessage = (event) => { inner.onmessage = (answer) => postMessage('outer ' + answer.data); inner.postMessage(event.data) }",
    "inner.ts": "import Back from './outer?worker'; onmessage = (event) => postMessage('inner ' + event.data + typeof Back)",
    "/public/plain.js": "onmessage = (event) => postMessage('plain ' + event.data)",
  },
  "a service worker": {
    "main.ts": "const registration = await navigator.serviceWorker.register('/sw.js'); await navigator.serviceWorker.ready; say(new URL(registration.active.scriptURL).pathname); done()",
    "/public/sw.js": "self.addEventListener('install', () => self.skipWaiting()); self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))",
  },
  "SVGs as components": {
    "/vite.config.ts": "import { defineConfig } from 'vite'; import svgr from 'vite-plugin-svgr'; export default defineConfig({ plugins: [svgr()] })",
    "main.ts": `import { createElement } from 'react'; import { renderToStaticMarkup } from 'react-dom/server.browser';
      ${Object.keys(drawings).map((name, at) => `import D${at} from './${name}.svg?react';`).join(" ")} import url from './plain.svg?url'; import * as all from './plain.svg?react';
      [${Object.keys(drawings).map((_, at) => `D${at}`).join()}].forEach((Drawing: any) => say(Drawing.name, renderToStaticMarkup(createElement(Drawing)), renderToStaticMarkup(createElement(Drawing, { className: 'given', width: 99 }))));
      say(typeof url, Object.keys(all).join()); done()`,
    ...Object.fromEntries(Object.entries(drawings).map(([name, text]) => [`${name}.svg`, text])),
  },
  "SVGs as components with options": {
    "/vite.config.ts": "import { defineConfig } from 'vite'; import svgr from 'vite-plugin-svgr'; export default defineConfig({ plugins: [svgr({ include: '**/*.svg', exclude: '**/url.svg', svgrOptions: { exportType: 'named', ref: true, memo: true, icon: true, titleProp: true, descProp: true, svgProps: { role: 'img', 'data-x': '{1 + 1}' }, replaceAttrValues: { '#f00': 'currentColor' } } })] })",
    "main.ts": `import { createElement } from 'react'; import { renderToStaticMarkup } from 'react-dom/server.browser'; import { ReactComponent as Plain } from './plain.svg'; import { ReactComponent as Titled } from './titled.svg'; import url from './url.svg';
      for (const Drawing of [Plain, Titled] as any) say(renderToStaticMarkup(createElement(Drawing)), renderToStaticMarkup(createElement(Drawing, { title: 'T', titleId: 'i', desc: 'D', className: 'c' })));
      say(url.slice(0, 5)); done()`,
    "plain.svg": svg, "titled.svg": drawings.texts, "url.svg": svg,
  },
  "emotion by jsxImportSource": {
    "/tsconfig.json": '{"compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "@emotion/react"}}',
    "/vite.config.ts": "import { defineConfig } from 'vite'; import react from '@vitejs/plugin-react'; export default defineConfig({ plugins: [react({ jsxImportSource: '@emotion/react' })] })",
    "main.ts": "import './app'",
    "app.tsx": `import { createRoot } from 'react-dom/client'; import { css } from '@emotion/react'; import { useLayoutEffect } from 'react'; import { Pragma } from './pragma';
      const App = () => { useLayoutEffect(() => { for (const id of ['a', 'b']) { const it = document.getElementById(id)!; say(getComputedStyle(it).color, getComputedStyle(it).padding, it.className) } done() }); return <div id="a" css={css\`color: rgb(1, 2, 3); padding: 4px\`}><Pragma /></div> };
      createRoot(document.body.appendChild(document.createElement('div'))).render(<App />)`,
    "pragma.tsx": "/** @jsxImportSource @emotion/react */\nexport const Pragma = () => <b id=\"b\" css={{ color: 'rgb(4, 5, 6)', '&:hover': { color: 'red' } }}>b</b>",
  },
  "WebAssembly": {
    "main.ts": `
      import init from './adding.wasm?init'; import url from './adding.wasm?url'; import { add, limit } from './adding.wasm'; import * as importing from './importing.wasm';
      const instance = await init(); say(instance instanceof WebAssembly.Instance, instance.exports.add(2, 3), instance.exports.limit.value);
      const streamed = await WebAssembly.instantiateStreaming(fetch(url)); say(streamed.instance.exports.add(4, 5));
      say(add(1, 2), limit, Object.keys(importing).join(), importing.add(1, 2));
      const second = await (await import('./importing.wasm?init')).default({ './env.js': { offset: () => 1 } }); say(second.exports.add(1, 2));
      done()`,
    "adding.wasm": adding, "importing.wasm": importing, "env.js": "export const offset = () => 100",
  },
};

/** Versions that emotion's packages ask for, installed below them; only the first is reached. */
const reactIs = join(root, "node_modules/hoist-non-react-statics/node_modules/react-is");
const older = {
  "react-is": { "package.json": { version: "16.13.1" }, ...Object.fromEntries(["index.js", "cjs/react-is.development.js", "cjs/react-is.production.min.js"].map((file) => [file, readFileSync(join(reactIs, file), "utf8")])) },
  yaml: { "package.json": { version: "1.10.3" }, "index.js": "" },
};

/** Vite's own plugins for what the apps' `vite.config.ts` say; that file is ours to read. */
const plugins = {
  "SVGs as components": () => [svgr()],
  "SVGs as components with options": () => [svgr({ include: "**/*.svg", exclude: "**/url.svg", svgrOptions: { exportType: "named", ref: true, memo: true, icon: true, titleProp: true, descProp: true, svgProps: { role: "img", "data-x": "{1 + 1}" }, replaceAttrValues: { "#f00": "currentColor" } } })],
  "emotion by jsxImportSource": () => [react({ jsxImportSource: "@emotion/react" })],
};

differential(apps, {
  packages: { plain: { "index.js": "exports.named = 1" }, "react-is": older["react-is"], yaml: older.yaml },
  dependencies: { react: "*", "react-dom": "*", "@emotion/react": "*" },
  vite: (title) => ({ plugins: plugins[title]?.() ?? [] }),
});
