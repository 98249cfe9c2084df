//! Private previews: a token once, in the address or a header; from then on a cookie of that one host.

use super::pages;
use crate::{
    auth::{Caller, same},
    config::Config,
    reply::Failure,
    store::{self, AppRow},
};
use overskill_flows::fences::cookie;
use overskill_hmr::message_verifier::opens;
use overskill_model::{ContentHash, ContentHasher};
use worker::{Date, Env, Headers, Request, Response};

const PARAMETER: &str = "__overskill_token";
/// How many cookies of our name are looked at.
const COOKIES: usize = 8;
/// How long a cookie lasts that an app's token was shown for, in seconds.
const LASTS: u64 = 7 * 24 * 3600;

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
        if let Some(until) = signed(&token, config, app) {
            let lasts = until.saturating_sub(Date::now().as_millis()) / 1000;
            return enter(&url, config, &token, lasts).map(Some);
        }
        return match Caller::of_token(&token, env, config).await {
            Ok(caller) if caller.may(Some(&app.id)).is_ok() => {
                let hash = ContentHash::of(token.as_bytes());
                enter(&url, config, &pass(&hash, app).to_string(), LASTS).map(Some)
            }
            _ => pages::private().map(Some),
        };
    }
    match shown(request, env, config, app).await? {
        Some(_) => Ok(None),
        None => pages::private().map(Some),
    }
}

/// Until when a request shows that it may see the private app, in milliseconds since 1970; `None` when it shows nothing.
pub(crate) async fn shown(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
) -> Result<Option<u64>, Failure> {
    // Who shows the cookie may show the app's own server code something in `Authorization`.
    if let Some(until) = shown_by_cookie(request, env, config, app).await? {
        return Ok(Some(until));
    }
    if request.headers().get("authorization")?.is_some() {
        let caller = Caller::of(request, env, config).await?;
        caller.may(Some(&app.id))?;
        return Ok(Some(u64::MAX));
    }
    Ok(None)
}

async fn shown_by_cookie(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
) -> Result<Option<u64>, Failure> {
    let shown = cookies(request, config)?;
    if let Some(until) = shown.iter().find_map(|value| signed(value, config, app)) {
        return Ok(Some(until));
    }
    let passes = shown
        .iter()
        .filter_map(|value| ContentHash::parse(value).ok());
    let passes: Vec<ContentHash> = passes.collect();
    if passes.is_empty() {
        return Ok(None);
    }
    let tokens = store::tokens_of_app(env, &app.id).await?;
    let all = tokens.iter().chain(&config.admin);
    let known = all.fold(false, |found, token| {
        let own = pass(token, app);
        passes
            .iter()
            .fold(found, |found, value| same(&own, value) | found)
    });
    Ok(known.then_some(u64::MAX))
}

/// The signed token that a request shows, for the page that it gets: Rails' own relay wants it, too.
pub(super) fn signed_token(
    request: &Request,
    config: &Config,
    app: &AppRow,
) -> Result<Option<String>, Failure> {
    let mut shown = cookies(request, config)?.into_iter();
    Ok(shown.find(|token| signed(token, config, app).is_some()))
}

/// The values of our cookie. Over plain http a page of another app can add one of that name, so all of them are looked at.
fn cookies(request: &Request, config: &Config) -> Result<Vec<String>, Failure> {
    let cookies = request.headers().get("cookie")?.unwrap_or_default();
    let (name, _) = cookie(config.is_secure());
    let values = cookies.split(';').filter_map(|cookie| {
        let value = cookie.trim().strip_prefix(&*name)?.strip_prefix('=')?;
        Some(value.to_owned())
    });
    Ok(values.take(COOKIES).collect())
}

/// Until when a token holds that Rails signed.
fn signed(token: &str, config: &Config, app: &AppRow) -> Option<u64> {
    let key = config.signing_key.as_deref()?;
    opens(key, token, app.slug.as_str(), Date::now().as_millis())
}

/// What the cookie holds for an app's token: it shows that its bearer once had that, and can't be used as one. A token that
/// Rails signed opens the preview only, so the cookie holds it as it is.
fn pass(token: &ContentHash, app: &AppRow) -> ContentHash {
    ContentHasher::new()
        .field("overskill preview")
        .field(app.id.as_str())
        .field(token.bytes())
        .finish()
}

fn enter(url: &worker::Url, config: &Config, pass: &str, lasts: u64) -> Result<Response, Failure> {
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
    let (name, attributes) = cookie(config.is_secure());
    let headers = Headers::new();
    headers.set(
        "set-cookie",
        &format!("{name}={pass}; Max-Age={lasts}; {attributes}"),
    )?;
    headers.set("location", target.as_str())?;
    headers.set("cache-control", "no-store")?;
    headers.set("referrer-policy", "no-referrer")?;
    Ok(Response::empty()?.with_status(303).with_headers(headers))
}
