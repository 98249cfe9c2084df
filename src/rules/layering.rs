//! Which crate may know which: the table of the design, held against Cargo's own reading of the manifests.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A crate, and the crates of this workspace that it may depend on. What isn't here may know nobody.
const MAY_KNOW: [(&str, &[&str]); 20] = [
    ("model", &[]),
    ("diagnostics", &["model"]),
    ("module", &["model", "diagnostics"]),
    ("protocol", &["model", "diagnostics", "module"]),
    ("compile", &["model", "diagnostics", "module"]),
    ("styles", &["model", "diagnostics", "module"]),
    ("html", &["model", "diagnostics"]),
    ("archive", &[]),
    ("candidates", &[]),
    ("packages", &["model", "diagnostics", "module"]),
    ("link", &["model", "diagnostics", "module", "production"]),
    ("production", &["model", "module"]),
    ("hmr", &["model", "diagnostics", "protocol"]),
    ("ports", &["model", "module", "protocol"]),
    (
        "flows",
        &[
            "model",
            "diagnostics",
            "module",
            "protocol",
            "html",
            "archive",
            "candidates",
            "packages",
            "link",
            "production",
            "hmr",
            "ports",
            "hmr",
        ],
    ),
    ("publish", &["model", "protocol", "ports", "archive"]),
    ("platform", &["module", "ports", "flows"]),
    (
        "background",
        &["model", "protocol", "ports", "flows", "platform", "publish"],
    ),
    (
        "edge",
        &[
            "platform",
            "model",
            "diagnostics",
            "module",
            "protocol",
            "html",
            "archive",
            "candidates",
            "packages",
            "link",
            "production",
            "ports",
            "hmr",
            "flows",
        ],
    ),
    (
        "compiler",
        &["model", "diagnostics", "module", "compile", "styles"],
    ),
];

/// Crates from outside that only some may depend on.
const ONLY: [(&str, &[&str]); 3] = [
    ("swc_core", &["compile"]),
    ("worker", &["edge", "compiler", "platform", "background"]),
    ("wasm-bindgen", &["edge", "compiler", "background"]),
];

/// The names of every crate's dependencies, those of its tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let arguments = [
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ];
    let metadata = super::output(env!("CARGO"), &arguments);
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let used = package["dependencies"].as_array().unwrap().iter();
            let used = used.filter(|used| used["kind"] != "dev").map(name);
            (name(package), used.collect())
        })
        .collect()
}

fn short(name: &str) -> Option<&str> {
    name.strip_prefix("overskill-")
}

#[test]
fn every_crate_knows_only_whom_it_may() {
    let table = BTreeMap::from(MAY_KNOW);
    for (name, used) in dependencies() {
        let may: &[&str] = short(&name)
            .and_then(|name| table.get(name))
            .copied()
            .unwrap_or_default();
        for used in used.iter().filter_map(|used| short(used)) {
            assert!(may.contains(&used), "{name} must not know {used}");
        }
    }
}

#[test]
fn only_the_compiler_knows_swc_and_only_the_shells_know_the_platform() {
    let all = dependencies();
    for (outside, allowed) in ONLY {
        for (name, used) in &all {
            let fine =
                !used.contains(outside) || short(name).is_some_and(|name| allowed.contains(&name));
            assert!(fine, "{name} must not depend on {outside}");
        }
        assert!(
            all.values().any(|used| used.contains(outside)),
            "{outside} is used nowhere"
        );
    }
}

#[test]
fn the_table_is_about_crates_that_exist() {
    let all = dependencies();
    for (name, may) in MAY_KNOW {
        for name in may.iter().chain([&name]) {
            assert!(
                all.contains_key(&format!("overskill-{name}")),
                "there is no crate {name}"
            );
        }
    }
}
