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

impl Tier {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Preview, Self::Production];

    /// Its name, in addresses and in D1.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Production => "production",
        }
    }
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentState {
    /// It is recorded, and waits for its turn.
    Queued,
    /// It is being built.
    Building,
    /// What it was built to is being stored.
    Uploading,
    /// It is the one that its tier's address serves.
    Live,
    /// It could not be built.
    Failed,
    /// A newer one came before it was done, or took its place since.
    Superseded,
}

impl DeploymentState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Building,
        Self::Uploading,
        Self::Live,
        Self::Failed,
        Self::Superseded,
    ];

    /// Whether nothing more comes by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Building | Self::Uploading)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Building => "building",
            Self::Uploading => "uploading",
            Self::Live => "live",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}

/// One change of a deployment's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentChange {
    /// What it was from then on.
    pub state: DeploymentState,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// By what.
    pub cause: String,
    /// By whom: `admin`, `app` (the app's token), or `system`.
    pub actor: String,
}

/// One line of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentLine {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What.
    pub text: String,
}

/// What a deployment's life is told in while it runs, one line each; the deployment itself is the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", tag = "event")]
pub enum DeploymentNews {
    /// Another state.
    State(DeploymentChange),
    /// A line of the log.
    Log(DeploymentLine),
}

/// `POST /v1/apps/{slug}/deployments`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateDeployment {
    /// How it is built.
    pub tier: Tier,
    /// The version to deploy: one that is kept; the current one when absent.
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
    /// Where it is served, for good, once it was live.
    pub url: String,
    /// Where the one of its tier is served that is live.
    pub tier_url: String,
    /// What people are told of it.
    pub message: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    pub created_at: u64,
    /// By whom: `admin`, or `app` (the app's token).
    pub actor: String,
    /// When it was first live, had failed, or was overtaken.
    pub finished_at: Option<u64>,
    /// From when on its files are gone, in milliseconds since 1970: it was beyond what is kept.
    pub retired_at: Option<u64>,
    /// How many files it has.
    pub files: u64,
    /// The size of all of them, in bytes.
    pub bytes: u64,
    /// How many of them no earlier deployment had.
    pub added_files: u64,
    /// What those add to what is stored, in bytes.
    pub added_bytes: u64,
    /// Where the time went.
    pub timings: Timings,
    /// What its author is told.
    pub diagnostics: Vec<Diagnostic>,
    /// Its states so far; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<DeploymentChange>>,
    /// What happened; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<Vec<DeploymentLine>>,
}

/// `POST /v1/apps/{slug}/collect`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CollectDeployments {
    /// Whether only to say what would go.
    pub dry_run: bool,
    /// How many of each tier are kept besides the live one; the installation's rule when absent.
    pub keep: Option<u32>,
    /// For how many days those are kept; the installation's rule when absent.
    pub days: Option<u32>,
}

/// What was collected, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Collected {
    /// Whether nothing was done.
    pub dry_run: bool,
    /// The deployments whose files go.
    pub retired: Vec<String>,
    /// How many objects go: those that no deployment that stays refers to.
    pub objects: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// How many objects stay.
    pub kept_objects: u64,
    /// Their size, in bytes.
    pub kept_bytes: u64,
}

/// `GET /v1/apps/{slug}/deployments`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DeploymentList {
    /// One page, the newest first.
    pub deployments: Vec<Deployment>,
    /// What to pass as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cursor: Option<String>,
}
