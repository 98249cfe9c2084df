//! Deployments on their way: each is a job that is on disk before it is acknowledged, and that whoever comes next takes up
//! where a crash left it.

mod away;
mod jobs;
mod running;
mod shelf;

use super::{
    Session, sql,
    tree::{Answer, Stop},
};
use crate::{config::retention, deployments::Record, published};
use futures_util::StreamExt;
use jobs::Job;
use overskill_flows::{
    build::Purpose,
    deploy::{Ended, Ledger, Means, Policy, Stage, Summary, Wanted, collect, deploy},
    news::{News, news},
    stored::actions_folder,
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::{Bucket, WallClock, tally};
use overskill_ports::{Blobs, Fault};
use overskill_protocol::{Builder, DeploymentNews, Outcome, Refusal, Tier};
pub(super) use running::Running;
use running::Told;
use shelf::Stored;
use std::{rc::Rc, time::Duration};
use worker::SqlStorage;

/// How often a deployment is tried that our side fails at.
const TRIES: u32 = 8;
/// The same of one that is built elsewhere: what was done there is worth some patience.
const TRIES_AWAY: u32 = 30;
/// Milliseconds in a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// What is asked for, besides the name.
pub(super) struct Asked {
    pub tier: Tier,
    pub version: Option<u64>,
    pub message: Option<String>,
    pub key: Option<String>,
    pub actor: String,
    pub builder: Builder,
    pub fallback: bool,
    pub wait: bool,
}

impl Session {
    /// Records a deployment of a version, the current one where none is named, and sees to it that it is made.
    pub(super) async fn start_deploying(
        &self,
        app: &AppId,
        id: String,
        asked: Asked,
    ) -> Result<Answer, Stop> {
        self.with(|tree| tree.alive())?;
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let known = asked.key.as_deref().map(|key| jobs::of_key(&sql, key));
        if let Some(known) = known.transpose()?.flatten() {
            return Ok((Outcome::Deployed { id: known }, Vec::new()));
        }
        self.arm().await?;
        // Nothing awaits from reading the tree to writing the job.
        let current = self.snapshot()?;
        if current.version == 0 {
            let detail = "Nothing was uploaded to this app yet.";
            return Err(Refusal::new(409, "app-empty", detail).into());
        }
        let version = asked.version.unwrap_or(current.version);
        let snapshot = match version == current.version {
            true => current.kept(),
            false => self.with(|tree| tree.past(version))?,
        };
        let job = Job {
            wanted: Wanted {
                id: id.clone(),
                tier: asked.tier,
                version,
                message: asked.message,
                key: asked.key,
                actor: asked.actor,
                builder: asked.builder,
                fallback: asked.fallback,
                at: self.later(),
            },
            snapshot,
            away: None,
            tries: 0,
        };
        jobs::insert(&sql, &job)?;
        let running = self.run_job(app, job);
        if !asked.wait {
            // It is acknowledged once it is in the list, too.
            running.opened().await;
            return Ok((Outcome::Deployed { id }, Vec::new()));
        }
        match running.ended().await {
            Some(Ok(Ended::Unavailable)) => {
                let detail = "The app's npm packages could not be had just now.";
                Err(Refusal::new(503, "packages-unavailable", detail).into())
            }
            // Done; or unfinished, and gone on with by the alarm.
            _ => Ok((Outcome::Deployed { id }, Vec::new())),
        }
    }

    /// The time, or a little later: no two deployments of an app are of the same.
    fn later(&self) -> u64 {
        let at = worker::Date::now().as_millis().max(self.asked_at.get() + 1);
        self.asked_at.set(at);
        at
    }

    /// Tells how a deployment goes until it ends, and takes up one that a crash left; nothing where it is done.
    pub(super) async fn follow_deployment(
        &self,
        app: &AppId,
        id: &str,
        tell: &dyn Fn(DeploymentNews),
    ) -> Result<Answer, Stop> {
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let under_way = self.deploying.borrow().get(id).cloned();
        let running = match under_way {
            Some(running) => Some(running),
            None => {
                let left = jobs::all(&sql)?.into_iter();
                let mut left = left.filter(|job| job.wanted.id == id);
                left.next().map(|job| self.run_job(app, job))
            }
        };
        if let Some(running) = running {
            let (teller, mut listener) = news();
            running.listen(teller);
            while let Some(News::Progress(told)) = listener.next().await {
                tell(told);
            }
        }
        let id = id.to_owned();
        Ok((Outcome::Deployed { id }, Vec::new()))
    }

    /// Takes up what is unfinished and isn't under way.
    pub(super) async fn resume_deployments(&self, app: &AppId) -> Result<(), Stop> {
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let mut failed = None;
        let now = worker::Date::now().as_millis();
        for job in jobs::all(&sql)? {
            let under_way = self.deploying.borrow().get(&job.wanted.id).cloned();
            let early = job.away.as_ref().is_some_and(|away| away.next > now);
            if early || under_way.is_some_and(|running| !running.rests()) {
                continue;
            }
            if let Some(Err(fault)) = self.run_job(app, job).ended().await {
                failed = Some(fault);
            }
        }
        match failed {
            Some(fault) => Err(Stop::Fault(fault.0)),
            // The alarm that they were recorded with has gone off.
            None => self.arm_for_jobs(&sql).await,
        }
    }

    /// Sees to it that the alarm goes off when something is to be done about unfinished ones.
    async fn arm_for_jobs(&self, sql: &SqlStorage) -> Result<(), Stop> {
        let due = jobs::all(sql)?.into_iter();
        let due = due.map(|job| job.away.map_or(0, |away| away.next)).min();
        match due {
            None => Ok(()),
            Some(0) => Ok(self.arm().await?),
            // What is to be carried on sooner sets it anew.
            Some(due) if !self.armed.get() => {
                let wait = due.saturating_sub(worker::Date::now().as_millis());
                let wait = Duration::from_millis(wait.max(1));
                Ok(self.state.storage().set_alarm(wait).await?)
            }
            Some(_) => Ok(()),
        }
    }

    /// Runs a job apart from whoever asked for it.
    fn run_job(&self, app: &AppId, job: Job) -> Rc<Running> {
        let id = job.wanted.id.clone();
        let resting = self.deploying.borrow().get(&id).cloned();
        let running = resting.filter(|running| running.rests());
        let running = running.unwrap_or_else(|| Rc::new(Running::of(&job)));
        running.wake();
        self.deploying
            .borrow_mut()
            .insert(id.clone(), running.clone());
        let session = self
            .relay
            .session()
            .expect("it runs in the object that it is");
        let (app, told) = (app.clone(), running.clone());
        self.state.wait_until(async move {
            let used = session.used.clone();
            let ended = tally::metered(used, session.work(&app, job, &told)).await;
            if told.pause(ended) {
                session.deploying.borrow_mut().remove(&id);
            }
        });
        running
    }

    async fn work(&self, app: &AppId, mut job: Job, running: &Rc<Running>) -> Result<Ended, Fault> {
        let stop = |stop: Stop| match stop {
            Stop::Refused(refusal) => Fault(refusal.detail),
            Stop::Fault(cause) => Fault(cause),
        };
        let sql = self.with(|tree| Ok(tree.sql.clone())).map_err(stop)?;
        let wanted = job.wanted.clone();
        let (id, tier) = (wanted.id.clone(), wanted.tier);
        if job.away.as_ref().is_some_and(|away| away.over) {
            self.finish(app, &sql, &mut job).await?;
            return Ok(Ended::Overtaken);
        }
        let record = Record {
            env: &self.env,
            app,
            log: &|| running.log(),
        };
        let ledger = Told {
            record: &record,
            running,
            actor: &wanted.actor,
        };
        let snapshot = self.snapshot_of(&job.snapshot).map_err(stop)?;
        let purpose = match tier {
            Tier::Preview => Purpose::Preview,
            Tier::Production => Purpose::Production,
        };
        let building = super::build::UnderWay::begin(&self.building);
        let stage = match job.away {
            None => Stage::Begins,
            Some(_) => Stage::Away,
        };
        let (kept, ours) = (&snapshot, &mut job);
        let build = async || {
            if stage == Stage::Away {
                return self.ask_after(app, ours, kept, running).await;
            }
            self.overtake(app, &sql, &ours.wanted);
            let hear = |progress| running.progress(progress);
            let mut built = self.run(kept, purpose, false, &hear).await;
            self.seal_variables(app, &ours.wanted.id, kept, &mut built);
            running.built(&built);
            if !self.goes_away(app, &ours.wanted, &built).await? {
                return Ok(Some(built));
            }
            self.hand_over(app, ours, kept, built, running).await?;
            self.ask_after(app, ours, kept, running).await
        };
        let bucket = Bucket { env: &self.env };
        let means = Means {
            ledger: &ledger,
            blobs: &bucket,
            shelf: &Stored(&sql),
            clock: &WallClock,
            gate: &self.storing,
        };
        let folder = actions_folder(app, &id);
        let read = async |hash: &ContentHash| match snapshot.read(hash) {
            None if stage == Stage::Away => bucket.get(&format!("{folder}{hash}")).await,
            known => Ok(known),
        };
        let ended = deploy(app, &wanted, stage, &means, build, read).await;
        drop(building);
        match &ended {
            Ok(Ended::Away) => return ended,
            Ok(Ended::Unavailable) => record
                .forget(&id)
                .await
                .map_err(|error| Fault(error.to_string()))?,
            Ok(_) => {}
            Err(fault) => {
                let line = serde_json::json!({"event": "deployment", "id": id, "try": job.tries + 1, "fault": fault.0});
                worker::console_error!("{line}");
                let most = match job.away {
                    None => TRIES,
                    Some(_) => TRIES_AWAY,
                };
                if job.tries + 1 < most {
                    jobs::tried(&sql, &id).map_err(|error| Fault(error.to_string()))?;
                    return ended;
                }
                let cause = format!("our side failed {most} times");
                ledger.fail(&id, &cause, &Summary::default()).await?;
            }
        }
        if let Err(fault) = self.finish(app, &sql, &mut job).await {
            // It has ended all the same; the alarm tells the publisher.
            worker::console_error!(
                "{}",
                serde_json::json!({"event": "deployment", "id": id, "fault": fault.0})
            );
            self.arm().await.map_err(|error| Fault(error.to_string()))?;
        }
        if ended == Ok(Ended::Live) {
            published::refresh(&self.env, app, tier).await;
        }
        if ended == Ok(Ended::Live)
            && let Err(Stop::Fault(cause)) = self.let_go(app).await
        {
            // The next deployment tries again.
            let line = serde_json::json!({"event": "collect", "fault": cause});
            worker::console_error!("{line}");
        }
        match ended {
            Err(_) => Ok(Ended::Failed),
            ended => ended,
        }
    }

    /// Forgets a job that has ended, once nobody works on it elsewhere.
    async fn finish(&self, app: &AppId, sql: &SqlStorage, job: &mut Job) -> Result<(), Fault> {
        let fault = |error: worker::Error| Fault(error.to_string());
        let id = job.wanted.id.clone();
        if let Some(away) = &mut job.away {
            let first = !std::mem::replace(&mut away.over, true);
            away.next = 0;
            if first {
                jobs::update(sql, job).map_err(fault)?;
            }
            if let Err(told) = self.come_home(app, &id).await
                && job.tries < TRIES_AWAY
            {
                jobs::tried(sql, &id).map_err(fault)?;
                return Err(told);
            }
        }
        jobs::remove(sql, &id).map_err(fault)
    }

    /// Collects where there is something beyond what is kept.
    async fn let_go(&self, app: &AppId) -> Result<(), Stop> {
        let Ok(kept) = retention(&self.env) else {
            return Ok(());
        };
        let record = Record {
            env: &self.env,
            app,
            log: &Vec::new,
        };
        let now = worker::Date::now().as_millis();
        let since = now.saturating_sub(u64::from(kept.days) * DAY);
        let beyond = Ledger::beyond(&record, kept.count, since).await;
        let (_, beyond) = beyond.map_err(|fault| Stop::Fault(fault.0))?;
        if !beyond.is_empty() {
            self.collect(app, false, kept.count, kept.days).await?;
        }
        Ok(())
    }

    /// Retires deployments beyond what is kept, and deletes what nothing refers to.
    pub(super) async fn collect(
        &self,
        app: &AppId,
        dry_run: bool,
        keep: u32,
        days: u32,
    ) -> Result<Answer, Stop> {
        self.with(|tree| tree.alive())?;
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let record = Record {
            env: &self.env,
            app,
            log: &Vec::new,
        };
        let now = worker::Date::now().as_millis();
        let policy = Policy {
            keep,
            since: now.saturating_sub(u64::from(days) * DAY),
            dry_run,
        };
        let bucket = Bucket { env: &self.env };
        let gate = &self.storing;
        if !dry_run {
            self.retiring().await?;
        }
        let collected = collect(app, policy, &record, &bucket, &Stored(&sql), gate).await;
        let collected = collected.map_err(|fault| Stop::Fault(fault.0))?;
        if let Err(Stop::Fault(cause)) = self.tell_deployers(app).await {
            // The alarm tells them.
            let line = serde_json::json!({"event": "collect", "fault": cause});
            worker::console_error!("{line}");
        }
        Ok((Outcome::Collected(collected), Vec::new()))
    }

    /// The contents that unfinished deployments are made of.
    pub(super) fn deploying_contents(&self) -> Result<Vec<String>, Stop> {
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let jobs = jobs::all(&sql)?;
        Ok(jobs
            .iter()
            .flat_map(|job| job.snapshot.contents())
            .map(|hash| hash.to_string())
            .collect())
    }
}
