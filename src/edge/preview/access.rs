//! Private previews: a token once, in the address or a header; from then on a cookie of that one host.

use super::pages;
use crate::{
    auth::{Caller, same},
    config::Config,
    reply::Failure,
    store::{self, AppRow},
};
use overskill_model::{ContentHash, ContentHasher};
use worker::{Env, Headers, Request, Response};

const COOKIE: &str = "__overskill_preview";
const PARAMETER: &str = "__overskill_token";
/// How long a cookie lasts, in seconds.
const LASTS: u32 = 7 * 24 * 3600;

/// What a request gets instead of the private app; `None` when it may see it.
pub(super) async fn check(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
) -> Result<Option<Response>, Failure> {
    let url = request.url()?;
    let given = url.query_pairs().find(|(name, _)| name == PARAMETER);
    if let Some((_, token)) = given {
        return match Caller::of_token(&token, env, config).await {
            Ok(caller) if caller.may(Some(&app.id)).is_ok() => {
                let hash = ContentHash::of(token.as_bytes());
                enter(&url, &hash, app).map(Some)
            }
            _ => pages::private().map(Some),
        };
    }
    if request.headers().get("authorization")?.is_some() {
        let caller = Caller::of(request, env, config).await?;
        caller.may(Some(&app.id))?;
        return Ok(None);
    }
    let cookies = request.headers().get("cookie")?.unwrap_or_default();
    let shown = cookies.split(';').find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE).then(|| ContentHash::parse(value).ok())?
    });
    if let Some(shown) = shown {
        let tokens = store::tokens_of_app(env, &app.id).await?;
        let all = tokens.iter().chain(&config.admin);
        if all.fold(false, |found, token| {
            same(&pass(token, app), &shown) | found
        }) {
            return Ok(None);
        }
    }
    pages::private().map(Some)
}

/// What the cookie holds: it shows that its bearer once had the token, and can't be used as one.
fn pass(token: &ContentHash, app: &AppRow) -> ContentHash {
    ContentHasher::new()
        .field("overskill preview")
        .field(app.id.as_str())
        .field(token.bytes())
        .finish()
}

fn enter(url: &worker::Url, token: &ContentHash, app: &AppRow) -> Result<Response, Failure> {
    let mut target = url.clone();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != PARAMETER)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    target.set_query(None);
    if !kept.is_empty() {
        target.query_pairs_mut().extend_pairs(kept);
    }
    // The editor shows previews in frames of another site; that takes `None`, which takes `Secure`.
    let site = match url.scheme() {
        "https" => "SameSite=None; Secure; Partitioned",
        _ => "SameSite=Lax",
    };
    let headers = Headers::new();
    let value = pass(token, app);
    headers.set(
        "set-cookie",
        &format!("{COOKIE}={value}; Path=/; Max-Age={LASTS}; HttpOnly; {site}"),
    )?;
    headers.set("location", target.as_str())?;
    headers.set("cache-control", "no-store")?;
    headers.set("referrer-policy", "no-referrer")?;
    Ok(Response::empty()?.with_status(303).with_headers(headers))
}
