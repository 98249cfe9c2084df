//! Asking an app's object.

use crate::reply::Failure;
use overskill_flows::usage::Meter;
use overskill_model::AppId;
use overskill_platform::tally;
use overskill_protocol::{Command, Frames, Outcome, decode, encode};
use worker::{ByteStream, Env, Method, Request, RequestInit, Response, js_sys::Uint8Array};

/// Where the object says in its answer what it used for it.
pub(super) const USED: &str = "x-overskill-used";

/// What the object is sent, ahead of the contents: which app it is, what it is to do, and whether the answer is to come
/// as a stream of outcomes, progress first.
pub(super) type Asked = (AppId, Command, bool);

/// Sends `command` to the app's object. Refusals come back as such.
pub(crate) async fn ask(
    env: &Env,
    app: &AppId,
    command: &Command,
    contents: &[Vec<u8>],
) -> Result<(Outcome, Vec<Vec<u8>>), Failure> {
    let mut response = send(env, app, command, contents, false).await?;
    understood(&response.bytes().await?)
}

/// Sends `command` to the app's object and listens to what it tells. The work goes on when nobody listens any more.
pub(crate) async fn listen(
    env: &Env,
    app: &AppId,
    command: &Command,
    contents: &[Vec<u8>],
) -> Result<Answers, Failure> {
    let mut response = send(env, app, command, contents, true).await?;
    Ok(Answers {
        stream: response.stream()?,
        frames: Frames::default(),
    })
}

/// What an object tells, one outcome after the other.
pub(crate) struct Answers {
    stream: ByteStream,
    frames: Frames,
}

impl Answers {
    /// The next outcome.
    pub async fn next(&mut self) -> Result<Outcome, Failure> {
        loop {
            if let Some(message) = self.frames.next_message() {
                return understood(&message).map(|(outcome, _)| outcome);
            }
            match futures_util::StreamExt::next(&mut self.stream).await {
                Some(bytes) => self.frames.push(&bytes?),
                None => return Err(Failure::Fault("the object's answer broke off".to_owned())),
            }
        }
    }
}

async fn send(
    env: &Env,
    app: &AppId,
    command: &Command,
    contents: &[Vec<u8>],
    listens: bool,
) -> Result<Response, Failure> {
    let stub = env.durable_object("APPS")?.get_by_name(app.as_str())?;
    let mut init = RequestInit::new();
    let message = encode(&(app, command, listens), contents);
    init.with_method(Method::Post)
        .with_body(Some(Uint8Array::from(&message[..]).into()));
    let request = Request::new_with_init("https://object/", &init)?;
    tally::count(Meter::ObjectRequests, 1.0);
    let response = stub.fetch_with_request(request).await?;
    if let Some(used) = response.headers().get(USED)? {
        tally::take_in(&serde_json::from_str(&used)?);
    }
    Ok(response)
}

fn understood(answer: &[u8]) -> Result<(Outcome, Vec<Vec<u8>>), Failure> {
    match decode::<Outcome>(answer) {
        Ok((Outcome::Refused(refusal), _)) => Err(Failure::Refused(refusal)),
        Ok((Outcome::Fault { cause }, _)) => Err(Failure::Fault(cause)),
        Ok(answer) => Ok(answer),
        Err(_) => Err(Failure::Fault(
            "the object's answer cannot be read".to_owned(),
        )),
    }
}
