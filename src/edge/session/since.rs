//! What a page that was away has missed.

use super::{Session, tree::Stop};
use overskill_protocol::{Envelope, EnvelopeKind, Status};

impl Session {
    /// What followed `since`, or one `full-reload`; an error that holds now is last.
    pub(super) fn since(&self, epoch: &str, since: u64) -> Result<Vec<Envelope>, Stop> {
        let now = worker::Date::now().as_millis();
        self.with(|tree| {
            tree.alive()?;
            let made = |kind| Envelope::new(kind, tree.epoch.clone(), tree.version, since, now);
            let mut missed = Vec::new();
            let running = tree.previews.first().map_or(0, |(version, _)| *version);
            if epoch != tree.epoch || since < running {
                let mut reload = made(EnvelopeKind::FullReload);
                reload.reason = Some("the page is older than what is known of".to_owned());
                missed.push(reload);
            }
            if tree.report.status() == Status::Failed {
                let mut error = made(EnvelopeKind::BuildError);
                error.diagnostics = Some(tree.report.diagnostics.clone());
                missed.push(error);
            }
            Ok(missed)
        })
    }
}
