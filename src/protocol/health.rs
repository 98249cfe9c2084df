//! The body of `/healthz`.

use schemars::JsonSchema;
use serde::Serialize;

/// The answer to `GET /healthz`: that there is one says that the Worker runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// How the Worker is.
    pub status: HealthStatus,
    /// What of the configuration keeps apps less apart than they should be.
    pub warnings: Vec<HealthWarning>,
}

/// Something that whoever set this up should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HealthWarning {
    /// A stable kebab-case name of it.
    pub code: String,
    /// What it means, and what to do.
    pub detail: String,
}

/// How the Worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It answers.
    Ok,
}
