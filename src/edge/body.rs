//! Request bodies, bounded before they are read.

use crate::reply::Failure;
use overskill_protocol::Refusal;
use worker::Request;

/// How large a body of a call on an app may be.
pub(crate) const SMALL: usize = 64 << 10;
/// How large a body of variables may be.
pub(crate) const VARIABLES: usize = 256 << 10;

/// Reads the body up to `limit` bytes. A content encoding is refused: what a body expands to is the caller's to send.
pub(crate) async fn read(request: &mut Request, limit: usize) -> Result<Vec<u8>, Failure> {
    let encoding = request.headers().get("content-encoding")?;
    if let Some(encoding) =
        encoding.filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
    {
        let detail = format!("The body is encoded as {encoding:?}; send it without an encoding.");
        return Err(Refusal::new(415, "unsupported-content-encoding", detail).into());
    }
    let announced = request
        .headers()
        .get("content-length")?
        .and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut stream = request.stream()?;
    let mut body = Vec::with_capacity(announced.unwrap_or(0));
    while let Some(chunk) = futures_util::StreamExt::next(&mut stream).await {
        let chunk = chunk?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The body's media type, without parameters, in lower case.
pub(crate) fn kind(request: &Request) -> Result<String, Failure> {
    let header = request.headers().get("content-type")?.unwrap_or_default();
    Ok(header
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase())
}

/// Refuses a body that doesn't claim to be JSON.
pub(crate) fn expect_json(request: &Request) -> Result<(), Failure> {
    match &*kind(request)? {
        "application/json" => Ok(()),
        other => Err(unsupported(other, "application/json")),
    }
}

/// The refusal of a media type.
pub(crate) fn unsupported(kind: &str, wanted: &str) -> Failure {
    let detail = format!("The body is {kind:?}; this call takes {wanted}.");
    Refusal::new(415, "unsupported-media-type", detail).into()
}

fn too_large(limit: usize) -> Failure {
    Refusal::new(
        413,
        "body-too-large",
        format!("The body has more than {limit} bytes."),
    )
    .fact("limit", limit)
    .into()
}
