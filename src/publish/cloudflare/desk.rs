//! What one app has with Cloudflare: which deployment is on its way, which one runs, what has to go, what has to be purged.
//!
//! Commands change it at once; calls are made one a step, by one caller, who stores it after each. What was commanded
//! meanwhile wins: the caller compares the generations, and drops what a step came to if another one began.

use super::{
    account::{Account, Zone, script_name},
    answer::{Problem, Reason},
    assets::{Asset, AssetHash, Contents},
    pace::Chance,
    publication::{Publication, Release, Stage},
    purge::Purge,
    removal::Removal,
    script::Script,
    site::Site,
};
use overskill_model::AppId;
use overskill_ports::Api;
use overskill_protocol::{PublishError, PublishState};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, rc::Rc};

/// What is stored of an app.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Desk {
    /// How often it was commanded.
    pub generation: u64,
    /// What is on its way.
    pub work: Option<Work>,
    /// The deployment whose script was taken last.
    pub running: Option<String>,
    /// The deployment whose script has to go, and how far that is.
    pub removal: Option<(String, Removal)>,
    /// When a script was last sent.
    pub uploaded: f64,
    /// What is to be purged.
    pub purge: Purge,
    /// What has to be recorded, by deployment.
    pub rows: BTreeMap<String, Row>,
}

/// A deployment on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Its id.
    pub deployment: String,
    /// The version it is made of.
    pub version: u64,
    /// Whether only the browser may keep copies.
    pub private: bool,
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

/// Where deployments are.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Source: Contents {
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
    /// A deployment has to run. Another one on its way is overtaken; the same one again changes nothing.
    pub fn publish(&mut self, deployment: &str, version: u64, private: bool, now: f64) {
        let under_way = self.work.as_ref();
        let same = under_way.is_some_and(|work| work.deployment == deployment);
        let runs = under_way.is_none() && self.running.as_deref() == Some(deployment);
        if same || (runs && self.removal.is_none()) {
            return;
        }
        self.generation += 1;
        if let Some(work) = self.work.take() {
            self.note(&work.deployment, PublishState::Superseded, None, 0, now);
        }
        if let Some((gone, _)) = self.removal.take()
            && gone != deployment
        {
            self.note(&gone, PublishState::Removed, None, 0, now);
        }
        self.work = Some(Work {
            deployment: deployment.to_owned(),
            version,
            private,
            publication: Publication::default(),
        });
        self.note(deployment, PublishState::Queued, None, 0, now);
    }

    /// A deployment has to go; `false` when it neither runs nor is on its way.
    pub fn unpublish(&mut self, deployment: &str, now: f64) -> bool {
        let under_way = |work: &Work| work.deployment == deployment;
        let dropped = self.work.take_if(|work| under_way(work));
        let runs = self
            .running
            .take_if(|running| running == deployment)
            .is_some();
        if dropped.is_none() && !runs {
            return self
                .removal
                .as_ref()
                .is_some_and(|(gone, _)| gone == deployment);
        }
        self.generation += 1;
        if self.running.is_none() && self.work.is_none() {
            // A call that is being made may still arrive: what nobody has seen yet is looked for, too.
            let sent = dropped.is_some_and(|work| {
                let stage = work.publication.stage;
                matches!(stage, Stage::Put { .. } | Stage::Settle { .. })
            });
            if sent || runs {
                self.uploaded = now;
            }
            self.removal = Some((deployment.to_owned(), Removal::of(self.uploaded)));
            self.note(deployment, PublishState::Removing, None, 0, now);
        } else {
            self.note(deployment, PublishState::Removed, None, 0, now);
        }
        true
    }

    /// The app is gone: whatever there is of it has to go, and nothing is recorded any more.
    pub fn forget(&mut self, now: f64) {
        self.generation += 1;
        let known = self.work.is_some() || self.running.is_some() || self.removal.is_some();
        let ever = known || self.uploaded > 0.0;
        self.work = None;
        self.running = None;
        self.removal = ever.then(|| (String::new(), Removal::of(now)));
        self.rows.clear();
    }

    /// What is cached of these hosts and addresses has to go.
    pub fn purge(&mut self, hosts: Vec<String>, files: Vec<String>) {
        self.generation += 1;
        self.purge.add(hosts, files);
    }

    /// When the next step is due, in milliseconds; `None` when nothing is left to do.
    pub fn due(&self) -> Option<f64> {
        let work = self.work.as_ref().map(|work| work.publication.pace.due);
        let removal = self.removal.as_ref().map(|(_, removal)| removal.pace.due);
        let purge = (!self.purge.is_over()).then_some(self.purge.pace.due);
        let rows = (!self.rows.is_empty()).then_some(0.0);
        let all = [work, removal, purge, rows].into_iter().flatten();
        all.min_by(f64::total_cmp)
    }

    /// Makes the one call that is due first, if it is due by now.
    pub async fn step<A: Api>(
        &mut self,
        service: &Service<'_, A>,
        app: &AppId,
        source: &impl Source,
        chance: Chance,
    ) {
        let now = chance.now;
        if let Some(account) = service.account {
            if self
                .work
                .as_ref()
                .is_some_and(|work| work.publication.pace.due <= now)
            {
                self.publication(service.api, account, app, source, chance)
                    .await;
                return;
            }
            if let Some((deployment, removal)) = &mut self.removal
                && removal.pace.due <= now
            {
                removal
                    .step(service.api, account, &script_name(app), chance)
                    .await;
                let (deployment, removal) = (deployment.clone(), removal.clone());
                self.removed(&deployment, &removal, now);
                return;
            }
        }
        if let Some(zone) = service.zone {
            self.purge.step(service.api, zone, chance).await;
        } else if !self.purge.is_over() {
            self.purge = Purge::default();
        }
    }

    async fn publication(
        &mut self,
        api: &impl Api,
        account: &Account,
        app: &AppId,
        source: &impl Source,
        chance: Chance,
    ) {
        let Some(work) = &mut self.work else { return };
        let before = work.publication.stage.clone();
        match source.prepared(work).await {
            Ok(prepared) => {
                let release = Release {
                    name: &script_name(app),
                    marker: &Site::marker(&work.deployment),
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
        let work = work.clone();
        let after = &work.publication.stage;
        if matches!(before, Stage::Put { .. }) {
            // Also where no answer came: it may have been taken.
            self.uploaded = chance.now;
        }
        if matches!((&before, after), (Stage::Put { .. }, Stage::Settle { .. })) {
            let last = self.running.replace(work.deployment.clone());
            if let Some(last) = last.filter(|last| *last != work.deployment) {
                self.note(&last, PublishState::Superseded, None, 0, chance.now);
            }
        }
        let pace = &work.publication.pace;
        let error = pace.problem.as_ref().map(PublishError::from);
        let state = state(&work.publication);
        self.note(&work.deployment, state, error, pace.calls, chance.now);
        if work.publication.is_over() {
            self.work = None;
            // It should have replaced one that was removed meanwhile.
            if *after == Stage::Failed && self.running.is_none() && self.uploaded > 0.0 {
                self.removal = Some((String::new(), Removal::of(self.uploaded)));
            }
        }
    }

    fn removed(&mut self, deployment: &str, removal: &Removal, now: f64) {
        let error = removal.pace.problem.as_ref().map(PublishError::from);
        let state = match (removal.over, &error) {
            (false, _) => PublishState::Removing,
            (true, None) => PublishState::Removed,
            (true, Some(_)) => PublishState::Failed,
        };
        if removal.over {
            self.removal = None;
            match &error {
                None => self.uploaded = 0.0,
                // It may be asked for again.
                Some(_) if !deployment.is_empty() => self.running = Some(deployment.to_owned()),
                Some(_) => {}
            }
        }
        if !deployment.is_empty() {
            self.note(deployment, state, error, removal.pace.calls, now);
        }
    }

    fn note(
        &mut self,
        deployment: &str,
        state: PublishState,
        error: Option<PublishError>,
        attempts: u32,
        at: f64,
    ) {
        let row = Row {
            state,
            attempts,
            error,
            at,
        };
        self.rows.insert(deployment.to_owned(), row);
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
