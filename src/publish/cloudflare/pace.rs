//! When to call next: later and later after failures, when a refusal says, and slower as the API's quota runs out.
//!
//! The quota (1,200 requests in five minutes) is the token's, not an object's: who else uses it can't be seen from here,
//! but every answer tells what is left. So calls are spread over what remains of the window once less than a fifth is.

use super::answer::{Problem, Reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// First wait after a failure, in milliseconds.
const FIRST: f64 = 1_000.0;
/// Longest wait after a failure.
const LONGEST: f64 = 15.0 * 60_000.0;
/// How often in a row something may fail: about nine hours.
pub(super) const PATIENCE: u32 = 48;
/// How long the API is closed after too many requests, where it doesn't say.
const CLOSED: f64 = 5.0 * 60_000.0;
/// What the quota may fall to before calls are spread.
const RESERVE: f64 = 240.0;

/// The moment of a step, and a number in [0, 1) that decides where in its wait the next one falls.
#[derive(Debug, Clone, Copy)]
pub struct Chance {
    /// Milliseconds, as a clock has them.
    pub now: f64,
    /// Random.
    pub random: f64,
}

/// How often something failed in a row, and when it may be tried next.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// Failures since something last succeeded.
    pub failures: u32,
    /// Calls that were made in all.
    pub calls: u32,
    /// Not before this time, in milliseconds.
    pub due: f64,
    /// What failed last.
    pub problem: Option<Problem>,
}

impl Pace {
    /// Takes note of a call that did what it should. `headers` are its answer's.
    pub(super) fn succeeded(&mut self, headers: &BTreeMap<String, String>, chance: Chance) {
        self.calls += 1;
        self.failures = 0;
        self.problem = None;
        self.due = chance.now + spread(headers, chance.random);
    }

    /// Takes note of a failure; `false` when that was the last one.
    pub(super) fn failed(&mut self, problem: Problem, chance: Chance) -> bool {
        self.calls += 1;
        self.failures += 1;
        self.due = chance.now + wait(&problem, self.failures, chance.random);
        self.problem = Some(problem);
        self.failures < PATIENCE
    }

    /// Waits without anything having failed.
    pub(super) fn pause(&mut self, times: u32, chance: Chance) {
        self.due = self.due.max(chance.now + backoff(times, chance.random));
    }
}

/// Between half of a wait that doubles and all of it, so that what failed together doesn't come back together.
fn backoff(times: u32, random: f64) -> f64 {
    let wait = FIRST * 2f64.powi(times.saturating_sub(1).min(30) as i32);
    wait.min(LONGEST) * (0.5 + random / 2.0)
}

fn wait(problem: &Problem, failures: u32, random: f64) -> f64 {
    let wait = backoff(failures, random);
    match (problem.after, problem.reason) {
        // Never sooner than it says.
        (Some(after), _) => after.max(0.0) + wait.min(after.max(FIRST)) * random,
        (None, Reason::Limited) => CLOSED * (1.0 + random / 4.0),
        (None, _) => wait,
    }
}

/// `Retry-After` in seconds, as milliseconds.
pub(super) fn retry_after(headers: &BTreeMap<String, String>) -> Option<f64> {
    let seconds: f64 = headers.get("retry-after")?.trim().parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds * 1000.0)
}

/// `Ratelimit: "default";r=50;t=30`: what is left, and the seconds until the window begins anew.
fn quota(headers: &BTreeMap<String, String>) -> Option<(f64, f64)> {
    let lists = headers.get("ratelimit")?.split(',');
    let read = |list: &str| {
        let find = |name: &str| {
            let mut parts = list.split(';').map(str::trim);
            parts.find_map(|part| part.strip_prefix(name)?.parse::<f64>().ok())
        };
        Some((find("r=")?, find("t=")?))
    };
    lists.filter_map(read).min_by(|a, b| a.0.total_cmp(&b.0))
}

fn spread(headers: &BTreeMap<String, String>, random: f64) -> f64 {
    match quota(headers) {
        Some((left, seconds)) if left < RESERVE => {
            let empty = 1.0 - left.max(0.0) / RESERVE;
            seconds.clamp(0.0, 300.0) * 1000.0 * empty * (0.5 + random / 2.0)
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn waits_double_within_their_bounds_and_end() {
        let mut pace = Pace::default();
        let mut last = 0.0;
        let mut sum = 0.0;
        for failure in 1..PATIENCE {
            let chance = Chance {
                now: 0.0,
                random: 0.0,
            };
            assert!(pace.failed(Problem::ours(Reason::Later, "no"), chance));
            assert!(pace.due >= last && pace.due <= LONGEST, "{failure}");
            last = pace.due;
            sum += last;
        }
        let chance = Chance {
            now: 0.0,
            random: 0.9,
        };
        assert!(!pace.failed(Problem::ours(Reason::Later, "no"), chance));
        assert!(sum > 4.0 * 3_600_000.0, "hours: {sum}");
    }

    #[test]
    fn a_refusal_that_says_when_is_obeyed() {
        for (after, random) in [(7_000.0, 0.0), (7_000.0, 0.99), (0.0, 0.5)] {
            let mut pace = Pace::default();
            let problem = Problem {
                after: Some(after),
                ..Problem::ours(Reason::Limited, "slowly")
            };
            pace.failed(problem, Chance { now: 50.0, random });
            assert!(pace.due >= 50.0 + after && pace.due <= 50.0 + after * 2.0 + FIRST);
        }
        let mut pace = Pace::default();
        let limited = Problem::ours(Reason::Limited, "slowly");
        pace.failed(
            limited,
            Chance {
                now: 0.0,
                random: 0.0,
            },
        );
        assert!(pace.due >= CLOSED);
        assert_eq!(retry_after(&headers("retry-after", "3")), Some(3000.0));
        for wrong in ["", "soon", "-1", "inf"] {
            assert_eq!(retry_after(&headers("retry-after", wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn calls_are_spread_as_the_quota_runs_out() {
        let at = |value: &str| spread(&headers("ratelimit", value), 0.0);
        assert_eq!(at("\"default\";r=1100;t=200"), 0.0);
        assert_eq!(at("nonsense"), 0.0);
        assert!(at("\"default\";r=100;t=200") > 0.0);
        assert_eq!(at("\"default\";r=0;t=200"), 100_000.0);
        assert_eq!(at("\"a\";r=900;t=1, \"default\";r=0;t=200"), 100_000.0);
    }
}
