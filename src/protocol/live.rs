//! Keeping open previews up to date: where a page stands, what it missed, how an app's updates went.

use crate::{Envelope, EnvelopeKind, Timings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in an app's log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Which life of the log `seq` counts in.
    pub epoch: String,
    /// The version that was built.
    pub seq: u64,
}

/// `GET …/sync`: what a page has missed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Missed {
    /// Where the app is.
    #[serde(flatten)]
    pub at: Position,
    /// In order: the updates after where the page is, or one `full-reload`; a `build-error` that holds is the last.
    pub envelopes: Vec<Envelope>,
}

/// How pages hear of updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relay {
    /// From the app's object, and over Action Cable when that can't be reached; the other way round, too.
    #[default]
    Auto,
    /// From the app's object.
    DurableObject,
    /// From Rails.
    ActionCable,
}

/// An app's `hmr`: whether open previews are updated in place, and over which relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Hmr {
    /// `true` is `auto`.
    Whether(bool),
    /// Over this.
    Over(Relay),
}

impl Default for Hmr {
    fn default() -> Self {
        Self::Whether(true)
    }
}

impl Hmr {
    /// Whether open previews are updated in place.
    pub fn is_on(self) -> bool {
        self != Self::Whether(false)
    }

    /// As a page is told.
    pub fn relay(self) -> &'static str {
        match self {
            Self::Whether(false) => "off",
            Self::Whether(true) | Self::Over(Relay::Auto) => "auto",
            Self::Over(Relay::DurableObject) => "durable_object",
            Self::Over(Relay::ActionCable) => "action_cable",
        }
    }
}

/// One update as it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateTimings {
    /// The version.
    pub seq: u64,
    /// What pages were told.
    pub kind: EnvelopeKind,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Where the time went.
    pub timings: Timings,
}

/// `GET …/live`: the state of live editing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiveState {
    /// Whether open previews are updated in place.
    pub hmr_enabled: bool,
    /// Over which relay.
    pub hmr: Hmr,
    /// The version of the app's files.
    pub version: u64,
    /// Where the newest update is in the log.
    #[serde(flatten)]
    pub at: Position,
    /// When pages were last updated in place, in milliseconds since 1970.
    pub last_hot_reload_at: Option<u64>,
    /// How many updates there were.
    pub updates: u64,
    /// The newest updates, the newest first.
    pub recent: Vec<UpdateTimings>,
}
