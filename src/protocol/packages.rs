//! The body of `/v1/apps/{slug}/packages`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `GET /v1/apps/{slug}/packages`: what was chosen of npm for what the app imports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PackageList {
    /// The version of the app whose build chose; 0 before the first.
    pub version: u64,
    /// By name and version.
    pub packages: Vec<ChosenPackage>,
    /// Packages of which more than one version was chosen, with those versions.
    pub duplicates: BTreeMap<String, Vec<String>>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChosenPackage {
    /// Its own name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The address of the registry that it is from.
    pub registry: String,
    /// What its tarball hashes to, as lockfiles write it.
    pub integrity: String,
    /// Who asked for it.
    pub asked_by: Vec<AskedBy>,
}

/// Who asked for a package, and for what of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AskedBy {
    /// The package that did, as `name@version`; `null` for the app itself.
    pub package: Option<String>,
    /// The name that it is imported under there.
    pub name: String,
    /// The versions that would do; `null` where it is imported without being asked for.
    pub range: Option<String>,
    /// How it was asked for.
    pub kind: AskedAs,
}

/// How a package was asked for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum AskedAs {
    /// As a dependency.
    Dependency,
    /// As one that its asker can do without.
    Optional,
    /// As one that its asker shares with its user.
    Peer,
}
