//! What an app says of its packages' own dependencies.

use super::versions::{Registry, codes, keys};
use crate::{Overrides, fill_in_catalogs, nearest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn registry() -> Registry {
    Registry::new(json!({
        "a": {"1.0.0": {"dependencies": {"shared": "^1.0.0", "b": "1"}}},
        "b": {"1.0.0": {"dependencies": {"shared": "^1.0.0", "c": "1"}}},
        "c": {"1.0.0": {"dependencies": {"shared": "^1.0.0"}}},
        "z": {"1.0.0": {"dependencies": {"shared": "^1.0.0"}}},
        "other": {"1.0.0": {}},
        "shared": {"1.0.0": {}, "1.5.0": {}, "2.0.0": {}, "3.0.0": {}},
    }))
}

#[test]
fn each_managers_form_is_obeyed() {
    let all = "a@1.0.0 b@1.0.0 c@1.0.0 ";
    for (manifest, expected) in [
        (json!({}), "shared@1.5.0 z@1.0.0"),
        (
            json!({"overrides": {"shared": "2.0.0"}}),
            "shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared": "$shared"}, "dependencies": {"shared": "3.0.0"}}),
            "shared@3.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared": "$nothing"}}),
            "shared@1.5.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared": {".": "3.0.0"}}}),
            "shared@3.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared@^1": "2.0.0"}}),
            "shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared@^2": "3.0.0"}}),
            "shared@1.5.0 z@1.0.0",
        ),
        // Below `b`: `b` itself and `c`, whatever asks for `b`.
        (
            json!({"overrides": {"b": {"shared": "2.0.0"}}}),
            "shared@1.5.0 shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"a": {"c": {"shared": "2.0.0"}}}}),
            "shared@1.5.0 shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"a@2": {"shared": "2.0.0"}}}),
            "shared@1.5.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared": "3.0.0", "z": {"shared": "2.0.0"}}}),
            "shared@2.0.0 shared@3.0.0 z@1.0.0",
        ),
        (
            json!({"overrides": {"shared": "npm:other@1"}}),
            "other@1.0.0 z@1.0.0",
        ),
        (
            json!({"resolutions": {"shared": "2.0.0"}}),
            "shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"resolutions": {"**/shared": "2.0.0"}}),
            "shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"resolutions": {"z/shared": "2.0.0"}}),
            "shared@1.5.0 shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"resolutions": {"shared@npm:^1.0.0": "2.0.0"}}),
            "shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"pnpm": {"overrides": {"shared": "2.0.0"}}}),
            "shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"pnpm": {"overrides": {"z>shared": "2.0.0"}}}),
            "shared@1.5.0 shared@2.0.0 z@1.0.0",
        ),
        (
            json!({"pnpm": {"overrides": {"z@>=1>shared": "2.0.0"}}}),
            "shared@1.5.0 shared@2.0.0 z@1.0.0",
        ),
        (json!({"pnpm": {"overrides": {"shared": "-"}}}), "z@1.0.0"),
    ] {
        let declared: BTreeMap<String, String> = BTreeMap::from([
            ("a".to_owned(), "1".to_owned()),
            ("z".to_owned(), "1".to_owned()),
            ("shared".to_owned(), "3.0.0".to_owned()),
        ]);
        let overrides = Overrides::read(&manifest.to_string(), None, &declared);
        let resolved =
            registry().resolve_with(json!({"a": "1", "z": "1"}), &["a", "z"], None, overrides);
        assert_eq!(keys(&resolved), format!("{all}{expected}"), "{manifest}");
        assert_eq!(codes(&resolved), "", "{manifest}");
    }
}

#[test]
fn pnpm_may_say_it_in_the_workspace_file() {
    let workspace = "packages:\n  - apps/*\noverrides:\n  shared: 2.0.0\n";
    let overrides = Overrides::read("{}", Some(workspace), &BTreeMap::new());
    let resolved = registry().resolve_with(json!({"z": "1"}), &["z"], None, overrides);
    assert_eq!(keys(&resolved), "shared@2.0.0 z@1.0.0");
}

#[test]
fn what_is_no_rule_is_none() {
    let mut deep: Value = json!("1");
    for _ in 0..60 {
        deep = json!({"a": deep});
    }
    for manifest in [
        json!({"overrides": [], "resolutions": 5, "pnpm": {"overrides": "x"}}),
        json!({"overrides": {"a": 5, "b": [], "c": null}}),
        json!({"overrides": {"": {"": {}}}, "resolutions": {"": "", "/": "1", "**": "1"}}),
        json!({"overrides": deep}),
    ] {
        let overrides = Overrides::read(&manifest.to_string(), None, &BTreeMap::new());
        let resolved = registry().resolve_with(json!({"z": "1"}), &["z"], None, overrides);
        assert_eq!(keys(&resolved), "shared@1.5.0 z@1.0.0", "{manifest}");
    }
}

#[test]
fn catalogs_name_ranges_once() {
    let of = |range: &str| BTreeMap::from([("a".to_owned(), range.to_owned())]);
    let workspace = "catalog:\n  a: ^1.0.0\ncatalogs:\n  next:\n    a: ^2.0.0\n";
    let bun =
        json!({"workspaces": {"catalog": {"a": "^3.0.0"}, "catalogs": {"old": {"a": "^4.0.0"}}}});
    for (range, expected) in [
        ("catalog:", "^1.0.0"),
        ("catalog:default", "^1.0.0"),
        ("catalog:next", "^2.0.0"),
        ("catalog:old", "^4.0.0"),
        ("catalog:none", "catalog:none"),
        ("^5", "^5"),
    ] {
        let mut declared = of(range);
        fill_in_catalogs(&mut declared, &bun.to_string(), Some(workspace));
        assert_eq!(declared, of(expected), "{range}");
    }
    let mut declared = of("catalog:");
    fill_in_catalogs(&mut declared, &bun.to_string(), None);
    assert_eq!(declared, of("^3.0.0"));
}

#[test]
fn names_that_are_near_are_offered() {
    let names = ["react", "react-dom", "preact", "lucide-react", "zod"];
    for (name, expected) in [
        ("raect", "react"),
        ("lucide-raect", "lucide-react"),
        ("React", "react"),
        ("zodd", "zod"),
        ("nothing-like-it", ""),
        ("react", "preact"),
    ] {
        let found = nearest(name, names).first().copied().unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    }
}
