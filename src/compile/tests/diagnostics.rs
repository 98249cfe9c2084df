//! What authors are told.

use super::{compile_with, compiled, problems};
use overskill_module::CompileOptions;

#[test]
fn problems_have_codes_and_places() {
    for (name, source, expected) in [
        ("a.ts", "let x = ;", "syntax-error 1:9"),
        ("a.ts", "let 😀 = 1", "syntax-error 1:5"),
        (
            "a.tsx",
            "const a = <div>\n  <b>\n</div>;",
            "syntax-error 3:3",
        ),
        ("a.tsx", "const a = (\n  <div>\n);", "syntax-error 2:4"),
        ("a.ts", "function f() {\n", "syntax-error 2:1"),
        (
            "a.js",
            "import { a } from 'x';\na = 1",
            "assign-to-import 2:1",
        ),
        (
            "a.js",
            "import * as a from 'x'; [a] = []",
            "assign-to-import 1:26",
        ),
        ("a.js", "import a from 'x'; a++", "assign-to-import 1:20"),
        (
            "a.js",
            "import a from 'x'; for (a in {}) ;",
            "assign-to-import 1:25",
        ),
        (
            "a.js",
            "export const a = 1; export { a }",
            "duplicate-export 1:30",
        ),
        (
            "a.js",
            "export default 1; export default 2",
            "duplicate-export 1:19",
        ),
        ("a.js", "let a; const a = 1", "duplicate-declaration 1:14"),
        (
            "a.js",
            "import a from 'x'; function a() {}",
            "duplicate-declaration 1:29",
        ),
        (
            "a.js",
            "function f(a) { let a }",
            "duplicate-declaration 1:21",
        ),
        ("a.js", "let a; { var a }", "duplicate-declaration 1:14"),
        ("a.js", "export { missing }", "undefined-export 1:10"),
        ("a.ts", "class A { m(@d x) {} }", "syntax-error 1:13"),
    ] {
        assert_eq!(problems(name, source), [expected], "{name}: {source}");
    }
}

#[test]
fn several_problems_are_told_at_once() {
    let source = "const a;\nlet b; let b;\nfunction f() { break; }\nexport const c;";
    assert!(
        problems("a.ts", source).len() >= 2,
        "{:?}",
        problems("a.ts", source)
    );
}

#[test]
fn legal_redeclarations_are_left_alone() {
    for source in [
        "var a; var a; function f() { var a; { let a } } try {} catch (a) { var b }",
        "function f(a, b) { var a; function b() {} } switch (1) { case 1: let x } let x;",
        "enum E { A } namespace E { export const b = 1 } class C {} namespace C { export const d = 1 }",
        "function g(): void; function g(a?: number) {} namespace g { export const h = 1 }",
        "interface I {} interface I {} type T = 1; const I = 1; const T = 2;",
        "for (let i = 0; ;) { let i } for (const k of []) { const k = 1 } const arrow = (q) => { var q }",
        "import type { X } from 'x'; class X {}",
        "const o = { get a() { let v }, set a(v) {} }; class K { static { let v; var w } static { let w } }",
    ] {
        compiled("a.ts", source);
    }
}

#[test]
fn what_looks_like_an_early_error_is_left_alone() {
    for source in [
        "class A { get #a() {} set #a(b) {} #b() {} m(c) { return #b in c && this.#a } }",
        "class A { #a; m() { return class { n(b) { return b.#a } } } }",
        "class A extends B { constructor() { (() => super())() } m() { return () => super.m() } x = super.y }",
        "class A { static { super.x } } ({ m() { super.m() }, get x() { return super.x }, set x(v) { super.x = v } })",
        "({ __proto__: 1, ['__proto__']: 2, __proto__() {} }); ({ __proto__: a, __proto__: b } = c)",
        "x = [/\\p{L}+/u, /(?<y>a)\\k<y>/, /(?<!a)b/s, /[\\w-]/, /a{,1}/, /\\c/, /]/, /{/, /\\8/, /(?=a)*/]",
        "x = [/[[a-z]&&[aeiou]]/v, /(?i:a)/, /\\u{1F600}/u, /(?<y>a)|(?<y>b)/, /[^]/, /[]/, /\\//g, /\u{1f600}/u]",
        "delete a.b; delete a[b]; function f(a, { b, c: [d] }, ...e) {} try {} catch (e) { var e; { let e } }",
        "var \\u0061b = 1; x = { 0x1: 1, 1e3: 2 }; \u{37a}",
    ] {
        compiled("a.js", &format!("export {{}}; {source}"));
    }
    compiled("a.cjs", "function f(a, a) {} delete f");
}

#[test]
fn hints_say_what_to_do() {
    for (name, source, expected) in [
        (
            "a.ts",
            "const a = <div>hi</div>;",
            "rename the file to `.tsx`",
        ),
        (
            "a.ts",
            "const a = (\n  <Foo bar={1} />\n);",
            "rename the file to `.tsx`",
        ),
        (
            "a.tsx",
            "const a = <div><p></div>",
            "add `</p>`, or write `<p />`",
        ),
        (
            "a.tsx",
            "const a = <div>\n<b>{x y}</b></div>",
            "the expression in braces",
        ),
        (
            "a.tsx",
            "f(() => { <li>{x}</li>\n</ul>",
            "A `(` or `{` before is not closed",
        ),
        ("a.js", "const a: number = 1", "rename the file to `.ts`"),
        ("a.js", "let a = b as string", "rename the file to `.ts`"),
        ("a.js", "interface A {}", "rename the file to `.ts`"),
        (
            "a.ts",
            "const s = \u{201c}hello\u{201d}",
            "typographic quotes",
        ),
        ("a.ts", "a()\n...\nb()", "the whole code"),
        ("a.ts", "const x = { a: 1\n b: 2 }", "comma"),
        ("a.ts", "function f() { await g() }", "`async`"),
        ("a.ts", "export default const a = 1", "`export default a`"),
        ("a.js", "if (a) { b(", "not closed"),
        (
            "a.js",
            "a()\n<<<<<<< HEAD\nb()\n=======\n",
            "merge conflict",
        ),
        ("a.ts", "```ts\nlet a\n```", "fence of Markdown"),
        ("a.ts", "class A { m(@d x) {} }", "experimentalDecorators"),
    ] {
        let module = compile_with(name, source, CompileOptions::default());
        let hints: Vec<_> = module
            .diagnostics
            .iter()
            .filter_map(|d| d.hint.clone())
            .collect();
        assert!(
            hints.iter().any(|hint| hint.contains(expected)),
            "{source}: {:#?}",
            module.diagnostics
        );
    }
}

#[test]
fn a_broken_module_has_no_code() {
    let module = compile_with("a.ts", "let = ", CompileOptions::default());
    assert!(module.code.is_empty() && !module.is_ok());
    assert!(module.diagnostics[0].frame.is_some());
}
