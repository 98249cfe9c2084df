//! How much may be asked for: of requests by the minute, of what makes versions by the day.

use crate::usage::day_of;
use overskill_protocol::{QuotaLeft, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A window of requests, in milliseconds.
const MINUTE: u64 = 60_000;
/// The day's window, in seconds.
const DAY: u64 = 24 * 3600;
/// How many keys are counted at a time; with more, those whose minute is over go.
const KEYS: usize = 10_000;

/// The refusal of what is over a quota. `left` are the quotas that tell of it, the one that is used up among them.
pub fn exceeded(policy: &str, detail: String, left: &[QuotaLeft]) -> Refusal {
    let mut named = left.iter().filter(|quota| quota.policy == policy);
    let named = named.next();
    let after = named.map_or(1, |quota| quota.reset.max(1));
    Refusal::new(429, "quota-exceeded", detail)
        .fact("quota", policy)
        .fact("limit", named.map_or(0, |quota| quota.quota))
        .fact("retryAfter", after)
        .fact("left", left)
}

/// What one key asked for in its minute.
#[derive(Debug, Clone, Copy)]
struct Window {
    began: u64,
    count: u64,
}

/// Requests by key and minute, as far as one isolate sees them.
#[derive(Debug, Default)]
pub struct Minutes(HashMap<String, Window>);

impl Minutes {
    /// Counts a request of `key` against `limit`, unless that is used up; says whether it was counted, and what is left.
    pub fn count(&mut self, policy: &str, key: &str, limit: u64, now: u64) -> (bool, QuotaLeft) {
        let own = format!("{policy} {key}");
        if self.0.len() >= KEYS && !self.0.contains_key(&own) {
            self.0.retain(|_, window| now < window.began + MINUTE);
        }
        if self.0.len() >= KEYS && !self.0.contains_key(&own) {
            self.0.clear();
        }
        let window = self.0.entry(own).or_insert(Window {
            began: now,
            count: 0,
        });
        if now >= window.began + MINUTE || now < window.began {
            *window = Window {
                began: now,
                count: 0,
            };
        }
        let within = window.count < limit;
        window.count += u64::from(within);
        (within, left(policy, limit, window, now))
    }

    /// What is left of `key`'s minute, without counting.
    pub fn left(&self, policy: &str, key: &str, limit: u64, now: u64) -> QuotaLeft {
        let window = self.0.get(&format!("{policy} {key}")).copied();
        let window = window.filter(|window| (window.began..window.began + MINUTE).contains(&now));
        let window = window.unwrap_or(Window {
            began: now,
            count: 0,
        });
        left(policy, limit, &window, now)
    }
}

fn left(policy: &str, limit: u64, window: &Window, now: u64) -> QuotaLeft {
    QuotaLeft {
        policy: policy.to_owned(),
        quota: limit,
        window: MINUTE / 1000,
        unit: None,
        left: limit.saturating_sub(window.count),
        reset: (window.began + MINUTE).saturating_sub(now).div_ceil(1000),
    }
}

/// What an app may do in a day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    /// Writes that make versions.
    pub uploads: u64,
    /// What they bring, in bytes.
    pub upload_bytes: u64,
    /// Builds, those of deployments too.
    pub builds: u64,
}

impl Default for Daily {
    fn default() -> Self {
        Self {
            uploads: 100_000,
            upload_bytes: 50 << 30,
            builds: 200_000,
        }
    }
}

/// What an app has done in one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    day: u64,
    uploads: u64,
    upload_bytes: u64,
    builds: u64,
}

/// Something that is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A write with so many bytes, and its build.
    Upload(u64),
    /// A build by itself.
    Build,
}

impl Done {
    /// What it is once `act` is done too, at a time in milliseconds since 1970.
    ///
    /// # Errors
    /// When that is more than a day has.
    pub fn and(self, act: Act, daily: &Daily, now: u64) -> Result<Self, Refusal> {
        let day = day_of(now);
        let before = match self.day == day {
            true => self,
            false => Self {
                day,
                ..Self::default()
            },
        };
        let mut after = before;
        after.builds += 1;
        if let Act::Upload(bytes) = act {
            after.uploads += 1;
            after.upload_bytes += bytes;
        }
        let over = match act {
            Act::Upload(_) if after.uploads > daily.uploads => {
                Some(("uploads", format!("{} writes", daily.uploads)))
            }
            Act::Upload(_) if after.upload_bytes > daily.upload_bytes => Some((
                "upload-bytes",
                format!("{} uploaded bytes", daily.upload_bytes),
            )),
            _ if after.builds > daily.builds => {
                Some(("builds", format!("{} builds", daily.builds)))
            }
            _ => None,
        };
        match over {
            None => Ok(after),
            Some((policy, most)) => {
                let detail = format!("An app has {most} a day; the day ends at midnight UTC.");
                Err(exceeded(policy, detail, &before.left(daily, now)))
            }
        }
    }

    /// What is left of the day.
    pub fn left(&self, daily: &Daily, now: u64) -> Vec<QuotaLeft> {
        let used = match self.day == day_of(now) {
            true => *self,
            false => Self::default(),
        };
        let of = |policy: &str, quota: u64, used: u64, unit: Option<&str>| {
            of_day(policy, quota, used, unit, now)
        };
        vec![
            of("uploads", daily.uploads, used.uploads, Some("uploads")),
            of(
                "upload-bytes",
                daily.upload_bytes,
                used.upload_bytes,
                Some("content-bytes"),
            ),
            of("builds", daily.builds, used.builds, Some("builds")),
        ]
    }
}

/// What is left of a day's quota.
pub fn of_day(policy: &str, quota: u64, used: u64, unit: Option<&str>, now: u64) -> QuotaLeft {
    QuotaLeft {
        policy: policy.to_owned(),
        quota,
        window: DAY,
        unit: unit.map(str::to_owned),
        left: quota.saturating_sub(used),
        reset: DAY - now / 1000 % DAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_requests_of_a_key_and_no_more() {
        let mut minutes = Minutes::default();
        let mut count = |key: &str, now| minutes.count("calls", key, 2, now);
        assert_eq!(count("a", 1_000).1.left, 1);
        assert!(count("a", 2_000).0);
        let (within, left) = count("a", 31_000);
        assert!(!within);
        assert_eq!((left.left, left.reset), (0, 30));
        assert!(count("b", 31_000).0, "another key has its own");
        assert!(count("a", 61_000).0, "another minute, too");
        assert!(count("a", 500).0, "a clock that was set back counts anew");
        assert!(!Minutes::default().count("calls", "a", 0, 1).0);
    }

    #[test]
    fn what_is_remembered_of_keys_is_bounded() {
        let mut minutes = Minutes::default();
        for at in 0..KEYS as u64 + 10 {
            minutes.count("calls", &at.to_string(), 1, at);
        }
        assert!(minutes.0.len() <= KEYS);
    }

    #[test]
    fn a_day_has_so_many_writes_bytes_and_builds() {
        let daily = Daily {
            uploads: 2,
            upload_bytes: 10,
            builds: 3,
        };
        let now = 86_400_000 * 20_000 + 3_600_000;
        let one = Done::default().and(Act::Upload(4), &daily, now).unwrap();
        let over = one.and(Act::Upload(7), &daily, now).unwrap_err();
        assert_eq!((over.status, &*over.code), (429, "quota-exceeded"));
        assert_eq!(over.facts["quota"], "upload-bytes");
        assert_eq!(over.facts["retryAfter"], 23 * 3600);
        let two = one.and(Act::Upload(6), &daily, now).unwrap();
        assert_eq!(
            two.and(Act::Upload(0), &daily, now).unwrap_err().facts["quota"],
            "uploads"
        );
        let three = two.and(Act::Build, &daily, now).unwrap();
        assert_eq!(
            three.and(Act::Build, &daily, now).unwrap_err().facts["quota"],
            "builds"
        );
        let left = |done: Done, now| {
            done.left(&daily, now)
                .into_iter()
                .map(|at| at.left)
                .collect::<Vec<_>>()
        };
        assert_eq!(left(three, now), [0, 0, 0]);
        assert_eq!(left(one, now), [1, 6, 2]);
        let tomorrow = now + 86_400_000;
        assert_eq!(left(three, tomorrow), [2, 10, 3]);
        assert!(three.and(Act::Upload(10), &daily, tomorrow).is_ok());
    }
}
