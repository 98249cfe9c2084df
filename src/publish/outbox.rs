//! What is to be published and was not yet: the newest settled version wins, many become one.

use crate::backoff::{Tries, Trouble};
use serde::{Deserialize, Serialize};

/// However fast one version follows another, what waits goes out after so many times the wait for one.
const PATIENCE: f64 = 10.0;

/// A version that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The newest that is known of.
    pub version: u64,
    /// When the first of those that wait was told of, in milliseconds since 1970.
    pub since: f64,
    /// When it is old enough.
    pub ripe: f64,
}

/// The outbox of one app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outbox {
    /// What waits.
    pub pending: Option<Pending>,
    /// The newest that is out.
    pub done: u64,
    /// The tries at what waits.
    pub tries: Tries,
}

impl Outbox {
    /// A version has settled, and others may follow soon: they go out together, `settle` milliseconds after the last.
    pub fn settled(&mut self, version: u64, now: f64, settle: f64) {
        if version <= self.done {
            return;
        }
        let since = match &self.pending {
            // Told again, after a crash or a restart, it is no younger.
            Some(pending) if pending.version >= version => return,
            Some(pending) => pending.since,
            None => now,
        };
        let ripe = (now + settle).min(since + settle * PATIENCE);
        self.pending = Some(Pending {
            version,
            since,
            ripe,
        });
    }

    /// Somebody wants it out now, and has perhaps changed why it could not go.
    pub fn hurry(&mut self, version: u64, now: f64) {
        let pending = self.pending.take();
        let (version, since) = match pending {
            Some(pending) => (pending.version.max(version), pending.since),
            None => (version.max(self.done), now),
        };
        self.pending = Some(Pending {
            version,
            since,
            ripe: now,
        });
        self.tries.renew();
    }

    /// When there is something to do next.
    pub fn due(&self) -> Option<f64> {
        let pending = self.pending.as_ref()?;
        Some(pending.ripe.max(self.tries.not_before))
    }

    /// A version is out; what settled meanwhile still waits.
    pub fn succeeded(&mut self, version: u64) {
        self.done = self.done.max(version);
        self.tries = Tries::default();
        self.pending.take_if(|pending| pending.version <= version);
    }

    /// A try failed.
    pub fn failed(&mut self, trouble: &Trouble, now: f64, random: f64) {
        self.tries.failed(trouble, now, random);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_follow_each_other_go_out_as_one_and_not_too_late() {
        let mut outbox = Outbox::default();
        outbox.settled(1, 0.0, 30.0);
        outbox.settled(2, 20.0, 30.0);
        outbox.settled(1, 40.0, 30.0);
        assert_eq!(outbox.due(), Some(50.0));
        for version in 3..40 {
            outbox.settled(version, version as f64 * 20.0, 30.0);
        }
        assert_eq!(outbox.due(), Some(300.0));
        outbox.succeeded(38);
        assert_eq!(outbox.pending.as_ref().unwrap().version, 39);
        outbox.succeeded(39);
        outbox.settled(39, 900.0, 30.0);
        assert_eq!(outbox.due(), None);
    }

    #[test]
    fn who_hurries_waits_for_nothing_but_limits() {
        let mut outbox = Outbox::default();
        outbox.settled(1, 0.0, 30.0);
        outbox.failed(&Trouble::refused("gone", "gone"), 0.0, 1.0);
        assert_eq!(outbox.due(), Some(300_000.0));
        outbox.hurry(1, 10.0);
        assert_eq!(outbox.due(), Some(10.0));
    }
}
