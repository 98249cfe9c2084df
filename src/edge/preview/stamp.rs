//! What a page that is kept up to date says of itself, put in when it is sent: the build knows nothing of it.

use crate::{config::Config, store::AppRow};
use overskill_flows::build::STAMP;
use overskill_model::{ContentHash, ContentHasher};
use overskill_protocol::Position;
use serde::Serialize;

/// What the page's client reads. `docs` of the fields are ARCHITECTURE.md's, "Hot updates".
#[derive(Serialize)]
pub(super) struct Stamp<'a> {
    v: u8,
    #[serde(flatten)]
    at: Position,
    app: &'a str,
    hmr: &'static str,
    cable: Option<&'a str>,
    token: Option<&'a str>,
    editors: &'a [String],
    status: &'static str,
}

impl<'a> Stamp<'a> {
    /// The stamp of a page of `app` that shows what is at `at`.
    pub fn new(app: &'a AppRow, config: &'a Config, at: Position, status: &'static str) -> Self {
        Self {
            v: 1,
            at,
            app: app.slug.as_str(),
            hmr: app.hmr().relay(),
            cable: config.action_cable.as_deref(),
            token: config.preview_token.as_deref(),
            editors: &config.editors,
            status,
        }
    }

    /// Where the sockets to Rails lead, as a policy names it.
    pub fn cable_origin(&self) -> Option<String> {
        let (scheme, rest) = self.cable?.split_once("://")?;
        let host = rest.split(['/', '?', '#', ';', ',', ' ']).next()?;
        Some(format!("{scheme}://{host}"))
    }

    /// As an element of the page's head. The text can't end the element.
    pub fn element(&self) -> String {
        let json = serde_json::to_string(self).expect("texts and numbers always serialise");
        let json = json.replace('<', "\\u003c");
        format!("<script type=\"application/json\" id=\"overskill-preview\">{json}</script>")
    }
}

/// The page with the stamp in its place, and what its content is then named by.
pub(super) fn stamped(
    hash: ContentHash,
    page: Vec<u8>,
    stamp: &Stamp<'_>,
) -> (ContentHash, Vec<u8>) {
    let element = stamp.element();
    let Ok(text) = std::str::from_utf8(&page) else {
        return (hash, page);
    };
    let Some((before, after)) = text.split_once(STAMP) else {
        return (hash, page);
    };
    let named = ContentHasher::new().field(hash.bytes()).field(&element);
    let whole = [before, &element, after].concat();
    (named.finish(), whole.into_bytes())
}
