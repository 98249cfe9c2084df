//! What every tracked file looks like.

use std::fs;

/// Longest source file, in lines.
const LINES: usize = 500;

/// Names of tracked files that `keep` keeps, with their text. Files that are no text are left out.
fn tracked(keep: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let listed = super::output("git", &["ls-files", "-z"]);
    let listed = String::from_utf8(listed).unwrap();
    let names = listed
        .split('\0')
        .filter(|name| !name.is_empty() && keep(name));
    names
        .filter_map(|name| {
            let text = fs::read_to_string(super::root().join(name)).ok()?;
            Some((name.to_owned(), text))
        })
        .collect()
}

/// Source that we write, as opposed to the apps that serve as examples and as cases of tests.
fn is_source(name: &str) -> bool {
    let written = [".rs", ".ts", ".tsx", ".mjs", ".js"];
    let ours = !name.starts_with("examples/") && !name.contains("/fixtures/");
    ours && written.iter().any(|extension| name.ends_with(extension))
}

/// A Rust file without its tests, which stand at its end.
fn outside_tests(text: &str) -> &str {
    let at = text.find("#[cfg(test)]\nmod tests {");
    &text[..at.unwrap_or(text.len())]
}

fn is_test(name: &str) -> bool {
    name.split('/')
        .any(|part| matches!(part, "tests" | "tests.rs" | "rules"))
}

/// The lines that hold one of the texts, as a list to read.
fn lines_with(files: &[(String, String)], texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in files {
        for (at, line) in text.lines().enumerate() {
            if texts.iter().any(|text| line.contains(text)) {
                found.push(format!("{name}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    found
}

fn nothing(found: Vec<String>, about: &str) {
    assert!(found.is_empty(), "{about}\n{}", found.join("\n"));
}

#[test]
fn a_file_says_what_it_is_for_and_is_no_longer_than_can_be_read() {
    let mut found = Vec::new();
    for (name, text) in tracked(is_source) {
        let text = text.strip_prefix("#!/usr/bin/env node\n").unwrap_or(&text);
        let opening = if name.ends_with(".rs") { "//! " } else { "// " };
        if !text.starts_with(opening) {
            found.push(format!("{name} doesn't open with `{opening}`"));
        }
        let lines = text.lines().count();
        if lines > LINES {
            found.push(format!("{name} has {lines} lines"));
        }
    }
    nothing(found, "files");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, or this file would be the first find.
    let marks =
        ["TO-DO", "FIX-ME", "to-do!(", "un-implemented!("].map(|mark| mark.replace('-', ""));
    nothing(lines_with(&tracked(is_source), &marks), "left for later");
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let mut files = tracked(|name| name.ends_with(".rs") && !is_test(name));
    for (_, text) in &mut files {
        *text = outside_tests(text).to_owned();
    }
    nothing(lines_with(&files, &[".unwrap()".to_owned()]), "unwrapped");
}

#[test]
fn nothing_tracked_belongs_to_one_machine() {
    let marks = [
        "/home-/",
        "/Users-/",
        "/root-/",
        "/work-/",
        "npmjs-.org",
        "npmjs-.com/",
        "index.crates-.io",
        "static.crates-.io",
        "arti-factory",
        "_auth-Token",
        "PRIVATE- KEY-----",
    ];
    let marks = marks.map(|mark| mark.replace('-', ""));
    nothing(lines_with(&tracked(|_| true), &marks), "of one machine");
}

#[test]
fn the_lock_file_names_no_registry() {
    let lock = tracked(|name| name == "package-lock.json");
    assert_eq!(lock.len(), 1);
    nothing(
        lines_with(&lock, &["\"resolved\":".to_owned()]),
        "addresses",
    );
}
