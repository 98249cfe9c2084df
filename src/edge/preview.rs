//! The preview plane: an app's page, scripts and files on the app's own host.

mod access;
mod ahead;
pub(crate) mod deployed;
mod host;
mod pages;
mod range;
mod stamp;

pub(crate) use access::shown;
pub(crate) use host::{Plane, plane};
pub(crate) use pages::{fault, nobody};

use stamp::Stamp;

use crate::{
    cable,
    config::Config,
    live, quotas,
    reply::Failure,
    runtime::Carried,
    servers,
    session::ask,
    store::{self, AppRow},
};
use futures_util::future::join;
use overskill_flows::{percent_decoded, usage::Meter};
use overskill_model::{AppId, ContentHash, Slug};
use overskill_platform::{Bucket, media_type, tally};
use overskill_ports::Blobs;
use overskill_protocol::{Asked, Command, Outcome, Unserved, Visibility};
use worker::{Env, Headers, Request, Response};

/// Addresses that name their content; what is private is kept by no one in between.
const FOREVER: &str = "public, max-age=31536000, immutable";
const FOREVER_PRIVATE: &str = "private, max-age=31536000, immutable";
/// Kept, and asked about every time.
const REVALIDATE: &str = "no-cache";

/// The relay.
const CABLE: &str = "/__overskill/cable";

/// Something to send.
struct Content {
    hash: ContentHash,
    media_type: String,
    immutable: bool,
    bytes: Vec<u8>,
}

/// Answers a request to an app's host.
pub(crate) async fn serve(
    request: &mut Request,
    env: &Env,
    config: &Config,
    slug: &Slug,
    deployment: Option<&str>,
) -> Result<Response, Failure> {
    quotas::view(slug.as_str(), env, config).await?;
    let reports = deployment.is_none()
        && request.path() == "/__overskill/errors"
        && request.inner().method() == "POST";
    let reads = matches!(request.inner().method().as_str(), "GET" | "HEAD");
    if !reports && !reads && request.path().starts_with("/__overskill/") {
        return servers::only_reads();
    }
    if request.path() == CABLE && deployment.is_none() {
        return cable::on_preview(request, env, config, slug).await;
    }
    let path = percent_decoded(&request.path());
    let ahead = ahead::Ahead::of(slug, deployment.is_some(), path.as_deref());
    let (app, ahead) = join(store::by_slug(env, slug), ahead.ask(request, env)).await;
    let Some(app) = app? else {
        return pages::no_such_app(slug);
    };
    config.seen.note(|known| known.app = Some(app.id.clone()));
    let within = quotas::day(&app, env, config);
    ahead::learn(&app, within.is_ok());
    within?;
    let mut config = config.clone();
    if app.visibility == Visibility::Private {
        if let Some(answer) = access::check(request, env, &config, &app).await? {
            return Ok(answer);
        }
        config.preview_token = access::signed_token(request, &config, &app)?;
    }
    let config = &config;
    if reports {
        return live::report(request, &app, env).await;
    }
    let Some(path) = path else {
        return not_decoded();
    };
    if let Some(content) = shared(&path, env).await? {
        return send(request, content, app.visibility);
    }
    if path == pages::PROGRESS {
        return progress(&app, env).await;
    }
    if path == "/__overskill/sync" {
        return live::sync(request, &app, env).await;
    }
    if let Some(id) = deployment {
        return deployed::serve(request, env, config, &app, id, &path).await;
    }
    let asked = match ahead.filter(|(id, _)| *id == app.id) {
        Some((_, asked)) => asked,
        None => of_object(request, env, &app.id, &path, false).await,
    };
    if let Err(Failure::Refused(refusal)) = &asked
        && refusal.status == 404
    {
        return pages::no_such_app(slug);
    }
    let (outcome, contents) = asked?;
    if let Outcome::Routed(routed) = outcome {
        let place = servers::Place::Live;
        return servers::call(request, env, config, &app, place, *routed).await;
    }
    if !reads {
        return servers::only_reads();
    }
    served(request, config, &app, &path, outcome, contents)
}

/// The live preview's file at `path`, or its page, whatever its server code would say.
pub(crate) async fn file(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
    path: &str,
) -> Result<Response, Failure> {
    let (outcome, contents) = of_object(request, env, &app.id, path, true).await?;
    served(request, config, app, path, outcome, contents)
}

/// What the app's object says, with the content.
type Found = (Outcome, Vec<Vec<u8>>);

/// Asks the app's object.
async fn of_object(
    request: &Request,
    env: &Env,
    app: &AppId,
    path: &str,
    files: bool,
) -> Result<Found, Failure> {
    let command = Command::Serve(Asked {
        path: path.to_owned(),
        navigation: is_navigation(request)?,
        reads: matches!(request.inner().method().as_str(), "GET" | "HEAD"),
        known: known(request)?,
        files,
    });
    ask(env, app, &command, &[]).await
}

/// What the object found, as it is sent.
fn served(
    request: &Request,
    config: &Config,
    app: &AppRow,
    path: &str,
    outcome: Outcome,
    contents: Vec<Vec<u8>>,
) -> Result<Response, Failure> {
    match outcome {
        Outcome::Served {
            hash,
            immutable,
            page,
        } => {
            let folder = page.is_some() || path.ends_with('/');
            let name = if folder { "index.html" } else { path };
            let bytes = contents.into_iter().next().unwrap_or_default();
            let (hash, bytes) = match page {
                Some(at) => stamp::stamped(hash, bytes, &Stamp::new(app, config, at, "ready")),
                None => (hash, bytes),
            };
            let content = Content {
                hash,
                media_type: media_type(name),
                immutable,
                bytes,
            };
            send(request, content, app.visibility)
        }
        Outcome::Unserved(why) => unserved(why, app, config, path, is_navigation(request)?),
        other => Err(Failure::Fault(format!(
            "the object answered something else: {other:?}"
        ))),
    }
}

/// What is no one app's: the runtime, chunks of npm packages, and the packages' own files.
async fn shared(path: &str, env: &Env) -> Result<Option<Content>, Failure> {
    let Some(name) = path.strip_prefix("/__overskill/") else {
        return Ok(None);
    };
    if let Some(script) = Carried::of(name) {
        return Ok(Some(Content {
            hash: script.hash(),
            media_type: media_type(name),
            // A page of an older Worker gets today's script, and must not keep it under that name.
            immutable: path == script.address(),
            bytes: script.code.as_bytes().to_vec(),
        }));
    }
    let chunk = || {
        let name = name.strip_prefix("packages-")?.strip_suffix(".js")?;
        let hash = ContentHash::parse(name).ok()?;
        Some((hash, format!("packages/chunks/{hash}.js")))
    };
    let file = || {
        let (hash, _) = name.strip_prefix("files/")?.split_once('.')?;
        let hash = ContentHash::parse(hash).ok()?;
        Some((hash, format!("packages/files/{hash}")))
    };
    let Some((hash, key)) = chunk().or_else(file) else {
        return Ok(None);
    };
    let stored = Bucket { env }.get(&key).await;
    let stored = stored.map_err(|fault| Failure::Fault(fault.0))?;
    Ok(stored.map(|bytes| Content {
        hash,
        media_type: media_type(name),
        immutable: true,
        bytes,
    }))
}

/// How far the first build is, for the page that waits for it.
async fn progress(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    match ask(env, &app.id, &Command::Wait, &[]).await? {
        (Outcome::Waiting(waiting), _) => crate::reply::json(200, &waiting),
        (other, _) => Err(Failure::Fault(format!(
            "the object answered something else: {other:?}"
        ))),
    }
}

fn unserved(
    why: Unserved,
    app: &AppRow,
    config: &Config,
    path: &str,
    navigation: bool,
) -> Result<Response, Failure> {
    match why {
        Unserved::Empty { at } if navigation => {
            pages::empty(&app.slug, &Stamp::new(app, config, at, "empty"))
        }
        Unserved::Failed { at, diagnostics } if navigation => {
            let stamp = Stamp::new(app, config, at, "failed");
            pages::failed(&app.slug, &diagnostics, &stamp)
        }
        Unserved::Building { progress } if navigation => pages::building(&app.slug, progress),
        Unserved::Elsewhere { address } => {
            let headers = Headers::new();
            headers.set("location", &address)?;
            headers.set("cache-control", REVALIDATE)?;
            Ok(Response::empty()?.with_status(302).with_headers(headers))
        }
        Unserved::Building { .. } => plain(503, "The first version of this app is being built."),
        Unserved::Empty { .. } => plain(404, "Nothing was uploaded to this app yet."),
        Unserved::Failed { .. } => plain(503, "No version of this app has built yet."),
        Unserved::Missing => {
            let hint = match path.strip_prefix('/') {
                Some(name) if !path.starts_with("/__overskill/") => {
                    format!(" Files are served from `public/`: there is no `public/{name}`.")
                }
                _ => String::new(),
            };
            plain(404, &format!("This app has nothing at `{path}`.{hint}"))
        }
    }
}

fn send(request: &Request, content: Content, visibility: Visibility) -> Result<Response, Failure> {
    let headers = Headers::new();
    let tag = format!("\"{}\"", content.hash);
    headers.set("etag", &tag)?;
    headers.set("content-type", &content.media_type)?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("accept-ranges", "bytes")?;
    let kept = match (content.immutable, visibility) {
        (false, _) => REVALIDATE,
        (true, Visibility::Public) => FOREVER,
        (true, Visibility::Private) => FOREVER_PRIVATE,
    };
    headers.set("cache-control", kept)?;
    if known(request)?.contains(&content.hash) {
        return Ok(Response::empty()?.with_status(304).with_headers(headers));
    }
    let asked = request.headers().get("range")?;
    let condition = request.headers().get("if-range")?;
    let fresh = condition.is_none_or(|condition| condition == tag);
    let length = content.bytes.len();
    let sent = |bytes: usize| tally::count(Meter::SentBytes, bytes as f64);
    match asked
        .filter(|_| fresh)
        .and_then(|text| range::parse(&text, length))
    {
        None => {
            sent(length);
            Ok(Response::from_bytes(content.bytes)?.with_headers(headers))
        }
        Some(range::Range::Unsatisfiable) => {
            headers.set("content-range", &format!("bytes */{length}"))?;
            Ok(Response::empty()?.with_status(416).with_headers(headers))
        }
        Some(range::Range::Part(first, last)) => {
            headers.set("content-range", &format!("bytes {first}-{last}/{length}"))?;
            let part = content.bytes[first..=last].to_vec();
            sent(part.len());
            Ok(Response::from_bytes(part)?
                .with_status(206)
                .with_headers(headers))
        }
    }
}

/// The contents that the browser says it has.
fn known(request: &Request) -> Result<Vec<ContentHash>, Failure> {
    let header = request.headers().get("if-none-match")?.unwrap_or_default();
    let tags = header.split(',').filter_map(|tag| {
        let tag = tag.trim().trim_start_matches("W/");
        ContentHash::parse(tag.strip_prefix('"')?.strip_suffix('"')?).ok()
    });
    Ok(tags.collect())
}

/// Whether a person goes there, or a page expects one to, as opposed to its asking for a file.
fn is_navigation(request: &Request) -> Result<bool, Failure> {
    let headers = request.headers();
    if let Some(mode) = headers.get("sec-fetch-mode")? {
        let ahead = headers.get("sec-purpose")?;
        let ahead = ahead.is_some_and(|purpose| purpose.starts_with("prefetch"));
        let file = |path: String| {
            path.rsplit('/')
                .next()
                .is_some_and(|name| name.contains('.'))
        };
        return Ok(mode == "navigate" || (ahead && !file(request.path())));
    }
    let accept = headers.get("accept")?.unwrap_or_default();
    Ok(accept.contains("text/html"))
}

/// An address that isn't one.
pub(crate) fn not_decoded() -> Result<Response, Failure> {
    plain(400, "The address's percent-encoding is not that of UTF-8.")
}

pub(crate) fn plain(status: u16, text: &str) -> Result<Response, Failure> {
    crate::reply::text(status, "text/plain; charset=utf-8", format!("{text}\n"))
}
