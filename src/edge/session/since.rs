//! What a page that was away has missed, for the relay.

use super::{Session, tree::Stop};
use overskill_protocol::{Envelope, Position};

impl Session {
    /// What followed `since`, or one `full-reload`; an error that holds now is last.
    pub(super) fn since(&self, epoch: &str, since: u64) -> Result<Vec<Envelope>, Stop> {
        let at = Position {
            epoch: epoch.to_owned(),
            seq: since,
        };
        let now = worker::Date::now().as_millis();
        self.with(|tree| {
            tree.alive()?;
            Ok(tree.missed(&at, now).envelopes)
        })
    }
}
