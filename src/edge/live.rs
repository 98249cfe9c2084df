//! Keeping open previews up to date, by HTTP: what a page has missed, what broke in it, and how live editing goes.

use crate::{
    body,
    files::unexpected,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_flows::{accept::prefers_markdown, intake::from_json};
use overskill_hmr::errors_markdown;
use overskill_protocol::{Command, Outcome, Position, Refusal, ReportErrors};
use worker::{Env, Request, Response};

/// Longest `epoch` that is looked at.
const EPOCH: usize = 64;

/// `GET …/sync?epoch=&since=`.
pub(crate) async fn sync(request: &Request, app: &AppRow, env: &Env) -> Result<Response, Failure> {
    let url = request.url()?;
    let parameter = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    let epoch = parameter("epoch").filter(|epoch| !epoch.is_empty() && epoch.len() <= EPOCH);
    let since = parameter("since").and_then(|since| since.parse().ok());
    let (Some(epoch), Some(seq)) = (epoch, since) else {
        let detail = "`epoch` and `since`, a whole number, are needed: what the page's bundle was stamped with.";
        return Err(Refusal::new(400, "invalid-position", detail).into());
    };
    let command = Command::Sync {
        at: Position { epoch, seq },
    };
    match ask(env, &app.id, &command, &[]).await? {
        (Outcome::Missed(missed), _) => reply::json(200, &missed),
        (other, _) => Err(unexpected(&other)),
    }
}

/// `GET …/live`.
pub(crate) async fn state(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    match ask(env, &app.id, &Command::ReadLive, &[]).await? {
        (Outcome::Live(mut state), _) => {
            state.hmr = app.hmr();
            state.hmr_enabled = app.hmr().is_on();
            reply::json(200, &state)
        }
        (other, _) => Err(unexpected(&other)),
    }
}

/// `GET …/errors`: JSON, or markdown where that is asked for.
pub(crate) async fn errors(
    request: &Request,
    app: &AppRow,
    env: &Env,
) -> Result<Response, Failure> {
    let (outcome, _) = ask(env, &app.id, &Command::ReadErrors, &[]).await?;
    let Outcome::Errors(errors) = outcome else {
        return Err(unexpected(&outcome));
    };
    let accept = request.headers().get("accept")?.unwrap_or_default();
    match prefers_markdown(&accept) {
        true => {
            let text = errors_markdown(&errors);
            reply::text(200, "text/markdown; charset=utf-8", text)
        }
        false => reply::json(200, &errors),
    }
}

/// `POST /__overskill/errors`, on a preview's host: what broke in a page, answered with what that is in the app's files.
pub(crate) async fn report(
    request: &mut Request,
    app: &AppRow,
    env: &Env,
) -> Result<Response, Failure> {
    let own = request.url()?.origin().ascii_serialization();
    let origin = request.headers().get("origin")?;
    if origin.is_some_and(|origin| origin != own) {
        let detail = "Only the preview's own pages report what broke in them.";
        return Err(Refusal::new(403, "foreign-origin", detail).into());
    }
    body::expect_json(request)?;
    let report: ReportErrors = from_json(&body::read(request, body::SMALL).await?)?;
    match ask(env, &app.id, &Command::ReportErrors { report }, &[]).await? {
        (Outcome::Errors(errors), _) => reply::json(200, &errors),
        (other, _) => Err(unexpected(&other)),
    }
}
