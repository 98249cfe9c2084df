//! What is done about the builds of deployments, one after the other.

use super::{LOOKS, Order};
use crate::{
    backoff::Trouble,
    github::{Known, Names, Oid, Plan, Ran, Run, plan},
    publication::{NOT_STORED, Publication, Saved, Trees, World},
};
use overskill_ports::{Api, Blobs, Clock, Fault, Sign};
use overskill_protocol::{ACTIONS_SOURCE, ActionsSource};
use serde_json::json;
use std::cell::RefCell;

/// Does what is due about the builds of deployments.
///
/// # Errors
/// When it can't be saved.
pub async fn step_orders<A: Api, S: Sign, C: Clock, B: Blobs, T: Trees, K: Known>(
    shared: &RefCell<Publication>,
    world: &World<'_, A, S, C, B, T, K>,
    save: Saved<'_>,
) -> Result<(), Fault> {
    let now = world.github.clock.now();
    let due = shared.borrow().orders.clone().into_iter();
    for mut order in due.filter(|order| order.due() <= now) {
        order.expire(now);
        let site = Site {
            shared,
            world,
            save,
        };
        let advanced = site.advance(&mut order).await;
        if let Err(trouble) = advanced {
            let now = world.github.clock.now();
            order.failed(&trouble, now, (world.random)());
        }
        site.keep(&order)?;
    }
    let mut all = shared.borrow_mut();
    let before = all.orders.len();
    all.orders.retain(|order| !order.forgotten(now));
    match all.orders.len() == before {
        true => Ok(()),
        false => save(&all),
    }
}

/// Where a build is made.
pub(super) struct Site<'a, 'w, A, S, C, B, T, K> {
    shared: &'a RefCell<Publication>,
    pub(super) world: &'a World<'w, A, S, C, B, T, K>,
    save: Saved<'a>,
}

impl<A: Api, S: Sign, C: Clock, B: Blobs, T: Trees, K: Known> Site<'_, '_, A, S, C, B, T, K> {
    fn keep(&self, order: &Order) -> Result<(), Fault> {
        self.shared.borrow_mut().keep_order(order);
        (self.save)(&self.shared.borrow())
    }

    pub(super) fn now(&self) -> f64 {
        self.world.github.clock.now()
    }

    /// Where its repository is.
    pub(super) fn place(&self, order: &Order) -> String {
        let owner = &self.world.github.credentials.owner;
        format!("/repos/{owner}/{}", order.repository)
    }

    async fn advance(&self, order: &mut Order) -> Result<(), Trouble> {
        if order.over() {
            return self.clear(order).await;
        }
        let Some(commit) = self.commit(order).await? else {
            order.wait(self.now());
            return Ok(());
        };
        if !order.branched {
            self.branch(order, commit).await?;
        }
        let place = self.place(order);
        if order.begun && order.run.is_none() {
            let branch = order.branch();
            let runs = self.world.github.runs(&place, &branch, Some(commit));
            let fitting = runs.await?.into_iter().find(|ran| ran.fits);
            if let Some(Ran { run, .. }) = fitting {
                order.taken = true;
                order.take(run, self.now());
            }
        } else if let Some(run) = &order.run {
            let run = self.world.github.run(&place, run.id).await?;
            order.take(run, self.now());
        }
        if !order.taken {
            order.begun = true;
            self.keep(order)?;
            let source = self.source(order).await?;
            let variables = json!(source.variables).to_string();
            let inputs = json!({"request": order.id, "variables": variables});
            let (branch, failed) = (order.branch(), order.tries.failed);
            let github = &self.world.github;
            github.dispatch(&place, &branch, inputs, failed).await?;
            order.taken = true;
            order.tell(
                self.now(),
                format!("GitHub's Actions were asked to build {commit}"),
            );
        }
        match order.run.clone() {
            Some(run) if run.status == "completed" => self.completed(order, &run, commit).await,
            _ => {
                order.wait(self.now());
                Ok(())
            }
        }
    }

    async fn source(&self, order: &Order) -> Result<ActionsSource, Trouble> {
        let key = self.world.trees.place(&order.id) + ACTIONS_SOURCE;
        let bytes = self.world.blobs.get(&key).await?;
        let bytes = bytes.ok_or_else(|| Trouble::Fault(format!("{key} is not there")))?;
        serde_json::from_slice(&bytes).map_err(|error| Trouble::Fault(format!("{key}: {error}")))
    }

    /// The commit that it is built from; nothing while the repository has nothing of ours.
    async fn commit(&self, order: &mut Order) -> Result<Option<Oid>, Trouble> {
        let (mut remote, pushed, told) = {
            let all = self.shared.borrow();
            let told = all.outbox.tries.told.clone();
            (all.remote.clone(), all.commit.is_some(), told)
        };
        if let Some(commit) = order.commit {
            return match remote.repository.name == order.repository {
                true => Ok(Some(commit)),
                false => Err(Trouble::refused(
                    "repository-changed",
                    "The app is published to another repository by now.",
                )),
            };
        }
        let base = remote.side.as_ref().map(|side| side.head);
        let base = base.or(remote.written).filter(|_| pushed && remote.known);
        let Some(base) = base else {
            let passes = ["rate-limited", "unreachable", NOT_STORED];
            return match told.filter(|told| !passes.contains(&&*told.code)) {
                Some(told) => Err(Trouble::refused("repository-unready", told.detail)),
                None => Ok(None),
            };
        };
        let plan = self.plan(order).await?;
        let keep = |remote: &crate::github::Remote| {
            let mut all = self.shared.borrow_mut();
            all.remote.uploaded.clone_from(&remote.uploaded);
            all.remote.apart = remote.apart;
            (self.save)(&all)
        };
        let World { github, blobs, .. } = self.world;
        let commit = github.commit(&plan, base.commit, base.tree, &mut remote, *blobs, &keep);
        let commit = commit.await?;
        order.repository.clone_from(&remote.repository.name);
        order.commit = Some(commit);
        self.keep(order)?;
        Ok(Some(commit))
    }

    async fn plan(&self, order: &Order) -> Result<Plan, Trouble> {
        let source = self.source(order).await?;
        let (trees, blobs, known) = (self.world.trees, self.world.blobs, self.world.known);
        let key = |hash: &_| trees.key(hash);
        let mut plan = plan(source.version, &source.files, true, key, blobs, known).await?;
        // The same for every try, so that its commit is the same.
        plan.at = order.asked;
        plan.author = Names::clone(&self.world.settings.author);
        plan.message = format!(
            "Deployment {}\n\nOverSkill-Version: {}",
            order.id, source.version
        );
        Ok(plan)
    }

    async fn branch(&self, order: &mut Order, commit: Oid) -> Result<(), Trouble> {
        let remote = self.shared.borrow().remote.clone();
        let (github, branch) = (&self.world.github, order.branch());
        if !github.make_branch(&remote, &branch, commit).await?
            && github.branch_head(&remote, &branch).await? != Some(commit)
        {
            let detail = format!("The branch `{branch}` is somebody else's.");
            return Err(Trouble::refused("branch-taken", detail));
        }
        order.branched = true;
        Ok(())
    }

    /// Its run has ended.
    async fn completed(&self, order: &mut Order, run: &Run, commit: Oid) -> Result<(), Trouble> {
        let place = self.place(order);
        match run.conclusion.as_deref() {
            Some("success") => return self.fetch(order, run, commit).await,
            Some("cancelled") => {
                let why = "The run of GitHub's Actions was cancelled.";
                order.fail("actions-cancelled", why, self.now());
            }
            other => {
                let step = self.world.github.failed_step(&place, run.id).await?;
                let step = step.map_or_else(String::new, |step| format!(" at `{step}`"));
                let word = other.unwrap_or("nothing");
                let why = format!("The run of GitHub's Actions ended with `{word}`{step}.");
                order.fail("actions-failed", &why, self.now());
            }
        }
        Ok(())
    }

    /// Leaves nothing running and no branch behind.
    async fn clear(&self, order: &mut Order) -> Result<(), Trouble> {
        if order.cleared || order.commit.is_none() {
            order.cleared = true;
            return Ok(());
        }
        let (github, place) = (&self.world.github, self.place(order));
        if order.begun {
            let runs = github.runs(&place, &order.branch(), order.commit).await?;
            let seen = !runs.is_empty();
            let running = runs.into_iter().filter(|ran| ran.run.status != "completed");
            for Ran { run, .. } in running {
                github.cancel(&place, run.id).await?;
            }
            order.looks += 1;
            if !seen && order.looks < LOOKS {
                // It may be on its way.
                order.wait(self.now());
                return Ok(());
            }
        }
        github.delete_branch(&place, &order.branch()).await?;
        order.cleared = true;
        Ok(())
    }
}
