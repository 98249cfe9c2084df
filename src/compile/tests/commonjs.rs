//! CommonJS, and what the environment decides.

use super::{compiled, packed};

fn requires(source: &str) -> String {
    let facts = packed("a.js", source).facts;
    let list: Vec<&str> = facts
        .dependencies
        .iter()
        .map(|d| d.specifier.as_str())
        .collect();
    list.join(" ")
}

#[test]
fn dead_branches_ask_for_nothing() {
    for (source, expected) in [
        (
            "if (process.env.NODE_ENV === 'production') require('p'); else require('d')",
            "d",
        ),
        (
            "if ('production' !== process.env.NODE_ENV) { require('d') } else { require('p') }",
            "d",
        ),
        (
            "if (!(process.env.NODE_ENV == 'development')) require('p')",
            "",
        ),
        (
            "module.exports = process.env.NODE_ENV === 'production' ? require('p') : require('d')",
            "d",
        ),
        ("process.env.NODE_ENV !== 'production' && require('d')", "d"),
        ("process.env.NODE_ENV === 'production' && require('p')", ""),
        ("process.env.NODE_ENV === 'production' || require('d')", "d"),
        ("process.env['NODE_ENV'] === 'test' ? require('t') : 0", ""),
        (
            "if (process.env.NODE_ENV === 'production' && x()) require('p')",
            "",
        ),
        (
            "if (x && process.env.NODE_ENV === 'production') require('kept')",
            "kept",
        ),
        ("if (false) require('kept')", "kept"),
        (
            "function f(process) { if (process.env.NODE_ENV === 'production') require('kept') }",
            "kept",
        ),
        ("function f(require) { require('not ours') }", ""),
        (
            "require('a'); require(`b`); require(c); require.resolve('d'); x.require('e')",
            "a b",
        ),
    ] {
        assert_eq!(requires(source), expected, "{source}");
    }
}

#[test]
fn the_factory_is_sloppy_unless_the_file_is_not() {
    let code = |source| packed("a.js", source).code;
    assert_eq!(code("x = 010"), "function(module,exports,require){x=8}");
    assert_eq!(
        code("'use strict'; x = 1"),
        "function(module,exports,require){\"use strict\";x=1}"
    );
    assert_eq!(
        code("#!/usr/bin/env node\r\nx()"),
        "function(module,exports,require){x()}"
    );
    assert_eq!(
        code("import('x')"),
        "function(module,exports,require){require.import(\"x\")}"
    );
}

#[test]
fn declared_parameters_stay_the_parameters() {
    for source in [
        "var exports = module.exports; exports.a = 1",
        "var module = module || {}",
        "function require() {}",
    ] {
        let code = packed("a.js", source).code;
        assert!(
            code.starts_with("function(module,exports,require)"),
            "{code}"
        );
        assert!(!code.contains('1') || code.contains(".a=1"), "{code}");
    }
}

#[test]
fn dropped_variables_stay_declared() {
    let source =
        "if (process.env.NODE_ENV === 'production') { var x = 1; for (var y of z) {} } x = y";
    assert_eq!(
        packed("a.js", source).code,
        "function(module,exports,require){{var x,y;}x=y}"
    );
}

#[test]
fn the_environment_is_known_in_modules_too() {
    let code = compiled(
        "a.ts",
        "export const a = process.env.NODE_ENV, b = process.env.OTHER, c = typeof process",
    )
    .code;
    assert!(
        code.contains("a = \"development\", b = process.env.OTHER, c = typeof process"),
        "{code}"
    );
}
