//! A deployment on its own host, or the live one of a tier on that tier's: from R2 alone, whatever the app's object does.

use super::{Content, is_navigation, known, media_type, pages, plain, send};
use crate::{config::Config, deployments::served, reply::Failure, servers, store::AppRow};
use overskill_flows::{
    build::{Found, Preview, takes, takes_rest},
    deploy::{content_key, manifest_key},
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::Bucket;
use overskill_ports::{Blobs, Fault};
use overskill_protocol::Server;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};
use worker::{Env, Headers, Request, Response};

/// How many lists of files stay in memory: they never change.
const LISTS: usize = 64;
/// How many deployments that a tier served before are looked through for a file that an open page of theirs asks for.
const BEFORE: usize = 3;

thread_local! {
    static KNOWN: RefCell<VecDeque<(String, Rc<Preview>)>> = const { RefCell::new(VecDeque::new()) };
}

/// Answers a request for `path` of a deployment, or of a tier's live one.
pub(super) async fn serve(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
    name: &str,
    path: &str,
) -> Result<Response, Failure> {
    let ids = served(env, &app.id, name, BEFORE).await?;
    let Some((id, before)) = ids.split_first() else {
        return pages::no_such_deployment(&app.slug);
    };
    let preview = list(env, &app.id, id).await?;
    let reads = matches!(request.inner().method().as_str(), "GET" | "HEAD");
    let server = preview.server.as_ref();
    if let Some(server) = server.filter(|it| takes(it, path) || !reads && takes_rest(it, path)) {
        return answered(request, env, config, app, id, server).await;
    }
    if !reads {
        return servers::only_reads();
    }
    let found = find(request, env, app, (id, before), path).await?;
    match server.filter(|it| found == File::Nothing && takes_rest(it, path)) {
        Some(server) => answered(request, env, config, app, id, server).await,
        None => sent(request, env, app, found, path).await,
    }
}

/// A deployment's file at `path`, or its page, whatever its server code would say.
pub(crate) async fn file(
    request: &Request,
    env: &Env,
    app: &AppRow,
    of: (&str, &[String]),
    path: &str,
) -> Result<Response, Failure> {
    let found = find(request, env, app, of, path).await?;
    sent(request, env, app, found, path).await
}

async fn answered(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
    id: &str,
    server: &Server,
) -> Result<Response, Failure> {
    let routed = servers::of_deployment(env, &app.id, id, server);
    let routed = routed.ok_or_else(|| {
        Failure::Fault(format!("the variables of deployment {id} can't be opened"))
    })?;
    let place = servers::Place::Deployment(id.to_owned());
    servers::call(request, env, config, app, place, routed).await
}

/// What there is under an address.
#[derive(PartialEq)]
enum File {
    /// A content; whether the address names it, and whether it is the page.
    Content(ContentHash, bool, bool),
    /// The app is there.
    Elsewhere(String),
    Nothing,
}

/// Looks for `path` in a deployment, and in those that its tier served before.
async fn find(
    request: &Request,
    env: &Env,
    app: &AppRow,
    (id, before): (&str, &[String]),
    path: &str,
) -> Result<File, Failure> {
    let preview = list(env, &app.id, id).await?;
    Ok(match preview.find(path, is_navigation(request)?) {
        Found::File(file) => File::Content(file.hash, file.immutable, false),
        Found::Page => File::Content(preview.page, false, true),
        Found::Elsewhere => File::Elsewhere(preview.base.clone()),
        Found::Nothing => match of_before(env, &app.id, before, path).await? {
            Some(hash) => File::Content(hash, true, false),
            None => File::Nothing,
        },
    })
}

async fn sent(
    request: &Request,
    env: &Env,
    app: &AppRow,
    found: File,
    path: &str,
) -> Result<Response, Failure> {
    let (hash, immutable, page) = match found {
        File::Content(hash, immutable, page) => (hash, immutable, page),
        File::Elsewhere(base) => {
            let headers = Headers::new();
            headers.set("location", &base)?;
            return Ok(Response::empty()?.with_status(302).with_headers(headers));
        }
        File::Nothing => return plain(404, &format!("This deployment has nothing at `{path}`.")),
    };
    let bytes = match known(request)?.contains(&hash) {
        true => Vec::new(),
        false => {
            let key = content_key(&app.id, &hash.to_string());
            let content = Bucket { env }.get(&key).await.map_err(fault)?;
            content.ok_or_else(|| Failure::Fault(format!("{key} is not there")))?
        }
    };
    let folder = page || path.ends_with('/');
    let content = Content {
        hash,
        media_type: media_type(if folder { "index.html" } else { path }),
        immutable,
        bytes,
    };
    send(request, content, app.visibility)
}

fn fault(fault: Fault) -> Failure {
    Failure::Fault(fault.0)
}

/// The list of a deployment's files.
async fn list(env: &Env, app: &AppId, id: &str) -> Result<Rc<Preview>, Failure> {
    let key = manifest_key(app, id);
    let held = KNOWN.with_borrow(|known| {
        let mut held = known.iter().filter(|(at, _)| *at == key);
        held.next().map(|(_, preview)| preview.clone())
    });
    if let Some(held) = held {
        return Ok(held);
    }
    let manifest = Bucket { env }.get(&key).await.map_err(fault)?;
    let Some(manifest) = manifest else {
        return Err(Failure::Fault(format!("deployment {id} has lost its list")));
    };
    let preview: Rc<Preview> = Rc::new(serde_json::from_slice(&manifest)?);
    KNOWN.with_borrow_mut(|known| {
        known.truncate(LISTS - 1);
        known.push_front((key, preview.clone()));
    });
    Ok(preview)
}

/// A file whose address names its content, of what the tier served before: a page that is still open may want it.
async fn of_before(
    env: &Env,
    app: &AppId,
    before: &[String],
    path: &str,
) -> Result<Option<ContentHash>, Failure> {
    for id in before {
        if let Found::File(file) = list(env, app, id).await?.find(path, false)
            && file.immutable
        {
            return Ok(Some(file.hash));
        }
    }
    Ok(None)
}
