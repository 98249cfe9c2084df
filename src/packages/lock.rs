//! Which version of what: the outcome of resolving, and what a lockfile says.

use crate::Spec;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a version asks for, as its `package.json` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Requires {
    /// Name to range; without the optional ones.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<String, String>,
    /// Those it can do without.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub optional: BTreeMap<String, String>,
    /// Those that its user shares with it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub peers: BTreeMap<String, String>,
    /// The peers it can do without.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub optional_peers: BTreeSet<String>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedPackage {
    /// The package's own name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name of its tarball's file.
    pub tarball: String,
    /// What the tarball hashes to.
    pub integrity: String,
    /// The keys of what it depends on, by the name it imports them under.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<String, String>,
    /// What it asked for.
    #[serde(default)]
    pub requires: Requires,
}

/// A resolved tree. The resolver keys packages `name@version`; a parsed `package-lock.json`, by where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lock {
    /// The keys of what the app itself sees, by name.
    pub roots: BTreeMap<String, String>,
    /// Every package, by key.
    pub packages: BTreeMap<String, LockedPackage>,
}

impl Lock {
    /// Whether it has a version for the app's dependency `name` that `declared` (name to range) allows.
    fn serves(&self, name: &str, declared: &BTreeMap<String, String>) -> bool {
        let package = self.roots.get(name).and_then(|key| self.packages.get(key));
        let spec = declared.get(name).map(|range| Spec::parse(name, range));
        match (package, spec) {
            (Some(package), Some(Ok(spec))) => spec.admits(package),
            _ => false,
        }
    }

    /// Which of the app's dependencies it has no version for.
    pub fn stale(&self, declared: &BTreeMap<String, String>) -> Vec<String> {
        let names = declared.keys().filter(|name| !self.serves(name, declared));
        names.cloned().collect()
    }

    /// This one, and for what it says nothing of, or `declared` (name to range) doesn't allow, `other`.
    #[must_use]
    pub fn or(mut self, other: &Self, declared: &BTreeMap<String, String>) -> Self {
        for (name, key) in &other.roots {
            let undeclared = !declared.contains_key(name) && !self.roots.contains_key(name);
            if undeclared || !self.serves(name, declared) && other.serves(name, declared) {
                self.roots.insert(name.clone(), key.clone());
            }
        }
        for (key, package) in &other.packages {
            let package = || package.clone();
            self.packages.entry(key.clone()).or_insert_with(package);
        }
        self
    }

    /// What `name` is to the package under the key `from`, or to the app. What a package forgot to ask for it finds
    /// where npm would have hoisted it.
    pub fn find(&self, from: Option<&str>, name: &str) -> Option<&str> {
        let own = from
            .and_then(|key| self.packages.get(key))
            .and_then(|package| package.dependencies.get(name));
        let hoisted = || {
            let mut versions = self.packages.iter().filter(|(_, at)| at.name == name);
            versions.next_back().map(|(key, _)| key)
        };
        own.or_else(|| self.roots.get(name))
            .or_else(hoisted)
            .map(String::as_str)
    }
}

impl LockedPackage {
    /// Where its tarball is: always at the configured registry, whatever a lockfile or packument says.
    pub fn tarball_url(&self, registry: &str) -> String {
        let base = registry.trim_end_matches('/');
        format!("{base}/{}/-/{}", self.name, self.tarball)
    }

    /// The name that registries give a tarball.
    pub(crate) fn tarball_name(name: &str, version: &str) -> String {
        let base = name.rsplit('/').next().unwrap_or(name);
        // Build metadata is no part of what is published.
        let version = version.split('+').next().unwrap_or(version);
        format!("{base}-{version}.tgz")
    }
}

/// Where a package's packument is.
pub fn packument_url(registry: &str, name: &str) -> String {
    let base = registry.trim_end_matches('/');
    format!("{base}/{}", name.replacen('/', "%2f", 1))
}
