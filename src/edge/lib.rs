//! The dispatch Worker: events, routes, objects, adapters; no product decisions.

mod apps;
mod audit;
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
mod paging;
mod preview;
mod published;
mod publisher;
mod quotas;
mod reply;
mod runtime;
mod secrets;
mod seen;
mod servers;
mod session;
mod shield;
mod store;
mod usage;
mod variables;
mod versions;
mod write;

pub use session::AppSession;

use config::Config;
use overskill_flows::usage::Meter;
use overskill_platform::tally;
use overskill_protocol::rate_limit_fields;
use preview::Plane;
use reply::Failure;
use seen::SharedSeen;
use servers::assets::Files;
use worker::{Context, Env, Request, Response, Result, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Every request comes in here. One structured log line each; what fails on our side is logged with its cause and told
/// with its id only.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let seen = SharedSeen::default();
    let used = tally::Shared::default();
    let response = match Files::asked(&context) {
        // A part of the request that its server code answers.
        Some(files) => {
            let answer = files.answer(&request, &env, &seen);
            told(tally::metered(used.clone(), answer).await)?
        }
        None => {
            used.borrow_mut().add(Meter::Requests, 1.0);
            let answer = answer(request, &env, &context, &seen);
            tally::metered(used.clone(), answer).await?
        }
    };
    if let Some(app) = seen.known().app
        && let Err(Failure::Fault(cause)) = usage::note(&app, &used.borrow(), &env, &context)
    {
        worker::console_error!("{}", serde_json::json!({"event": "usage", "fault": cause}));
    }
    Ok(response)
}

/// An answer to an app's server code.
fn told(answer: std::result::Result<Response, Failure>) -> Result<Response> {
    let id = auth::random_hex(8);
    match answer {
        Ok(response) => Ok(response),
        Err(Failure::Refused(refusal)) => reply::problem(refusal, &id),
        Err(Failure::Fault(cause)) => {
            let line = serde_json::json!({"requestId": id, "event": "files", "fault": cause});
            worker::console_error!("{line}");
            reply::problem(reply::unexpected(), &id)
        }
    }
}

async fn answer(
    mut request: Request,
    env: &Env,
    context: &Context,
    seen: &SharedSeen,
) -> Result<Response> {
    let started = worker::Date::now().as_millis();
    let id = auth::random_hex(8);
    let (method, path) = (request.inner().method(), request.path());
    let host = request.headers().get("host")?.unwrap_or_default();
    let from = audit::From::of(&request)?;
    let read = Config::read(&request, env, &id, seen);
    let shielded = read.as_ref().ok().cloned();
    let (outcome, preview) = match read {
        Ok(config) => match preview::plane(
            &config.host,
            &config.preview_domain,
            config.production_domain.as_deref(),
        ) {
            Plane::Control => (control::route(request, env, &config).await, false),
            Plane::Preview(slug) => {
                let answer = preview::serve(&mut request, env, &config, &slug, None).await;
                (answer, true)
            }
            Plane::Deployment(slug, id) => {
                let answer = preview::serve(&mut request, env, &config, &slug, Some(&id)).await;
                (answer, true)
            }
            Plane::Nobody(label) => (preview::nobody(&label), true),
        },
        Err(failure) => (Err(failure), false),
    };
    let (outcome, fault) = match outcome {
        Ok(response) => (Ok(response), None),
        Err(Failure::Refused(refusal)) => {
            seen.note(|known| known.code = Some(refusal.code.clone()));
            let left = refusal.facts.get("left").cloned();
            let left = left.and_then(|left| serde_json::from_value(left).ok());
            seen.left(left.unwrap_or_else(Vec::new));
            (reply::problem(refusal, &id), None)
        }
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
    match (&shielded, preview) {
        (Some(config), true) => shield::on_preview(&headers, config)?,
        _ => shield::on_control(&headers)?,
    }
    let left = seen.known().left;
    if !left.is_empty() && (!preview || response.status_code() == 429) {
        let (policies, left) = rate_limit_fields(&left);
        headers.set("ratelimit-policy", &policies)?;
        headers.set("ratelimit", &left)?;
    }
    let response = response.with_headers(headers);
    let took = worker::Date::now().as_millis().saturating_sub(started);
    reply::time(response.headers(), took)?;
    let line = serde_json::json!({
        "requestId": id, "method": method, "host": host, "path": path, "status": response.status_code(), "ms": took,
        "fault": fault,
    });
    worker::console_log!("{line}");
    audit::keep(seen, from, &id, response.status_code(), env, context).await;
    Ok(response)
}
