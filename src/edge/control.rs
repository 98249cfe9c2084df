//! The control plane's routes.

use crate::{
    apps,
    auth::Caller,
    config::Config,
    files,
    reply::{self, Failure},
};
use overskill_protocol::Refusal;
use serde_json::json;
use worker::{Env, Method, Request, Response};

/// Answers a request to the control plane.
pub(crate) async fn route(
    request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let path = request.path();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if let ["healthz"] = segments[..] {
        return match request.method() {
            Method::Get | Method::Head => reply::json(200, &json!({"status": "ok"})),
            _ => Err(not_allowed("GET")),
        };
    }
    let ["v1", "apps", rest @ ..] = &segments[..] else {
        return Err(Refusal::new(404, "route-not-found", "There is no such address.").into());
    };
    let caller = Caller::of(&request, env, config).await?;
    match (rest, request.method()) {
        ([], Method::Post) => {
            caller.admin()?;
            apps::create(request, env, config).await
        }
        ([], Method::Get) => {
            caller.admin()?;
            apps::list(&request, env, config).await
        }
        ([], _) => Err(not_allowed("GET, POST")),
        ([slug], method) => {
            let app = apps::find(slug, &caller, env).await?;
            match method {
                Method::Get => apps::read(app, config),
                Method::Patch => apps::change(app, request, env, config).await,
                Method::Delete => apps::delete(app, env).await,
                _ => Err(not_allowed("GET, PATCH, DELETE")),
            }
        }
        ([slug, "diagnostics"], Method::Get) => {
            let app = apps::find(slug, &caller, env).await?;
            files::diagnostics(&app, &request, env).await
        }
        ([_, "diagnostics"], _) => Err(not_allowed("GET")),
        ([slug, "files"], method) => {
            let app = apps::find(slug, &caller, env).await?;
            match method {
                Method::Get => files::list(&app, env).await,
                Method::Put => files::replace(&app, request, env, config).await,
                Method::Patch => files::patch(&app, request, env, config).await,
                _ => Err(not_allowed("GET, PUT, PATCH")),
            }
        }
        ([slug, "files", file @ ..], method) => {
            let app = apps::find(slug, &caller, env).await?;
            let file = file.join("/");
            match method {
                Method::Get => files::get(&app, &file, env, config).await,
                Method::Put => files::put(&app, &file, request, env, config).await,
                Method::Delete => files::delete(&app, &file, env, config).await,
                _ => Err(not_allowed("GET, PUT, DELETE")),
            }
        }
        _ => Err(Refusal::new(404, "route-not-found", "There is no such address.").into()),
    }
}

fn not_allowed(allowed: &str) -> Failure {
    let detail = format!("This address takes {allowed}.");
    Refusal::new(405, "method-not-allowed", detail)
        .fact("allowed", allowed)
        .into()
}
