//! A deployment on its own host: from R2 alone, whatever the app's object does.

use super::{Content, is_navigation, known, media_type, pages, plain, send};
use crate::{
    config::Config,
    deployments::{content_key, live, manifest_key},
    reply::Failure,
    servers,
    store::AppRow,
};
use overskill_flows::build::{Found, Preview, takes};
use overskill_platform::Bucket;
use overskill_ports::{Blobs, Fault};
use worker::{Env, Headers, Request, Response};

/// Answers a request for `path` of a deployment.
pub(super) async fn serve(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
    id: &str,
    path: &str,
) -> Result<Response, Failure> {
    let fault = |fault: Fault| Failure::Fault(fault.0);
    let bucket = Bucket { env };
    if !live(env, &app.id, id).await? {
        return pages::no_such_deployment(&app.slug);
    }
    let manifest = bucket
        .get(&manifest_key(&app.id, id))
        .await
        .map_err(fault)?;
    let Some(manifest) = manifest else {
        return Err(Failure::Fault(format!("deployment {id} has lost its list")));
    };
    let preview: Preview = serde_json::from_slice(&manifest)?;
    if let Some(server) = preview.server.as_ref().filter(|it| takes(it, path)) {
        let routed = servers::of_deployment(env, &app.id, id, server);
        let routed = routed.ok_or_else(|| {
            Failure::Fault(format!("the variables of deployment {id} can't be opened"))
        })?;
        let place = servers::Place::Deployment(id.to_owned());
        if let Some(answer) = servers::call(request, env, config, app, place, routed).await? {
            return Ok(answer);
        }
    }
    if !matches!(request.inner().method().as_str(), "GET" | "HEAD") {
        return servers::only_reads();
    }
    let (hash, immutable, page) = match preview.find(path, is_navigation(request)?) {
        Found::File(file) => (file.hash, file.immutable, false),
        Found::Page => (preview.page, false, true),
        Found::Elsewhere => {
            let headers = Headers::new();
            headers.set("location", &preview.base)?;
            return Ok(Response::empty()?.with_status(302).with_headers(headers));
        }
        Found::Nothing => return plain(404, &format!("This deployment has nothing at `{path}`.")),
    };
    let bytes = match known(request)?.contains(&hash) {
        true => Vec::new(),
        false => {
            let key = content_key(&app.id, &hash.to_string());
            let content = bucket.get(&key).await.map_err(fault)?;
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
