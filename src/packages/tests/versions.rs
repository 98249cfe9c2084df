//! Which version of what.

use super::parse_lock;
use crate::{Lock, Overrides, Packument, Resolved, Resolver};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A registry: packages by name, each with its versions and their fields.
pub(super) struct Registry(BTreeMap<String, Packument>);

impl Registry {
    /// From `{"name": {"1.0.0": {…}}}`; the tag `latest` is the last version's unless `tags` says otherwise.
    pub fn new(packages: Value) -> Self {
        let packages = packages
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, versions)| {
                let versions = versions.as_object().unwrap();
                let mut tags = json!({});
                let mut published = json!({});
                for (version, fields) in versions {
                    if version == "tags" {
                        tags = fields.clone();
                        continue;
                    }
                    let mut fields = fields.clone();
                    fields["dist"] = json!({"shasum": "0".repeat(40)});
                    published[version] = fields;
                }
                let document = json!({"dist-tags": tags, "versions": published}).to_string();
                (
                    name.clone(),
                    Packument::parse(name, document.as_bytes()).unwrap(),
                )
            });
        Self(packages.collect())
    }

    /// Feeds a resolver, one packument at a time from the `end` that is given.
    fn resolve_from(
        &self,
        end: bool,
        declared: &Value,
        imported: &[&str],
        pins: Option<Lock>,
        overrides: Overrides,
    ) -> Resolved {
        let declared = declared.as_object().unwrap().iter();
        let declared =
            declared.map(|(name, range)| (name.clone(), range.as_str().unwrap().to_owned()));
        let imported = imported.iter().map(|name| (*name).to_owned());
        let resolver = Resolver::new(declared.collect(), imported.collect(), pins);
        let mut resolver = resolver.with_overrides(overrides);
        loop {
            let wanted = resolver.wanted();
            let Some(name) = (if end { wanted.last() } else { wanted.first() }) else {
                return resolver.finish();
            };
            match self.0.get(name) {
                Some(packument) => resolver.supply(name, packument.clone()),
                None => resolver.missing(name),
            }
        }
    }

    pub fn resolve(&self, declared: Value, imported: &[&str], pins: Option<Lock>) -> Resolved {
        self.resolve_with(declared, imported, pins, Overrides::default())
    }

    /// Resolves, and sees to it that the order in which packuments come does not matter.
    pub fn resolve_with(
        &self,
        declared: Value,
        imported: &[&str],
        pins: Option<Lock>,
        overrides: Overrides,
    ) -> Resolved {
        let from =
            |end| self.resolve_from(end, &declared, imported, pins.clone(), overrides.clone());
        let resolved = from(false);
        assert_eq!(resolved, from(true), "the order of answers must not matter");
        resolved
    }
}

pub(super) fn keys(resolved: &Resolved) -> String {
    let keys: Vec<&str> = resolved.lock.packages.keys().map(String::as_str).collect();
    keys.join(" ")
}

pub(super) fn codes(resolved: &Resolved) -> String {
    let codes: Vec<&str> = resolved
        .diagnostics
        .iter()
        .map(|(_, at)| at.code.as_str())
        .collect();
    codes.join(" ")
}

#[test]
fn the_best_version_in_the_range_is_taken() {
    let registry = Registry::new(json!({
        "a": {"1.0.0": {}, "1.2.0": {}, "1.3.0-beta.1": {}, "2.0.0": {}, "tags": {"latest": "2.0.0", "next": "1.3.0-beta.1"}},
        "old": {"1.0.0": {}, "1.1.0": {"deprecated": "do not use"}},
        "latest": {"1.0.0": {}, "1.1.0": {}, "tags": {"latest": "1.0.0"}},
        "pre": {"1.0.0-rc.1": {}, "1.0.0-rc.2": {}, "tags": {"latest": "1.0.0-rc.2"}},
    }));
    for (name, range, expected) in [
        ("a", "^1.0.0", "a@1.2.0"),
        ("a", "*", "a@2.0.0"),
        ("a", "latest", "a@2.0.0"),
        ("a", "next", "a@1.3.0-beta.1"),
        ("a", ">=1.3.0-alpha <2", "a@1.3.0-beta.1"),
        ("a", "1.0.0", "a@1.0.0"),
        ("old", "^1.0.0", "old@1.0.0"),
        ("latest", "^1.0.0", "latest@1.0.0"),
        ("pre", "*", "pre@1.0.0-rc.2"),
    ] {
        let resolved = registry.resolve(json!({name: range}), &[name], None);
        assert_eq!(keys(&resolved), expected, "{name}@{range}");
        assert_eq!(codes(&resolved), "");
    }
}

#[test]
fn what_is_not_there_is_said() {
    let registry = Registry::new(json!({
        "a": {"1.0.0": {}, "tags": {"latest": "1.0.0"}},
        "b": {"1.0.0": {"dependencies": {"nope": "^1.0.0", "a": "^9.0.0"}}},
        "c": {"1.0.0": {"dependencies": {"x": "git+ssh://git@example.com/x"}}},
    }));
    let told = |declared: Value, imported: &[&str]| {
        let resolved = registry.resolve(declared, imported, None);
        let about: Vec<_> = resolved
            .diagnostics
            .iter()
            .map(|(about, at)| (about.clone(), at.message.clone(), at.hint.clone()))
            .collect();
        (codes(&resolved), about)
    };
    let (code, about) = told(json!({}), &["raect"]);
    assert_eq!(code, "package-not-found");
    assert_eq!(about[0].0.as_deref(), Some("raect"));
    assert!(about[0].2.as_ref().unwrap().contains("spelling"));
    let (code, about) = told(json!({"a": "^2.0.0"}), &["a"]);
    assert_eq!(code, "package-version-not-found");
    assert!(about[0].2.as_ref().unwrap().contains("1.0.0"), "{about:?}");
    let (code, about) = told(json!({"b": "1"}), &["b"]);
    assert_eq!(code, "package-version-not-found package-not-found");
    assert!(
        about
            .iter()
            .all(|(about, message, _)| about.as_deref() == Some("b") && message.contains("b@1.0.0")),
        "{about:?}"
    );
    assert_eq!(
        told(json!({"c": "1"}), &["c"]).0,
        "package-unsupported-range"
    );
    assert_eq!(
        told(json!({"a": "file:./a"}), &["a"]).0,
        "package-unsupported-range"
    );
}

#[test]
fn one_version_serves_whom_it_can() {
    let registry = Registry::new(json!({
        "a": {"1.0.0": {"dependencies": {"shared": "^1.0.0"}}},
        "b": {"1.0.0": {"dependencies": {"shared": "~1.1.0"}}},
        "c": {"1.0.0": {"dependencies": {"shared": "^2.0.0"}}},
        "shared": {"1.0.0": {}, "1.1.5": {}, "1.2.0": {}, "2.0.0": {}},
    }));
    let resolved = registry.resolve(json!({"a": "1", "b": "1"}), &["a", "b"], None);
    assert_eq!(keys(&resolved), "a@1.0.0 b@1.0.0 shared@1.1.5");
    let resolved = registry.resolve(
        json!({"a": "1", "b": "1", "c": "1"}),
        &["a", "b", "c"],
        None,
    );
    assert_eq!(
        keys(&resolved),
        "a@1.0.0 b@1.0.0 c@1.0.0 shared@1.1.5 shared@2.0.0"
    );
    assert_eq!(
        resolved.lock.find(Some("c@1.0.0"), "shared"),
        Some("shared@2.0.0")
    );
    assert_eq!(
        resolved.lock.find(Some("a@1.0.0"), "shared"),
        Some("shared@1.1.5")
    );
    assert_eq!(codes(&resolved), "");
}

#[test]
fn there_is_one_react_whatever_ranges_say() {
    let registry = Registry::new(json!({
        "react": {"17.0.2": {}, "18.3.1": {}, "19.2.0": {}, "tags": {"latest": "19.2.0"}},
        "react-dom": {"18.3.1": {"peerDependencies": {"react": "^18.3.1"}}, "19.2.0": {"peerDependencies": {"react": "^19.2.0"}}, "tags": {"latest": "19.2.0"}},
        "old": {"1.0.0": {"dependencies": {"react": "^17.0.0"}}},
        "peer": {"1.0.0": {"peerDependencies": {"react": "^16 || ^17"}}},
    }));
    let resolved = registry.resolve(
        json!({"react": "^18.0.0", "react-dom": "^18.0.0", "old": "1", "peer": "1"}),
        &["react", "react-dom", "old", "peer"],
        None,
    );
    assert_eq!(
        keys(&resolved),
        "old@1.0.0 peer@1.0.0 react-dom@18.3.1 react@18.3.1"
    );
    assert_eq!(
        codes(&resolved),
        "package-peer-conflict package-peer-conflict"
    );
    assert!(
        resolved
            .diagnostics
            .iter()
            .all(|(_, at)| !at.is_error() && at.hint.is_some())
    );
    // The one that was forgotten follows the other.
    let resolved = registry.resolve(json!({"react": "^18.0.0"}), &["react", "react-dom"], None);
    assert_eq!(keys(&resolved), "react-dom@18.3.1 react@18.3.1");
    // Without a word from the app, the newest pair.
    let resolved = registry.resolve(json!({}), &["react", "react-dom"], None);
    assert_eq!(keys(&resolved), "react-dom@19.2.0 react@19.2.0");
}

#[test]
fn aliases_are_packages_under_another_name() {
    let registry = Registry::new(json!({
        "real": {"1.0.0": {}, "2.0.0": {}},
        "user": {"1.0.0": {"dependencies": {"own": "npm:real@^1.0.0", "real": "^2.0.0"}}},
    }));
    let resolved = registry.resolve(
        json!({"mine": "npm:real@^2.0.0", "user": "1"}),
        &["mine", "user"],
        None,
    );
    assert_eq!(keys(&resolved), "real@1.0.0 real@2.0.0 user@1.0.0");
    assert_eq!(resolved.lock.find(None, "mine"), Some("real@2.0.0"));
    assert_eq!(
        resolved.lock.find(Some("user@1.0.0"), "own"),
        Some("real@1.0.0")
    );
    assert_eq!(
        resolved.lock.find(Some("user@1.0.0"), "real"),
        Some("real@2.0.0")
    );
}

#[test]
fn peers_are_shared_and_optional_ones_are_left() {
    let registry = Registry::new(json!({
        "plugin": {"1.0.0": {"peerDependencies": {"host": ">=1", "extra": "*", "absent": "*"}, "peerDependenciesMeta": {"extra": {"optional": true}, "absent": {"optional": true}}}},
        "host": {"1.0.0": {}, "2.0.0": {}},
        "extra": {"1.0.0": {}},
        "fallible": {"1.0.0": {"dependencies": {"gone": "1", "types": "1"}, "optionalDependencies": {"gone": "1"}}},
        "types": {"1.0.0": {"dependencies": {"@types/react": "*"}}},
    }));
    let resolved = registry.resolve(json!({"plugin": "1", "host": "^1.0.0"}), &["plugin"], None);
    assert_eq!(keys(&resolved), "host@1.0.0 plugin@1.0.0");
    assert_eq!(
        resolved.lock.find(Some("plugin@1.0.0"), "host"),
        Some("host@1.0.0")
    );
    let resolved = registry.resolve(
        json!({"plugin": "1", "extra": "1"}),
        &["plugin", "extra"],
        None,
    );
    assert_eq!(keys(&resolved), "extra@1.0.0 host@2.0.0 plugin@1.0.0");
    assert_eq!(
        resolved.lock.find(Some("plugin@1.0.0"), "extra"),
        Some("extra@1.0.0")
    );
    let resolved = registry.resolve(json!({"fallible": "1"}), &["fallible"], None);
    assert_eq!(keys(&resolved), "fallible@1.0.0 types@1.0.0");
    assert_eq!(codes(&resolved), "");
}

#[test]
fn cycles_end() {
    let registry = Registry::new(json!({
        "a": {"1.0.0": {"dependencies": {"b": "*"}}, "2.0.0": {"dependencies": {"b": "1"}}},
        "b": {"1.0.0": {"dependencies": {"a": "1"}}, "2.0.0": {"dependencies": {"a": "2", "b": "1"}}},
    }));
    let resolved = registry.resolve(json!({"a": "*", "b": "*"}), &["a", "b"], None);
    assert!(keys(&resolved).contains("a@") && keys(&resolved).contains("b@"));
    assert_eq!(codes(&resolved), "");
}

/// A lockfile over these packages: place to version, with what each asks for.
pub(super) fn lockfile(version: u8, places: &[(&str, &str, Value)]) -> String {
    let mut packages = json!({"": {"name": "app"}});
    for (place, version, requires) in places {
        let mut entry = requires.clone();
        entry["version"] = json!(version);
        entry["integrity"] = json!(format!("sha512-{}==", "A".repeat(86)));
        entry["resolved"] = json!("https://evil.example/x/-/x.tgz");
        packages[*place] = entry;
    }
    json!({"lockfileVersion": version, "packages": packages, "dependencies": {}}).to_string()
}

#[test]
fn a_lockfile_wins_where_package_json_agrees() {
    let registry = Registry::new(json!({
        "a": {"1.0.0": {"dependencies": {"b": "^1.0.0"}}, "1.5.0": {"dependencies": {"b": "^1.0.0"}}, "2.0.0": {}},
        "b": {"1.0.0": {}, "1.9.0": {}},
        "new": {"1.0.0": {"dependencies": {"b": "*"}}},
    }));
    let text = lockfile(
        3,
        &[
            (
                "node_modules/a",
                "1.0.0",
                json!({"dependencies": {"b": "^1.0.0"}}),
            ),
            ("node_modules/b", "1.0.0", json!({})),
        ],
    );
    let pins = || Some(parse_lock(&text).unwrap());
    // Nothing needs to be asked.
    let mut resolver = Resolver::new(
        BTreeMap::from([("a".into(), "^1.0.0".into())]),
        ["a".into()].into(),
        pins(),
    );
    assert!(resolver.wanted().is_empty());
    let resolved = registry.resolve(json!({"a": "^1.0.0"}), &["a"], pins());
    assert_eq!(keys(&resolved), "a@1.0.0 b@1.0.0");
    // `package.json` moved on.
    let resolved = registry.resolve(json!({"a": "^2.0.0"}), &["a"], pins());
    assert_eq!(keys(&resolved), "a@2.0.0");
    // What is added shares what is pinned.
    let resolved = registry.resolve(json!({"a": "^1.0.0", "new": "1"}), &["a", "new"], pins());
    assert_eq!(keys(&resolved), "a@1.0.0 b@1.0.0 new@1.0.0");
}

#[test]
fn an_earlier_outcome_is_kept() {
    let registry =
        Registry::new(json!({"a": {"1.0.0": {"dependencies": {"b": "*"}}}, "b": {"1.0.0": {}}}));
    let first = registry.resolve(json!({"a": "^1.0.0"}), &["a"], None);
    let newer = Registry::new(json!({
        "a": {"1.0.0": {"dependencies": {"b": "*"}}, "1.1.0": {}},
        "b": {"1.0.0": {}, "2.0.0": {}},
    }));
    let second = newer.resolve(json!({"a": "^1.0.0"}), &["a"], Some(first.lock.clone()));
    assert_eq!(second.lock, first.lock);
}
