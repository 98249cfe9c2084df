//! What a deployment has with Cloudflare: whether it is on its way into the namespace, runs there, or is on its way out.
//!
//! Commands change it at once; calls are made one a step, by one caller, who stores it after each. What was commanded
//! meanwhile wins: the caller compares the generations, and drops what a step came to if another one began.

use super::{
    account::{Account, Zone},
    answer::{Problem, Reason},
    assets::{Asset, AssetHash, Contents},
    pace::{Chance, Pace},
    publication::{Publication, Release, Stage},
    purge::Purge,
    removal::Removal,
    script::Script,
};
use overskill_model::AppId;
use overskill_ports::{Api, Fault};
use overskill_protocol::{PublishError, PublishState, script_name};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How long after a removal has failed for good it is tried again, where it has to succeed, in milliseconds.
const LATER: f64 = 3_600_000.0;

/// What is stored of a deployment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Desk {
    /// How often it was commanded.
    pub generation: u64,
    /// Its way into the namespace.
    pub work: Option<Work>,
    /// Whether it was taken.
    pub runs: bool,
    /// What it was last asked for with.
    pub wanted: Wanted,
    /// Its way out of the namespace.
    pub removal: Option<Removal>,
    /// When the record is asked whether it is still wanted as it is.
    pub check: Option<Pace>,
    /// Whether its removal is tried until it succeeds: nothing is served from it any more.
    pub doomed: bool,
    /// Whether nothing is recorded any more: the app is gone.
    pub forgotten: bool,
    /// When its script was last sent; 0 for never.
    pub uploaded: f64,
    /// What is to be purged.
    pub purge: Purge,
    /// What has to be recorded.
    pub row: Option<Row>,
}

/// What a deployment is sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// The version it is made of.
    pub version: u64,
    /// Whether only the browser may keep copies.
    pub private: bool,
    /// Which of the app's secrets its server code gets: their revision.
    pub secrets: u64,
}

/// A deployment on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// What it is sent with.
    pub wanted: Wanted,
    /// How far it is.
    pub publication: Publication,
}

/// What is recorded of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// How far it is.
    pub state: PublishState,
    /// Calls that were made for it.
    pub attempts: u32,
    /// What failed last.
    pub error: Option<PublishError>,
    /// When that was so, in milliseconds.
    pub at: f64,
}

/// A deployment as it is sent.
#[derive(Debug)]
pub struct Prepared {
    /// Its assets.
    pub assets: Vec<(AssetHash, Asset)>,
    /// Its code.
    pub script: Script,
}

/// What the record says of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is served, and this is what it is to be sent with.
    Served(Wanted),
    /// It is not served any more, and never will be.
    Retired,
    /// Its app is gone.
    Gone,
}

/// Where deployments are.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Source: Contents {
    /// What the record says of it.
    async fn standing(&self) -> Result<Standing, Fault>;
    /// A deployment as it is sent. A refusal is final.
    async fn prepared(&self, work: &Work) -> Result<Rc<Prepared>, Problem>;
}

/// Whom to call.
pub struct Service<'a, A: Api> {
    /// The API.
    pub api: &'a A,
    /// The namespace; without one nothing is published.
    pub account: Option<&'a Account>,
    /// The zone; without one nothing is purged.
    pub zone: Option<&'a Zone>,
}

impl From<&Problem> for PublishError {
    fn from(problem: &Problem) -> Self {
        Self {
            status: problem.status,
            code: problem.code,
            message: problem.message.clone(),
        }
    }
}

impl Desk {
    /// It has to run. Where it does, or is on its way, as it is wanted, nothing changes.
    pub fn publish(&mut self, wanted: Wanted, now: f64) {
        let there = self.work.is_some() || (self.runs && self.removal.is_none());
        if there && self.wanted == wanted {
            return;
        }
        self.generation += 1;
        self.removal = None;
        (self.doomed, self.forgotten) = (false, false);
        self.wanted = wanted;
        if self.runs || self.work.is_some() {
            // What was sent before may be there, or arrive.
            self.uploaded = now;
        }
        self.work = Some(Work {
            wanted,
            publication: Publication::default(),
        });
        self.note(PublishState::Queued, None, 0, now);
    }

    /// It has to go; `false` when it neither runs nor is on its way, and nothing of it can be there.
    pub fn unpublish(&mut self, now: f64) -> bool {
        if self.removal.is_some() {
            return true;
        }
        let dropped = self.work.take();
        let sent = dropped.as_ref().is_some_and(|work| {
            let stage = &work.publication.stage;
            matches!(stage, Stage::Put { .. } | Stage::Settle { .. })
        });
        if dropped.is_none() && !self.runs && self.uploaded == 0.0 {
            return false;
        }
        self.generation += 1;
        // A call that is being made may still arrive: what nobody has seen yet is looked for, too.
        if sent || self.runs || self.uploaded > 0.0 {
            self.uploaded = now;
        }
        self.runs = false;
        self.removal = Some(Removal::of(self.uploaded));
        self.note(PublishState::Removing, None, 0, now);
        true
    }

    /// Nothing is served from it any more: it has to go, however long that takes.
    pub fn retire(&mut self, now: f64) {
        self.doomed = self.unpublish(now);
        self.generation += 1;
    }

    /// The app is gone: so has this to be, and nothing is recorded any more.
    pub fn forget(&mut self, now: f64) {
        self.retire(now);
        self.forgotten = true;
        self.row = None;
    }

    /// Something that it depends on may have changed.
    pub fn check(&mut self) {
        self.generation += 1;
        self.check = Some(Pace::default());
    }

    /// Whether nothing of it has to be known any more, once nothing is due.
    pub fn is_empty(&self) -> bool {
        !self.runs && self.uploaded == 0.0
    }

    /// What is cached of these hosts and addresses has to go.
    pub fn purge(&mut self, hosts: Vec<String>, files: Vec<String>) {
        self.generation += 1;
        self.purge.add(hosts, files);
    }

    /// When the next step is due, in milliseconds; `None` when nothing is left to do.
    pub fn due(&self) -> Option<f64> {
        let work = self.work.as_ref().map(|work| work.publication.pace.due);
        let removal = self.removal.as_ref().map(|removal| removal.pace.due);
        let purge = (!self.purge.is_over()).then_some(self.purge.pace.due);
        let check = self.check.as_ref().map(|pace| pace.due);
        let row = self.row.is_some().then_some(0.0);
        let all = [work, removal, purge, check, row].into_iter().flatten();
        all.min_by(f64::total_cmp)
    }

    /// Asks the record, where that is due; makes the one call that is due first, if it is due by now.
    pub async fn step<A: Api>(
        &mut self,
        service: &Service<'_, A>,
        app: &AppId,
        deployment: &str,
        source: &impl Source,
        chance: Chance,
    ) {
        let now = chance.now;
        if let Some(pace) = self.check.take_if(|pace| pace.due <= now) {
            return self.checked(source.standing().await, pace, chance);
        }
        let name = script_name(app, deployment);
        if let Some(account) = service.account {
            if let Some(mut work) = self.work.take_if(|work| work.publication.pace.due <= now) {
                let before = work.publication.stage.clone();
                publish(&mut work, service.api, account, &name, source, chance).await;
                self.published(work, &before, now);
                return;
            }
            if let Some(mut removal) = self.removal.take_if(|removal| removal.pace.due <= now) {
                removal.step(service.api, account, &name, chance).await;
                self.removed(removal, now);
                return;
            }
        }
        match service.zone {
            Some(zone) => self.purge.step(service.api, zone, chance).await,
            None => self.purge = Purge::default(),
        }
    }

    /// Takes note of what the record says. What is on its way out stays so.
    fn checked(&mut self, standing: Result<Standing, Fault>, mut pace: Pace, chance: Chance) {
        match standing {
            Ok(Standing::Gone) => self.forget(chance.now),
            Ok(Standing::Retired) => self.retire(chance.now),
            Ok(Standing::Served(wanted)) => {
                if self.removal.is_none() && (self.runs || self.work.is_some()) {
                    self.publish(wanted, chance.now);
                }
            }
            // Asked until it answers.
            Err(fault) => {
                pace.failed(fault.into(), chance);
                self.check = Some(pace);
            }
        }
    }

    fn published(&mut self, work: Work, before: &Stage, now: f64) {
        let publication = &work.publication;
        if matches!(before, Stage::Put { .. }) {
            // Also where no answer came: it may have been taken.
            self.uploaded = now;
        }
        let pace = &publication.pace;
        let error = pace.problem.as_ref().map(PublishError::from);
        self.note(state(publication), error, pace.calls, now);
        if publication.stage == Stage::Live {
            self.runs = true;
            // What changed while it was sent.
            self.check = Some(Pace::default());
        }
        if !publication.is_over() {
            self.work = Some(work);
        }
    }

    fn removed(&mut self, mut removal: Removal, now: f64) {
        let error = removal.pace.problem.as_ref().map(PublishError::from);
        if removal.over && error.is_some() && self.doomed {
            removal = removal.again(now + LATER);
        }
        let state = match (removal.over, &error) {
            (false, _) => PublishState::Removing,
            (true, None) => PublishState::Removed,
            (true, Some(_)) => PublishState::Failed,
        };
        match state {
            PublishState::Removed => self.uploaded = 0.0,
            // It may be asked for again.
            PublishState::Failed => self.runs = true,
            _ => {}
        }
        self.note(state, error, removal.pace.calls, now);
        if !removal.over {
            self.removal = Some(removal);
        }
    }

    fn note(&mut self, state: PublishState, error: Option<PublishError>, attempts: u32, at: f64) {
        let row = Row {
            state,
            attempts,
            error,
            at,
        };
        self.row = (!self.forgotten).then_some(row);
    }
}

async fn publish(
    work: &mut Work,
    api: &impl Api,
    account: &Account,
    name: &str,
    source: &impl Source,
    chance: Chance,
) {
    match source.prepared(work).await {
        Ok(prepared) => {
            let release = Release {
                name,
                assets: &prepared.assets,
                script: &prepared.script,
            };
            let publication = &mut work.publication;
            publication
                .step(api, account, &release, source, chance)
                .await;
        }
        Err(problem) => {
            let last = problem.reason == Reason::Refused;
            let patient = work.publication.pace.failed(problem, chance);
            if last || !patient {
                work.publication.stage = Stage::Failed;
            }
        }
    }
}

fn state(publication: &Publication) -> PublishState {
    match publication.stage {
        Stage::Open if publication.pace.calls == 0 => PublishState::Queued,
        Stage::Open | Stage::Upload { .. } | Stage::Put { .. } => PublishState::Uploading,
        Stage::Settle { .. } => PublishState::Activating,
        Stage::Live => PublishState::Live,
        Stage::Failed => PublishState::Failed,
    }
}
