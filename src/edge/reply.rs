//! Responses, and the two ways in which a request can fail.

use futures_util::{Stream, StreamExt};
use overskill_protocol::Refusal;
use serde::Serialize;
use serde_json::Value;
use worker::{Headers, Response};

/// Why there is no ordinary answer.
pub(crate) enum Failure {
    /// The caller's mistake; nothing was changed.
    Refused(Refusal),
    /// Ours.
    Fault(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<worker::Error> for Failure {
    fn from(error: worker::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

/// What a caller is told of a fault.
pub(crate) fn unexpected() -> Refusal {
    Refusal::new(
        500,
        "internal-error",
        "Something failed on our side; the request's id is in our log.",
    )
}

/// A JSON body, never cached: it is what one caller may see now.
pub(crate) fn json(status: u16, value: &impl Serialize) -> Result<Response, Failure> {
    typed(status, "application/json", value)
}

/// A text of a given media type.
pub(crate) fn text(status: u16, kind: &str, text: String) -> Result<Response, Failure> {
    bytes(status, kind, text.into_bytes())
}

/// An answer that comes line by line.
pub(crate) fn lines(lines: impl Stream<Item = Vec<u8>> + 'static) -> Result<Response, Failure> {
    let headers = Headers::new();
    headers.set("content-type", "application/x-ndjson")?;
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    let lines = lines.map(Ok::<_, worker::Error>);
    Ok(Response::from_stream(lines)?.with_headers(headers))
}

/// One line of it.
pub(crate) fn line(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(value).expect("answers always serialise");
    bytes.push(b'\n');
    bytes
}

/// A refusal's body.
pub(crate) fn problem(refusal: Refusal, request_id: &str) -> worker::Result<Response> {
    let status = refusal.status;
    let allowed = refusal.facts.get("allowed").and_then(Value::as_str);
    let allowed = allowed.unwrap_or_default().to_owned();
    let after = refusal.facts.get("retryAfter").and_then(Value::as_u64);
    let after = after.unwrap_or(1).to_string();
    let mut response = match typed(
        status,
        "application/problem+json",
        &refusal.problem(request_id),
    ) {
        Ok(response) => response,
        Err(_) => Response::empty()?.with_status(500),
    };
    match status {
        401 => response.headers_mut().set("www-authenticate", "Bearer")?,
        429 | 503 => response.headers_mut().set("retry-after", &after)?,
        405 => response.headers_mut().set("allow", &allowed)?,
        _ => {}
    }
    Ok(response)
}

fn typed(status: u16, kind: &str, value: &impl Serialize) -> Result<Response, Failure> {
    let body = serde_json::to_vec(value).map_err(|error| Failure::Fault(error.to_string()))?;
    bytes(status, kind, body)
}

fn bytes(status: u16, kind: &str, body: Vec<u8>) -> Result<Response, Failure> {
    let headers = Headers::new();
    headers.set("content-type", kind)?;
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(Response::from_bytes(body)?
        .with_status(status)
        .with_headers(headers))
}

/// Says where the time went, unless the answer does already.
pub(crate) fn time(headers: &Headers, milliseconds: u64) -> worker::Result<()> {
    match headers.has("server-timing")? {
        true => Ok(()),
        false => headers.set("server-timing", &format!("total;dur={milliseconds}")),
    }
}
