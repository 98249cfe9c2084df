//! What R2 holds of an app's tree: who writes it and who reads it agree here.

use crate::tree::Files;
use overskill_model::AppId;
use overskill_packages::Lock;
use overskill_protocol::{SealedRegistries, VariableName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What R2 holds of an app, besides its contents.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The newest version that is there whole.
    pub version: u64,
    /// Its files.
    pub files: Files,
    /// What was chosen of npm: the same app is to have the same packages wherever it is restored.
    #[serde(default)]
    pub lock: Option<Lock>,
    /// What builds see.
    #[serde(default)]
    pub variables: BTreeMap<VariableName, String>,
    /// Where packages are, and which of several changes that is.
    #[serde(default)]
    pub registries: (u64, SealedRegistries),
}

/// Where everything of an app is.
pub fn folder(app: &AppId) -> String {
    format!("apps/{app}/")
}

/// Where its manifest is.
pub fn manifest_key(app: &AppId) -> String {
    format!("{}tree.json", folder(app))
}

/// Where everything is that deployments are built of by GitHub's Actions, and what that comes to, until it is over.
pub fn actions_of(app: &AppId) -> String {
    format!("{}actions/", folder(app))
}

/// The same of one deployment.
pub fn actions_folder(app: &AppId, deployment: &str) -> String {
    format!("{}{deployment}/", actions_of(app))
}

/// Where a content is.
pub fn blob_key(app: &AppId, hash: &str) -> String {
    format!("{}blobs/{hash}", folder(app))
}
