//! The dispatch Worker: events, routes, objects, adapters; no product decisions.

mod apps;
mod auth;
mod body;
mod config;
mod control;
mod files;
mod reply;
mod session;
mod store;

pub use session::AppSession;

use config::Config;
use reply::Failure;
use worker::{Context, Env, Request, Response, Result, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Every request comes in here. One structured log line each; what fails on our side is logged with its cause and told
/// with its id only.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    let started = worker::Date::now().as_millis();
    let id = auth::random_hex(8);
    let (method, path) = (request.inner().method(), request.path());
    let (outcome, fault) = match answer(request, &env).await {
        Ok(response) => (Ok(response), None),
        Err(Failure::Refused(refusal)) => (reply::problem(refusal, &id), None),
        Err(Failure::Fault(cause)) => (reply::problem(reply::unexpected(), &id), Some(cause)),
    };
    let mut response = outcome?;
    let _ = response.headers_mut().set("x-request-id", &id);
    let took = worker::Date::now().as_millis().saturating_sub(started);
    reply::time(response.headers(), took)?;
    let line = serde_json::json!({
        "requestId": id, "method": method, "path": path, "status": response.status_code(), "ms": took, "fault": fault,
    });
    worker::console_log!("{line}");
    Ok(response)
}

async fn answer(request: Request, env: &Env) -> Result<Response, Failure> {
    let config = Config::read(&request, env)?;
    control::route(request, env, &config).await
}
