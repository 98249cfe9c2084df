//! The body of `/healthz`.

use schemars::JsonSchema;
use serde::Serialize;

/// The answer to `GET /healthz`: that there is one says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// How the Worker is.
    pub status: HealthStatus,
}

/// How the Worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It answers.
    Ok,
}
