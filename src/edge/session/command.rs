//! Asking an app's object.

use crate::reply::Failure;
use overskill_model::AppId;
use overskill_protocol::{Command, Outcome, decode, encode};
use worker::{Env, Method, Request, RequestInit, js_sys::Uint8Array};

/// Sends `command` to the app's object. Refusals come back as such.
pub(crate) async fn ask(
    env: &Env,
    app: &AppId,
    command: &Command,
    contents: &[Vec<u8>],
) -> Result<(Outcome, Vec<Vec<u8>>), Failure> {
    let stub = env.durable_object("APPS")?.get_by_name(app.as_str())?;
    let mut init = RequestInit::new();
    let message = encode(&(app, command), contents);
    init.with_method(Method::Post)
        .with_body(Some(Uint8Array::from(&message[..]).into()));
    let request = Request::new_with_init("https://object/", &init)?;
    let answer = stub.fetch_with_request(request).await?.bytes().await?;
    match decode::<Outcome>(&answer) {
        Ok((Outcome::Refused(refusal), _)) => Err(Failure::Refused(refusal)),
        Ok((Outcome::Fault { cause }, _)) => Err(Failure::Fault(cause)),
        Ok(answer) => Ok(answer),
        Err(_) => Err(Failure::Fault(
            "the object's answer cannot be read".to_owned(),
        )),
    }
}
