//! The dispatch Worker: events, routes, objects, adapters; no product decisions.

mod apps;
mod auth;
mod body;
mod broadcast;
mod cable;
mod config;
mod control;
mod deployments;
mod files;
mod github;
mod live;
mod packages;
mod preview;
mod publisher;
mod reply;
mod runtime;
mod session;
mod store;
mod variables;
mod write;

pub use session::AppSession;

use config::Config;
use preview::Plane;
use reply::Failure;
use worker::{Context, Env, Request, Response, Result, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Every request comes in here. One structured log line each; what fails on our side is logged with its cause and told
/// with its id only.
#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _: Context) -> Result<Response> {
    let started = worker::Date::now().as_millis();
    let id = auth::random_hex(8);
    let (method, path) = (request.inner().method(), request.path());
    let host = request.headers().get("host")?.unwrap_or_default();
    let (outcome, preview) = match Config::read(&request, &env, &id) {
        Ok(config) => match preview::plane(
            &config.host,
            &config.preview_domain,
            config.production_domain.as_deref(),
        ) {
            Plane::Control => (control::route(request, &env, &config).await, false),
            Plane::Preview(slug) => {
                let answer = preview::serve(&mut request, &env, &config, &slug, None).await;
                (answer, true)
            }
            Plane::Deployment(slug, id) => {
                let answer = preview::serve(&mut request, &env, &config, &slug, Some(&id)).await;
                (answer, true)
            }
            Plane::Nobody(label) => (preview::nobody(&label), true),
        },
        Err(failure) => (Err(failure), false),
    };
    let (outcome, fault) = match outcome {
        Ok(response) => (Ok(response), None),
        Err(Failure::Refused(refusal)) => (reply::problem(refusal, &id), None),
        Err(Failure::Fault(cause)) => {
            let shown = match preview {
                true => preview::fault(&id).ok(),
                false => None,
            };
            let response = match shown {
                Some(page) => Ok(page),
                None => reply::problem(reply::unexpected(), &id),
            };
            (response, Some(cause))
        }
    };
    let response = outcome?;
    let headers = response.headers().clone();
    headers.set("x-request-id", &id)?;
    let response = response.with_headers(headers);
    let took = worker::Date::now().as_millis().saturating_sub(started);
    reply::time(response.headers(), took)?;
    let line = serde_json::json!({
        "requestId": id, "method": method, "host": host, "path": path, "status": response.status_code(), "ms": took,
        "fault": fault,
    });
    worker::console_log!("{line}");
    Ok(response)
}
