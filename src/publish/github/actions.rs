//! The production build by the repository's own GitHub Actions: dispatched when asked for, its status read back.

use super::{GitHub, push::Remote, workflow::NAME};
use crate::backoff::{Tries, Trouble};
use overskill_ports::{Api, Clock, Sign};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A run is looked at again after so long, and later and later, in milliseconds.
const LOOK: f64 = 3_000.0;
/// The longest between two looks.
const LOOK_LONGEST: f64 = 600_000.0;
/// So often the workflow may be too new to be known.
const NEW: u32 = 4;
/// What has not ended by then is not looked at any more.
const GIVEN_UP: f64 = 24.0 * 3_600_000.0;

/// A run of the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: u64,
    /// Its page.
    pub url: String,
    /// GitHub's word for how far it is: `queued`, `in_progress`, `completed` and others.
    pub status: String,
    /// GitHub's word for how it ended, once it has.
    pub conclusion: Option<String>,
}

/// A build that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// What its run is told by.
    pub request: String,
    /// The version that it is of, at least.
    pub version: u64,
    /// When it was asked for, in milliseconds since 1970.
    pub asked: f64,
    /// Whether a dispatch was begun: whether it was taken may not be known.
    #[serde(default)]
    pub begun: bool,
    /// Whether it was taken.
    #[serde(default)]
    pub taken: bool,
    /// Its run.
    #[serde(default)]
    pub run: Option<Run>,
    /// Looks at it.
    #[serde(default)]
    pub looks: u32,
    /// The next of them.
    #[serde(default)]
    pub next: f64,
    /// Tries that failed.
    #[serde(default)]
    pub tries: Tries,
}

impl Build {
    /// One that is asked for now.
    pub fn new(request: String, version: u64, now: f64) -> Self {
        Self {
            request,
            version,
            asked: now,
            begun: false,
            taken: false,
            run: None,
            looks: 0,
            next: now,
            tries: Tries::default(),
        }
    }

    /// Whether nothing more is to be heard of it.
    pub fn ended(&self, now: f64) -> bool {
        let completed = self
            .run
            .as_ref()
            .is_some_and(|run| run.status == "completed");
        completed || now - self.asked > GIVEN_UP
    }

    /// When something is to be done about it.
    pub fn due(&self, now: f64) -> Option<f64> {
        (!self.ended(now)).then(|| self.next.max(self.tries.not_before))
    }
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// Takes a build one step further: finds its run, or dispatches it, or reads its run's status.
    ///
    /// # Errors
    /// Whatever keeps it from being done now.
    pub async fn advance(
        &self,
        build: &mut Build,
        remote: &Remote,
        branch: &str,
        save: &dyn Fn(&Build) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let repository = self.repository(remote);
        if build.begun {
            self.look(build, &repository).await?;
        }
        if !build.taken {
            build.begun = true;
            save(build)?;
            let inputs = json!({"request": build.request});
            self.dispatch(&repository, branch, inputs, build.tries.failed)
                .await?;
            build.taken = true;
        }
        let wait = LOOK * 1.5_f64.powi(build.looks.min(30) as i32);
        build.looks += 1;
        build.next = self.clock.now() + wait.min(LOOK_LONGEST);
        build.tries = Tries::default();
        Ok(())
    }

    /// Has the workflow run on a branch. `failed` is how often that was tried in vain.
    pub(crate) async fn dispatch(
        &self,
        repository: &str,
        branch: &str,
        inputs: Value,
        failed: u32,
    ) -> Result<(), Trouble> {
        let path = format!("{repository}/actions/workflows/{NAME}/dispatches");
        let body = json!({"ref": branch, "inputs": inputs});
        let answer = self.ask("POST", &path, Some(body)).await?;
        match answer.status {
            200..=299 => Ok(()),
            // It may have come with the last commit, and GitHub takes some seconds to learn of it.
            404 if failed < NEW => Err(Trouble::Fault("GitHub knows no workflow yet".to_owned())),
            404 => {
                let detail = format!(
                    "GitHub knows no workflow `{NAME}`: it has to be on the default branch, and the App needs the permission `actions: write`."
                );
                Err(Trouble::refused("workflow-not-found", detail))
            }
            _ => Err(answer.unexpected("the workflow to be run")),
        }
    }

    async fn look(&self, build: &mut Build, repository: &str) -> Result<(), Trouble> {
        let run = match &build.run {
            Some(run) => {
                let path = format!("{repository}/actions/runs/{}", run.id);
                let answer = self.ask("GET", &path, None).await?;
                read(&answer.body).ok_or_else(|| answer.unexpected("the run"))?
            }
            None => {
                let path = format!(
                    "{repository}/actions/workflows/{NAME}/runs?event=workflow_dispatch&per_page=50"
                );
                let answer = self.ask("GET", &path, None).await?;
                let title = format!("OverSkill {}", build.request);
                let runs = answer.body["workflow_runs"].as_array();
                let mut runs = runs.into_iter().flatten();
                let Some(run) = runs.find(|run| run["display_title"] == title) else {
                    return Ok(());
                };
                read(run).ok_or_else(|| answer.unexpected("the runs"))?
            }
        };
        build.taken = true;
        build.run = Some(run);
        Ok(())
    }
}

pub(super) fn read(run: &Value) -> Option<Run> {
    Some(Run {
        id: run["id"].as_u64()?,
        url: run["html_url"].as_str().unwrap_or_default().to_owned(),
        status: run["status"].as_str()?.to_owned(),
        conclusion: run["conclusion"].as_str().map(str::to_owned),
    })
}
