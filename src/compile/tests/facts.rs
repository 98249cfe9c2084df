//! What the linker learns.

use super::{compiled, packed};
use overskill_module::{DependencyKind, ModuleFormat};

#[test]
fn dependencies_are_listed_once_per_kind_in_order_with_their_places() {
    let source = "import a, { b as c } from 'x';\nimport('y');\nexport { d } from 'x';\nimport 'z';\nexport * from 'w';\nimport('x');\n";
    let facts = compiled("a.js", source).facts;
    let listed: Vec<_> = facts
        .dependencies
        .iter()
        .map(|d| {
            let names: Vec<&str> = d.names.iter().map(|name| name.name.as_str()).collect();
            let written = &source[d.span.start as usize..d.span.end as usize];
            (written, d.kind, names.join())
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("'x'", DependencyKind::Static, "default,b,d".to_owned()),
            ("'y'", DependencyKind::Dynamic, String::new()),
            ("'z'", DependencyKind::Static, String::new()),
            ("'w'", DependencyKind::Static, String::new()),
            ("'x'", DependencyKind::Dynamic, String::new()),
        ]
    );
    let b = &facts.dependencies[0].names[1];
    assert_eq!(&source[b.span.start as usize..b.span.end as usize], "b");
    assert_eq!(facts.star_exports, ["w"]);
}

trait Join {
    fn join(&self) -> String;
}

impl Join for Vec<&str> {
    fn join(&self) -> String {
        <[&str]>::join(self, ",")
    }
}

#[test]
fn types_that_are_exported_are_known_by_name() {
    let source = "import type { A } from './a'; import { type B, c } from './b'; interface D {} export { A, B, c, D as E };
        export type { F } from './f'; export { type G, h } from './g'; export interface I {} export type J = 1;
        export class K {} export enum L {} type Hidden = 1; export const m = 1; export default interface N {}";
    let module = compiled("a.ts", source);
    assert_eq!(
        module.facts.types,
        ["A", "B", "E", "F", "G", "I", "J", "default"]
    );
    let names: Vec<&str> = module.facts.exports.iter().map(|at| &*at.name).collect();
    assert_eq!(names, ["c", "h", "K", "L", "m"]);
    assert_eq!(compiled("a.js", "export const a = 1").facts.types, [""; 0]);
}

#[test]
fn exports_say_where_they_come_from() {
    let facts = compiled(
        "a.ts",
        "import { q } from 'q'; import * as n from 'n'; export { q as r, n, type T }; export { a as default } from 'x';
         export * as m from 'm'; export const { x, y: [z] } = q; export type T = 1; export interface I {} export class C {}
         export declare const gone: 1;",
    )
    .facts;
    let listed: Vec<String> = facts
        .exports
        .iter()
        .map(|export| match &export.from {
            Some((from, name)) => format!("{}={from}#{name}", export.name),
            None => export.name.clone(),
        })
        .collect();
    assert_eq!(
        listed,
        ["r=q#q", "n=n#*", "default=x#a", "m=m#*", "x", "z", "C"]
    );
}

#[test]
fn offsets_count_the_byte_order_mark() {
    let source = "\u{feff}import 'ü'; import 'x'";
    let facts = compiled("a.js", source).facts;
    let span = facts.dependencies[1].span;
    assert_eq!(&source[span.start as usize..span.end as usize], "'x'");
}

#[test]
fn what_may_fail_is_optional_unless_it_may_not() {
    let facts = packed(
        "a.js",
        "try { require('a'); require('b'); import('c') } catch { require('d') } require('b');",
    )
    .facts;
    let optional: Vec<_> = facts
        .dependencies
        .iter()
        .map(|d| (d.specifier.as_str(), d.optional))
        .collect();
    assert_eq!(
        optional,
        [("a", true), ("b", false), ("c", true), ("d", false)]
    );
}

#[test]
fn a_file_is_commonjs_where_it_must_be() {
    use ModuleFormat::{CommonJs, Esm};
    for (name, source, expected) in [
        ("a.js", "", Esm),
        ("a.ts", "console.log(1)", Esm),
        ("a.js", "module.exports = 1", CommonJs),
        ("a.js", "const x = require('x')", CommonJs),
        ("a.js", "export {}; exports.x = 1", Esm),
        ("a.js", "await 1", Esm),
        ("a.js", "console.log(import.meta.url)", Esm),
        (
            "a.js",
            "(function (module, exports, require) { exports.x = require(module) })",
            Esm,
        ),
        ("a.ts", "class A {} export = A", CommonJs),
        ("a.ts", "import x = require('x'); console.log(x)", Esm),
        ("a.cjs", "", CommonJs),
        ("a.cts", "export const x = 1", CommonJs),
        ("a.mjs", "", Esm),
    ] {
        assert_eq!(
            compiled(name, source).facts.format,
            expected,
            "{name}: {source}"
        );
    }
    assert_eq!(packed("a.js", "return 1").facts.format, CommonJs);
    assert_eq!(packed("a.js", "with (a) {}").facts.format, CommonJs);
    assert_eq!(packed("a.js", "let x = await 1").facts.format, Esm);
}

#[test]
fn hot_and_awaits_are_seen() {
    let facts = compiled(
        "a.js",
        "if (import.meta.hot) import.meta.hot.accept(); async () => await 1",
    )
    .facts;
    assert!(facts.hot && !facts.top_level_await);
    assert!(
        compiled("a.js", "for await (const x of y) {}")
            .facts
            .top_level_await
    );
}
