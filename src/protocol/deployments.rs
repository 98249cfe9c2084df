//! Bodies of the calls on deployments.

use crate::Timings;
use overskill_diagnostics::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest message of a deployment, in characters.
pub const MESSAGE_CHARACTERS: usize = 500;

/// How an app is built for a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// As its preview is.
    Preview,
    /// Tree-shaken, split and minified, as by `vite build`.
    Production,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentState {
    /// It is being built.
    Building,
    /// It is served.
    Live,
    /// It could not be built.
    Failed,
}

/// `POST /v1/apps/{slug}/deployments`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateDeployment {
    /// How it is built.
    pub tier: Tier,
    /// The version to deploy, which must be the current one; that one when absent.
    pub version: Option<u64>,
    /// What people are told of it.
    #[schemars(length(max = MESSAGE_CHARACTERS))]
    pub message: Option<String>,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its name within the app.
    pub id: String,
    /// How it was built.
    pub tier: Tier,
    /// How far it is.
    pub state: DeploymentState,
    /// The version of the app's files that it is made of.
    pub version: u64,
    /// Where it is served, once it is live.
    pub url: String,
    /// What people are told of it.
    pub message: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    pub created_at: u64,
    /// When it was live or had failed.
    pub finished_at: Option<u64>,
    /// How many files it has.
    pub files: u64,
    /// The size of all of them, in bytes.
    pub bytes: u64,
    /// Where the time went.
    pub timings: Timings,
    /// What its author is told.
    pub diagnostics: Vec<Diagnostic>,
}

/// `GET /v1/apps/{slug}/deployments`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DeploymentList {
    /// The newest first; at most a hundred.
    pub deployments: Vec<Deployment>,
}
