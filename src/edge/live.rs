//! Keeping open previews up to date, by HTTP: what a page has missed, and how live editing goes.

use crate::{
    files::unexpected,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_protocol::{Command, Outcome, Position, Refusal};
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
