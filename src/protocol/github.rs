//! Bodies of the calls on an app's repository, and what the edge and its publisher tell each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most co-authors of an app's commits.
pub const CO_AUTHORS: usize = 20;

/// `PUT /v1/apps/{slug}/github`: publish to a repository; what is absent stays, or is as it is at first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SetGithub {
    /// The repository's name, without its owner's, which is the installation's. At first the app's slug; only an admin may
    /// choose another one, and one that wasn't made for the app.
    pub repository: Option<String>,
    /// The branch; `main` at first.
    pub branch: Option<String>,
    /// Whether the repository is made private; so at first.
    pub private: Option<bool>,
    /// Whether a workflow that builds the app is among the files; so at first.
    pub workflow: Option<bool>,
    /// Who is named in every commit, as `Name <address>`.
    #[schemars(length(max = CO_AUTHORS))]
    pub co_authors: Option<Vec<String>>,
}

/// `POST /v1/apps/{slug}/github/push`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PushGithub {
    /// What the commit says.
    #[schemars(length(max = crate::MESSAGE_CHARACTERS))]
    pub message: Option<String>,
    /// Whether the workflow is run once the newest version is there.
    #[serde(deserialize_with = "or_not")]
    #[schemars(with = "Option<bool>")]
    pub build: bool,
}

fn or_not<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// How an app is published to GitHub.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Github {
    /// Whether it is.
    pub enabled: bool,
    /// The repository's name.
    pub repository: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Whether the repository is made private.
    pub private: Option<bool>,
    /// Whether the workflow is among the files.
    pub workflow: Option<bool>,
    /// Who is named in every commit.
    pub co_authors: Vec<String>,
    /// How it goes.
    pub status: GithubStatus,
}

/// How publishing goes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GithubStatus {
    /// What this installation has to be given before it can publish, by name.
    pub missing: Vec<String>,
    /// Whose the repositories are.
    pub owner: Option<String>,
    /// The repository's page.
    pub url: Option<String>,
    /// The newest commit.
    pub commit: Option<GithubCommit>,
    /// The newest version that waits to be committed.
    pub pending_version: Option<u64>,
    /// Why the last try failed.
    pub error: Option<GithubError>,
    /// Tries that failed in a row.
    pub failures: u32,
    /// When there is something to do next, in milliseconds since 1970.
    pub next_at: Option<u64>,
    /// The pull request that carries versions, while the branch has commits that aren't ours.
    pub pull_request: Option<GithubPull>,
    /// The run of the workflow that was asked for last.
    pub run: Option<GithubRun>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GithubCommit {
    /// Its name.
    pub sha: String,
    /// The app's version that it holds.
    pub version: u64,
    /// The branch that it was written to.
    pub branch: String,
    /// Its page.
    pub url: String,
    /// Paths of the app that Git can't hold.
    pub left_out: Vec<String>,
}

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GithubError {
    /// The reason's name.
    pub code: String,
    /// The reason in words.
    pub detail: String,
    /// When, in milliseconds since 1970.
    pub at: u64,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GithubPull {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// The branch that it asks to be merged.
    pub branch: String,
}

/// A run of the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GithubRun {
    /// The version that it was asked for.
    pub version: u64,
    /// When it was asked for, in milliseconds since 1970.
    pub asked_at: u64,
    /// `waiting` until GitHub has it; then GitHub's word.
    pub status: String,
    /// GitHub's word for how it ended.
    pub conclusion: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Why it could not be asked for.
    pub error: Option<GithubError>,
}

/// What an app's publisher is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublisherCommand {
    /// A version is in the store.
    Settled {
        /// Which.
        version: u64,
    },
    /// The settings changed, or the app is gone.
    Changed {
        /// The app's version.
        version: u64,
    },
    /// Somebody wants the newest version out now.
    Push {
        /// The app's version.
        version: u64,
        /// What the commit says.
        message: Option<String>,
        /// Names the run of the workflow that is wanted.
        build: Option<String>,
    },
    /// Have a deployment built by the workflow, unless that was said before; answered with how far it is.
    Build {
        /// The deployment's name within the app.
        id: String,
        /// The app's version that it is of.
        version: u64,
    },
    /// Nobody waits for a deployment's build any more; a run that hasn't ended is cancelled.
    Drop {
        /// The deployment's name.
        id: String,
    },
    /// Only to be told how it goes.
    Read,
}
