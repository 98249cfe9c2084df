// After any sequence of edits a page that was updated must be as one that loads what there is now: the same modules run,
// they export the same names and values, and what they read of each other is the same. Random graphs, random edits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "./graphs.mjs";
import { started } from "./hot-page.mjs";
import { settled } from "./page.mjs";

const rounds = Number(process.env.ROUNDS ?? 100);
const first = Number(process.env.SEED ?? 1);
const EDITS = 12;
const NAMES = ["n0", "n1", "n2"];

/** The files of an app, as they are to be; `next` decides. What a file accepts stays as it is over its life. */
class Files {
  #next;
  #modules = new Map();
  #version = 0;

  constructor(next) {
    this.#next = next;
    const count = 3 + Math.floor(next() * 8);
    this.cyclic = next() < 0.4;
    this.awaiting = next() < 0.5 ? 0.15 : 0;
    this.failing = next() < 0.5 ? 0.12 : 0;
    this.ids = Array.from({ length: count }, (_, number) => `/m${number}`);
    this.kinds = this.ids.map((_, number) => (number ? ["plain", "plain", "plain", "self", "self", "deps"][Math.floor(next() * 6)] : "plain"));
    for (const id of this.ids) this.edit(id, true);
  }

  #chance(probability) {
    return this.#next() < probability;
  }

  kind(id) {
    return this.kinds[this.ids.indexOf(id)];
  }

  edit(id, first = false) {
    const number = this.ids.indexOf(id);
    const before = this.#modules.get(id);
    const keeps = before && this.#chance(0.6);
    const others = this.ids.filter((other, index) => (index > number || (this.cyclic && index && other !== id)) && (first || this.#modules.has(other)));
    const imports = keeps ? before.imports.filter((other) => this.#modules.has(other)) : others.filter(() => this.#chance(2.2 / this.ids.length));
    this.#modules.set(id, {
      id,
      number,
      version: ++this.#version,
      kind: this.kind(id),
      imports,
      stars: this.kind(id) === "deps" ? [] : imports.filter((other) => this.kind(other) === "plain" && this.#chance(0.3)),
      dynamic: number && this.#chance(0.2) ? others.filter(() => this.#chance(0.15)) : [],
      names: NAMES.filter(() => this.#chance(0.5)),
      awaits: this.#chance(this.awaiting),
      fails: !first && number > 0 && this.#chance(this.failing),
    });
  }

  /** One edit or several; gives what changed. */
  change() {
    const removed = [];
    const changed = new Set();
    for (let more = true; more; more = this.#chance(0.35)) {
      const id = this.ids[1 + Math.floor(this.#next() * (this.ids.length - 1))];
      const module = this.#modules.get(id);
      const unused = ![...this.#modules.values()].some(({ imports, dynamic }) => imports.includes(id) || dynamic.includes(id));
      if (module && unused && this.#chance(0.3)) {
        this.#modules.delete(id);
        changed.delete(id);
        removed.push(id);
      } else {
        this.edit(id);
        changed.add(id);
      }
    }
    return { remove: removed.filter((id) => !this.#modules.has(id)), changed: [...changed] };
  }

  heal() {
    const broken = [...this.#modules.values()].filter(({ fails }) => fails);
    for (const module of broken) this.#modules.set(module.id, { ...module, fails: false, version: ++this.#version });
    return broken.map(({ id }) => id);
  }

  definitions(log, ids = [...this.#modules.keys()]) {
    return ids.map((id) => definition(this.#modules.get(id), log));
  }

  source(ids = this.ids) {
    return ids.map((id) => JSON.stringify(this.#modules.get(id))).join("\n");
  }
}

function definition(module, log) {
  const { id, imports, stars, dynamic, names, kind, awaits, version, fails } = module;
  const edges = (ids) => ids.map((other) => [other, other]);
  const code = `os.x({ v: () => v, read: () => read, captured: () => captured, ${names.map((name) => `${name}: () => v + "${name}"`)} });
    ${stars.map((other) => `os.s("${other}");`).join("")}
    const held = { ${imports.map((other) => `"${other}": os.i("${other}")`)} };
    yield;
    log.push("${id}");
    function read(depth = 4) { return depth ? { v, of: Object.values(held).map((one) => (0, one.read)(depth - 1)) } : v; }
    ${kind === "self" ? "os.meta.hot.accept();" : ""}
    ${kind === "deps" ? `os.meta.hot.accept(${JSON.stringify([...imports, ...dynamic])}, () => {});` : ""}
    ${awaits ? "await new Promise(setImmediate);" : ""}
    ${dynamic.map((other) => `os.import("${other}").catch(() => {});`).join("")}
    ${fails ? `throw new Error("failed ${id}");` : ""}
    const v = "${id} ${version}";
    const captured = Object.fromEntries(Object.entries(held).map(([id, one]) => { try { return [id, one.v]; } catch { return [id, "?"]; } }));`;
  const factory = new Function("log", `return ${awaits ? "async " : ""}function*(os){"use strict";${code}}`)(log);
  return [id, { k: "esm", h: String(version), i: edges(imports), d: edges(dynamic), ...(awaits && { a: 1 }) }, factory];
}

/** What a page has. */
function picture(on, files) {
  const ran = [...on.modules.values()].filter(({ state }) => state > 1);
  return Object.fromEntries(ran.map((module) => {
    if (module.error) return [module.id, "failed"];
    const namespace = on.require(module.id);
    const { captured, read, ...values } = namespace;
    // What accepts is not run again for those who import it, so they may have seen an earlier one of it.
    const fixed = files.cyclic || module.header.a ? [] : Object.entries(captured).filter(([id]) => files.kind(id) === "plain" && files.kind(module.id) !== "deps");
    return [module.id, { names: Object.keys(namespace), values, read: read(), captured: Object.fromEntries(fixed) }];
  }).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** `require` gives no namespace of a module that awaits, until it has run: then it does. */
async function load(files, log) {
  const on = await started(files.definitions(log), ["/m0"]);
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
  return on;
}

async function play(seed, tally) {
  const next = random(seed);
  const files = new Files(next);
  const log = [];
  let on = await load(files, log);
  const story = [files.source()];
  for (let edit = 0; edit < EDITS; edit++) {
    const { remove, changed } = edit === EDITS - 1 ? { remove: [], changed: files.heal() } : files.change();
    const staged = new Set(changed);
    log.length = 0;
    on.stage({ remove }, files.definitions(log, changed));
    if (edit < EDITS - 1 && next() < 0.2) {
      const more = files.change();
      on.stage({ remove: more.remove }, files.definitions(log, more.changed));
      for (const id of more.changed) staged.add(id);
    }
    const outcome = await on.apply();
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    story.push(`edit ${edit}: ${JSON.stringify({ remove, changed, outcome })} ran ${log}`, files.source([...staged]));
    const where = `seed ${seed}\n${story.join("\n")}`;
    const twice = log.filter((id, index) => log.indexOf(id) !== index);
    assert.deepEqual(twice, [], `ran twice: ${where}`);
    if (outcome.reload) {
      tally.reloads++;
      on = await load(files, log);
      continue;
    }
    if (outcome.failures.length) {
      tally.failures++;
      continue;
    }
    tally.updates++;
    const fresh = await load(files, []);
    assert.deepEqual(picture(on, files), picture(fresh, files), where);
  }
}

test(`${rounds} random apps, edited`, { timeout: 300_000 }, async (context) => {
  const tally = { updates: 0, reloads: 0, failures: 0 };
  for (let seed = first; seed < first + rounds; seed++) await play(seed, tally);
  await settled();
  context.diagnostic(JSON.stringify(tally));
  assert.ok(tally.updates > rounds);
});
