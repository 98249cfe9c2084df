//! Constructs whose meaning only running proves, beyond the ordinary ones of `run`.

use super::{
    compile_with,
    run::{app, printed},
};
use overskill_module::{CompileOptions, Decorators, Jsx, Target};

const TARGETS: [Target; 6] = [
    Target::Es2015,
    Target::Es2017,
    Target::Es2019,
    Target::Es2020,
    Target::Es2022,
    Target::EsNext,
];

fn with(options: &CompileOptions, sources: &[(&'static str, &str)]) -> Vec<String> {
    let modules: Vec<_> = sources
        .iter()
        .map(|(id, source)| {
            let module = compile_with(id, source, options.clone());
            assert!(module.is_ok(), "{source}: {:#?}", module.diagnostics);
            (*id, module)
        })
        .collect();
    printed(&modules)
}

#[test]
fn every_form_of_export_is_live() {
    let lines = app(&[
        (
            "main.js",
            "import def, { a, b as bee, c, d, e, set, K, z } from 'dep.js';
             import expression from 'expression.js'; import hoisted from 'hoisted.js'; import * as all from 'dep.js';
             console.log(a, bee, c, d, e, def, z);
             set(); console.log(a, bee, c, d, e, def, z, all.a, all.default, new K().k);
             console.log(expression, hoisted(), Object.keys(all).sort().join());",
        ),
        (
            "dep.js",
            "export let a = 1; let b = 1; export { b }; export var c = 1; export let { d, x: [e] } = { d: 1, x: [1] };
             let def = 1; export { def as default }; let y = 1; export { y as z };
             export function set() { a++; [b] = [2]; ({ c } = { c: 2 }); d += 1; for (e of [2]); def = 2; y ||= 0; y &&= 2; }
             export class K { k = 1 }",
        ),
        ("expression.js", "let x = 1; export default x; x = 2;"),
        ("hoisted.js", "hoisted.x = 1; export default function hoisted() { return hoisted.x }"),
    ]);
    assert_eq!(
        lines,
        [
            "1 1 1 1 1 1 1",
            "2 2 2 2 2 2 2 2 2 1",
            "1 1 K,a,b,c,d,default,e,set,z"
        ]
    );
}

#[test]
fn imports_cannot_be_assigned_to_by_packages_either() {
    let options = CompileOptions {
        package: true,
        ..CompileOptions::default()
    };
    let lines = with(
        &options,
        &[
            (
                "main.js",
                "import { a } from 'a.js'; try { a = 2 } catch (e) { console.log(e.name) } try { a++ } catch (e) { console.log(e.name) } console.log(a);",
            ),
            ("a.js", "export let a = 1;"),
        ],
    );
    assert_eq!(lines, ["TypeError", "TypeError", "1"]);
}

#[test]
fn defaults_without_a_name_hoist() {
    let lines = app(&[
        (
            "main.js",
            "import f from 'f.js'; export function early() { return f() }",
        ),
        (
            "f.js",
            "import { early } from 'main.js'; console.log(early()); export default function () { return 'hoisted' }",
        ),
    ]);
    assert_eq!(lines, ["hoisted"]);
}

#[test]
fn commonjs_written_in_typescript() {
    let lines = app(&[
        (
            "main.ts",
            "import K = require('k.ts'); import type T = require('t.ts'); import Inner = K.Inner; import cts from 'named.cts';
             console.log(new K().x, Inner.y, cts.named, K.name); let t: T | undefined;",
        ),
        ("k.ts", "class K { x = 1 } namespace K { export namespace Inner { export const y = 2 } } export = K;"),
        ("named.cts", "export const named = 3; import other = require('k.ts'); export default other;"),
    ]);
    assert_eq!(lines, ["1 2 3 K"]);
}

#[test]
fn enums_and_namespaces() {
    for (source, expected) in [
        (
            "const enum A { X = 'x', Y = 2, Z = Y * 2 + 1 } console.log(A.X, A.Y, A['Z']);",
            "x 2 5",
        ),
        (
            "enum A { X = 1 } enum A { Y = 2 } console.log(A[1], A.Y, Object.keys(A).length);",
            "X 2 4",
        ),
        (
            "export enum A { X } export namespace A { export const y = 1 } console.log(A.X, A.y);",
            "0 1",
        ),
        (
            "enum A { 'a-b' = 1, c = ~1, d = 'x' + 'y', e = `${d}z`, f = -1 } console.log(A['a-b'], A.c, A.d, A.e, A[-1]);",
            "1 -2 xy xyz f",
        ),
        (
            "enum A { X = Math.max(1, 2), Y = X + 1 } console.log(A.Y, A[2]);",
            "3 X",
        ),
        (
            "namespace A.B.C { export let x = 1; export function f() { return x++ } } A.B.C.f(); console.log(A.B.C.x);",
            "2",
        ),
        (
            "namespace A { export import B = C; } namespace C { export const x = 1 } console.log(typeof A);",
            "object",
        ),
        (
            "namespace A { export const { x, y: [z] } = { x: 1, y: [2] } } console.log(A.x, A.z);",
            "1 2",
        ),
        (
            "namespace A { interface I {} } console.log(typeof (globalThis as any).A);",
            "undefined",
        ),
        (
            "function f() { return 1 } namespace f { export const x = 2 } console.log(f(), f.x);",
            "1 2",
        ),
        (
            "declare const enum D { X } declare namespace E { const x: number } console.log('ok');",
            "ok",
        ),
        (
            "class A<T> { constructor(protected readonly a: T, public b?: string) {} static make() { return new A(1, 'b') } } console.log(JSON.stringify(A.make()));",
            r#"{"a":1,"b":"b"}"#,
        ),
        (
            "class B { constructor(x: number) { this.z = x } z } class A extends B { constructor(private q = 1) { super(q); } } console.log(JSON.stringify(new A()));",
            r#"{"z":1,"q":1}"#,
        ),
    ] {
        assert_eq!(app(&[("main.ts", source)]), [expected], "{source}");
    }
}

#[test]
fn classes_mean_the_same_for_every_target() {
    let source = "
        const log: unknown[] = [];
        class Base { v = 1; static s = 'static'; set late(x: number) { log.push('setter ' + x) } }
        class A extends Base {
            static #count = 0; #x = 1; static { A.#count = 10; log.push(this.s, super.s) }
            get #y() { return this.#x * 2 } set #y(v) { this.#x = v }
            static #make() { return new A() } static has(o: object) { return #x in o }
            #m(a?: number) { return a ?? this.#y } m() { this.#y = 5; this.#x++; this.#x **= 2; return [this.#m(), this?.#m?.(7), A.#make() instanceof A] }
            ['computed' + 1] = 3; arrow = () => this.#x; static inherited = super.s;
            accessor auto = 4;
        }
        const a = new A(); log.push(...a.m(), A.has(a), A.has({}), a.computed1, a.arrow(), a.auto, A.inherited);
        const o = { n: null as any, f() { return this?.n?.x.y ?? 'none' } }; log.push(o.f(), o.n?.[0](), delete o?.n);
        async function* g() { for await (const x of [1, Promise.resolve(2)]) yield x; } for await (const x of g()) log.push(x);
        const { p, ...rest } = { p: 1, q: 2, ...{ r: 3 } }; log.push(JSON.stringify(rest), 2 ** 3, 1_000, 10n, [..._(`a${1}b`)]);
        function _(s: string) { return s } try { throw 1 } catch { log.push('caught') }
        function args(a = 1, { b } = { b: 2 }, ...c: number[]) { return a + b + c.length } log.push(args(1, undefined, 3, 4));
        console.log(log.join(' ')); export {}";
    let expected = "static static 72 7 true true false 3 36 4 static none  true 1 2 {\"q\":2,\"r\":3} 8 1000 10 a,1,b caught 5";
    for target in TARGETS {
        let options = CompileOptions {
            target,
            ..CompileOptions::default()
        };
        assert_eq!(
            with(&options, &[("main.ts", source)]),
            [expected],
            "{target:?}"
        );
    }
}

#[test]
fn resources_are_disposed_of_on_every_way_out() {
    let source = "
        (Symbol as any).dispose ??= Symbol('d'); (Symbol as any).asyncDispose ??= Symbol('a');
        const log: string[] = [];
        const r = (n: string) => ({ [Symbol.dispose]() { log.push(n) }, async [Symbol.asyncDispose]() { log.push('async ' + n) } });
        function f() { using a = r('a'), b = r('b'); using none = null; for (using c of [r('c')]) { return 'returned' } }
        log.push(f()!);
        try { using d = r('d'); throw new Error('thrown') } catch (e) { log.push((e as Error).message) }
        async function g() { await using e = r('e'); } await g();
        console.log(log.join()); export {}";
    for target in TARGETS {
        let options = CompileOptions {
            target,
            ..CompileOptions::default()
        };
        assert_eq!(
            with(&options, &[("main.ts", source)]),
            ["c,b,a,returned,d,thrown,async e"],
            "{target:?}"
        );
    }
    let lines = app(&[
        ("main.ts", "import f, { x, y, E, K, later } from 'top.ts'; console.log(x, y, E.A, new K().k, f(), f.name, later());"),
        (
            "top.ts",
            "(Symbol as any).dispose ??= Symbol('d'); using a: any = { v: 1, [Symbol.dispose]() { console.log('end') } };
             export const x = a.v, { y } = { y: 2 }; export enum E { A = 3 } export class K { k = 4 } export function later() { return x + y }
             console.log('body', x); export default () => 5;",
        ),
    ]);
    assert_eq!(lines, ["body 1", "end", "1 2 3 4 5 default 3"]);
}

#[test]
fn standard_decorators_see_everything() {
    let source = "
        const log: unknown[] = [];
        const d = (tag: string) => (value: any, context: any) => { log.push(tag, context.kind, String(context.name), context.static ?? '-', context.private ?? '-'); };
        const bound = (f: any, c: any) => { c.addInitializer(function (this: any) { this[c.name] = this[c.name].bind(this) }) };
        const double = (_: any, c: any) => (v: number) => v * 2;
        const wrap = (f: any) => function (this: any, ...a: any[]) { return 'wrapped ' + f.apply(this, a) };
        @d('class') class A {
            @d('field') static x = 1; @double y = 2; @d('get') get z() { return 1 } @d('private') #p() {} 
            @bound m() { return this.y } @wrap w() { return this.y } accessor q = 6;
        }
        const a = new A(), { m } = a; log.push(m(), a.w(), a.q); console.log(log.join(' ')); export {}";
    let expected = "get getter z false false private method #p false true field field x true false class class A - - 4 wrapped 4 6";
    for target in TARGETS {
        let options = CompileOptions {
            target,
            ..CompileOptions::default()
        };
        assert_eq!(
            with(&options, &[("main.ts", source)]),
            [expected],
            "{target:?}"
        );
    }
    let exported = app(&[
        (
            "main.ts",
            "import A, { B } from 'a.ts'; console.log(new A().x, new B().x);",
        ),
        (
            "a.ts",
            "const d = (C: any, c: any) => class extends C { x = c.name } as any; @d export default class A { x: any } export @d class B { x: any }",
        ),
    ]);
    assert_eq!(exported, ["A B"]);
}

#[test]
fn legacy_decorators_with_and_without_metadata() {
    let source = "
        const log: unknown[] = []; (Reflect as any).metadata = (k: string, v: any) => () => { log.push(k + '=' + (Array.isArray(v) ? v.map((x) => x?.name) : v?.name)) };
        const d = (tag: string) => (...a: any[]) => { log.push(tag + ':' + a.length) };
        interface I {} class Dep {}
        @d('class') class A { constructor(@d('param') private dep: Dep, x: I) {} @d('field') f!: string; @d('method') m(@d('arg') a: number): Promise<void> { return null! } @d('accessor') get g() { return 1 } static s = 1 }
        console.log(log.join(' ')); export { A }";
    let plain = CompileOptions {
        decorators: Decorators::Legacy,
        ..CompileOptions::default()
    };
    let without = "field:2 arg:3 method:3 accessor:3 param:3 class:1";
    let lines = with(&plain, &[("main.ts", source)]);
    assert_eq!(lines[0].replace("field:3", "field:2"), without);
    let metadata = CompileOptions {
        decorators: Decorators::LegacyWithMetadata,
        ..plain
    };
    let lines = with(&metadata, &[("main.ts", source)]);
    for told in [
        "design:type=String",
        "design:paramtypes=Number",
        "design:returntype=Promise",
        "design:paramtypes=Dep,Object",
    ] {
        assert!(lines[0].contains(told), "{told}: {lines:?}");
    }
}

#[test]
fn jsx_follows_options_and_pragmas() {
    let classic = Jsx::Classic {
        pragma: "h".into(),
        fragment: "F".into(),
    };
    let h = "const h = (t: any, p: any, ...c: any[]) => [typeof t === 'function' ? t.name : t, JSON.stringify(p), ...c].join(' '); function F() {} function React() {} React.createElement = h; React.Fragment = F;";
    let runtime = "export const jsxDEV = (t, p) => 'auto ' + (t?.name ?? String(t)) + ' ' + JSON.stringify(p); export const Fragment = 'F';";
    for (jsx, pragma, element, expected) in [
        (classic.clone(), "", "<a b='1'>x</a>", r#"a {"b":"1"} x"#),
        (classic.clone(), "", "<>x</>", "F null x"),
        (
            classic.clone(),
            "/* @jsx React.createElement */",
            "<a/>",
            "a null",
        ),
        (
            classic.clone(),
            "/** @jsxRuntime automatic */",
            "<a>x</a>",
            r#"auto a {"children":"x"}"#,
        ),
        (
            classic,
            "/** @jsxRuntime automatic @jsxImportSource other */",
            "<a/>",
            "other",
        ),
        (
            Jsx::default(),
            "",
            "<><i/>{1}</>",
            r#"auto F {"children":["auto i {}",1]}"#,
        ),
        (
            Jsx::default(),
            "/** @jsxRuntime classic */",
            "<a/>",
            "a null",
        ),
        (
            Jsx::default(),
            "/** @jsxRuntime classic */ /** @jsx h */ /** @jsxFrag F */",
            "<>{1}</>",
            "F null 1",
        ),
        (
            Jsx::default(),
            "/** @jsxImportSource other */",
            "<a/>",
            "other",
        ),
        (
            Jsx::Automatic {
                import_source: "other".into(),
            },
            "",
            "<a/>",
            "other",
        ),
        (
            Jsx::default(),
            "",
            "<a b c={2} {...{ d: 3 }} e-f='&lt;\"'>  x\n  y {' '}\n  &amp; </a>",
            r#"auto a {"b":true,"c":2,"d":3,"e-f":"<\"","children":["  x y "," ","& "]}"#,
        ),
    ] {
        let options = CompileOptions {
            jsx,
            ..CompileOptions::default()
        };
        let source = format!("{pragma}\n{h} console.log({element});");
        let lines = with(
            &options,
            &[
                ("main.tsx", source.as_str()),
                ("react/jsx-dev-runtime", runtime),
                (
                    "other/jsx-dev-runtime",
                    "export const jsxDEV = () => 'other';",
                ),
            ],
        );
        let text = lines.join("\n");
        assert_eq!(text, expected, "{pragma} {element}");
    }
}

#[test]
fn the_environment_is_read_where_it_is_asked() {
    let lines = app(&[(
        "main.ts",
        "const { MODE } = import.meta.env; const key = 'MODE'; console.log(import.meta.env.MODE, MODE, import.meta.env[key], import.meta.env?.NOPE, import.meta.url, typeof import.meta);",
    )]);
    assert_eq!(
        lines,
        ["development development development undefined http://localhost/main.ts object"]
    );
}

#[test]
fn awaits_at_the_top_hold_importers_up() {
    let lines = app(&[
        (
            "main.mjs",
            "import { a } from 'a.mjs'; console.log('main', a); using x = null; await using y = null;",
        ),
        (
            "a.mjs",
            "console.log('before'); export let a = 1; a = await new Promise((r) => setTimeout(() => r(2))); for await (const x of [3]) a = x; console.log('after');",
        ),
    ]);
    assert_eq!(lines, ["before", "after", "main 3"]);
}
