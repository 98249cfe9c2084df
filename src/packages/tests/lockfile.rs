//! `package-lock.json`.

use super::{parse_lock, versions::lockfile};
use serde_json::json;

#[test]
fn packages_see_what_node_would_find() {
    for version in [2, 3] {
        let text = lockfile(
            version,
            &[
                (
                    "node_modules/a",
                    "1.0.0",
                    json!({"dependencies": {"b": "^2", "c": "1"}, "peerDependencies": {"d": "1"}}),
                ),
                (
                    "node_modules/a/node_modules/b",
                    "2.0.0",
                    json!({"dependencies": {"c": "*"}}),
                ),
                (
                    "node_modules/b",
                    "1.0.0",
                    json!({"dependencies": {"gone": "1"}}),
                ),
                ("node_modules/c", "1.0.0", json!({})),
                (
                    "node_modules/@s/d",
                    "1.0.0",
                    json!({"optionalDependencies": {"b": "1"}}),
                ),
                ("node_modules/alias", "3.0.0", json!({"name": "real"})),
            ],
        );
        let lock = parse_lock(&text).unwrap();
        assert_eq!(lock.find(None, "b"), Some("node_modules/b"));
        assert_eq!(lock.find(None, "@s/d"), Some("node_modules/@s/d"));
        assert_eq!(
            lock.find(Some("node_modules/a"), "b"),
            Some("node_modules/a/node_modules/b")
        );
        assert_eq!(
            lock.find(Some("node_modules/a/node_modules/b"), "c"),
            Some("node_modules/c")
        );
        assert_eq!(
            lock.find(Some("node_modules/@s/d"), "b"),
            Some("node_modules/b")
        );
        assert_eq!(lock.packages["node_modules/alias"].name, "real");
        assert!(lock.packages["node_modules/b"].dependencies.is_empty());
    }
}

#[test]
fn what_comes_in_a_tarball_is_no_package_of_its_own() {
    let text = lockfile(
        3,
        &[
            (
                "node_modules/a",
                "1.0.0",
                json!({"dependencies": {"b": "1", "c": "1"}, "bundleDependencies": ["b"]}),
            ),
            (
                "node_modules/a/node_modules/b",
                "1.0.0",
                json!({"inBundle": true}),
            ),
            ("node_modules/c", "1.0.0", json!({})),
        ],
    );
    let lock = parse_lock(&text).unwrap();
    let keys: Vec<&str> = lock.packages.keys().map(String::as_str).collect();
    assert_eq!(keys, ["node_modules/a", "node_modules/c"]);
    let requires = &lock.packages["node_modules/a"].requires.dependencies;
    assert_eq!(requires.keys().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn the_lockfile_names_no_server() {
    let text = lockfile(3, &[("node_modules/@s/d", "1.0.0", json!({}))]);
    let lock = parse_lock(&text).unwrap();
    let url = lock.packages["node_modules/@s/d"].tarball_url("https://r.example");
    assert_eq!(url, "https://r.example/@s/d/-/d-1.0.0.tgz");
}

#[test]
fn hostile_entries_pin_nothing() {
    let integrity = format!("sha512-{}==", "A".repeat(86));
    let text = json!({"packages": {
        "node_modules/../../x": {"version": "1.0.0", "integrity": integrity},
        "node_modules/a": {"name": "../../x", "version": "1.0.0", "integrity": integrity},
        "node_modules/b": {"version": "../../x", "integrity": integrity},
        "node_modules/c": {"version": "1.0.0", "integrity": ""},
        "node_modules/e": {"version": "1.0.0", "resolved": "git+ssh://git@example.com/e.git#abc"},
        "node_modules/f": {"link": true, "resolved": "../f"},
        "node_modules/g": 5,
        "packages/h": {"version": "1.0.0", "integrity": integrity},
        "": {"dependencies": {"a": "1"}},
    }});
    let lock = parse_lock(&text.to_string()).unwrap();
    assert!(
        lock.packages.is_empty() && lock.roots.is_empty(),
        "{lock:?}"
    );
}

#[test]
fn what_is_no_lockfile_warns() {
    for text in [
        "",
        "{",
        "[]",
        r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}"#,
        r#"{"packages": []}"#,
    ] {
        let warning = parse_lock(text).unwrap_err();
        assert!(!warning.is_error() && warning.hint.is_some(), "{text}");
        assert_eq!(warning.code, "lockfile-unreadable");
    }
}
