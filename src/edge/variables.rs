//! `/v1/apps/{slug}/variables`: what builds of the app see.

use crate::{
    body,
    config::Config,
    files::unexpected,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
    write::make,
};
use overskill_flows::variables::from_body;
use overskill_protocol::{Command, Outcome};
use worker::{Env, Request, Response};

pub(crate) async fn read(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    match ask(env, &app.id, &Command::ReadVariables, &[]).await? {
        (Outcome::Variables(variables), _) => reply::json(200, &variables),
        (other, _) => Err(unexpected(&other)),
    }
}

pub(crate) async fn set(
    app: &AppRow,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let variables = from_body(&body::read(&mut request, body::VARIABLES).await?)?;
    let command = Command::SetVariables { variables };
    make(app, &command, &[], env, config).await
}
