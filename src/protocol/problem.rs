//! What a caller is told when a request is refused: `application/problem+json` (RFC 9457).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A refusal, which has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// A stable kebab-case name of the reason.
    pub code: Cow<'static, str>,
    /// One sentence on this case.
    pub detail: String,
    /// The facts of the case.
    pub facts: Map<String, Value>,
}

/// A refusal as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// One sentence on this case.
    pub detail: String,
    /// The reason's name.
    pub code: String,
    /// The request as it stands in the log.
    pub request_id: String,
    /// The facts of the case.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl Refusal {
    /// A refusal without facts.
    pub fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            detail: detail.into(),
            facts: Map::new(),
        }
    }

    /// Adds a fact. Names of [`Problem`]'s own members are not available.
    pub fn fact(mut self, name: &str, value: impl Serialize) -> Self {
        self.facts.insert(name.to_owned(), json!(value));
        self
    }

    /// As it is sent in answer to a request.
    pub fn problem(self, request_id: &str) -> Problem {
        Problem {
            kind: format!("urn:overskill:problem:{}", self.code),
            title: title(self.status).to_owned(),
            status: self.status,
            detail: self.detail,
            code: self.code.into_owned(),
            request_id: request_id.to_owned(),
            facts: self.facts,
        }
    }
}

/// A status in words.
pub(crate) fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
