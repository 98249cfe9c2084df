//! Bodies of the calls that publish deployments, and what the edge tells the object that does it.

use overskill_model::AppId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a published deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PublishState {
    /// It waits for its turn.
    Queued,
    /// Its files and its script are being sent.
    Uploading,
    /// Cloudflare has taken it, and it isn't seen to run yet.
    Activating,
    /// It runs.
    Live,
    /// It could not be published, or not be removed.
    Failed,
    /// It is being removed.
    Removing,
    /// It is gone.
    Removed,
}

/// What failed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishError {
    /// The status of Cloudflare's answer; 0 where there was none.
    pub status: u16,
    /// Cloudflare's code.
    pub code: Option<u32>,
    /// In its words.
    pub message: String,
}

/// A deployment on Workers for Platforms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The deployment's id.
    pub deployment: String,
    /// How far it is.
    pub state: PublishState,
    /// The user Worker that it is in the dispatch namespace.
    pub script: String,
    /// Where the deployment is served.
    pub url: String,
    /// Calls of Cloudflare's API that were made for it since it was last asked for.
    pub attempts: u32,
    /// What failed last, as long as nothing has succeeded since.
    pub error: Option<PublishError>,
    /// When it was first asked for, in milliseconds since 1970.
    pub created_at: u64,
    /// When it last changed.
    pub updated_at: u64,
}

/// What the edge asks of a deployment's deployer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployerRequest {
    /// The app.
    pub app: AppId,
    /// The deployment.
    pub deployment: String,
    /// What has to be done.
    pub command: DeployerCommand,
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum DeployerCommand {
    /// Publish it.
    Publish {
        /// The version it is made of.
        version: u64,
        /// Whether only the browser may keep copies of its files.
        private: bool,
        /// The revision of the app's secrets, which its server code gets.
        secrets: u64,
    },
    /// Remove it.
    Unpublish,
    /// Remove it, and record nothing: its app is gone.
    Forget,
    /// See in a moment whether what is published of an app is as it has to be; of all of it, where no deployment is named.
    Check {
        /// Whether those may have to change that go on being served; else only those are meant that aren't.
        served: bool,
        /// Whether what changes is still to come.
        ahead: bool,
    },
    /// Purge what is cached.
    Purge {
        /// Everything of these hosts.
        hosts: Vec<String>,
        /// These addresses.
        files: Vec<String>,
    },
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "told")]
pub enum DeployerAnswer {
    /// It will be done.
    Taken,
    /// There is nothing of the kind.
    Nothing,
    /// The installation lacks these variables and secrets.
    Unset {
        /// Their names.
        names: Vec<String>,
    },
}
