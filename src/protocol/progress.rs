//! How far a build is: lines ahead of a write's answer, and what the page of a first build shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a build is doing, in order; those that need nothing are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BuildPhase {
    /// The write is durable, and the build begins.
    Stored,
    /// Compiling the app's files.
    Compile,
    /// Choosing versions of packages, counted in packages asked about.
    Resolve,
    /// Fetching packages.
    Fetch,
    /// Compiling files of packages.
    Packages,
    /// Linking.
    Link,
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildProgress {
    /// In what.
    pub phase: BuildPhase,
    /// How many are done.
    pub done: u64,
    /// Of how many that are known of by now; more may come.
    pub total: u64,
}

/// A line of a write's answer as `application/x-ndjson` that is not the last. The last is the ordinary answer, or the
/// problem, and has no `event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", tag = "event")]
pub enum BuildEvent {
    /// The build got on.
    Progress(BuildProgress),
}

impl BuildProgress {
    /// In words.
    pub fn text(self) -> String {
        let what = match self.phase {
            BuildPhase::Stored => return "Starting".to_owned(),
            BuildPhase::Link => return "Linking".to_owned(),
            BuildPhase::Compile => "Compiling the app",
            BuildPhase::Resolve => "Choosing packages",
            BuildPhase::Fetch => "Fetching packages",
            BuildPhase::Packages => "Compiling packages",
        };
        format!("{what}: {} of {}", self.done, self.total)
    }
}

/// What the page of a first build asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Whether the app has nothing to show yet and is being built.
    pub building: bool,
    /// How far that is, in words.
    pub text: String,
    /// How many are done.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

impl Waiting {
    /// What is told of a build, or of none.
    pub fn of(building: bool, progress: Option<BuildProgress>) -> Self {
        let shown = progress.filter(|_| building);
        Self {
            building,
            text: shown.map_or_else(String::new, BuildProgress::text),
            done: shown.map_or(0, |at| at.done),
            total: shown.map_or(0, |at| at.total),
        }
    }
}
