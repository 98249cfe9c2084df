//! The record of an app's deployments, and what it promises.

use super::Summary;
use overskill_ports::Fault;
use overskill_protocol::{Builder, DeploymentState, Tier};
use serde::{Deserialize, Serialize};

/// A deployment that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its name within the app.
    pub id: String,
    /// How it is built.
    pub tier: Tier,
    /// The version that it is of.
    pub version: u64,
    /// What people are told of it.
    pub message: Option<String>,
    /// What whoever asks tells it from others by.
    pub key: Option<String>,
    /// Who asks.
    pub actor: String,
    /// Who builds it first.
    #[serde(default)]
    pub builder: Builder,
    /// Whether GitHub's Actions take over where it does not build here.
    #[serde(default)]
    pub fallback: bool,
    /// When, in milliseconds since 1970.
    pub at: u64,
}

/// The record. Every call is one step: all of it happens, or nothing, and it may be made again.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Ledger {
    /// Adds a deployment that is queued, and supersedes those of its tier that are unfinished. `false` where another has
    /// its key.
    async fn open(&self, wanted: &Wanted) -> Result<bool, Fault>;
    /// Moves an unfinished one on. `false` where it is finished, or gone.
    async fn advance(&self, id: &str, to: DeploymentState, cause: &str) -> Result<bool, Fault>;
    /// Whether it is still unfinished.
    async fn stands(&self, id: &str) -> Result<bool, Fault>;
    /// Ends an unfinished one that comes to nothing. `false` as above.
    async fn fail(&self, id: &str, cause: &str, summary: &Summary) -> Result<bool, Fault>;
    /// Makes an unfinished one the live one of its tier, in the place of the one that is. `false` as above.
    async fn go_live(&self, id: &str, summary: &Summary) -> Result<bool, Fault>;
    /// Those that were served, whose files are there, of which the given number of each tier and the given age are not
    /// exceeded, and those that are beyond; never the live ones among these.
    async fn beyond(&self, keep: u32, before: u64) -> Result<(Vec<String>, Vec<String>), Fault>;
    /// Gives up one that was served and isn't live. `false` where it became live meanwhile.
    async fn retire(&self, id: &str) -> Result<bool, Fault>;
}
