//! Deployments that the app's own GitHub Actions build: each from a commit of its own on a branch of its own, so that no
//! other run, commit or branch can be taken for it. What has to be known after a crash is saved before what makes it
//! necessary is done, and every call may be made again.

mod output;
mod site;

pub use site::step_orders;

use crate::{
    backoff::{Tries, Trouble},
    github::{Oid, Run},
    publication::Publication,
};
use overskill_protocol::{ActionsBuild, ActionsEnded, DeploymentLine};
use serde::{Deserialize, Serialize};

/// The shortest and the longest between two looks, in milliseconds; in between it is a tenth of what it took until then.
const LOOK: f64 = 3_000.0;
const LOOK_LONGEST: f64 = 60_000.0;
/// How often a run is looked for that may have been begun, before it is taken for none; and its output likewise.
const LOOKS: u32 = 3;
/// How often it is tried to clear up after one that is over.
const CLEARINGS: u32 = 12;
/// How long one is remembered that nobody asks about, in milliseconds.
const KEPT: f64 = 7.0 * 86_400_000.0;
/// The most that is told of one, in lines.
const LINES: usize = 100;

/// One deployment's build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    /// The deployment's name.
    pub id: String,
    /// The app's version that it is of.
    pub version: u64,
    /// When it was asked for, in milliseconds since 1970.
    pub asked: f64,
    /// When it is given up.
    pub until: f64,
    /// The repository that it is built in, once it was begun.
    pub repository: String,
    /// What it is built from.
    pub commit: Option<Oid>,
    /// Whether that has its branch.
    pub branched: bool,
    /// Whether a dispatch was begun: whether it was taken may not be known.
    pub begun: bool,
    /// Whether it was taken.
    pub taken: bool,
    /// Its run.
    pub run: Option<Run>,
    /// What happened so far.
    pub lines: Vec<DeploymentLine>,
    /// How it ended.
    pub ended: Option<ActionsEnded>,
    /// Whether nobody waits for it any more.
    pub dropped: bool,
    /// Whether nothing is left of it at GitHub that costs anything.
    pub cleared: bool,
    /// Looks for what should be there.
    pub looks: u32,
    /// The next thing to do is due then.
    pub next: f64,
    /// Tries that failed.
    pub tries: Tries,
}

impl Order {
    /// One that is asked for now, and given up after so many milliseconds.
    pub fn new(id: String, version: u64, now: f64, longest: f64) -> Self {
        Self {
            id,
            version,
            asked: now,
            until: now + longest,
            next: now,
            ..Self::default()
        }
    }

    /// Its branch.
    pub fn branch(&self) -> String {
        format!("overskill/deployments/{}", self.id)
    }

    /// When something is to be done about it.
    pub fn due(&self) -> f64 {
        let next = self.next.max(self.tries.not_before);
        match (self.over(), self.cleared) {
            (false, _) => next.min(self.until),
            (true, false) => next,
            (true, true) => self.asked + KEPT,
        }
    }

    /// Whether nothing more is to come of it.
    fn over(&self) -> bool {
        self.ended.is_some() || self.dropped
    }

    /// Whether it may be forgotten.
    fn forgotten(&self, now: f64) -> bool {
        self.cleared && (self.dropped || now >= self.asked + KEPT)
    }

    fn tell(&mut self, at: f64, text: String) {
        if self.lines.len() < LINES {
            let at = at as u64;
            self.lines.push(DeploymentLine { at, text });
        }
    }

    fn wait(&mut self, now: f64) {
        let wait = ((now - self.asked) / 10.0).clamp(LOOK, LOOK_LONGEST);
        (self.next, self.tries) = (now + wait, Tries::default());
    }

    fn end(&mut self, ended: ActionsEnded, now: f64) {
        if self.ended.is_none() {
            self.ended = Some(ended);
            // What is to be cleared up is due at once.
            (self.next, self.tries, self.looks) = (now, Tries::default(), 0);
        }
    }

    /// Ends it as one that comes to nothing.
    pub fn fail(&mut self, code: &str, why: &str, now: f64) {
        let page = self.run.as_ref().map_or("", |run| &*run.url);
        let detail = match page {
            "" => why.to_owned(),
            page => format!("{why} {page}"),
        };
        let code = code.to_owned();
        self.end(ActionsEnded::Failed { code, detail }, now);
    }

    /// Gives it up where its time is over.
    pub fn expire(&mut self, now: f64) {
        if self.over() || now < self.until {
            return;
        }
        let minutes = (self.until - self.asked) / 60_000.0;
        let at = match (&self.run, &self.tries.told) {
            (_, Some(told)) => format!("GitHub could not be had: {}", told.detail),
            (Some(run), None) => format!("The run was `{}`.", run.status),
            (None, None) => "There was no run yet.".to_owned(),
        };
        let why = format!("GitHub's Actions did not build it within {minutes:.0} minutes. {at}");
        self.fail("actions-timed-out", &why, now);
    }

    /// Nobody waits for it any more.
    pub fn drop_it(&mut self, now: f64) {
        if !self.dropped {
            self.dropped = true;
            (self.next, self.tries, self.looks) = (now, Tries::default(), 0);
        }
    }

    /// As the app's object is told of it.
    pub fn shown(&self) -> ActionsBuild {
        let page = self.run.as_ref().map(|run| run.url.clone());
        ActionsBuild {
            lines: self.lines.clone(),
            run_url: page,
            next_at: self.due().ceil() as u64,
            ended: self.ended.clone(),
        }
    }

    fn failed(&mut self, trouble: &Trouble, now: f64, random: f64) {
        self.tries.failed(trouble, now, random);
        if self.over() {
            let refused = matches!(trouble, Trouble::Refused { .. });
            self.cleared |= refused || self.tries.failed >= CLEARINGS;
            return;
        }
        match trouble {
            // Nobody changes anything while somebody waits.
            Trouble::Refused { code, detail } => self.fail(code, detail, now),
            _ if self.tries.failed == 1 => {
                let told = format!("GitHub is tried again: {}", trouble.detail());
                self.tell(now, told);
            }
            _ => {}
        }
    }

    /// Takes in how far its run is.
    fn take(&mut self, run: Run, now: f64) {
        let before = self.run.replace(run);
        let run = self.run.as_ref().expect("it was just put there");
        let known = before.is_some_and(|before| {
            (before.status, before.conclusion) == (run.status.clone(), run.conclusion.clone())
        });
        if !known {
            let word = run.conclusion.as_ref().unwrap_or(&run.status);
            let told = format!("GitHub's Actions: {word} {}", run.url);
            self.tell(now, told);
        }
    }
}

impl Publication {
    /// The build of a deployment, asked for now unless it was before.
    pub fn order(&mut self, id: &str, version: u64, now: f64, longest: f64) -> ActionsBuild {
        if !self.orders.iter().any(|order| order.id == id) {
            if self.commit.is_none() {
                // The workflow has to be there first.
                self.outbox.hurry(version, now);
            }
            let order = Order::new(id.to_owned(), version, now, longest);
            self.orders.push(order);
        }
        let mut found = self.orders.iter_mut().filter(|order| order.id == id);
        let order = found.next().expect("it was put there");
        // Also while nothing can be done about it.
        order.expire(now);
        order.shown()
    }

    /// Nobody waits for a deployment's build any more.
    pub fn drop_order(&mut self, id: &str, now: f64) {
        let found = self.orders.iter_mut().filter(|order| order.id == id);
        found.for_each(|order| order.drop_it(now));
        self.orders.retain(|order| !order.forgotten(now));
    }

    /// Nobody waits for any.
    pub fn drop_orders(&mut self, now: f64) {
        self.orders.iter_mut().for_each(|order| order.drop_it(now));
        self.orders.retain(|order| !order.forgotten(now));
    }

    /// Nothing more can come of any; what they have begun is to be cleared up.
    pub fn give_up_orders(&mut self, code: &str, why: &str, now: f64) {
        for order in &mut self.orders {
            order.fail(code, why, now);
        }
    }

    fn keep_order(&mut self, order: &Order) {
        if let Some(kept) = self.orders.iter_mut().find(|kept| kept.id == order.id) {
            // What was said of it meanwhile still holds.
            let (dropped, ended) = (kept.dropped, kept.ended.take());
            *kept = order.clone();
            kept.dropped |= dropped;
            kept.ended = ended.or(kept.ended.take());
        }
    }
}
