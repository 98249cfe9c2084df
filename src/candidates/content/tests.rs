//! Written by hand: what is asked for outside the tree, and that hostile globs do no harm. The comparison with upstream is in `worker-tests/content.test.mjs`.

use super::{V3Globs, V4Source, V4Sources};

#[test]
fn globs_into_packages_and_out_of_the_tree_are_told_apart() {
    let packages = "./node_modules/@tremor/**/*.js";
    let globs = V3Globs::parse(["./src/*.ts", packages, "../other/*.ts", "/etc/*"], "");
    assert_eq!(globs.outside(), [packages, "../other/*.ts", "/etc/*"]);
    assert!(globs.matches("src/a.ts"));
    let source = V4Source {
        base: "src",
        pattern: "../node_modules/lib",
        negated: false,
    };
    let sources = V4Sources::new([source], []);
    assert_eq!(sources.outside(), ["../node_modules/lib"]);
}

#[test]
fn globs_are_relative_to_the_folder_they_are_given_with() {
    let globs = V3Globs::parse(["../src/**/*.tsx"], "config");
    assert!(globs.matches("src/a/b.tsx") && !globs.matches("config/src/b.tsx"));
}

#[test]
fn hostile_globs_are_read_and_matched_in_bounded_time() {
    let path = format!("{}/{}", "a/".repeat(100), "a".repeat(200));
    for pattern in [
        "{a,b}".repeat(40),
        "{".repeat(5_000),
        "**/".repeat(500),
        "*a".repeat(1_000),
        "+(".repeat(2_000),
        format!("{}b", "*(a|aa)".repeat(50)),
        "[".repeat(5_000),
        "\\".repeat(99),
    ] {
        let globs = V3Globs::parse([pattern.as_str()], "");
        assert!(!globs.matches(&path) || pattern.contains("**"));
    }
}
