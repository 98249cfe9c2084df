//! The envelope: what an open preview is told of a change, the same on both relays.

use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an envelope is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnvelopeKind {
    /// Scripts changed, and perhaps styles too; the patch is under `url`.
    ComponentUpdate,
    /// Nothing but styles changed; the patch is under `url`.
    CssUpdate,
    /// The page has to be loaded anew.
    FullReload,
    /// The version does not build; what runs goes on running.
    BuildError,
    /// It builds again, and its output is what runs.
    BuildOk,
    /// What a caller broadcast; it has no place in the log.
    Custom,
}

/// One message to open previews. Under 8,000 bytes without `code`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    /// The version of this format: 1.
    pub v: u8,
    /// Which life of the app's log `seq` counts in.
    pub epoch: String,
    /// The version of the app's files.
    pub seq: u64,
    /// The newest version before it that changed what runs: a page applies an update if it runs that one or a newer one.
    pub base: u64,
    /// What it is about.
    pub kind: EnvelopeKind,
    /// The files that changed.
    pub paths: Vec<ModulePath>,
    /// The patch's path on the preview host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The patch's text; on the object's own socket only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The hash in the patch's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Why the page has to be loaded anew, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the author is told, where the version does not build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Vec<Diagnostic>>,
    /// The name of what a caller broadcast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// What the caller broadcast; `null` is a value.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub data: Option<Value>,
    /// When it was made, in milliseconds since 1970.
    pub at: u64,
}

impl Envelope {
    /// The version of the format.
    pub const VERSION: u8 = 1;
    /// Most bytes of an envelope without `code`: PostgreSQL's `NOTIFY`, under Action Cable, takes less than 8,000.
    pub const BYTES: usize = 7_999;

    /// An envelope that says no more than this.
    pub fn new(kind: EnvelopeKind, epoch: String, seq: u64, base: u64, at: u64) -> Self {
        Self {
            v: Self::VERSION,
            epoch,
            seq,
            base,
            kind,
            paths: Vec::new(),
            url: None,
            code: None,
            hash: None,
            reason: None,
            diagnostics: None,
            event: None,
            data: None,
            at,
        }
    }

    /// The same within [`Envelope::BYTES`]: what is too much of its lists is left out, frames and hints first.
    pub fn bounded(mut self) -> Self {
        let fits = |envelope: &Self| {
            let text = serde_json::to_vec(envelope);
            text.is_ok_and(|text| text.len() <= Self::BYTES)
        };
        while !fits(&self) {
            let told = self.diagnostics.get_or_insert_default();
            if let Some(framed) = told.iter_mut().rev().find(|it| it.frame.is_some()) {
                framed.frame = None;
                framed.hint = None;
            } else if told.len() > 1 {
                told.truncate(told.len() / 2);
            } else if self.paths.len() > 1 {
                self.paths.truncate(self.paths.len() / 2);
            } else {
                for told in told {
                    told.message = told.message.chars().take(500).collect();
                    told.hint = None;
                }
                break;
            }
        }
        if self.diagnostics.as_ref().is_some_and(Vec::is_empty)
            && self.kind != EnvelopeKind::BuildError
        {
            self.diagnostics = None;
        }
        self
    }
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// `POST /v1/apps/{slug}/broadcast`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Broadcast {
    /// The name that listeners in the page go by.
    #[schemars(length(min = 1, max = EVENT_CHARACTERS))]
    pub event: String,
    /// Any JSON value.
    #[serde(default)]
    pub data: Value,
}

/// Longest name of an event, in characters.
pub const EVENT_CHARACTERS: usize = 200;

/// The answer to a broadcast.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Broadcasted {
    /// To how many of the app's sockets it was sent.
    pub delivered: u64,
    /// What they were sent, for Rails to broadcast.
    pub update: Box<Envelope>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_that_is_too_long_leaves_out_what_matters_least() {
        let mut envelope = Envelope::new(EnvelopeKind::BuildError, "e".to_owned(), 3, 2, 5);
        let mut told = Diagnostic::error("x", "y".repeat(60));
        told.frame = Some("z".repeat(300));
        envelope.diagnostics = Some(vec![told.clone(); 20]);
        let bounded = envelope.clone().bounded();
        assert!(serde_json::to_vec(&bounded).unwrap().len() <= Envelope::BYTES);
        let kept = bounded.diagnostics.unwrap();
        assert_eq!(kept.len(), 20);
        assert_eq!(kept[0], told);
        assert_eq!(kept[19].frame, None);
        envelope.diagnostics = Some(vec![Diagnostic::error("x", "y".repeat(20_000)); 300]);
        let bounded = envelope.clone().bounded();
        assert!(serde_json::to_vec(&bounded).unwrap().len() <= Envelope::BYTES);
        envelope.kind = EnvelopeKind::ComponentUpdate;
        envelope.diagnostics = None;
        let long = |at| ModulePath::parse(&format!("src/{at}.tsx"), &Default::default()).unwrap();
        envelope.paths = (0..4_000).map(long).collect();
        let bounded = envelope.bounded();
        assert!(serde_json::to_vec(&bounded).unwrap().len() <= Envelope::BYTES);
        assert_eq!((bounded.diagnostics, bounded.paths.len()), (None, 500));
    }

    #[test]
    fn what_an_envelope_has_not_is_not_sent() {
        let mut envelope = Envelope::new(EnvelopeKind::BuildOk, "e".to_owned(), 3, 2, 5);
        let sent = serde_json::to_value(&envelope).unwrap();
        let plain = json!({"v": 1, "epoch": "e", "seq": 3, "base": 2, "kind": "build-ok", "paths": [], "at": 5});
        assert_eq!(sent, plain);
        envelope.kind = EnvelopeKind::Custom;
        envelope.event = Some("hi".to_owned());
        envelope.data = Some(Value::Null);
        let text = serde_json::to_string(&envelope).unwrap();
        assert!(text.contains(r#""kind":"custom""#) && text.contains(r#""data":null"#));
        assert_eq!(serde_json::from_str::<Envelope>(&text).unwrap(), envelope);
    }
}
