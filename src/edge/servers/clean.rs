//! What is ours is kept from an app's server code, and its answer to its own host.

use crate::{auth::same, config::Config, reply::Failure};
use overskill_flows::fences::{held_to_host, without_ours};
use overskill_model::ContentHash;
use worker::{Headers, Request, Response, Url};

/// What our own parameters start with.
const OWN: &str = "__overskill";
/// What an app's tokens start with.
const TOKEN: &str = "osk_";

/// The headers that the app's code gets.
pub(super) fn request_headers(request: &Request, config: &Config) -> Result<Headers, Failure> {
    let headers = request.headers().clone();
    if let Some(cookies) = headers.get("cookie")? {
        match without_ours(&cookies) {
            None => headers.delete("cookie")?,
            Some(kept) => headers.set("cookie", &kept)?,
        }
    }
    let shown = headers.get("authorization")?.unwrap_or_default();
    let token = shown.split_once(' ').map_or("", |(_, token)| token.trim());
    let hash = ContentHash::of(token.as_bytes());
    if token.starts_with(TOKEN) || config.admin.is_some_and(|admin| same(&hash, &admin)) {
        headers.delete("authorization")?;
    }
    headers.delete("x-overskill-entrance")?;
    Ok(headers)
}

/// The address that the app's code gets.
pub(super) fn address(url: &Url) -> String {
    if !url.query().is_some_and(|query| query.contains(OWN)) {
        return url.to_string();
    }
    let mut url = url.clone();
    let query = url.query().unwrap_or_default().to_owned();
    let kept = query.split('&').filter(|pair| !pair.starts_with(OWN));
    let kept = kept.collect::<Vec<_>>().join("&");
    url.set_query((!kept.is_empty()).then_some(&*kept));
    url.to_string()
}

/// The answer as it may leave.
pub(super) fn answer(response: Response) -> Result<Response, Failure> {
    let headers = response.headers().clone();
    let cookies = headers.get_all("set-cookie")?;
    if !cookies.is_empty() {
        headers.delete("set-cookie")?;
        for cookie in cookies.iter().filter_map(|cookie| held_to_host(cookie)) {
            headers.append("set-cookie", &cookie)?;
        }
    }
    // It would clear what other hosts of the domain have.
    headers.delete("clear-site-data")?;
    if let Some(scope) = headers.get("service-worker-allowed")? {
        let inside = scope.starts_with('/') && !scope[1..].starts_with(['/', '\\']);
        if !inside {
            headers.delete("service-worker-allowed")?;
        }
    }
    Ok(response.with_headers(headers))
}
