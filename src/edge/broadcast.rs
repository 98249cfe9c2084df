//! `/v1/apps/{slug}/broadcast`: something of the caller's own to the app's open previews.

use crate::{
    body,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_flows::intake::from_json;
use overskill_protocol::{Broadcast, Broadcasted, Command, EVENT_CHARACTERS, Outcome, Refusal};
use worker::{Env, Request, Response};

pub(crate) async fn send(
    app: &AppRow,
    mut request: Request,
    env: &Env,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let Broadcast { event, data } = from_json(&body::read(&mut request, body::SMALL).await?)?;
    if event.is_empty() || event.chars().count() > EVENT_CHARACTERS {
        let detail = format!("An event's name has 1 to {EVENT_CHARACTERS} characters.");
        return Err(Refusal::new(422, "invalid-event", detail).into());
    }
    let data = data.to_string();
    match ask(env, &app.id, &Command::Broadcast { event, data }, &[]).await? {
        (Outcome::Broadcasted { delivered, update }, _) => {
            reply::json(200, &Broadcasted { delivered, update })
        }
        (other, _) => Err(Failure::Fault(format!(
            "the object answered something else: {other:?}"
        ))),
    }
}
