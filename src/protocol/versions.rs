//! Bodies of the calls on an app's versions.

use overskill_model::ModulePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many changed paths of a version are named.
pub const CHANGED_PATHS: usize = 50;

/// What made a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VersionCause {
    /// Files were written or deleted.
    Files,
    /// The variables were set.
    Variables,
    /// The registries were set.
    Registries,
    /// It is from before the history that is kept.
    Earlier,
}

/// What is told of a version besides its number and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionTold {
    /// What made it.
    pub cause: VersionCause,
    /// The first of the paths whose content is not what it was in the version before.
    pub changed: Vec<ModulePath>,
    /// How many there are in all.
    pub changed_count: u64,
}

/// A version that can be deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// Its number.
    pub version: u64,
    /// When it was made, in milliseconds since 1970; `null` where that is not known any more.
    pub at: Option<u64>,
    /// What is told of it.
    #[serde(flatten)]
    pub told: VersionTold,
}

/// `GET /v1/apps/{slug}/versions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionList {
    /// One page, the newest first.
    pub versions: Vec<Version>,
    /// What to pass as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "u64")]
    pub cursor: Option<u64>,
}
