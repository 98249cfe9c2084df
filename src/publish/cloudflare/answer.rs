//! What the API answers: `{success, errors: [{code, message}], result}`, and what its refusals mean.

use super::pace;
use overskill_ports::{ApiResponse, Fault};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longest message that is kept of an error, in characters.
const MESSAGE: usize = 300;

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind it is.
    pub reason: Reason,
    /// The HTTP status; 0 where there was no answer.
    pub status: u16,
    /// Cloudflare's own code, where it gave one.
    pub code: Option<u32>,
    /// In Cloudflare's words, or ours.
    pub message: String,
    /// Milliseconds that it asks us to wait.
    pub after: Option<f64>,
}

/// What is to be done about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Try again later.
    Later,
    /// Too much was asked; try again when it says.
    Limited,
    /// It isn't there, or not yet.
    Missing,
    /// The token that was shown is not, or no longer, good.
    Token,
    /// It will never be taken as it is.
    Refused,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    success: bool,
    errors: Option<Vec<Error>>,
    result: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Error {
    code: Option<u32>,
    #[serde(default)]
    message: String,
}

impl Problem {
    /// What can't be published, however often it is tried.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::ours(Reason::Refused, message)
    }

    /// A problem of ours.
    pub(super) fn ours(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            status: 0,
            code: None,
            message: message.into(),
            after: None,
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::ours(Reason::Later, fault.0)
    }
}

/// The result of an answer that says that it succeeded.
pub(super) fn read<T: DeserializeOwned>(response: &ApiResponse) -> Result<T, Problem> {
    let envelope: Option<Envelope> = serde_json::from_slice(&response.body).ok();
    let good = matches!(response.status, 200..=299);
    match envelope {
        Some(envelope) if good && envelope.success => {
            let result = envelope.result.unwrap_or_default();
            serde_json::from_value(result).map_err(|error| {
                Problem::ours(
                    Reason::Later,
                    format!("an answer that can't be read: {error}"),
                )
            })
        }
        envelope => Err(refusal(response, envelope)),
    }
}

/// Whether it succeeded, whatever its result is.
pub(super) fn done(response: &ApiResponse) -> Result<(), Problem> {
    read::<serde_json::Value>(response).map(drop)
}

fn refusal(response: &ApiResponse, envelope: Option<Envelope>) -> Problem {
    let mut errors = envelope
        .and_then(|envelope| envelope.errors)
        .unwrap_or_default();
    let first = (!errors.is_empty()).then(|| errors.swap_remove(0));
    let status = response.status;
    let reason = match status {
        401 | 403 => Reason::Token,
        404 => Reason::Missing,
        429 => Reason::Limited,
        // It says that it succeeded, and doesn't say so in the envelope: a gateway's page, most likely.
        100..=399 | 408 | 409 | 425 | 500.. => Reason::Later,
        _ => Reason::Refused,
    };
    let (code, message) = match first {
        Some(error) => (error.code, error.message),
        None => (None, format!("Cloudflare's API answered {status}")),
    };
    Problem {
        reason,
        status,
        code,
        message: message.chars().take(MESSAGE).collect(),
        after: pace::retry_after(&response.headers),
    }
}
