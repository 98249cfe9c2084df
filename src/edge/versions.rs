//! `GET /v1/apps/{slug}/versions`: the versions that can be deployed.

use crate::{
    files::unexpected,
    paging::Query,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_protocol::{Command, Outcome};
use worker::{Env, Request, Response};

pub(crate) async fn list(app: &AppRow, request: &Request, env: &Env) -> Result<Response, Failure> {
    let query = Query::of(request)?;
    let command = Command::ReadVersions {
        before: query.cursor(|text| text.parse().ok().filter(|before| *before > 0))?,
        limit: query.limit()?,
    };
    match ask(env, &app.id, &command, &[]).await? {
        (Outcome::Versions(versions), _) => reply::json(200, &versions),
        (other, _) => Err(unexpected(&other)),
    }
}
