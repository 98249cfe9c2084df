//! The publishers of the background Worker: they are told of versions and of wishes, and answer how it goes.

use crate::reply::Failure;
use overskill_model::AppId;
use overskill_protocol::{ActionsBuild, GithubStatus, PublisherCommand};
use serde::de::DeserializeOwned;
use worker::{Env, Method, Request, RequestInit};

/// Tells the publisher of an app.
pub(crate) async fn tell(
    env: &Env,
    app: &AppId,
    command: &PublisherCommand,
) -> Result<GithubStatus, Failure> {
    ask(env, app, command).await
}

/// Tells it of a build by GitHub's Actions, and hears how far that is.
pub(crate) async fn build(
    env: &Env,
    app: &AppId,
    command: &PublisherCommand,
) -> Result<ActionsBuild, Failure> {
    ask(env, app, command).await
}

async fn ask<A: DeserializeOwned>(
    env: &Env,
    app: &AppId,
    command: &PublisherCommand,
) -> Result<A, Failure> {
    let stub = env.durable_object("PUBLISHER")?.get_by_name(app.as_str())?;
    let mut init = RequestInit::new();
    let body = serde_json::to_string(&(app, command))?;
    init.with_method(Method::Post).with_body(Some(body.into()));
    let request = Request::new_with_init("https://object/", &init)?;
    let mut response = stub.fetch_with_request(request).await?;
    match response.status_code() {
        200 => Ok(response.json().await?),
        status => Err(Failure::Fault(format!("the publisher answered {status}"))),
    }
}
