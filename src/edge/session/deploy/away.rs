//! Deployments that the app's own GitHub Actions build: handed over to the publisher, asked after, and taken back. What
//! it says is on disk here before it is told, so that a crash changes nothing but the time.

use super::{super::build::Snapshot, Job, Running, Session, jobs, sql};
use crate::{deployments::Record, github, publisher, reply::Failure};
use overskill_diagnostics::Diagnostic;
use overskill_flows::{
    build::{Built, Purpose, Rest},
    deploy::{Ended, Wanted},
    stored::{actions_folder, blob_key},
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::Bucket;
use overskill_ports::{Blobs, Fault};
use overskill_protocol::{
    ACTIONS_OUTPUT, ACTIONS_SOURCE, ActionsEnded, ActionsOutput, ActionsSource, Builder,
    DeploymentLine, PublisherCommand, Tier, Timings,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, rc::Rc};
use worker::SqlStorage;

/// After the publisher has something to do, it is asked so many milliseconds later.
const LATER: u64 = 300;
/// It is not asked again sooner.
const SOONEST: u64 = 500;

/// What is known of a deployment that is built elsewhere.
#[derive(Serialize, Deserialize)]
pub(super) struct Away {
    /// What was wrong here.
    diagnostics: Vec<Diagnostic>,
    timings: Timings,
    /// Its log so far, and how much of that the publisher told.
    pub log: Vec<DeploymentLine>,
    heard: usize,
    run_url: Option<String>,
    /// When it is asked after, in milliseconds since 1970.
    pub next: u64,
    /// Whether it has ended, and only the publisher is to be told.
    pub over: bool,
}

fn fault(error: impl ToString) -> Fault {
    Fault(error.to_string())
}

fn failure(failure: Failure) -> Fault {
    Fault(match failure {
        Failure::Refused(refusal) => refusal.detail,
        Failure::Fault(cause) => cause,
    })
}

impl Session {
    /// Whether GitHub's Actions are to build what was built here, or was not.
    pub(super) async fn goes_away(
        &self,
        app: &AppId,
        wanted: &Wanted,
        built: &Built,
    ) -> Result<bool, Fault> {
        // Nobody else builds server code, and a page without its server is none.
        if wanted.tier != Tier::Production || built.server_fails() {
            return Ok(false);
        }
        if wanted.builder == Builder::Github {
            return Ok(true);
        }
        if built.preview.is_some() || built.retry || !wanted.fallback {
            return Ok(false);
        }
        match github::builds(&self.env, app).await {
            Ok(()) => Ok(true),
            Err(Failure::Refused(_)) => Ok(false),
            Err(Failure::Fault(cause)) => Err(Fault(cause)),
        }
    }

    /// Hands a deployment over.
    pub(super) async fn hand_over(
        &self,
        app: &AppId,
        job: &mut Job,
        snapshot: &Snapshot,
        built: Built,
        running: &Running,
    ) -> Result<(), Fault> {
        let bucket = Bucket { env: &self.env };
        let files = snapshot.files.iter();
        let source = ActionsSource {
            version: snapshot.version,
            files: files
                .map(|(path, info)| (path.to_string(), info.hash))
                .collect(),
            variables: snapshot.variables.clone(),
        };
        let contents: BTreeSet<ContentHash> = source.files.values().copied().collect();
        self.put_contents(app, snapshot, &contents).await?;
        let list = serde_json::to_vec(&source).map_err(fault)?;
        let folder = actions_folder(app, &job.wanted.id);
        bucket.put(&(folder + ACTIONS_SOURCE), list).await?;
        running.line(match job.wanted.builder {
            Builder::Here => "it does not build here: GitHub's Actions take over".to_owned(),
            Builder::Github => "GitHub's Actions build it".to_owned(),
        });
        running.goes_away();
        job.away = Some(Away {
            diagnostics: match job.wanted.builder {
                Builder::Here => built.diagnostics,
                Builder::Github => Vec::new(),
            },
            timings: built.timings,
            log: running.log(),
            heard: 0,
            run_url: None,
            next: 0,
            over: false,
        });
        jobs::update(&snapshot.sql, job).map_err(fault)
    }

    /// Sees to it that the store has contents of a version, which may never have settled.
    async fn put_contents(
        &self,
        app: &AppId,
        snapshot: &Snapshot,
        contents: &BTreeSet<ContentHash>,
    ) -> Result<(), Fault> {
        let bucket = Bucket { env: &self.env };
        let _gate = self.storing.lock().await;
        let rows = sql::rows(&snapshot.sql, "SELECT hash FROM flushed", vec![]);
        let rows = rows.map_err(fault)?.into_iter();
        let stored: BTreeSet<String> = rows.filter_map(sql::text).collect();
        for hash in contents {
            let name = hash.to_string();
            if stored.contains(&name) {
                continue;
            }
            let bytes = snapshot.read(hash);
            let bytes = bytes.ok_or_else(|| Fault(format!("{hash} is gone")))?;
            bucket.put(&blob_key(app, &name), bytes).await?;
            let note = "INSERT OR IGNORE INTO flushed (hash) VALUES (?)";
            sql::run(&snapshot.sql, note, vec![name.into()]).map_err(fault)?;
        }
        Ok(())
    }

    /// Asks how far it is; gives what came of it once it has ended.
    pub(super) async fn ask_after(
        &self,
        app: &AppId,
        job: &mut Job,
        snapshot: &Snapshot,
        running: &Running,
    ) -> Result<Option<Built>, Fault> {
        let id = job.wanted.id.clone();
        let command = PublisherCommand::Build {
            id: id.clone(),
            version: job.wanted.version,
        };
        let told = publisher::build(&self.env, app, &command).await;
        let told = told.map_err(failure)?;
        let away = job.away.as_mut().expect("it is away");
        let first = away.next == 0;
        let news = told.lines.get(away.heard..).unwrap_or_default();
        news.iter().for_each(|line| running.add(line.clone()));
        let changed = first || !news.is_empty() || told.run_url != away.run_url;
        let now = worker::Date::now().as_millis();
        away.next = (told.next_at + LATER).max(now + SOONEST);
        (away.heard, away.run_url) = (told.lines.len(), told.run_url);
        away.log = running.log();
        if changed {
            let record = Record {
                env: &self.env,
                app,
                log: &|| running.log(),
            };
            let (diagnostics, url) = (&away.diagnostics, away.run_url.as_deref());
            let noted = record.note(&id, url, diagnostics).await;
            noted.map_err(fault)?;
        }
        let (diagnostics, timings) = (away.diagnostics.clone(), away.timings);
        jobs::update(&snapshot.sql, job).map_err(fault)?;
        match told.ended {
            None => Ok(None),
            Some(ActionsEnded::Built) => self.take_back(app, job, snapshot).await.map(Some),
            Some(ActionsEnded::Failed { code, detail }) => {
                let mut diagnostics = diagnostics;
                diagnostics.push(Diagnostic::error(&code, detail));
                Ok(Some(Built {
                    preview: None,
                    diagnostics,
                    lock: None,
                    retry: false,
                    timings,
                    rest: Rest::default(),
                }))
            }
        }
    }

    /// What was built elsewhere, with the server code that is built here.
    async fn take_back(&self, app: &AppId, job: &Job, snapshot: &Snapshot) -> Result<Built, Fault> {
        let key = actions_folder(app, &job.wanted.id) + ACTIONS_OUTPUT;
        let list = Bucket { env: &self.env }.get(&key).await?;
        let list = list.ok_or_else(|| Fault(format!("{key} is not there")))?;
        let output: ActionsOutput = serde_json::from_slice(&list).map_err(fault)?;
        let built = self
            .run(snapshot, Purpose::Production, false, &|_| {})
            .await;
        if built.server_waits() {
            return Err(Fault("its server's packages can't be had".to_owned()));
        }
        if built.server_fails() {
            return Ok(Built {
                preview: None,
                ..built
            });
        }
        let mut built = built.elsewhere(&output, &snapshot.files);
        if job.wanted.builder == Builder::Github && built.preview.is_some() {
            // Why it would not build here is nobody's question.
            built.diagnostics.clear();
        }
        self.seal_variables(app, &job.wanted.id, snapshot, &mut built);
        Ok(built)
    }

    /// Puts in what the server code of a build sees.
    pub(super) fn seal_variables(
        &self,
        app: &AppId,
        id: &str,
        snapshot: &Snapshot,
        built: &mut Built,
    ) {
        if let Some(server) = built.preview.as_mut().and_then(|it| it.server.as_mut()) {
            let variables = self.sealed_variables(app, id, &snapshot.variables);
            server.variables = Some(variables);
        }
    }

    /// Tells the publisher that nobody waits any more, and clears up.
    pub(super) async fn come_home(&self, app: &AppId, id: &str) -> Result<(), Fault> {
        let drop = PublisherCommand::Drop { id: id.to_owned() };
        let told = publisher::build(&self.env, app, &drop).await;
        told.map_err(failure)?;
        let bucket = Bucket { env: &self.env };
        bucket.delete_folder(&actions_folder(app, id)).await
    }

    /// The app is gone: who follows those that are built elsewhere need not wait.
    pub(in super::super) fn leave_deployments(&self) {
        let mut deploying = self.deploying.borrow_mut();
        deploying.retain(|_, running| {
            let leaves = running.rests();
            if leaves {
                running.end(Ok(Ended::Overtaken));
            }
            !leaves
        });
    }

    /// Those of the tier that are built elsewhere find out that a newer one has come.
    pub(super) fn overtake(&self, app: &AppId, sql: &SqlStorage, by: &Wanted) {
        let older = |job: &Job| {
            let wanted = &job.wanted;
            job.away.is_some() && wanted.tier == by.tier && wanted.at < by.at
        };
        let resting = |job: &Job| {
            let deploying = self.deploying.borrow();
            let running: Option<&Rc<Running>> = deploying.get(&job.wanted.id);
            running.is_none_or(|running| running.rests())
        };
        let all = jobs::all(sql).unwrap_or_default().into_iter();
        for job in all.filter(older).filter(resting) {
            self.run_job(app, job);
        }
    }
}
