//! An app's server code, run: by the Worker Loader, or from a dispatch namespace. The request goes to it without what
//! is ours, its answer comes back without what would reach beyond its host.

pub(crate) mod assets;
mod backend;
mod clean;

use crate::{
    config::{Config, sealer},
    quotas,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use backend::{Backend, Dispatch, Loader};
use futures_util::future::{Either, select};
use overskill_flows::{
    build::Preview, deploy::manifest_key, sealing::opened_variables, usage::Meter,
};
use overskill_model::AppId;
use overskill_platform::{Bucket, tally};
use overskill_ports::Blobs;
use overskill_protocol::{
    Command, Outbound, Refusal, Routed, Server, ServerEvent, ServerLog, ServerThrown,
};
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use worker::{
    Delay, Env, Request, Response,
    js_sys::{Error as JsError, Reflect},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

/// How long an upload may take whose size nobody knows, in milliseconds; and how many bytes come in one, at least.
const UPLOAD: u64 = 600_000;
const SLOWEST: u64 = 64;

/// Where server code runs.
#[derive(Clone)]
pub(crate) enum Place {
    /// For the live preview.
    Live,
    /// For a deployment.
    Deployment(String),
}

/// Server code as it is asked for.
#[derive(Clone)]
struct Program {
    app: AppId,
    place: Place,
    routed: Routed,
    /// What it may reach, as `Outbound` and `ServerLog` take it.
    policy: String,
    /// Which of several sets of the app's secrets it gets.
    secrets: u64,
}

impl Program {
    fn of(env: &Env, config: &Config, app: &AppRow, place: Place, routed: Routed) -> Self {
        Self {
            policy: policy(env, config, &app.id, &place, &routed.server),
            app: app.id.clone(),
            place,
            routed,
            secrets: app.secrets_revision,
        }
    }
}

/// Has the live preview's new server code loaded before anybody asks it something.
pub(crate) fn warm(
    env: &Env,
    config: &Config,
    app: &AppRow,
    routed: Routed,
) -> Result<(), Failure> {
    Loader { env }.warm(&Program::of(env, config, app, Place::Live, routed))
}

/// Answers a request with the app's server code.
pub(crate) async fn call(
    request: &Request,
    env: &Env,
    config: &Config,
    app: &AppRow,
    place: Place,
    routed: Routed,
) -> Result<Response, Failure> {
    quotas::server_day(app, env, config)?;
    tally::count(Meter::ServerRequests, 1.0);
    let program = Program::of(env, config, app, place, routed);
    let deployed = matches!(program.place, Place::Deployment(_));
    let dispatch = env
        .var("SERVERS")
        .is_ok_and(|it| it.to_string() == "dispatch");
    let fetcher = match deployed && dispatch {
        true => Dispatch { env }.fetcher(&program),
        false => Loader { env }.fetcher(&program),
    }?;
    let headers = clean::request_headers(request, config)?;
    let url = clean::address(&request.url()?);
    let answer = backend::forward(&fetcher, request.inner(), &url, headers.0.as_ref());
    let limit = u64::from(program.routed.server.limits.answer_ms) + sending(request)?;
    let late = Delay::from(Duration::from_millis(limit));
    let answer = match select(pin!(JsFuture::from(answer)), pin!(late)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            let detail = format!("The app's server code gave no answer within {limit} ms.");
            return Err(Refusal::new(504, "server-timeout", detail).into());
        }
    };
    match answer {
        Ok(response) => {
            let response = Response::from(response.unchecked_into::<web_sys::Response>());
            clean::answer(response)
        }
        Err(thrown) => failed(&thrown, &program, env).await,
    }
}

/// How long a client may take to send its body, in milliseconds.
fn sending(request: &Request) -> Result<u64, Failure> {
    if request.inner().body().is_none() {
        return Ok(0);
    }
    let length = request.headers().get("content-length")?;
    let length = length.and_then(|length| length.parse::<u64>().ok());
    Ok(length.map_or(UPLOAD, |length| (length / SLOWEST).min(UPLOAD)))
}

/// What is answered when the code throws, or doesn't start.
async fn failed(thrown: &JsValue, program: &Program, env: &Env) -> Result<Response, Failure> {
    let text = |name: &str| {
        let value = Reflect::get(thrown, &name.into()).ok();
        value
            .and_then(|value| value.as_string())
            .unwrap_or_default()
    };
    let (name, message) = match thrown.dyn_ref::<JsError>() {
        Some(_) => (text("name"), text("message")),
        None => ("Error".to_owned(), format!("{thrown:?}")),
    };
    if message.starts_with("Worker not found") {
        let detail = "This deployment's server code is not published yet.";
        return Err(Refusal::new(503, "server-not-published", detail).into());
    }
    if message.contains("server-changed") {
        let detail = "The app's server code has just changed; ask again.";
        return Err(Refusal::new(503, "server-changed", detail).into());
    }
    // Code that doesn't start has nobody who listens to it.
    if let Some(started) = message.strip_prefix("Failed to start Worker:") {
        let thrown = ServerThrown {
            name: "Error".to_owned(),
            message: started.trim().to_owned(),
            stack: None,
        };
        let log = ServerLog {
            hash: program.routed.server.hash,
            deployment: match &program.place {
                Place::Live => None,
                Place::Deployment(id) => Some(id.clone()),
            },
            events: vec![ServerEvent {
                thrown: vec![thrown],
                ..ServerEvent::default()
            }],
        };
        ask(env, &program.app, &Command::ServerLog { log }, &[]).await?;
    }
    // Who looks at a preview writes the app; who looks at a deployment need not.
    let detail = match &program.place {
        Place::Live => format!("The app's server code failed: {name}: {message}"),
        Place::Deployment(_) => "The app's server code failed.".to_owned(),
    };
    Err(Refusal::new(500, "server-error", detail).into())
}

/// The properties of what stands between server code and the world.
fn policy(env: &Env, config: &Config, app: &AppId, place: &Place, server: &Server) -> String {
    let hosts = env.var("CONTROL_HOSTS").map(|it| it.to_string());
    let hosts = hosts.unwrap_or_default().to_ascii_lowercase();
    let own = json!({
        "domain": config.preview_domain.to_ascii_lowercase(),
        "hosts": hosts.split(',').map(str::trim).filter(|it| !it.is_empty()).collect::<Vec<_>>(),
        "port": config.port.strip_prefix(':'),
    });
    let outbound = match &server.outbound {
        Outbound::Off => Value::Null,
        Outbound::Open => json!({"own": own}),
        Outbound::Hosts(hosts) => json!({"own": own, "hosts": hosts}),
    };
    let deployment = match place {
        Place::Live => None,
        Place::Deployment(id) => Some(id),
    };
    let log = json!({"app": app, "hash": server.hash, "deployment": deployment});
    let files = assets::Files {
        app: app.clone(),
        deployment: deployment.cloned(),
    };
    let files = serde_json::to_string(&files).expect("texts always serialise");
    let assets = json!({"as": server.assets, "props": {(assets::PROPERTY): files}});
    json!({"outbound": outbound, "log": log, "assets": assets}).to_string()
}

/// The list of a deployment, where it has one.
pub(crate) async fn deployed_server(
    env: &Env,
    app: &AppId,
    id: &str,
) -> Result<Option<Server>, Failure> {
    let bucket = Bucket { env };
    let manifest = bucket.get(&manifest_key(app, id)).await;
    let Some(manifest) = manifest.map_err(|fault| Failure::Fault(fault.0))? else {
        return Ok(None);
    };
    let preview: Preview = serde_json::from_slice(&manifest)?;
    Ok(preview.server)
}

/// What a deployment's server code is asked for as.
pub(crate) fn of_deployment(env: &Env, app: &AppId, id: &str, server: &Server) -> Option<Routed> {
    let text = server.variables.as_deref().unwrap_or("{}");
    let variables = opened_variables(sealer(env).as_ref(), app, id, text)?;
    Some(Routed {
        server: server.outline(),
        variables: overskill_protocol::variables_hash(&variables),
    })
}

/// A request that server code doesn't take and files can't.
pub(crate) fn only_reads() -> Result<Response, Failure> {
    let kind = "text/plain; charset=utf-8";
    let mut response = reply::text(405, kind, "A preview takes GET and HEAD.\n".to_owned())?;
    response.headers_mut().set("allow", "GET, HEAD")?;
    Ok(response)
}
