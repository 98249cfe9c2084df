//! Deployments on their way: each is a job that is on disk before it is acknowledged, and that whoever comes next takes up
//! where a crash left it.

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
    deploy::{Ended, Ledger, Means, Policy, Summary, Wanted, collect, deploy},
    news::{News, news},
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::{Bucket, WallClock, tally};
use overskill_ports::Fault;
use overskill_protocol::{DeploymentNews, Outcome, Refusal, Tier};
pub(super) use running::Running;
use running::Told;
use shelf::Stored;
use std::rc::Rc;

/// How often a deployment is tried that our side fails at.
const TRIES: u32 = 8;
/// Milliseconds in a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// What is asked for, besides the name.
pub(super) struct Asked {
    pub tier: Tier,
    pub version: Option<u64>,
    pub message: Option<String>,
    pub key: Option<String>,
    pub actor: String,
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
                at: self.later(),
            },
            snapshot,
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
        for job in jobs::all(&sql)? {
            if self.deploying.borrow().contains_key(&job.wanted.id) {
                continue;
            }
            if let Some(Err(fault)) = self.run_job(app, job).ended().await {
                failed = Some(fault);
            }
        }
        match failed {
            Some(fault) => Err(Stop::Fault(fault.0)),
            // The alarm that they were recorded with has gone off.
            None if !jobs::all(&sql)?.is_empty() => Ok(self.arm().await?),
            None => Ok(()),
        }
    }

    /// Runs a job apart from whoever asked for it.
    fn run_job(&self, app: &AppId, job: Job) -> Rc<Running> {
        let running = Rc::new(Running::default());
        let id = job.wanted.id.clone();
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
            session.deploying.borrow_mut().remove(&id);
            told.end(ended);
        });
        running
    }

    async fn work(&self, app: &AppId, job: Job, running: &Rc<Running>) -> Result<Ended, Fault> {
        let stop = |stop: Stop| match stop {
            Stop::Refused(refusal) => Fault(refusal.detail),
            Stop::Fault(cause) => Fault(cause),
        };
        let sql = self.with(|tree| Ok(tree.sql.clone())).map_err(stop)?;
        let id = job.wanted.id.clone();
        let tier = job.wanted.tier;
        let record = Record {
            env: &self.env,
            app,
            log: &|| running.log(),
        };
        let ledger = Told {
            record: &record,
            running,
            actor: &job.wanted.actor,
        };
        let snapshot = self.snapshot_of(&job.snapshot).map_err(stop)?;
        let purpose = match job.wanted.tier {
            Tier::Preview => Purpose::Preview,
            Tier::Production => Purpose::Production,
        };
        let building = super::build::UnderWay::begin(&self.building);
        let build = async || {
            let hear = |progress| running.progress(progress);
            let mut built = self.run(&snapshot, purpose, false, &hear).await;
            if let Some(server) = built.preview.as_mut().and_then(|it| it.server.as_mut()) {
                let variables = self.sealed_variables(app, &job.wanted.id, &snapshot.variables);
                server.variables = Some(variables);
            }
            running.built(&built);
            Ok(built)
        };
        let bucket = Bucket { env: &self.env };
        let means = Means {
            ledger: &ledger,
            blobs: &bucket,
            shelf: &Stored(&sql),
            clock: &WallClock,
            gate: &self.storing,
        };
        let read = |hash: &ContentHash| snapshot.read(hash);
        let ended = deploy(app, &job.wanted, &means, build, &read).await;
        drop(building);
        match &ended {
            Ok(Ended::Unavailable) => record
                .forget(&id)
                .await
                .map_err(|error| Fault(error.to_string()))?,
            Ok(_) => {}
            Err(fault) => {
                let line = serde_json::json!({"event": "deployment", "id": id, "try": job.tries + 1, "fault": fault.0});
                worker::console_error!("{line}");
                if job.tries + 1 < TRIES {
                    jobs::tried(&sql, &id).map_err(|error| Fault(error.to_string()))?;
                    return ended;
                }
                let cause = format!("our side failed {TRIES} times");
                ledger.fail(&id, &cause, &Summary::default()).await?;
            }
        }
        jobs::remove(&sql, &id).map_err(|error| Fault(error.to_string()))?;
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
