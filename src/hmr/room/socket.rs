//! One client of a room: what is known of it, and what of that outlives the object's memory.

use super::{
    Limits,
    limits::Bucket,
    protocol::{Protocol, Reason},
};
use overskill_protocol::{Envelope, EnvelopeKind};
use serde::{Deserialize, Serialize};

/// Who comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is spoken.
    pub protocol: Protocol,
    /// Whether it is our own client, which pings by itself and takes code.
    pub own: bool,
    /// Until when it was shown to be let in, in milliseconds since 1970, whatever its subscriptions show.
    pub until: Option<u64>,
    /// The name of its session, where the protocol has them.
    pub sid: Option<String>,
}

/// What is kept with a socket while nothing else is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(rename = "p")]
    pub protocol: Protocol,
    #[serde(rename = "o", default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// When it came.
    #[serde(rename = "t")]
    pub since: u64,
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
}

/// A subscription, and until when what it showed holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Subscription(pub String, pub Option<u64>);

/// A socket.
#[derive(Debug)]
pub(super) struct Socket {
    pub kept: Kept,
    pub bucket: Bucket,
    /// The versions of updates that it was sent and has not acknowledged.
    pub sent: Vec<u64>,
    /// How many broadcasts it was sent since it acknowledged anything.
    pub customs: usize,
}

impl Socket {
    pub fn new(kept: Kept, limits: &Limits, now: u64) -> Self {
        Self {
            kept,
            bucket: Bucket::full(limits, now),
            sent: Vec::new(),
            customs: 0,
        }
    }

    pub fn place(&self, identifier: &str) -> Option<usize> {
        let mut all = self.kept.subscriptions.iter();
        all.position(|subscription| subscription.0 == identifier)
    }

    /// Why it has to go before it is sent anything more, if it has.
    pub fn overdue(&self, private: bool, limits: &Limits, now: u64) -> Option<Reason> {
        let shown = |until: Option<u64>| until.is_some_and(|until| now < until);
        let mut subscriptions = self.kept.subscriptions.iter();
        let locked = private
            && !shown(self.kept.until)
            && subscriptions.any(|subscription| !shown(subscription.1));
        let behind = self.sent.len() >= limits.unacknowledged
            || self.customs >= limits.unacknowledged * Limits::CUSTOM;
        match (locked, behind) {
            (true, _) => Some(Reason::Unauthorized),
            (false, true) => Some(Reason::ServerRestart),
            (false, false) => None,
        }
    }

    pub fn sends(&mut self, envelope: &Envelope) {
        match envelope.kind {
            EnvelopeKind::Custom => self.customs += 1,
            _ => self.sent.push(envelope.seq),
        }
    }

    pub fn acknowledges(&mut self, seq: u64) {
        self.sent.retain(|sent| *sent > seq);
        self.customs = 0;
    }
}
