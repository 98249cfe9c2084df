//! Action Cable's words, and AnyCable's extension of them: which is spoken, what clients say, what they are told.

use overskill_protocol::Envelope;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the server can speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// `actioncable-v1-json`.
    #[serde(rename = "v1")]
    Plain,
    /// `actioncable-v1-ext-json`, AnyCable's.
    #[serde(rename = "ext")]
    Extended,
}

const PLAIN: &str = "actioncable-v1-json";
const EXTENDED: &str = "actioncable-v1-ext-json";
const UNSUPPORTED: &str = "actioncable-unsupported";

/// What is spoken to a client that offers these subprotocols, and the one to name in the answer.
pub fn choose(offered: &str) -> (Protocol, Option<&'static str>) {
    let names = || offered.split(',').map(str::trim);
    let known = names().find_map(|name| match name {
        PLAIN => Some((Protocol::Plain, Some(PLAIN))),
        EXTENDED => Some((Protocol::Extended, Some(EXTENDED))),
        _ => None,
    });
    let unsupported = || names().find(|name| *name == UNSUPPORTED);
    known.unwrap_or_else(|| (Protocol::Plain, unsupported().map(|_| UNSUPPORTED)))
}

impl Protocol {
    /// Its name as a subprotocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => PLAIN,
            Self::Extended => EXTENDED,
        }
    }
}

/// What a client says.
#[derive(Debug, Deserialize)]
pub struct Said {
    /// What it wants.
    pub command: String,
    /// Which subscription it is about, as the client wrote it.
    #[serde(default)]
    pub identifier: String,
    /// For the channel: JSON in a string.
    data: Option<Value>,
    /// What it missed.
    pub(super) history: Option<History>,
}

impl Said {
    /// Reads a frame; what isn't a command is nothing.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The version that the client says to have got.
    pub(super) fn acknowledged(&self) -> Option<u64> {
        let data: Value = serde_json::from_str(self.data.as_ref()?.as_str()?).ok()?;
        (data.get("action")? == "ack")
            .then(|| data.get("seq")?.as_u64())
            .flatten()
    }
}

/// What a client of the extended protocol missed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct History {
    /// Seconds since 1970.
    since: Option<f64>,
    #[serde(default)]
    streams: BTreeMap<String, Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    epoch: String,
    offset: u64,
}

/// From where on a client wants to hear.
#[derive(Debug, PartialEq)]
pub(super) enum From<'a> {
    /// After a place in the log.
    Place(&'a str, u64),
    /// After a time, in milliseconds since 1970.
    Time(u64),
    /// What is wrong now, if anything.
    Now,
}

impl History {
    pub(super) fn from(&self, stream: &str) -> From<'_> {
        match (self.streams.get(stream), self.since) {
            (Some(place), _) => From::Place(&place.epoch, place.offset),
            (None, Some(since)) => From::Time((since.max(0.0) * 1000.0) as u64),
            (None, None) => From::Now,
        }
    }
}

/// What an identifier says.
#[derive(Debug, Deserialize)]
pub struct Identifier {
    channel: String,
    /// The app's slug.
    pub app_id: String,
    /// What opens it, where it is private.
    pub token: Option<String>,
    epoch: Option<String>,
    since: Option<u64>,
}

impl Identifier {
    /// Reads one; `None` for one of another channel, or that says no app.
    pub fn read(text: &str) -> Option<Self> {
        let read: Self = serde_json::from_str(text).ok()?;
        (read.channel == "AppPreviewChannel").then_some(read)
    }

    pub(super) fn from(&self) -> From<'_> {
        match (&self.epoch, self.since) {
            (Some(epoch), Some(since)) => From::Place(epoch, since),
            _ => From::Now,
        }
    }
}

/// Why a server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It may not look, or no longer.
    Unauthorized,
    /// It does not keep to the bounds.
    InvalidRequest,
    /// It is to come back.
    ServerRestart,
    /// Somebody wants it so.
    Remote,
}

/// `welcome`; `restored` are the subscriptions that hold again.
pub fn welcome(sid: Option<&str>, restored: Option<&[String]>) -> String {
    let mut frame = json!({"type": "welcome"});
    if let Some(sid) = sid {
        frame["sid"] = sid.into();
    }
    if let Some(restored) = restored {
        frame["restored"] = true.into();
        frame["restored_ids"] = restored.into();
    }
    frame.to_string()
}

/// `ping`, at a time in seconds.
pub fn ping(seconds: u64) -> String {
    json!({"type": "ping", "message": seconds}).to_string()
}

/// `disconnect`.
pub fn disconnect(reason: Reason, reconnect: bool) -> String {
    json!({"type": "disconnect", "reason": reason, "reconnect": reconnect}).to_string()
}

/// `reject_subscription`.
pub fn reject(identifier: &str) -> String {
    about("reject_subscription", identifier)
}

pub(super) fn about(kind: &str, identifier: &str) -> String {
    json!({"type": kind, "identifier": identifier}).to_string()
}

/// A message of an envelope that is written already.
pub(super) fn data(
    identifier: &str,
    message: &str,
    protocol: Protocol,
    stream: &str,
    envelope: &Envelope,
) -> String {
    let mut frame = format!(
        r#"{{"identifier":{},"message":{message}"#,
        quoted(identifier)
    );
    // What is in no log can't be asked for again.
    let logged = envelope.kind != overskill_protocol::EnvelopeKind::Custom;
    if protocol == Protocol::Extended && logged {
        let (stream, epoch) = (quoted(stream), quoted(&envelope.epoch));
        let offset = envelope.seq;
        frame += &format!(r#","stream_id":{stream},"epoch":{epoch},"offset":{offset}"#);
    }
    frame.push('}');
    frame
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
