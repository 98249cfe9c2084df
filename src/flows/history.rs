//! What an app was at earlier versions: with each version, what it took from the one before. Going back is putting that
//! back, the newest version's first.

use crate::tree::Files;
use overskill_model::{ContentHash, ModulePath};
use overskill_protocol::{
    CHANGED_PATHS, FileInfo, Refusal, VariableName, VersionCause, VersionTold,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Variables, by name.
pub type Variables = BTreeMap<VariableName, String>;

/// What a version took from the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// What was at each path that it changed; `None` where nothing was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<ModulePath, Option<FileInfo>>,
    /// The variables, where it changed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variables: Option<Variables>,
}

impl Undo {
    /// Of a version that changed files.
    pub fn files(before: &Files, changed: &[ModulePath]) -> Self {
        let files = changed.iter();
        let files = files.map(|path| (path.clone(), before.get(path).copied()));
        Self {
            files: files.collect(),
            variables: None,
        }
    }

    /// Of a version that set the variables.
    pub fn variables(before: Variables) -> Self {
        Self {
            files: BTreeMap::new(),
            variables: Some(before),
        }
    }

    /// Puts back what it took.
    pub fn apply(self, files: &mut Files, variables: &mut Variables) {
        for (path, before) in self.files {
            match before {
                Some(info) => files.insert(path, info),
                None => files.remove(&path),
            };
        }
        if let Some(before) = self.variables {
            *variables = before;
        }
    }

    fn contents(&self) -> impl Iterator<Item = FileInfo> {
        self.files.values().flatten().copied()
    }
}

/// What is told of a version that changed these paths.
pub fn told(cause: VersionCause, changed: &[ModulePath]) -> VersionTold {
    VersionTold {
        cause,
        changed: changed.iter().take(CHANGED_PATHS).cloned().collect(),
        changed_count: changed.len() as u64,
    }
}

/// A version as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub version: u64,
    /// What it took from the version before.
    pub undo: Undo,
    /// What was chosen of npm for it, where something else was since.
    pub lock: Option<FileInfo>,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many versions, the current one among them.
    pub versions: usize,
    /// The size of contents that only earlier versions have, in bytes.
    pub bytes: u64,
}

/// What stays of a history: from which version on, and the contents that it needs besides those of the current version.
pub fn kept(newest_first: &[Entry], current: &Files, bounds: Bounds) -> (u64, Vec<ContentHash>) {
    let mut here: BTreeSet<ContentHash> = current.values().map(|info| info.hash).collect();
    let (mut oldest, mut bytes, mut needed) = (0, 0, Vec::new());
    let mut newer: Option<&Entry> = None;
    for (at, entry) in newest_first.iter().enumerate() {
        // What a version is made of is what the newer one took, and its choice of npm.
        let taken = newer.iter().flat_map(|newer| newer.undo.contents());
        let mut added = Vec::new();
        for info in taken.chain(entry.lock) {
            if here.insert(info.hash) {
                bytes += info.size;
                added.push(info.hash);
            }
        }
        if at >= bounds.versions.max(1) || (at > 0 && bytes > bounds.bytes) {
            break;
        }
        needed.append(&mut added);
        oldest = entry.version;
        newer = Some(entry);
    }
    (oldest, needed)
}

/// What is answered to who asks for a version that is not there, or not any more.
pub fn not_kept(asked: u64, oldest: u64, current: u64) -> Refusal {
    let detail = format!(
        "Version {asked} is not kept: the app is at version {current}, and {oldest} is the oldest that can be built again."
    );
    Refusal::new(409, "version-not-kept", detail)
        .fact("version", current)
        .fact("oldest", oldest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Batch, plan};
    use overskill_model::Limits;

    fn path(at: u64) -> ModulePath {
        ModulePath::parse(&format!("f{at}.ts"), &Limits::default()).unwrap()
    }

    /// Numbers that look random and are the same every time.
    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *seed >> 33
    }

    struct App {
        files: Files,
        variables: Variables,
        entries: Vec<Entry>,
        were: Vec<(Files, Variables)>,
    }

    /// An app that was changed at random, and what it was at each version.
    fn app(seed: u64, versions: u64) -> App {
        let mut seed = seed;
        let mut app = App {
            files: Files::new(),
            variables: Variables::new(),
            entries: Vec::new(),
            were: Vec::new(),
        };
        for version in 1..=versions {
            let undo = match random(&mut seed) % 5 {
                0 => {
                    let name = VariableName::parse("A").unwrap();
                    let set = Variables::from([(name, version.to_string())]);
                    Undo::variables(std::mem::replace(&mut app.variables, set))
                }
                kind => {
                    let upsert = (0..random(&mut seed) % 4)
                        .map(|_| {
                            let text = (random(&mut seed) % 6).to_string().repeat(10);
                            (path(random(&mut seed) % 8), text.into_bytes())
                        })
                        .collect::<BTreeMap<_, _>>();
                    let gone = app.files.keys().find(|path| !upsert.contains_key(*path));
                    let batch = Batch {
                        replace: kind == 1,
                        delete: gone.filter(|_| kind == 2).cloned().into_iter().collect(),
                        upsert: upsert.into_iter().collect(),
                        base_version: None,
                    };
                    let planned = plan(&app.files, version, batch, &Limits::default()).unwrap();
                    let undo = Undo::files(&app.files, &planned.changed);
                    app.files = planned.files;
                    undo
                }
            };
            let text = serde_json::to_string(&undo).unwrap();
            app.entries.insert(
                0,
                Entry {
                    version,
                    undo: serde_json::from_str(&text).unwrap(),
                    lock: None,
                },
            );
            app.were.push((app.files.clone(), app.variables.clone()));
        }
        app
    }

    #[test]
    fn every_version_is_had_back_as_it_was() {
        for seed in 0..20 {
            let App {
                mut files,
                mut variables,
                entries,
                were,
            } = app(seed, 40);
            for (entry, (was, set)) in entries.into_iter().zip(were.iter().rev()) {
                assert_eq!((&files, &variables), (was, set), "{seed} {}", entry.version);
                entry.undo.apply(&mut files, &mut variables);
            }
            assert!(files.is_empty() && variables.is_empty());
        }
    }

    #[test]
    fn what_is_kept_is_within_its_bounds_and_whole() {
        for seed in 0..20 {
            let app = app(seed, 40);
            for bounds in [
                (40, 10_000),
                (7, 10_000),
                (1, 10_000),
                (40, 45),
                (40, 0),
                (0, 0),
            ] {
                let (versions, bytes) = bounds;
                let (oldest, needed) = kept(&app.entries, &app.files, Bounds { versions, bytes });
                assert!((1..=40).contains(&oldest));
                let count = 40 - oldest as usize + 1;
                assert!(count <= versions.max(1), "{seed} {bounds:?}");
                assert!(needed.len() as u64 * 10 <= bytes, "{seed} {bounds:?}");
                let here: BTreeSet<_> = app.files.values().map(|info| info.hash).collect();
                for (was, _) in &app.were[oldest as usize - 1..] {
                    for info in was.values() {
                        let there = here.contains(&info.hash) || needed.contains(&info.hash);
                        assert!(there, "{seed} {bounds:?}");
                    }
                }
                // It ends where the next version would be too much.
                let more = Bounds {
                    versions,
                    bytes: bytes + 1_000_000,
                };
                let more = kept(&app.entries, &app.files, more).0;
                assert!(more <= oldest && (bytes < 10_000 || more == oldest));
            }
        }
        assert_eq!(
            kept(
                &[],
                &Files::new(),
                Bounds {
                    versions: 9,
                    bytes: 9
                }
            ),
            (0, Vec::new())
        );
    }

    #[test]
    fn what_was_chosen_of_npm_counts_and_stays() {
        let lock = |text: &str| FileInfo {
            hash: ContentHash::of(text.as_bytes()),
            size: 100,
        };
        let entry = |version, lock| Entry {
            version,
            undo: Undo::default(),
            lock,
        };
        let entries = [
            entry(4, None),
            entry(3, Some(lock("b"))),
            entry(2, Some(lock("b"))),
            entry(1, Some(lock("a"))),
        ];
        let within = |bytes| {
            let bounds = Bounds { versions: 9, bytes };
            kept(&entries, &Files::new(), bounds)
        };
        assert_eq!(within(99), (4, vec![]));
        assert_eq!(within(100), (2, vec![lock("b").hash]));
        assert_eq!(within(200), (1, vec![lock("b").hash, lock("a").hash]));
    }
}
