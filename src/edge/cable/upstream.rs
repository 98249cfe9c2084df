//! The socket to an app's object that stands for a client's.

use super::{
    Entrance,
    inbox::{Ear, Inbox},
};
use crate::reply::Failure;
use overskill_hmr::room::Limits;
use overskill_model::Slug;
use serde_json::{Value, json};
use std::cell::Cell;
use worker::{Response, WebSocket};

/// How many of the object's messages may wait to be passed on.
const WAITING: usize = 1_024;
/// After how many messages, at most, the object is told that they were passed on.
const ACKNOWLEDGE: usize = 16;
/// What the platform answers in the object's place.
const PING: &str = r#"{"command":"ping"}"#;
/// How many pings may stay without any message.
const MISSED: u32 = 4;

/// One of them. Those of an app differ in what was shown for them.
pub(super) struct Upstream {
    pub slug: Slug,
    /// Whether the client was shown to be let in, whatever its identifiers show.
    pub shown: bool,
    socket: WebSocket,
    _ear: Ear,
    /// After how many messages that is.
    often: usize,
    /// Messages since the last acknowledgement.
    passed: Cell<usize>,
    /// Pings since the last message.
    pings: Cell<u32>,
}

/// What a message of the object is to the client.
pub(super) enum Passed {
    /// It is for the client as it is.
    On,
    /// It is between us and the object.
    Kept,
    /// A greeting.
    Welcome,
    /// The subscription is not to be.
    Rejected(String),
    /// The object ends the connection.
    Disconnect {
        /// Whether that is about this app alone.
        of_app: bool,
    },
}

impl Upstream {
    /// Over what the object answered.
    pub fn over(
        entrance: &Entrance,
        response: Response,
        limits: &Limits,
        inbox: &Inbox<Option<u32>>,
        name: u32,
    ) -> Result<Self, Failure> {
        let none = || Failure::Fault("the object sent no socket".to_owned());
        let socket = response.websocket().ok_or_else(none)?;
        let ear = inbox.listen(&socket, Some(name), WAITING);
        socket.accept()?;
        let slug = Slug::parse(&entrance.door.slug);
        Ok(Self {
            slug: slug.map_err(|_| Failure::Fault("an app has a slug".to_owned()))?,
            shown: entrance.until.is_some(),
            socket,
            _ear: ear,
            often: (limits.unacknowledged / 2).clamp(1, ACKNOWLEDGE),
            passed: Cell::new(0),
            pings: Cell::new(0),
        })
    }

    /// Says something to the object; false where it is gone.
    pub fn say(&self, text: &str) -> bool {
        self.socket.send_with_str(text).is_ok()
    }

    /// Asks whether the object's socket is there; false where it was silent for too long.
    pub fn probe(&self) -> bool {
        self.pings.set(self.pings.get() + 1);
        self.pings.get() <= MISSED && self.say(PING)
    }

    /// Reads a message of the object.
    pub fn read(&self, text: &str) -> Passed {
        self.pings.set(0);
        if text.starts_with(r#"{"identifier":"#) {
            if text.ends_with(r#""type":"reject_subscription"}"#) {
                let frame: Value = serde_json::from_str(text).unwrap_or_default();
                let identifier = frame["identifier"].as_str().unwrap_or_default();
                return Passed::Rejected(identifier.to_owned());
            }
            self.acknowledge(text);
            return Passed::On;
        }
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        match frame["type"].as_str() {
            Some("ping") => Passed::Kept,
            Some("welcome") => Passed::Welcome,
            Some("disconnect") => Passed::Disconnect {
                of_app: matches!(frame["reason"].as_str(), Some("unauthorized" | "remote")),
            },
            _ => Passed::On,
        }
    }

    fn acknowledge(&self, text: &str) {
        let passed = self.passed.get() + 1;
        self.passed.set(passed % self.often);
        if passed < self.often {
            return;
        }
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        match frame["message"]["seq"].as_u64() {
            Some(seq) => {
                let data = json!({"action": "ack", "seq": seq}).to_string();
                let said =
                    json!({"command": "message", "identifier": frame["identifier"], "data": data});
                self.say(&said.to_string());
            }
            // No update: the next one will do.
            None => self.passed.set(self.often - 1),
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.socket.close(Some(1000), Some("the client is gone"));
    }
}
