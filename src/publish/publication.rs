//! One app's publication to GitHub: what waits, what is known of the repository, the build that runs; and the steps that
//! take them further. Whoever holds it saves it when told to, and calls again when it is due.

use crate::{
    backoff::Trouble,
    github::{Build, GitHub, Known, Names, Oid, Plan, Pushed, Remote, Repository, plan},
    orders::{Order, step_orders},
    outbox::Outbox,
};
use overskill_model::ContentHash;
use overskill_ports::{Api, Blobs, Clock, Fault, Sign};
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, collections::BTreeMap};

/// Somebody was faster than the store.
pub(crate) const NOT_STORED: &str = "not-stored-yet";

/// The newest version of an app that is stored whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Which.
    pub version: u64,
    /// Path to content.
    pub files: BTreeMap<String, ContentHash>,
}

/// A commit as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its name.
    pub sha: Oid,
    /// The app's version that it holds.
    pub version: u64,
    /// The branch it was written to.
    pub branch: String,
    /// Paths of the app that Git can't hold.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// All that has to outlive a crash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Publication {
    /// What waits.
    pub outbox: Outbox,
    /// The repository.
    pub remote: Remote,
    /// The newest commit.
    pub commit: Option<Commit>,
    /// What whoever asked for the next commit says of it.
    pub message: Option<String>,
    /// The time that the commit of a version is given, whichever try makes it.
    pub stamp: Option<(u64, f64)>,
    /// The build that was asked for last.
    pub build: Option<Build>,
    /// Deployments that are built by the workflow.
    pub orders: Vec<Order>,
}

/// Where an app's trees are, and what is said of its versions.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Trees {
    /// The newest that is stored whole.
    async fn newest(&self) -> Result<Option<Settled>, Fault>;
    /// What people said of the versions after one and up to another, the newest first.
    async fn messages(&self, after: u64, to: u64) -> Result<Vec<String>, Fault>;
    /// Where a content is in the store.
    fn key(&self, hash: &ContentHash) -> String;
    /// Where what a deployment is built of stands in the store, with a slash at its end.
    fn place(&self, deployment: &str) -> String;
}

/// How an app is published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where to.
    pub repository: Repository,
    /// Whether the workflow is written.
    pub workflow: bool,
    /// Whom commits are by.
    pub author: Names,
    /// Who else made them, as `Name <address>`.
    pub co_authors: Vec<String>,
}

/// What a step needs.
pub struct World<'a, A, S, C, B, T, K> {
    /// GitHub.
    pub github: GitHub<'a, A, S, C>,
    /// The store.
    pub blobs: &'a B,
    /// The app's trees.
    pub trees: &'a T,
    /// Git's names for contents.
    pub known: &'a K,
    /// How it is published.
    pub settings: &'a Settings,
    /// A number from 0 to 1, another each time.
    pub random: &'a dyn Fn() -> f64,
}

pub(crate) type Saved<'a> = &'a dyn Fn(&Publication) -> Result<(), Fault>;

impl Publication {
    /// When there is something to do next.
    pub fn due(&self, now: f64) -> Option<f64> {
        let build = self.build.as_ref().filter(|build| {
            // What it is to build has to be there first.
            build.version <= self.outbox.done
        });
        let build = build.and_then(|build| build.due(now));
        let orders = self.orders.iter().map(Order::due);
        let all = self.outbox.due().into_iter().chain(build).chain(orders);
        all.reduce(f64::min)
    }

    /// A version is in the store.
    pub fn stored(&mut self, version: u64, now: f64, settle: f64) {
        self.outbox.settled(version, now, settle);
        let tries = &mut self.outbox.tries;
        if tries
            .told
            .as_ref()
            .is_some_and(|told| told.code == NOT_STORED)
        {
            tries.renew();
        }
    }

    /// What is set has changed, or somebody wants it to be tried as if it had: nothing is taken for granted.
    pub fn changed(&mut self, version: u64, now: f64) {
        self.remote.known = false;
        self.outbox.hurry(version, now);
    }

    /// Nothing is to be done any more.
    pub fn rest(&mut self) {
        (self.outbox.pending, self.build, self.message) = (None, None, None);
    }

    /// Another repository is another world: it has nothing yet. Another branch is not far from it.
    pub fn settle_on(&mut self, repository: &Repository, now: f64) {
        let before = &self.remote.repository;
        let other = before.name != repository.name || before.branch != repository.branch;
        if other && !before.name.is_empty() {
            let newest = self.outbox.pending.as_ref().map(|pending| pending.version);
            let newest = newest.unwrap_or(self.outbox.done);
            let Self { remote, orders, .. } = std::mem::take(self);
            let before = remote;
            // Each knows where it was begun.
            self.orders = orders;
            if before.repository.name == repository.name {
                // A new branch begins with what we wrote to the other one.
                (self.remote.known, self.remote.written) = (before.known, before.written);
            }
            self.outbox.hurry(newest, now);
        }
        self.remote.repository = repository.clone();
    }

    /// Asks for a run of the workflow on the newest version.
    pub fn ask_build(&mut self, request: String, version: u64, now: f64) {
        self.build = Some(Build::new(request, version, now));
    }
}

/// Does what is due. Nothing of `shared` is held while something is waited for, so it may be told of versions meanwhile.
///
/// # Errors
/// When it can't be saved; what GitHub, or the way to it, does is noted and tried again.
pub async fn step<A: Api, S: Sign, C: Clock, B: Blobs, T: Trees, K: Known>(
    shared: &RefCell<Publication>,
    world: &World<'_, A, S, C, B, T, K>,
    save: Saved<'_>,
) -> Result<(), Fault> {
    let now = world.github.clock.now();
    let due = |due: Option<f64>| due.is_some_and(|due| due <= now);
    shared
        .borrow_mut()
        .settle_on(&world.settings.repository, now);
    if due(shared.borrow().outbox.due()) {
        let pushed = push(shared, world, save).await;
        let mut all = shared.borrow_mut();
        match pushed {
            Ok(version) => all.outbox.succeeded(version),
            Err(trouble) => {
                let now = world.github.clock.now();
                all.outbox.failed(&trouble, now, (world.random)());
            }
        }
        save(&all)?;
    }
    let build = shared.borrow().build.clone();
    let done = shared.borrow().outbox.done;
    if let Some(mut build) = build.filter(|build| build.version <= done && due(build.due(now))) {
        let (remote, branch) = {
            let all = shared.borrow();
            let branch = all.commit.as_ref().map(|commit| commit.branch.clone());
            let branch = branch.unwrap_or_else(|| all.remote.repository.branch.clone());
            (all.remote.clone(), branch)
        };
        let keep = |build: &Build| {
            let mut all = shared.borrow_mut();
            // Another may have been asked for meanwhile.
            if all
                .build
                .as_ref()
                .is_some_and(|other| other.request == build.request)
            {
                all.build = Some(build.clone());
            }
            save(&all)
        };
        let advanced = world
            .github
            .advance(&mut build, &remote, &branch, &|build| Ok(keep(build)?))
            .await;
        if let Err(trouble) = advanced {
            let now = world.github.clock.now();
            build.tries.failed(&trouble, now, (world.random)());
        }
        keep(&build)?;
    }
    step_orders(shared, world, save).await
}

/// Pushes the newest version; gives which that was.
async fn push<A: Api, S: Sign, C: Clock, B: Blobs, T: Trees, K: Known>(
    shared: &RefCell<Publication>,
    world: &World<'_, A, S, C, B, T, K>,
    save: Saved<'_>,
) -> Result<u64, Trouble> {
    let pending = shared
        .borrow()
        .outbox
        .pending
        .as_ref()
        .map(|one| one.version);
    let wanted = pending.unwrap_or_default();
    let settled = world.trees.newest().await?;
    let Some(settled) = settled.filter(|settled| settled.version >= wanted) else {
        if wanted == 0 {
            // Nothing was ever written: there is nothing to publish.
            return Ok(wanted);
        }
        let detail = format!("Version {wanted} is not stored yet; it will be in seconds.");
        return Err(Trouble::refused(NOT_STORED, detail));
    };
    let settings = world.settings;
    let mut plan = plan(
        settled.version,
        &settled.files,
        settings.workflow,
        |hash| world.trees.key(hash),
        world.blobs,
        world.known,
    )
    .await?;
    let (mut remote, message, after, at) = {
        let mut all = shared.borrow_mut();
        let at = match all.stamp {
            Some((version, at)) if version == settled.version => at,
            _ => {
                let at = world.github.clock.now();
                all.stamp = Some((settled.version, at));
                save(&all)?;
                at
            }
        };
        (all.remote.clone(), all.message.clone(), all.outbox.done, at)
    };
    let said = world.trees.messages(after, settled.version).await?;
    plan.at = at;
    plan.author = settings.author.clone();
    plan.message = worded(&plan, message.as_deref(), &said, &settings.co_authors);
    let keep = |remote: &Remote| {
        let mut all = shared.borrow_mut();
        all.remote = remote.clone();
        save(&all)
    };
    let Pushed { commit, branch } = world
        .github
        .push(&plan, &mut remote, world.blobs, &keep)
        .await?;
    let mut all = shared.borrow_mut();
    all.commit = Some(Commit {
        sha: commit,
        version: plan.version,
        branch,
        left_out: plan.left_out,
    });
    if all.message == message {
        all.message = None;
    }
    Ok(plan.version)
}

/// A commit's message: what was said of it, the version, who took part.
fn worded(plan: &Plan, message: Option<&str>, said: &[String], co_authors: &[String]) -> String {
    let mut said = message.into_iter().chain(said.iter().map(|text| &**text));
    let mut text = said
        .next()
        .map_or_else(|| plan.message.clone(), str::to_owned);
    for more in said {
        text.push_str("\n\n");
        text.push_str(more);
    }
    text.push_str(&format!("\n\nOverSkill-Version: {}", plan.version));
    for name in co_authors {
        text.push_str(&format!("\nCo-authored-by: {name}"));
    }
    text
}
