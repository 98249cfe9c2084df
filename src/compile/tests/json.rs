//! JSON as modules.

use super::{compiled, problems};

#[test]
fn keys_that_are_identifiers_are_exports() {
    let module = compiled(
        "a.json",
        "\u{feff}{\"a\": 1, \"b-c\": 2, \"default\": 3, \"class\": 4, \"__proto__\": 5, \"a\": 6, \"ü\": [7]}",
    );
    let names: Vec<&str> = module
        .facts
        .exports
        .iter()
        .map(|e| e.name.as_str())
        .collect();
    assert_eq!(names, ["default", "a", "__proto__", "ü"]);
    assert!(
        module.code.contains("[\"__proto__\"]:()=>json.__proto__"),
        "{}",
        module.code
    );
}

#[test]
fn anything_but_an_object_is_a_default() {
    for source in ["[1, {\"a\": 2}]", "null", "\"x\"", "-1.5e3", "true"] {
        assert_eq!(
            compiled("a.json", source).facts.exports.len(),
            1,
            "{source}"
        );
    }
}

#[test]
fn mistakes_have_their_place() {
    for (source, expected) in [
        ("", "syntax-error 1:1"),
        ("{\n  \"a\": 1,\n}", "syntax-error 3:1"),
        ("{\"a\": 1} x", "syntax-error 1:10"),
        ("// no\n{}", "syntax-error 1:1"),
        ("{'a': 1}", "syntax-error 1:2"),
    ] {
        assert_eq!(problems("a.json", source), [expected], "{source}");
    }
}

#[test]
fn mistakes_beside_long_characters_have_a_place_too() {
    for character in ["\u{fffd}", "\u{e9}", "\u{1f600}"] {
        for (before, after) in [
            ("", ""),
            ("[", "]"),
            ("{", "}"),
            ("\"", "\u{1}\""),
            ("null", ""),
            ("nul", ""),
            ("{\"a\"", ""),
            ("\"\\", "\""),
            ("1", ""),
            ("-", ""),
            ("\"\\u1", "\""),
            ("\"", "\t\""),
            ("[1", "]"),
            ("\"", "\n"),
            ("{\"a\": ", "\r`["),
        ] {
            let source = format!("{before}{character}{after}");
            assert_eq!(problems("a.json", &source).len(), 1, "{source:?}");
        }
    }
}

#[test]
fn depth_is_no_problem() {
    compiled(
        "a.json",
        &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
    );
}
