//! Runs of the workflow on a branch that is a deployment's alone: found, cancelled, and the branch with them.

use super::{
    GitHub, Oid, Run,
    actions::read,
    workflow::{NAME, WORKFLOW_PATH},
};
use crate::backoff::Trouble;
use overskill_ports::{Api, Clock, Sign};
use serde_json::Value;

/// What is looked through of a branch's runs: there is one, or two where an answer got lost.
const LISTED: u32 = 20;

/// A run, and what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The run.
    pub run: Run,
    /// Whether it is of the commit that is asked about, by the workflow that was dispatched.
    pub fits: bool,
}

fn fits(run: &Value, branch: &str, commit: Option<Oid>) -> bool {
    let same = |name: &str, text: &str| run[name].as_str() == Some(text);
    // With a branch behind it where the file is another's.
    let file = run["path"].as_str().unwrap_or(WORKFLOW_PATH);
    same("event", "workflow_dispatch")
        && same("head_branch", branch)
        && commit.is_some_and(|commit| same("head_sha", &commit.to_string()))
        && file.split('@').next() == Some(WORKFLOW_PATH)
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// The runs on a branch, the oldest first.
    pub(crate) async fn runs(
        &self,
        repository: &str,
        branch: &str,
        commit: Option<Oid>,
    ) -> Result<Vec<Ran>, Trouble> {
        let path = format!(
            "{repository}/actions/workflows/{NAME}/runs?branch={}&event=workflow_dispatch&per_page={LISTED}",
            branch.replace('/', "%2F")
        );
        let answer = self.ask("GET", &path, None).await?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let listed = answer.body["workflow_runs"].as_array();
        let listed = listed.ok_or_else(|| answer.unexpected("the runs"))?;
        // What is said to be of a branch is looked at all the same.
        let own = listed.iter().filter(|run| run["head_branch"] == branch);
        let mut runs: Vec<_> = own
            .filter_map(|run| {
                Some(Ran {
                    run: read(run)?,
                    fits: fits(run, branch, commit),
                })
            })
            .collect();
        runs.sort_by_key(|ran| ran.run.id);
        Ok(runs)
    }

    /// How far a run is that is known.
    pub(crate) async fn run(&self, repository: &str, id: u64) -> Result<Run, Trouble> {
        let path = format!("{repository}/actions/runs/{id}");
        let answer = self.ask("GET", &path, None).await?;
        match answer.status {
            404 => Err(Trouble::Fault(format!("GitHub knows no run {id} just now"))),
            _ => read(&answer.body).ok_or_else(|| answer.unexpected("the run")),
        }
    }

    /// The step at which a run has failed, where one is named.
    pub(crate) async fn failed_step(
        &self,
        repository: &str,
        run: u64,
    ) -> Result<Option<String>, Trouble> {
        let path = format!("{repository}/actions/runs/{run}/jobs");
        let answer = self.ask("GET", &path, None).await?;
        let jobs = answer.body["jobs"].as_array().into_iter().flatten();
        let mut steps = jobs.flat_map(|job| job["steps"].as_array().into_iter().flatten());
        let failed = steps.find(|step| step["conclusion"] == "failure");
        Ok(failed.and_then(|step| step["name"].as_str().map(str::to_owned)))
    }

    /// Cancels a run; one that has ended, or is gone, is no failure.
    pub(crate) async fn cancel(&self, repository: &str, run: u64) -> Result<(), Trouble> {
        let path = format!("{repository}/actions/runs/{run}/cancel");
        let answer = self.ask("POST", &path, None).await?;
        match answer.status {
            200..=299 | 404 | 409 => Ok(()),
            _ => Err(answer.unexpected("a run to be cancelled")),
        }
    }

    /// Deletes a branch; one that isn't there is no failure.
    pub(crate) async fn delete_branch(
        &self,
        repository: &str,
        branch: &str,
    ) -> Result<(), Trouble> {
        let path = format!("{repository}/git/refs/heads/{branch}");
        let answer = self.ask("DELETE", &path, None).await?;
        match answer.status {
            204 | 404 | 422 => Ok(()),
            409 => Err(Trouble::Fault("the branch is being written".to_owned())),
            _ => Err(answer.unexpected("a branch to be deleted")),
        }
    }
}
