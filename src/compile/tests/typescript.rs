//! What TypeScript leaves of imports.

use super::{compile_with, compiled};
use overskill_module::CompileOptions;

fn specifiers(source: &str, verbatim: bool) -> String {
    let options = CompileOptions {
        verbatim_module_syntax: verbatim,
        ..CompileOptions::default()
    };
    let module = compile_with("a.ts", source, options);
    assert!(module.is_ok(), "{:#?}", module.diagnostics);
    let list: Vec<String> = module
        .facts
        .dependencies
        .iter()
        .map(|d| format!("{}({})", d.specifier, d.names.len()))
        .collect();
    list.join(" ")
}

#[test]
fn imports_that_only_types_use_are_gone() {
    for (source, elided, verbatim) in [
        ("import { T } from 'x'; let a: T", "", "x(1)"),
        ("import { T, v } from 'x'; let a: T = v", "x(1)", "x(2)"),
        ("import type { T } from 'x'; let a: T", "", ""),
        ("import { type T } from 'x'; let a: T", "", "x(0)"),
        ("import 'x'", "x(0)", "x(0)"),
        ("import * as n from 'x'; let a: n.T", "", "x(0)"),
        ("import D from 'x'; let a: typeof D", "", "x(1)"),
        ("import { a } from 'x'; export { a }", "x(1)", "x(1)"),
        ("export type { T } from 'x'; export type * from 'y'", "", ""),
        (
            "import { D } from 'x'; class A extends D {}",
            "x(1)",
            "x(1)",
        ),
    ] {
        assert_eq!(specifiers(source, false), elided, "{source}");
        assert_eq!(specifiers(source, true), verbatim, "verbatim: {source}");
    }
}

#[test]
fn jsx_keeps_what_its_pragma_names() {
    let module = compiled(
        "a.tsx",
        "/** @jsxRuntime classic @jsx h @jsxFrag F */ import { h, F } from 'preact'; console.log(<><a b /></>)",
    );
    assert_eq!(module.facts.dependencies.len(), 1);
    assert!(
        module
            .code
            .contains("(0, i0.h)(i0.F, null, (0, i0.h)(\"a\""),
        "{}",
        module.code
    );
    let react = compiled("a.tsx", "import React from 'react'; console.log(<a />)");
    assert_eq!(
        react.facts.dependencies[0].specifier,
        "react/jsx-dev-runtime"
    );
    assert_eq!(react.facts.dependencies.len(), 1);
    let source = "/** @jsxImportSource preact */ console.log(<a />)";
    let preact = compiled("a.jsx", source);
    assert_eq!(
        preact.facts.dependencies[0].specifier,
        "preact/jsx-dev-runtime"
    );
}

#[test]
fn every_kind_of_type_is_erased() {
    for source in [
        "declare global { interface Window { x: 1 } }",
        "declare module 'x' { export const y: 1 }",
        "export as namespace Foo;",
        "type A<T> = T extends (infer U extends string)[] ? `${U}-x` : { readonly [K in keyof T as `get${K & string}`]?: T[K] }",
        "function f<const T extends readonly unknown[]>(x: T): x is T { return true }",
        "let f: new (...args: [a: number, b?: string, ...rest: any[]]) => abstract new () => void",
        "let x = y<string>; let z = new Map<string, Array<Array<number>>>();",
        "class A { override x?: number; private readonly y!: string; [key: string]: unknown; get z(): number { return 1 } }",
        "enum E { A = 'a'.length, B = A << 1, C = `x` as any } declare enum F { A } declare const enum G { A }",
        "let u: unique symbol; let t: typeof import('x'); let v: asserts = 1 as any",
        "import type X = require('x'); import Y = require('y'); export type Z = Y.Z",
        "for (const x of <any>y) {} const o = { m<T>(this: Window, x: T) {} }",
        "export default interface I {}",
        "export default abstract class A { abstract m(): void }",
        "try {} catch (e: unknown) {}",
        "let a = b! as const satisfies C; a!.b!(); a?.b!.c",
        "type async = 1; type as = 2; let type: type; type = 1; namespace\nN\n{}",
        "function over(a: string): void; function over(a: number): void; function over(a: any) {}",
    ] {
        compiled("a.ts", source);
    }
}
