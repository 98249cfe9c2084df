//! React Fast Refresh: what registers, what signs, and that nothing else changes.

use super::{compile_with, compiled, run::app};
use overskill_module::{CompileOptions, Jsx};

const REACT: (&str, &str) = (
    "react/jsx-dev-runtime",
    "export const jsxDEV = () => ({}); export const Fragment = 1; export const memo = (type) => ({ type }); export const useState = (value) => [value]; export const useOther = () => {};",
);

/// What a module registers and how many functions it signs, by name.
fn told(name: &'static str, source: &str) -> Vec<String> {
    let source = format!(
        "import {{ memo, useState, useOther }} from 'react/jsx-dev-runtime'; {source}
         ;queueMicrotask(() => queueMicrotask(() => {{
           for (const [name, type] of globalThis.registered ?? []) console.log('r', name, type?.name ?? typeof type);
           for (const [type, key, reset, hooks] of globalThis.signed ?? []) console.log('g', type.name ?? typeof type, key.length, reset ?? false, hooks?.length ?? 0);
         }}));"
    );
    app(&[(name, &source), REACT])
}

#[test]
fn components_register_and_functions_with_hooks_sign() {
    assert_eq!(
        told(
            "a.tsx",
            "export function Foo() { useState(1); return <b/>; } const Bar = () => <i/>; function useX() { useOther(); }
             export const Baz = memo(() => <u/>); class K {} const lower = () => <b/>;",
        ),
        [
            "r Foo Foo",
            "r Bar Bar",
            "r Baz$memo _c2",
            "r Baz object",
            "g Foo 28 false 0",
            "g useX 28 false 1"
        ]
    );
}

#[test]
fn an_anonymous_default_is_a_component_like_any_other_and_keeps_its_name() {
    for source in [
        "export default () => { useState(1); return <b/>; }",
        "export default (function () { useState(1); return <b/>; })",
        "export default function () { useState(1); return <b/>; }",
    ] {
        assert_eq!(
            told("a.tsx", source),
            ["r default default", "g default 28 false 0"],
            "{source}"
        );
    }
    assert_eq!(
        told("a.tsx", "export default () => <b/>"),
        ["r default default"]
    );
    assert_eq!(
        told("a.tsx", "export default () => 1; <b/>"),
        Vec::<String>::new()
    );
    assert_eq!(
        told("a.ts", "export default function () { useOther(); }"),
        ["g default 28 false 1"]
    );
}

#[test]
fn a_hoisted_function_signs_before_its_module_has_run() {
    let lines = app(&[
        (
            "main.tsx",
            "import { early } from 'other.tsx'; import { useState } from 'react/jsx-dev-runtime';
             export function Foo() { useState(1); return <b/>; } console.log(early, Foo.name);",
        ),
        (
            "other.tsx",
            "import { Foo } from 'main.tsx'; export const early = typeof Foo();",
        ),
        REACT,
    ]);
    assert_eq!(lines, ["object Foo"]);
}

#[test]
fn files_without_elements_sign_and_are_no_boundary() {
    let source = "import { useState } from 'react'; export function useThing() { return useState(0); } export function Factory() {}";
    let module = compiled("src/a.ts", source);
    assert!(
        !module.facts.refresh && module.code.contains("os.g()") && !module.code.contains("os.r(")
    );
    // The same in a file that has elements.
    assert!(compiled("src/a.tsx", source).facts.refresh);
    assert!(
        compiled("src/a.js", "export function A() { return <b/>; }")
            .facts
            .refresh
    );
}

#[test]
fn classes_are_boundaries_by_what_they_extend() {
    for (source, refresh) in [
        (
            "export class A extends React.Component { render() { return <b/>; } }",
            true,
        ),
        ("export class A extends PureComponent {}", true),
        ("export class A extends Components {}", false),
        ("export class A extends Store {}", false),
    ] {
        let source = format!("import React, {{ PureComponent }} from 'react'; {source}");
        assert_eq!(
            compiled("src/a.tsx", &source).facts.refresh,
            refresh,
            "{source}"
        );
    }
}

#[test]
fn nobody_elses_elements_are_signed() {
    let source = "export function A() { useX(); return <b/>; }";
    let preact = CompileOptions {
        jsx: Jsx::Automatic {
            import_source: "preact".to_owned(),
        },
        ..CompileOptions::default()
    };
    let package = CompileOptions {
        package: true,
        ..CompileOptions::default()
    };
    for options in [preact, package] {
        let module = compile_with("src/a.tsx", source, options);
        assert!(
            !module.facts.refresh && !module.code.contains("os.g"),
            "{}",
            module.code
        );
    }
    let pragma = format!("/** @jsxImportSource preact */ {source}");
    assert!(!compiled("src/a.tsx", &pragma).facts.refresh);
}

#[test]
fn names_like_those_of_the_pass_are_the_authors() {
    let lines = app(&[
        (
            "main.tsx",
            "const $RefreshReg$ = (a, b) => console.log('mine', b); const _s = 1, _c = 2, os = 3;
             export function Foo() { useState(1); return <b/>; } function useState() {} $RefreshReg$(Foo, 'x'); console.log(_s, _c, os);",
        ),
        REACT,
    ]);
    assert_eq!(lines, ["mine x", "1 2 3"]);
}
