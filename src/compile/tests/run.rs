//! The emitted factories, run by Node under the smallest runtime that the module format needs.

use super::{compile_with, compiled};
use overskill_module::{CompileOptions, CompiledModule, Decorators, ModuleFormat, Target};
use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

const RUNTIME: &str = r#"
const modules = new Map();
function instantiate(id) {
  if (modules.has(id)) return modules.get(id);
  const { cjs, deps, factory } = definitions[id], ns = Object.create(null), module = { exports: {} };
  const it = { ns, deps, state: 0, stars: [] };
  modules.set(id, it);
  if (cjs) {
    it.require = () => {
      if (!it.state++) factory.call(module.exports, module, module.exports, (x) => need(x));
      return module.exports;
    };
    Object.defineProperty(ns, "default", { get: () => it.require(), enumerable: true });
    return it;
  }
  it.steps = factory({
    x: (getters) => { for (const name of Object.keys(getters)) Object.defineProperty(ns, name, { get: getters[name], enumerable: true }); },
    s: (x) => it.stars.push(x),
    i: (x) => instantiate(x).ns,
    import: async (x) => (await evaluate(x), modules.get(x).ns),
    require: need,
    u: (x) => "asset:" + x,
    meta: { url: "http://localhost/" + id, env: { MODE: "development" } },
    r: (type, name) => (globalThis.registered ??= []).push([name, type]),
    g: () => (type, key, reset, hooks) => type && ((globalThis.signed ??= []).push([type, key, reset, hooks?.()]), type),
  });
  it.ready = it.steps.next();
  for (const dep of deps) instantiate(dep);
  for (const star of it.stars) for (const name of Object.keys(instantiate(star).ns))
    if (name !== "default" && !(name in ns)) Object.defineProperty(ns, name, { get: () => modules.get(star).ns[name], enumerable: true });
  return it;
}
function need(id) { const it = instantiate(id); return it.require ? it.require() : (evaluate(id), it.ns); }
async function evaluate(id) {
  const it = instantiate(id);
  if (it.require) return void it.require();
  if (it.state++) return;
  for (const dep of it.deps) await evaluate(dep);
  await it.ready;
  await it.steps.next();
}
"#;

/// Runs the first of the modules and gives what it printed, line by line.
pub(super) fn printed(modules: &[(&str, CompiledModule)]) -> Vec<String> {
    let mut script = String::from("const definitions = {\n");
    for (id, module) in modules {
        let cjs = module.facts.format == ModuleFormat::CommonJs;
        let deps: Vec<&str> = module
            .facts
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == overskill_module::DependencyKind::Static)
            .map(|dependency| dependency.specifier.as_str())
            .collect();
        let _ = writeln!(
            script,
            "{id:?}: {{ cjs: {cjs}, deps: {deps:?}, factory:\n{}\n}},",
            module.code
        );
    }
    let _ = writeln!(script, "}};\n{RUNTIME}\nevaluate({:?});", modules[0].0);
    node(&script)
}

/// What Node prints when it runs a module.
pub(super) fn node(script: &str) -> Vec<String> {
    let mut node = Command::new("node")
        .args(["--input-type=module", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need Node");
    node.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = node.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{errors}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

pub(super) fn app(sources: &[(&'static str, &str)]) -> Vec<String> {
    let modules: Vec<_> = sources
        .iter()
        .map(|(id, source)| (*id, compiled(id, source)))
        .collect();
    printed(&modules)
}

#[test]
fn bindings_are_live_and_functions_hoist_through_cycles() {
    let lines = app(&[
        (
            "main.ts",
            "import { count, add } from 'store.ts'; import def, * as all from 'store.ts';
             export function early() { return 'early'; }
             add(); console.log(count, def(), Object.keys(all).join());",
        ),
        (
            "store.ts",
            "import { early } from 'main.ts';
             console.log(early());
             export let count = 1; export function add() { count++; }
             export default function () { return arguments.callee ? 1 : early.name; }"
                .replace("arguments.callee ? 1 : ", "")
                .as_str(),
        ),
    ]);
    assert_eq!(lines, ["early", "2 early count,add,default"]);
}

#[test]
fn imports_keep_the_meaning_of_calls_names_and_shorthands() {
    let lines = app(&[
        (
            "main.js",
            "import { f, tag, K, o } from 'dep.js';
             const os = 1, i0 = 2, i1 = 3;
             { const f = () => 'shadow'; console.log(f()); }
             console.log(f(), tag`a${os}`, f?.(), new K().x, { f, o }.o, `${o}`, typeof f, os + i0 + i1);
             console.log([f].map((f) => f())[0], ((o) => o)(4), this === undefined, import.meta.env.MODE);
             console.log(new URL('./logo.png', import.meta.url).href);",
        ),
        (
            "dep.js",
            "export function f() { return this === undefined; }
             export function tag(parts, ...rest) { return [this === undefined, parts[0], rest[0]].join(); }
             export class K { x = 7 } export const o = 5; export { f as 'a-b', f as __proto__ };",
        ),
    ]);
    assert_eq!(
        lines,
        [
            "shadow",
            "true true,a,1 true 7 5 5 function 6",
            "true 4 true development",
            "asset:./logo.png"
        ]
    );
}

#[test]
fn anonymous_defaults_are_named_default() {
    for source in [
        "export default () => {}",
        "export default function () {}",
        "export default async function* () {}",
        "export default class {}",
        "export default (class { x = 1 })",
        "export default (function () {})",
    ] {
        let main = "import d from 'd.js'; console.log(d.name);";
        assert_eq!(
            app(&[("main.js", main), ("d.js", source)]),
            ["default"],
            "{source}"
        );
    }
}

#[test]
fn awaits_dynamic_imports_and_stars_work() {
    let lines = app(&[
        (
            "main.mjs",
            "export * from 'star.js'; import { late } from 'late.js'; import * as self from 'main.mjs';
             const lazy = await import('lazy.js'); for await (const x of [1, Promise.resolve(2)]) console.log(x);
             console.log(late, lazy.default, self.a, self.default);",
        ),
        ("late.js", "export const late = await Promise.resolve('late');"),
        ("lazy.js", "export default 'lazy';"),
        ("star.js", "export const a = 'a'; export default 'not this';"),
    ]);
    assert_eq!(lines, ["1", "2", "late lazy a undefined"]);
}

#[test]
fn commonjs_runs_as_such() {
    let lines = app(&[
        ("main.js", "import c from 'c.js'; console.log(c.sum, c.self, c.strict);"),
        (
            "c.js",
            "var exports = module.exports; exports.sum = require('d.js').x + 1; exports.self = this === exports;
             exports.strict = (function () { return this === undefined; })();",
        ),
        ("d.js", "import e = require('e.js'); export = { x: e.y };".replace("import e =", "const e =").replace("export =", "module.exports =").as_str()),
        ("e.js", "exports.y = 41;"),
    ]);
    assert_eq!(
        lines,
        ["42 true true"],
        "the harness is a module, so everything is strict"
    );
}

/// TypeScript that only running proves.
#[test]
fn typescript_means_what_it_means() {
    for (source, expected) in [
        (
            "enum E { A, B = 5, C, D = 'd' } console.log(E.B, E.C, E[5], E.D);",
            "5 6 B d",
        ),
        ("const enum F { A = 1 << 3 } console.log(F.A);", "8"),
        (
            "namespace N { export const x = 1; export namespace M { export const y = x + 1 } } console.log(N.M.y);",
            "2",
        ),
        (
            "class A { constructor(private x: number, readonly y = 2) {} sum() { return this.x + this.y } } console.log(new A(1).sum());",
            "3",
        ),
        (
            "class A { static #n = 1; static { A.#n++ } static get n() { return A.#n } #m() { return 3 } m() { return #m in this && this.#m() } } console.log(A.n, new A().m());",
            "2 3",
        ),
        (
            "let a: { b?: number } = {}; a.b ??= 4; a.b ||= 5; console.log(a.b satisfies number as unknown as string);",
            "4",
        ),
        (
            "function f(this: Date, x?: number): asserts x is number {} console.log(f.length);",
            "1",
        ),
        (
            "abstract class A { abstract x: string; y!: number; declare z: string; } class B extends A { x = 'x' } console.log(Object.keys(new B()).join());",
            "y,x",
        ),
        (
            "class A { accessor x = 1 } const a = new A(); a.x++; console.log(a.x);",
            "2",
        ),
        (
            "Symbol.dispose ??= Symbol('d'); { using r = { [Symbol.dispose]() { console.log('disposed') } }; }",
            "disposed",
        ),
        (
            "function d(v: any, c: any) { c.addInitializer(function (this: any) { console.log(c.kind, c.name) }) } class A { @d m() {} } new A();",
            "method m",
        ),
        (
            "function d<T extends new (...a: any[]) => any>(C: T, c: any) { return class extends C { y = c.name } as T } @d class A { x = 1 } console.log((new A() as any).y);",
            "A",
        ),
        (
            "const x = <T,>(y: T): T => y; console.log(x<number>(6));",
            "6",
        ),
        (
            "let x = 5 as any as number; (x as any) = 6; x!++; console.log(x);",
            "7",
        ),
        (
            "export {}; label: for (const i of [1, 2]) { for (;;) continue label; } console.log('ok');",
            "ok",
        ),
        (
            "import type { T } from './t'; import { type U } from './u'; type V = T | U; console.log('none');",
            "none",
        ),
        (
            "class A { x = this.y; constructor(public y = 1) {} } console.log(JSON.stringify(new A()));",
            r#"{"y":1}"#,
        ),
    ] {
        assert_eq!(app(&[("main.ts", source)]), [expected], "{source}");
    }
}

#[test]
fn options_change_what_runs() {
    let legacy = CompileOptions {
        decorators: Decorators::LegacyWithMetadata,
        use_define_for_class_fields: false,
        ..CompileOptions::default()
    };
    let source = "(Reflect as any).metadata = (k: string, v: any) => (t: any) => { console.log(k, v?.name ?? v?.length) };
        function d(...a: any[]) { console.log(a.length, typeof a[2]) }
        class A { @d p: string = 'x'; @d m(@d a: number): void {} }
        class B { set x(v: number) { console.log('set', v) } } class C extends B { x = 3 } new C();";
    let lines = printed(&[("main.ts", compile_with("main.ts", source, legacy.clone()))]);
    assert_eq!(lines.last().unwrap(), "set 3");
    assert!(
        lines.contains(&"design:type String".to_owned()),
        "{lines:?}"
    );
    for target in [
        Target::Es2015,
        Target::Es2017,
        Target::Es2019,
        Target::Es2022,
        Target::EsNext,
    ] {
        let options = CompileOptions {
            target,
            ..legacy.clone()
        };
        let source = "class A { #x = 1; y = { ...{ a: this.#x } }; async *g() { yield (await 2) ** 3 } }
            const a = new A(); a.y.b ??= a.y?.a; try { throw 1 } catch { for await (const v of a.g()) console.log(v, a.y.b) }
            export {}";
        let lines = printed(&[("main.ts", compile_with("main.ts", source, options))]);
        assert_eq!(lines, ["8 1"], "{target:?}");
    }
}

#[test]
fn jsx_calls_the_development_runtime() {
    let lines = app(&[
        (
            "main.tsx",
            "import { Box } from 'box.js'; import * as Ns from 'box.js';
             const at = (x: any) => console.log(x.type.name ?? x.type, JSON.stringify(x.props), x.key, x.line);
             at(<Box key='k' a='1' {...{ b: 2 }}>text {'x'}</Box>); at(<Ns.Box />);
             at(<a-b c:d='&amp;' />);",
        ),
        ("box.js", "export function Box() {}"),
        (
            "react/jsx-dev-runtime",
            "export const jsxDEV = (type, props, key, s, at) => ({ type, props, key, line: at.fileName + at.lineNumber + ':' + at.columnNumber });",
        ),
    ]);
    assert_eq!(
        lines,
        [
            r#"Box {"a":"1","b":2,"children":["text ","x"]} k /main.tsx3:17"#,
            "Box {} undefined /main.tsx3:72",
            r#"a-b {"c:d":"&"} undefined /main.tsx4:17"#,
        ]
    );
}
