// Random module graphs, written once as files that Node runs and once as factories that the runtime runs.

/** mulberry32: the same graphs on each run. */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let value = Math.imul(seed ^ (seed >>> 15), seed | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** A scenario: modules by number; 0 is the entry. */
export function scenario(seed) {
  const next = random(seed);
  const chance = (probability) => next() < probability;
  const count = 2 + Math.floor(next() * 9);
  const cyclic = chance(0.6);
  const asynchronous = chance(0.7) ? 0.3 : 0;
  const failing = chance(0.4) ? 0.12 : 0;
  const common = chance(0.4) ? 0.25 : 0;
  const modules = Array.from({ length: count }, (_, number) => {
    const isCommon = number > 0 && chance(common);
    return {
      number,
      common: isCommon,
      awaits: !isCommon && chance(asynchronous),
      // A CommonJS module that failed runs again here when next imported; Node hands out its partial exports.
      fails: !isCommon && chance(failing) ? (chance(0.5) ? "before" : "after") : undefined,
      imports: [],
      star: [],
      dynamic: undefined,
    };
  });
  for (const module of modules) {
    for (const other of modules) {
      if (other === module ? !chance(0.05) : !(cyclic || other.number > module.number) || !chance(2.2 / count)) continue;
      // Node refuses a cycle through `require`; ESM targets of `require` have tests of their own.
      if (module.common && (!other.common || other.number <= module.number)) continue;
      module.imports.push(other.number);
      if (!module.common && !other.common && chance(0.25)) module.star.push(other.number);
    }
    module.imports.sort(() => next() - 0.5);
    if (!module.common && chance(0.2)) module.dynamic = Math.floor(next() * count);
  }
  return modules;
}

export const file = (module) => `m${module.number}.${module.common ? "cjs" : "js"}`;

/** What a module does once its imports are there. `reach` reads the function that another module exports. */
function body(module, modules, reach, dynamicImport) {
  const { number } = module;
  const lines = [`log("start ${number}");`];
  if (module.fails === "before") lines.push(`throw new Error("failed ${number}");`);
  for (const other of module.imports) {
    lines.push(`look(${number}, ${other}, () => ${reach(other)}.value${other}, () => ${reach(other)}.hoisted${other}());`);
    if (!modules[other].common) lines.push(`log("${number} sees " + names(${reach(other)}));`);
  }
  if (module.dynamic !== undefined) lines.push(`later(${number}, () => ${dynamicImport(module.dynamic)});`);
  if (module.awaits) lines.push(`await gate(${number});`);
  if (module.fails === "after") lines.push(`throw new Error("failed ${number}");`);
  return lines;
}

export function asFile(module, modules) {
  const { number } = module;
  const globals = `const { log, look, gate, later, names } = globalThis.__differential__;`;
  if (module.common) {
    const requires = module.imports.map((other) => `const i${other} = require("./${file(modules[other])}");`);
    return [globals, ...requires, `exports.hoisted${number} = () => "hoisted";`, ...body(module, modules, (other) => `i${other}`), `exports.value${number} = "value";`, `log("end ${number}");`].join("\n");
  }
  const imports = module.imports.map((other) => `import * as i${other} from "./${file(modules[other])}";`);
  const stars = module.star.map((other) => `export * from "./${file(modules[other])}";`);
  return [
    ...imports,
    ...stars,
    globals,
    ...body(module, modules, (other) => `i${other}`, (other) => `import("./${file(modules[other])}")`),
    `export let value${number} = "first"; value${number} = "value";`,
    `export function hoisted${number}() { return "hoisted"; }`,
    `export default ${number};`,
    `log("end ${number}");`,
  ].join("\n");
}

export function asDefinition(module, modules) {
  const { number } = module;
  const id = (other) => `/m${other}`;
  const edges = (numbers) => numbers.map((other) => [id(other), id(other)]);
  if (module.common) {
    const requires = module.imports.map((other) => `const i${other} = require("${id(other)}");`);
    const code = [...requires, `exports.hoisted${number} = () => "hoisted";`, ...body(module, modules, (other) => `i${other}`), `exports.value${number} = "value";`, `log("end ${number}");`];
    return `["${id(number)}", {"k":"cjs","d":${JSON.stringify(edges(module.imports))}}, function(module,exports,require){"use strict";${code.join("\n")}}]`;
  }
  const header = { k: "esm", n: 1, ...(module.awaits && { a: 1 }), i: edges(module.imports), d: module.dynamic === undefined ? [] : edges([module.dynamic]) };
  const code = [
    `os.x({ default: () => _default, value${number}: () => value${number}, hoisted${number}: () => hoisted${number} });`,
    ...module.star.map((other) => `os.s("${id(other)}");`),
    ...module.imports.map((other) => `const i${other} = os.i("${id(other)}");`),
    "yield;",
    ...body(module, modules, (other) => `i${other}`, (other) => `os.import("${id(other)}")`),
    `let value${number} = "first"; value${number} = "value";`,
    `function hoisted${number}() { return "hoisted"; }`,
    `const _default = ${number};`,
    `log("end ${number}");`,
  ];
  return `["${id(number)}", ${JSON.stringify(header)}, ${module.awaits ? "async " : ""}function*(os){"use strict";${code.join("\n")}}]`;
}

/** Not `Object.keys`: on a real namespace it throws while a name is in its dead zone. Node adds "module.exports". */
export const names = (ns) => Reflect.ownKeys(ns).filter((key) => typeof key === "string" && key !== "module.exports");

/** What modules call; `gate`s open one a task, in an order that the seed decides and not the clock. */
export function stage(seed) {
  const log = [];
  const next = random(seed ^ 0x5eed);
  const waiting = [];
  const thunks = [];
  let running = true;
  const attempt = (read) => {
    try {
      const value = read();
      return typeof value === "function" ? "function" : String(value);
    } catch (error) {
      return error.name;
    }
  };
  const open = () => {
    waiting.sort((one, other) => one.number - other.number);
    if (waiting.length) waiting.splice(Math.floor(next() * waiting.length), 1)[0].resolve();
    if (running) setImmediate(open);
  };
  setImmediate(open);
  return {
    log: (line) => log.push(line),
    look: (from, to, value, hoisted) => log.push(`${from} reads ${to}: ${attempt(value)} ${attempt(hoisted)}`),
    names,
    gate: (number) => new Promise((resolve) => waiting.push({ number, resolve })),
    later: (from, load) => thunks.push(["dynamic " + from, load]),
    thunks,
    lines: log,
    stop: () => (running = false),
  };
}

/**
 * The entry twice at once; then what `import()` was asked for, one by one, for how long loading takes is the host's;
 * then every module: errors are cached, what ran does not run again.
 */
export async function drive(modules, importModule, { lines, thunks }) {
  const outcome = (label, load) =>
    load().then(
      (ns) => lines.push(`${label}: ${names(ns)}`),
      (error) => lines.push(`${label} failed: ${error.message}`),
    );
  const quiet = () => new Promise((resolve) => setTimeout(resolve, 3));
  await Promise.all([outcome("first", () => importModule(0)), outcome("again", () => importModule(0))]);
  await quiet();
  for (let thunk; (thunk = thunks.shift()); await quiet()) await outcome(...thunk);
  for (const { number, common } of modules) {
    if (common) continue;
    await outcome(number, () => importModule(number));
    await quiet();
  }
}
