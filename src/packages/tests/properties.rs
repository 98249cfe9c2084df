//! Over random registries: every range of a tree is satisfied, and the tree is a function of what is asked only.

use super::versions::{Registry, codes};
use crate::{Lock, Overrides, Spec};
use serde_json::{Value, json};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "@s/i"];

fn range(dice: &mut Dice) -> String {
    let (major, minor) = (dice.below(4), dice.below(3));
    match dice.below(9) {
        0 => format!("^{major}.{minor}.0"),
        1 => format!("~{major}.{minor}.0"),
        2 => format!("{major}.{minor}.0"),
        3 => format!(">={major}.{minor}.0"),
        4 => format!("{major}.x"),
        5 => "*".to_owned(),
        6 => format!("^{major}.0.0 || ^{}.0.0", major + 1),
        7 => format!("<={major}.{minor}.0"),
        _ => format!("^{major}.{minor}.0-rc.1"),
    }
}

fn registry(dice: &mut Dice) -> Registry {
    let mut packages = json!({});
    for name in NAMES {
        let mut versions = json!({});
        for _ in 0..=dice.below(5) {
            let tail = ["", "", "", "-rc.1", "-rc.2"][dice.below(5) as usize];
            let version = format!("{}.{}.0{tail}", dice.below(4), dice.below(3));
            let mut fields = json!({});
            for kind in [
                "dependencies",
                "dependencies",
                "peerDependencies",
                "optionalDependencies",
            ] {
                if dice.below(2) == 0 {
                    let other = NAMES[dice.below(9) as usize];
                    fields[kind][other] = json!(range(dice));
                }
            }
            versions[version] = fields;
        }
        packages[name] = versions;
    }
    Registry::new(packages)
}

/// Every dependency is there and in its range, but those that were told to be missing or not to fit.
fn check(lock: &Lock, told: &str, declared: &Value) {
    let allows = |local: &str, range: &str, key: &str| {
        let package = &lock.packages[key];
        let spec = Spec::parse(local, range).unwrap();
        // `*` also means the only prereleases there are.
        spec.admits(package) || range == "*"
    };
    for (name, key) in &lock.roots {
        if let Some(range) = declared[name].as_str() {
            assert!(allows(name, range, key), "{name} {range} {key}");
        }
    }
    for package in lock.packages.values() {
        for (name, range) in &package.requires.dependencies {
            match package.dependencies.get(name) {
                Some(key) => assert!(allows(name, range, key), "{name} {range} {key}"),
                None => assert!(told.contains("not-found"), "{name} {range}"),
            }
        }
        for (name, range) in &package.requires.optional {
            if let Some(key) = package.dependencies.get(name) {
                assert!(allows(name, range, key), "{name} {range} {key}");
            }
        }
        for (name, range) in &package.requires.peers {
            match package.dependencies.get(name) {
                Some(key) => assert!(
                    allows(name, range, key) || told.contains("peer-conflict"),
                    "{name} {range} {key}"
                ),
                None => assert!(told.contains("not-found"), "{name} {range}"),
            }
        }
    }
}

#[test]
fn every_tree_satisfies_its_ranges_whatever_came_first() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..400 {
        let registry = registry(&mut dice);
        let mut declared = json!({});
        let mut imported = Vec::new();
        for _ in 0..=dice.below(4) {
            let name = NAMES[dice.below(9) as usize];
            declared[name] = json!(range(&mut dice));
            imported.push(name);
        }
        // Resolves twice, with the registry's answers in opposite orders.
        let resolved = registry.resolve(declared.clone(), &imported, None);
        let told = codes(&resolved);
        check(&resolved.lock, &told, &declared);

        // What was chosen is kept, also by a registry that has more by then.
        let again = registry.resolve(declared.clone(), &imported, Some(resolved.lock.clone()));
        check(&again.lock, &codes(&again), &declared);
        if told.is_empty() {
            assert_eq!(again.lock, resolved.lock);
        }
    }
}

#[test]
fn overrides_keep_trees_whole() {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for _ in 0..150 {
        let registry = registry(&mut dice);
        let (parent, child) = (NAMES[dice.below(9) as usize], NAMES[dice.below(9) as usize]);
        let manifest = json!({"overrides": {parent: {child: range(&mut dice)}, child: {".": range(&mut dice)}}});
        let overrides = Overrides::read(&manifest.to_string(), None, &Default::default());
        let declared = json!({"a": "*", "b": "*", "c": "*"});
        let resolved = registry.resolve_with(declared, &["a", "b", "c"], None, overrides);
        for package in resolved.lock.packages.values() {
            for key in package.dependencies.values() {
                assert!(resolved.lock.packages.contains_key(key), "{key}");
            }
        }
    }
}
