//! What modules mean: order, cycles, live bindings, interop, `import()`; and what is left out.

use super::{both, linked, text};
use crate::Options;

macro_rules! cases {
    ($($name:ident: $($file:literal => $text:literal),+ $(,)?;)+) => {
        $(
            #[test]
            fn $name() {
                let (native, ours, output) = both(stringify!($name), &[$(($file, $text)),+], &Options::default());
                assert_eq!(ours, native, "{}", text(&output));
                assert!(!native.is_empty());
            }
        )+
    };
}

cases! {
    order_is_that_of_imports:
        "main.js" => "import './a.js'; import './b.js'; import './a.js'; console.log('main');",
        "a.js" => "import './c.js'; console.log('a');",
        "b.js" => "import './c.js'; console.log('b');",
        "c.js" => "console.log('c');";
    bindings_are_live:
        "main.js" => "import { count, add } from './store.js'; import * as all from './store.js'; console.log(count, all.count); add(); console.log(count, all.count, Object.keys(all).join());",
        "store.js" => "export let count = 0; export function add() { count++; } export default class {}";
    functions_hoist_through_cycles:
        "main.js" => "import { b } from './b.js'; export function a() { return 'a'; } console.log(b());",
        "b.js" => "import { a } from './main.js'; console.log(a()); export const b = () => a() + 'b';";
    names_in_their_dead_zone_throw:
        "main.js" => "import './b.js'; export const a = 1; console.log('main');",
        "b.js" => "import { a } from './main.js'; try { console.log(a); } catch (error) { console.log(error.name); }";
    default_exports_of_every_form:
        "main.js" => "import a from './a.js'; import B from './b.js'; import c from './c.js'; import d from './d.js'; import e from './e.js'; console.log(a(), new B().x, c, d(), e);",
        "a.js" => "export default function () { return 'fn'; }",
        "b.js" => "export default class { x = 1 }",
        "c.js" => "let c = 1; export default c; c = 2;",
        "d.js" => "export default () => 'arrow';",
        "e.js" => "let e = 1; export { e as default }; e = 2;";
    stars_and_renames:
        "main.js" => "import * as all from './index.js'; import { renamed, x as y, default as d } from './index.js'; console.log(Object.keys(all).join(), renamed, y, d, all.inner.deep);",
        "index.js" => "export * from './a.js'; export { x as renamed } from './a.js'; export * as inner from './b.js'; export { default } from './b.js'; export const own = 1;",
        "a.js" => "export const x = 'x', own = 'shadowed';",
        "b.js" => "export const deep = 'deep'; export default 'def';";
    namespaces_are_what_they_are:
        "main.js" => "import * as ns from './a.js'; console.log(Object.prototype.toString.call(ns), Object.getPrototypeOf(ns), 'b' in ns, ns.nothing, JSON.stringify(ns), typeof ns.f); try { ns.b = 1; } catch (error) { console.log(error.name); } const key = 'b'; console.log(ns[key]);",
        "a.js" => "export const b = 2; export function f() {} export default 0;";
    calls_have_no_this:
        "main.js" => "import { who } from './a.js'; import * as ns from './a.js'; import c from './c.cjs'; import { self } from './c.cjs'; console.log(who(), `${who``}`, ns.who === who, c.self() === c, self() === undefined, who?.());",
        "a.js" => "export function who() { return this === undefined ? 'nobody' : 'somebody'; }",
        "c.cjs" => "'use strict'; exports.self = function () { return this; };";
    what_a_chunk_passes_on_comes_from_another:
        "main.js" => "import { Both } from './both.js'; console.log(new Both().part.name); const all = await import('./features.js'); console.log(Object.keys(all).join(), new all.Part().name, all.count()); const { Part } = await import('./one.js'); console.log(Part === all.Part);",
        "both.js" => "import { Part } from './part.js'; export class Both { part = new Part(); }",
        "part.js" => "let made = 0; export class Part { name = 'part' + ++made; } export const count = () => made;",
        "index.js" => "export * from './both.js'; export * from './part.js';",
        "one.js" => "export { Part } from './part.js';",
        "features.js" => "export * from './index.js';";
    what_follows_a_throw_is_never_there:
        "main.js" => "import { say } from './say.js'; say('main'); try { await import('./thrower.js'); } catch (error) { say(error.message); } try { const { late } = await import('./user.js'); say(late); } catch (error) { say(error.name); }",
        "say.js" => "export const say = (text) => console.log(text);",
        "thrower.js" => "import { say } from './say.js'; say('before'); if (!undefined) throw new Error('no key'); export const late = async () => say('late'); export default class Late {}",
        "user.js" => "export { late, default as Late } from './thrower.js';";
    parameters_that_nothing_reads_keep_their_places:
        "main.js" => "import * as all from './a.js'; const { A, F, arrow, inner, method, rest, only } = all; console.log(new A(1, 2, 3).sum, new F(1, 2, 3).sum, arrow(1, 2, 3), inner(1, 2, 3), method.of(1, 2, 3), rest(1, 2, 3, 4).join(), only.set(5), A.length, arrow.length);",
        "a.js" => "export class A { constructor(a, unused = true, c) { this.sum = a + c; } } export function F(a, unused = 1, c = 4) { this.sum = a + c; } export const arrow = (a, unused = 2, c) => a + c; export function inner(a, { b = 2 } = {}, c) { function g(x, unused = {}, z) { return x + z; } class B { constructor(x, [unused] = [], z = 1) { this.sum = x + z; } } return g(a, b, c) + new B(a, [b], c).sum; } export const method = { of(a, unused = [], c) { return a + c; } }; export const rest = (a, unused = 1, ...c) => [a, ...c]; export const only = { set(unused = 1) { return typeof unused; } };";
    shadowed_names_stay_apart:
        "main.js" => "import { a, b } from './a.js'; const A = 1, e = 2, t = 3; function f(a) { const b = a + 1; { const a = b * 2; return [a, b, A, e, t]; } } console.log(f(1), a, b, ((a) => a + b)(5)); var window = 'w', Map = 1; console.log(window, Map, ((e) => { try { throw 1 } catch (t) { return [e, t, A] } })(9));",
        "a.js" => "const A = 'A', e = 'E'; export const a = A, b = e; export const t = () => [A, e];";
    names_of_different_modules_stay_apart:
        "main.js" => "import { x } from './a.js'; import { y } from './b.js'; const value = 'main'; console.log(value, x(), y(), { value, x: x() }); label: for (const value of [1, 2]) { if (value === 1) continue label; console.log(value); }",
        "a.js" => "const value = 'a'; export const x = () => value;",
        "b.js" => "let value = 'b'; export const y = () => value; export function set(next) { value = next; }";
    commonjs_by_default_and_by_name:
        "main.js" => "import c, { named } from './c.cjs'; import * as ns from './c.cjs'; console.log(c.named, named, ns.named, ns.default === c, Object.keys(ns).filter((key) => key !== 'module.exports').join());",
        "c.cjs" => "exports.named = 1; exports.other = 2;";
    commonjs_runs_once_and_in_its_place:
        "main.js" => "import './a.js'; import c from './c.cjs'; import './b.js'; console.log('main', c.n);",
        "a.js" => "console.log('a');",
        "b.js" => "import c from './c.cjs'; console.log('b', c.n);",
        "c.cjs" => "console.log('c'); exports.n = (exports.n || 0) + 1; exports.d = require('./d.cjs');",
        "d.cjs" => "console.log('d'); module.exports = 'd';";
    commonjs_cycles_see_what_is_there:
        "main.js" => "import a from './a.cjs'; console.log(a.value, a.seen, a.later());",
        "a.cjs" => "exports.early = 1; const b = require('./b.cjs'); exports.seen = b.seen; exports.value = 'a'; exports.later = () => b.later();",
        "b.cjs" => "const a = require('./a.cjs'); exports.seen = a.early + ':' + a.value; exports.later = () => a.value;";
    commonjs_exports_functions:
        "main.js" => "import f from './f.cjs'; import g from './g.cjs'; console.log(f(1), new g().x, typeof f);",
        "f.cjs" => "module.exports = function (x) { return x + arguments.length; };",
        "g.cjs" => "module.exports = class { constructor() { this.x = 'x'; } };";
    commonjs_is_this_and_module:
        "main.js" => "import c from './c.cjs'; console.log(c.same, c.kind, c.top);",
        "c.cjs" => "this.same = this === exports && module.exports === this; exports.kind = typeof require; exports.top = typeof module;";
    requires_that_fail_can_be_caught:
        "main.js" => "import c from './c.cjs'; console.log(c);",
        "c.cjs" => "let found = 'nothing'; try { found = require('./missing.cjs'); } catch {} module.exports = found;";
    conditional_requires_wait:
        "main.js" => "import c from './c.cjs'; console.log('main'); console.log(c.get());",
        "c.cjs" => "exports.get = () => require('./late.cjs').late;",
        "late.cjs" => "console.log('late runs'); exports.late = 'late';";
    modules_that_are_required:
        "main.js" => "import c from './c.cjs'; import { value } from './esm.js'; console.log(c.value, c.def, c.get(), value, c.keys);",
        "c.cjs" => "const m = require('./esm.js'); exports.value = m.value; exports.def = m.default; exports.get = () => m.get(); exports.keys = Object.keys(m).sort().join();",
        "esm.js" => "import { dep } from './dep.js'; console.log('esm'); export let value = 'v' + dep; export default 'd'; export function get() { return value; } value += '!'; export class K {} const { a, b: [c] } = { a: 1, b: [2] }; export { a, c };",
        "dep.js" => "console.log('dep'); export const dep = 'dep';";
    dynamic_imports_are_namespaces:
        "main.js" => "console.log('main'); const a = await import('./a.js'); console.log(Object.keys(a).join(), a.default, a.x()); const again = await import('./a.js'); console.log(again === a); import('./b.js').then((b) => console.log(b.b));",
        "a.js" => "console.log('a'); import { shared } from './shared.js'; export default shared + 1; export const x = () => shared;",
        "b.js" => "import { shared } from './shared.js'; export const b = 'b' + shared;",
        "shared.js" => "console.log('shared'); export const shared = 41;";
    dynamic_imports_of_what_is_there:
        "main.js" => "import { x } from './a.js'; const a = await import('./a.js'); console.log(x, a.x, Object.keys(a).join()); import('./main.js').then((self) => console.log(Object.keys(self).join(), self.own)); export const own = 1;",
        "a.js" => "export let x = 1; export const y = 2;";
    dynamic_imports_of_commonjs:
        "main.js" => "const c = await import('./c.cjs'); console.log(c.default.x, c.x); import('./d.js').then((d) => console.log(d.c.x));",
        "c.cjs" => "exports.x = 'x';",
        "d.js" => "import c from './c.cjs'; export { c };";
    dynamic_imports_nest:
        "main.js" => "import { base } from './base.js'; console.log(base); const { next } = await import('./one.js'); console.log(await next());",
        "one.js" => "import { base } from './base.js'; import { util } from './util.js'; export const next = async () => (await import('./two.js')).two + util + base;",
        "two.js" => "import { util } from './util.js'; export const two = 'two' + util;",
        "util.js" => "console.log('util'); export const util = 'u';",
        "base.js" => "console.log('base'); export const base = 'b';";
    top_level_await_holds_up_importers:
        "main.js" => "import { a } from './a.js'; console.log('main', a);",
        "a.js" => "import './b.js'; console.log('a1'); export const a = await Promise.resolve('a'); console.log('a2');",
        "b.js" => "console.log('b'); await null; console.log('b2');";
    errors_are_the_importers:
        "main.js" => "try { await import('./bad.js'); } catch (error) { console.log(error.message); } try { await import('./bad.js'); } catch (error) { console.log(error.message); }",
        "bad.js" => "console.log('bad'); throw new Error('bad luck');";
    pure_packages_run_where_they_are_used:
        "main.js" => "import { used } from './pure/index.js'; import './pure/unused.js'; console.log(used());",
        "pure/index.js" => "export { used } from './a.js'; export { other } from './b.js';",
        "pure/a.js" => "export const used = () => 'used';",
        "pure/b.js" => "export const other = () => 'other';",
        "pure/unused.js" => "export const x = 1;";
    classes_and_their_statics:
        "main.js" => "import { A, B } from './a.js'; console.log(A.x, B.y, new B().z, A.all.length, B.name.length > 0);",
        "a.js" => "export class A { static x = 1; static all = []; static { A.all.push(A); } } export class B extends A { static y = A.x + 1; #p = 3; get z() { return this.#p; } static { B.all.push(B); } }";
    assignments_belong_to_what_they_change:
        "main.js" => "import { f, g } from './a.js'; console.log(f.displayName, f.extra, g().tag);",
        "a.js" => "const make = () => ({}); export const f = () => 1; f.displayName = 'F'; Object.assign(f, { extra: 2 }); const o = make(); o.tag = 'T'; export const g = () => o; let later; later = 5; console.log('later', later);";
    destructuring_at_the_top:
        "main.js" => "import { a, b, rest, d } from './a.js'; console.log(a, b, rest, d);",
        "a.js" => "const source = { a: 1, b: { c: 2 }, x: 3, y: 4 }; export const { a, b: { c: b }, ...rest } = source; export const [, d = 'fallback'] = [1];";
    vars_in_blocks:
        "main.js" => "import { v, read } from './a.js'; console.log(v, read());",
        "a.js" => "if (true) { var v = 1; } for (var i = 0; i < 3; i++) { var last = i; } export { v }; export const read = () => [i, last];";
    sequences_and_directives:
        "main.js" => "'use client'; import { log } from './a.js'; const a = (log('one'), log('two')), b = log('three'); a || log('four'); if (b) log('never'); else log('five'); do log('six'); while (0) var c = 1; console.log(c, typeof missing);",
        "a.js" => "export function log(text) { console.log(text); }";
    strings_that_look_like_marks:
        "main.js" => "import { x } from './a.js'; console.log('\u{1c1}0\u{1c1}', x, `\\u01c11\\u01c1`, /\u{1c1}2\u{1c1}/.source);",
        "a.js" => "export const x = '\u{1c1}0c\u{1c1}';";
    eval_keeps_its_names:
        "main.js" => "import { f } from './a.js'; console.log(f(2));",
        "a.js" => "export function f(value) { const other = 3; return eval('value + other'); }";
    odd_export_names:
        "main.js" => "import { 'a-b' as ab, __proto__ as proto } from './a.js'; import * as ns from './a.js'; console.log(ab, proto, ns['a-b'], Object.keys(ns).join());",
        "a.js" => "const x = 1, y = 2; export { x as 'a-b', y as __proto__ };";
    namespaces_within_namespaces:
        "main.js" => "import { z } from './z.js'; import * as all from './index.js'; import c from './c.cjs'; console.log(z.one(), z.core.deep.two, all.z.one === z.one, z['one'].name.length > 0, z.nothing, c.a.b.c, c.a.f(), typeof z.core, z?.one()); c.a.b = 2; console.log(c.a.b); const { core } = z; console.log(Object.keys(core).join(), z.o.m());",
        "z.js" => "import * as z from './index.js'; export { z };",
        "index.js" => "export { z } from './z.js'; export * as core from './core.js'; export const one = () => 1; export const o = { m() { return this === o; } };",
        "core.js" => "export * as deep from './deep.js'; export const x = 1;",
        "deep.js" => "export const two = 2;",
        "c.cjs" => "exports.a = { b: { c: 3 }, f() { return this === exports.a; } };";
    generators_and_async:
        "main.js" => "import { g, h } from './a.js'; console.log([...g()], await h()); for await (const each of g()) console.log(each);",
        "a.js" => "export function* g() { yield 1; yield* [2, 3]; } export const h = async () => { await null; return 'h'; };";
    meta_and_globals:
        "main.js" => "console.log(typeof import.meta.url, typeof globalThis, import.meta.hot === undefined);";
}

#[test]
fn what_nobody_uses_is_left_out() {
    let output = linked(
        &[
            (
                "main.ts",
                "import { used, E } from './lib.ts'; import { one } from './pure/index.ts'; import { icon } from './pure/icons.ts'; import { z } from './pure/z.ts'; console.log(z.string(), used, one, E.A, icon, process.env.NODE_ENV);",
            ),
            (
                "lib.ts",
                "import { only } from './only.ts'; export const used = 'USED'; export const unused = only; function dead() { return 'DEAD'; } export enum E { A = 'EA' } export enum F { A = 'FA' } export class Dead { static name = 'DEADCLASS' } dead.displayName = 'DEADNAME'; export const call = /* @__PURE__ */ make('PUREARG'); function make(x: string) { return x; } if (process.env.NODE_ENV !== 'production') console.log('DEVONLY'); if (import.meta.env.DEV) console.log('DEVENV');",
            ),
            ("only.ts", "export const only = 'ONLY';"),
            (
                "pure/index.ts",
                "export * from './one.ts'; export * from './two.ts'; console.log('BARREL');",
            ),
            ("pure/one.ts", "export const one = 'ONE';"),
            (
                "pure/two.ts",
                "export const two = 'TWO'; console.log('TWOEFFECT');",
            ),
            (
                "pure/icons.ts",
                "export const icon = 'ICON', other = 'OTHERICON';",
            ),
            (
                "pure/z.ts",
                "import * as z from './external.ts'; export { z };",
            ),
            (
                "pure/external.ts",
                "export const string = () => 'ZSTRING', number = () => 'ZNUMBER'; export * as locales from './locales.ts';",
            ),
            ("pure/locales.ts", "export const de = 'ZLOCALE';"),
        ],
        &Options::default(),
    );
    let text = text(&output);
    for kept in ["USED", "ONE", "EA", "\"ICON\"", "production", "ZSTRING"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    for gone in [
        "ONLY",
        "DEAD",
        "FA",
        "DEADCLASS",
        "DEADNAME",
        "PUREARG",
        "DEVONLY",
        "DEVENV",
        "BARREL",
        "TWO",
        "OTHERICON",
        "ZNUMBER",
        "ZLOCALE",
    ] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    assert_eq!(output.files.len(), 1);
}

#[test]
fn the_environment_is_put_in() {
    let output = linked(
        &[
            (
                "main.ts",
                "import c from './c.cjs'; console.log((process.env as any).SECRET, process.env['OTHER'] ?? 'none', import.meta.env.MODE, import.meta.hot?.data, c); if (process.env.NODE_ENV === 'development') import('./dev.ts');",
            ),
            (
                "c.cjs",
                "if (process.env.NODE_ENV !== 'production') { module.exports = require('./dev.cjs'); } else { module.exports = [process.env.DEBUG, typeof process]; }",
            ),
            ("dev.cjs", "module.exports = 'DEV';"),
            ("dev.ts", "export default 'DEV';"),
        ],
        &Options::default(),
    );
    let text = text(&output);
    for gone in ["process.env", "SECRET ", "DEV", "import.meta"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    assert_eq!(output.files.len(), 1);
}

#[test]
fn modules_elsewhere_are_imported_by_their_urls() {
    let output = linked(
        &[(
            "main.js",
            "import 'https://a.example/effects.js'; import named, { other } from 'https://b.example/x.js'; import * as all from 'https://c.example/y.js'; console.log(named, other, all);",
        )],
        &Options::default(),
    );
    let text = text(&output);
    assert!(
        text.contains("import\"https://a.example/effects.js\";"),
        "{text}"
    );
    assert!(text.contains("}from\"https://b.example/x.js\";"), "{text}");
    assert!(text.contains("from\"https://c.example/y.js\";"), "{text}");
    assert_eq!(text.matches("https://b.example").count(), 1, "{text}");
}

#[test]
fn chunks_hold_what_only_they_need() {
    let files: super::Files<'_> = &[
        (
            "main.js",
            "import { base } from './base.js'; export const go = () => [import('./one.js'), import('./two.js')]; console.log(base, go);",
        ),
        ("base.js", "export const base = 'BASE', extra = 'EXTRA';"),
        (
            "one.js",
            "import { base, extra } from './base.js'; import { both } from './both.js'; export default 'ONE' + both + base + extra;",
        ),
        (
            "two.js",
            "import { both } from './both.js'; export default 'TWO' + both;",
        ),
        ("both.js", "export const both = 'BOTH';"),
    ];
    let output = linked(files, &Options::default());
    let holder = |what: &str| -> Vec<String> {
        let files = output.files.iter().filter(|(_, text)| text.contains(what));
        files
            .map(|(name, _)| name.split('-').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(holder("\"BASE\""), ["assets/index"]);
    assert_eq!(holder("\"EXTRA\""), ["assets/index"]);
    assert_eq!(holder("\"ONE\""), ["assets/one"]);
    assert_eq!(holder("\"TWO\""), ["assets/two"]);
    assert_eq!(holder("\"BOTH\""), ["assets/both"]);
    // A page that has one name of a file never gets another content.
    let mut changed = files.to_vec();
    changed[4].1 = "export const both = 'CHANGED';";
    let other = linked(&changed, &Options::default());
    let kept: Vec<&String> = other
        .files
        .keys()
        .filter(|name| output.files.contains_key(*name))
        .collect();
    assert_eq!(kept, Vec::<&String>::new());
}

#[test]
fn large_apps_are_cut_between_packages() {
    let long = |name: &str, then: &str| {
        format!(
            "{then} export const {name} = decodeURI('{}'); console.log({name}.length);",
            name.repeat(300)
        )
    };
    let files = [
        ("main.js", "import { a } from './packages/a.js'; import { b } from './b.js'; console.log(a.length, b.length);".to_owned()),
        ("packages/a.js", long("a", "import { c } from './c.js'; export const early = () => c;")),
        ("packages/c.js", long("c", "import { early } from './a.js'; export const later = () => early();")),
        ("packages/d.js", long("d", "")),
        ("b.js", long("b", "import { d } from './packages/d.js'; console.log(d.length);")),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let options = Options {
        chunk_bytes: 250,
        ..Options::default()
    };
    let (native, ours, output) = both("cut", &files, &options);
    assert_eq!(ours, native, "{}", text(&output));
    // The cycle of `a` and `c` is never cut.
    let together = |file: &&String| file.contains("\"aaa") && file.contains("\"ccc");
    assert_eq!(
        output.files.values().filter(together).count(),
        1,
        "{}",
        text(&output)
    );
    assert_eq!(output.files.len(), 3);
}

#[test]
fn source_maps_lead_to_what_was_written() {
    let files: super::Files<'_> = &[
        (
            "main.js",
            "import { fail } from './a.js';\nconst here = '\u{1f600}\\\n';\ntry {\n  fail(here);\n} catch (error) {\n  const frames = error.stack.split('\\n').filter((line) => line.includes('at '));\n  console.log(frames.map((line) => line.match(/(\\w+\\.js):(\\d+)/)?.slice(1).join(':')).slice(0, 2).join());\n}\nimport('./late.js').catch((error) => console.log(/late\\.js:(\\d+)/.exec(error.stack)?.[0]));\n",
        ),
        (
            "a.js",
            "const unused = 1;\nexport function other() {}\nexport function fail(what) {\n  if (what) {\n    throw new Error('mapped');\n  }\n  other();\n}\n",
        ),
        (
            "late.js",
            "const early = `\n\n`;\nexport const value = early.length;\nthrow new Error('late');\n",
        ),
    ];
    let folder = super::Folder::new("maps");
    folder.write("source/package.json", "{\"type\":\"module\"}");
    folder.write("linked/package.json", "{\"type\":\"module\"}");
    for (name, text) in files {
        folder.write(&format!("source/{name}"), text);
    }
    let output = super::linked_with(files, &Options::default(), true);
    for (name, text) in &output.files {
        folder.write(&format!("linked/{name}"), text);
    }
    let native = super::run(&folder.0, "source/main.js");
    let ours = super::run(&folder.0, &format!("linked/{}", output.pages[0].script));
    assert_eq!(native, "a.js:5,main.js:5\nlate.js:5\n");
    assert_eq!(ours, native, "{}", text(&output));
}
