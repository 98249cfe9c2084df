//! When an app's published deployments are looked at: once what changes has come to rest, and not too late.

use serde::{Deserialize, Serialize};

/// How long nothing has to change, in milliseconds.
const REST: f64 = 2_000.0;
/// However often something changes, it is not put off for longer.
const PATIENCE: f64 = 10.0 * REST;
/// How long a change that was announced may take to be made: a request is not older.
const LATEST: f64 = 60_000.0;

/// A round that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Whether to those, too, that go on being served.
    pub served: bool,
    /// When, in milliseconds.
    pub due: f64,
    /// Since when it is put off.
    since: Option<f64>,
    /// Until when what was announced may still come.
    until: f64,
}

impl Round {
    /// Asks for one because something has changed, or is about to.
    pub fn ask(round: &mut Option<Self>, served: bool, ahead: bool, now: f64) {
        let before = round.take();
        let since = before.as_ref().and_then(|before| before.since);
        let since = since.unwrap_or(now);
        let until = before.as_ref().map_or(0.0, |before| before.until);
        *round = Some(Self {
            served: served || before.is_some_and(|before| before.served),
            due: (now + REST).min(since + PATIENCE).max(now),
            since: Some(since),
            until: if ahead { now + LATEST } else { until },
        });
    }

    /// It was made; another one is where something that was announced may have been too late for it.
    pub fn made(self, now: f64) -> Option<Self> {
        (now < self.until).then_some(Self {
            due: self.until,
            since: None,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_follow_each_other_are_one_round_and_not_too_late() {
        let mut round = None;
        for change in 0..5 {
            Round::ask(&mut round, change == 0, false, f64::from(change) * 1000.0);
        }
        let asked = round.clone().unwrap();
        assert_eq!((asked.due, asked.served), (6000.0, true));
        for change in 5..100 {
            Round::ask(&mut round, false, false, f64::from(change) * 200.0 + 4000.0);
            let due = round.as_ref().unwrap().due;
            assert!(due <= PATIENCE.max(f64::from(change) * 200.0 + 4000.0));
        }
        assert_eq!(round.unwrap().made(24_000.0), None);
    }

    #[test]
    fn what_is_announced_is_looked_for_again_when_it_must_have_come() {
        let mut round = None;
        Round::ask(&mut round, true, true, 1000.0);
        Round::ask(&mut round, true, false, 1500.0);
        let first = round.unwrap();
        assert_eq!(first.due, 3500.0);
        let second = first.made(3600.0);
        assert_eq!(second.as_ref().unwrap().due, 61_000.0);
        // What comes meanwhile is not put off to that.
        let mut both = second.clone();
        Round::ask(&mut both, false, false, 10_000.0);
        let both = both.unwrap();
        assert_eq!(both.due, 12_000.0);
        assert_eq!(both.made(12_000.0).unwrap().due, 61_000.0);
        assert_eq!(second.unwrap().made(61_000.0), None);
    }
}
