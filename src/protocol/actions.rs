//! What the edge and an app's publisher tell each other of deployments that GitHub's Actions build. What is large goes by
//! R2: the source in a deployment's folder there, and what came of it.

use crate::DeploymentLine;
use overskill_model::ContentHash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of an [`ActionsSource`] in the deployment's folder.
pub const ACTIONS_SOURCE: &str = "source.json";
/// The name of an [`ActionsOutput`] there. Contents stand beside it, each by its hash.
pub const ACTIONS_OUTPUT: &str = "output.json";

/// What is to be built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionsSource {
    /// The version of the app's files.
    pub version: u64,
    /// Path to content; the contents are where the app's own are.
    pub files: BTreeMap<String, ContentHash>,
    /// What the build sees.
    pub variables: BTreeMap<String, String>,
}

/// What it was built to: path below the page's folder, without a slash at its start, to content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionsOutput {
    /// All of it.
    pub files: BTreeMap<String, ContentHash>,
}

/// How far a build by Actions is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ActionsBuild {
    /// What happened so far; only more is added.
    pub lines: Vec<DeploymentLine>,
    /// The run's page.
    pub run_url: Option<String>,
    /// When there may be news, in milliseconds since 1970.
    pub next_at: u64,
    /// How it ended, once it has.
    pub ended: Option<ActionsEnded>,
}

/// How a build by Actions ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionsEnded {
    /// Its output is in the deployment's folder.
    Built,
    /// It came to nothing.
    Failed {
        /// A stable kebab-case name of the reason.
        code: String,
        /// The reason in words, with the run's page.
        detail: String,
    },
}
