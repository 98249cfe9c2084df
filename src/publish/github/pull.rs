//! The one pull request that carries our versions to a branch that others write, too.

use super::{
    GitHub, Plan,
    push::{Remote, Side},
};
use crate::backoff::Trouble;
use overskill_ports::{Api, Clock, Sign};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Whether it waits.
    pub open: bool,
    /// Whether it was taken.
    pub merged: bool,
}

impl Pull {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            number: value["number"].as_u64()?,
            url: value["html_url"].as_str().unwrap_or_default().to_owned(),
            open: value["state"] == "open",
            merged: value["merged"] == true || value["merged_at"].is_string(),
        })
    }
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    pub(super) async fn read_pull(&self, remote: &Remote, number: u64) -> Result<Pull, Trouble> {
        let path = format!("{}/pulls/{number}", self.repository(remote));
        let answer = self.ask("GET", &path, None).await?;
        Pull::read(&answer.body).ok_or_else(|| answer.unexpected("the pull request"))
    }

    /// Opens the pull request of a branch, or says in it what it carries by now.
    pub(super) async fn open_pull(
        &self,
        plan: &Plan,
        remote: &Remote,
        side: &Side,
    ) -> Result<Pull, Trouble> {
        let repository = self.repository(remote);
        let base = &remote.repository.branch;
        let title = format!("OverSkill: version {}", plan.version);
        let body = format!(
            "`{base}` has commits that OverSkill didn't write, so version {} of the app comes as a pull request. \
             Later versions are added to it until it is merged or closed.\n\n{}",
            plan.version, plan.message
        );
        let known = match &side.pull {
            Some(pull) => Some(pull.number),
            None => self.find_pull(&repository, remote, side).await?,
        };
        let (method, path, sent) = match known {
            Some(number) => (
                "PATCH",
                format!("{repository}/pulls/{number}"),
                json!({"title": title, "body": body}),
            ),
            None => (
                "POST",
                format!("{repository}/pulls"),
                json!({"title": title, "body": body, "head": side.branch, "base": base}),
            ),
        };
        let answer = self.ask(method, &path, Some(sent)).await?;
        let pull = Pull::read(&answer.body).filter(|_| answer.status < 300);
        pull.ok_or_else(|| answer.unexpected("the pull request"))
    }

    /// One that was opened, and whose answer was lost.
    async fn find_pull(
        &self,
        repository: &str,
        remote: &Remote,
        side: &Side,
    ) -> Result<Option<u64>, Trouble> {
        let owner = &self.credentials.owner;
        let (head, base) = (&side.branch, &remote.repository.branch);
        let path = format!("{repository}/pulls?state=open&head={owner}:{head}&base={base}");
        let answer = self.ask("GET", &path, None).await?;
        let first = answer.body.get(0);
        Ok(first.and_then(|pull| pull["number"].as_u64()))
    }

    pub(super) async fn close_pull(&self, remote: &Remote, number: u64) -> Result<(), Trouble> {
        let path = format!("{}/pulls/{number}", self.repository(remote));
        let body = json!({"state": "closed"});
        let answer = self.ask("PATCH", &path, Some(body)).await?;
        match answer.status {
            // One that was merged, or that is gone, is closed.
            200 | 404 | 422 => Ok(()),
            _ => Err(answer.unexpected("the pull request to be closed")),
        }
    }
}
