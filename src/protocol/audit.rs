//! The audit log as it is read: who asked for a change, of what, and how that ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One call that was to change something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its place in the log; later ones are higher.
    pub id: u64,
    /// When it was answered, in milliseconds since 1970.
    pub at: u64,
    /// The request as it stands in our log.
    pub request_id: String,
    /// `admin`, `token:` with the first digits of the app token's hash, or `nobody`.
    pub actor: String,
    /// The call, by its `operationId`.
    pub call: String,
    /// What within the app it was about: a file's path, a secret's name, a deployment. Cut short where it is long.
    pub target: Option<String>,
    /// The app's id, where there was such an app; it stays known when the app is deleted.
    pub app_id: Option<String>,
    /// The app's slug as it was asked for.
    pub slug: Option<String>,
    /// The status that it was answered with.
    pub status: u16,
    /// The reason's name, where it was refused.
    pub code: Option<String>,
    /// The platform's own id of the request.
    pub ray: Option<String>,
    /// The address it came from, as a keyed hash: equal ones came from one address.
    pub address: Option<String>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditPage {
    /// The newest first.
    pub entries: Vec<AuditEntry>,
    /// What to send as `cursor` for those before; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
}
