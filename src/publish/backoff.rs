//! When something that failed is tried again: later and later, never in step with others, within hours.

use serde::{Deserialize, Serialize};

/// The first wait, in milliseconds.
const FIRST: f64 = 10_000.0;
/// The first wait where trying alone won't help, since somebody has to change something.
const FIRST_REFUSED: f64 = 300_000.0;
/// The longest wait.
const LONGEST: f64 = 4.0 * 3_600_000.0;

/// Why a try came to nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// It is not to be tried before a time, in milliseconds since 1970.
    Wait {
        /// The time.
        until: f64,
        /// What was said.
        detail: String,
    },
    /// There was no answer, or one that says that the server has failed.
    Fault(String),
    /// The answer was no, and will be until somebody changes something.
    Refused {
        /// A stable kebab-case name of the reason.
        code: &'static str,
        /// What is to be changed.
        detail: String,
    },
}

impl Trouble {
    /// A refusal.
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::Refused { code, detail }
    }

    /// The reason's name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wait { .. } => "rate-limited",
            Self::Fault(_) => "unreachable",
            Self::Refused { code, .. } => code,
        }
    }

    /// The reason in words.
    pub fn detail(&self) -> &str {
        match self {
            Self::Wait { detail, .. } | Self::Fault(detail) | Self::Refused { detail, .. } => {
                detail
            }
        }
    }
}

impl From<overskill_ports::Fault> for Trouble {
    fn from(fault: overskill_ports::Fault) -> Self {
        Self::Fault(fault.0)
    }
}

/// What was told of the last try that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The reason's name.
    pub code: String,
    /// The reason in words.
    pub detail: String,
    /// When, in milliseconds since 1970.
    pub at: f64,
}

/// The tries at one thing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tries {
    /// Those that failed in a row.
    pub failed: u32,
    /// No other before this time.
    pub not_before: f64,
    /// Why the last one failed.
    pub told: Option<Told>,
}

impl Tries {
    /// Notes one that failed. `random` is from 0 to 1.
    pub fn failed(&mut self, trouble: &Trouble, now: f64, random: f64) {
        let first = match trouble {
            Trouble::Refused { .. } => FIRST_REFUSED,
            _ => FIRST,
        };
        let wait = first * 2_f64.powi(self.failed.min(20) as i32);
        let wait = wait.min(LONGEST) * (0.5 + random / 2.0);
        self.failed = self.failed.saturating_add(1);
        self.not_before = match trouble {
            // A little later than the limit's end, so that not everyone is there at once.
            Trouble::Wait { until, .. } => {
                let wait = (until - now).max(1000.0);
                now + wait + random * (wait / 4.0).min(FIRST)
            }
            _ => now + wait,
        };
        self.told = Some(Told {
            code: trouble.code().to_owned(),
            detail: trouble.detail().chars().take(500).collect(),
            at: now,
        });
    }

    /// Forgets those that failed: somebody changed something. What a server asked for still holds.
    pub fn renew(&mut self) {
        self.failed = 0;
        if self
            .told
            .as_ref()
            .is_none_or(|told| told.code != "rate-limited")
        {
            self.not_before = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_hours_and_differ() {
        let fault = Trouble::Fault("down".to_owned());
        let (mut early, mut late) = (Tries::default(), Tries::default());
        let mut now = 0.0;
        for _ in 0..30 {
            early.failed(&fault, now, 0.0);
            late.failed(&fault, now, 1.0);
            assert!(early.not_before < late.not_before);
            assert!(late.not_before - now <= LONGEST);
            now = late.not_before;
        }
        assert_eq!(late.not_before - early.not_before, LONGEST / 2.0);
        late.renew();
        assert_eq!((late.failed, late.not_before), (0, 0.0));
    }

    #[test]
    fn what_a_server_asks_for_is_obeyed_whoever_is_impatient() {
        let mut tries = Tries::default();
        let detail = "slow down".to_owned();
        let until = 7_200_000.0;
        tries.failed(&Trouble::Wait { until, detail }, 0.0, 0.5);
        assert!(tries.not_before >= until);
        tries.renew();
        assert!(tries.not_before >= until);
    }
}
