//! A plan becomes the branch's head: as one commit on top of what we wrote there last; beside it, by a pull request, where
//! the branch has somebody else's commits. Nothing is forced, and whatever is done twice is done once.

use super::{
    GitHub, Oid, Plan,
    branches::{Found, Head},
    pull::Pull,
};
use crate::backoff::Trouble;
use overskill_ports::{Api, Blobs, Clock, Fault, Sign};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How often a branch that moves while it is written is looked at again at once.
const ROUNDS: usize = 3;

/// Called with what has to be known after a crash, before what makes it necessary is done.
pub type Save<'a> = &'a dyn Fn(&Remote) -> Result<(), Fault>;

/// Which repository, and how it is made where it is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its name, without the owner's.
    pub name: String,
    /// The branch.
    pub branch: String,
    /// Whether only its owner's people see it.
    pub private: bool,
    /// Whether one that is there may be written, though we didn't make it.
    pub adopt: bool,
    /// Put into its description; it tells ours from others.
    pub mark: String,
}

/// A commit that we wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its name.
    pub commit: Oid,
    /// What it holds.
    pub tree: Oid,
    /// The app's version that is.
    pub version: u64,
}

/// A branch of our own beside the one that somebody else writes, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Its name.
    pub branch: String,
    /// Its head, or what its first commit stands on.
    pub head: Written,
    /// The commit that it is about to have.
    #[serde(default)]
    pub intended: Option<Written>,
    /// What asks for it to be merged.
    #[serde(default)]
    pub pull: Option<Pull>,
}

/// What is known of the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remote {
    /// Which it is.
    pub repository: Repository,
    /// Whether it is there, and ours to write.
    pub known: bool,
    /// The tree that an empty repository was begun with.
    pub begun: Option<Oid>,
    /// The newest that the branch had of us.
    pub written: Option<Written>,
    /// What it is about to have.
    pub intended: Option<Written>,
    /// Where we write while somebody else does.
    pub side: Option<Side>,
    /// Contents that GitHub has and that no tree names yet.
    pub uploaded: BTreeSet<Oid>,
    /// Whether every content is sent by itself: GitHub did not take texts with the tree as they are.
    pub apart: bool,
}

/// What came of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The commit that holds the version.
    pub commit: Oid,
    /// The branch it is on.
    pub branch: String,
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// Brings the repository to `plan`.
    ///
    /// # Errors
    /// Whatever keeps it from being done now. What was done until then is not done again.
    pub async fn push(
        &self,
        plan: &Plan,
        remote: &mut Remote,
        blobs: &impl Blobs,
        save: Save<'_>,
    ) -> Result<Pushed, Trouble> {
        if !remote.known {
            self.find_or_make(remote).await?;
            remote.known = true;
            save(remote)?;
        }
        let branch = remote.repository.branch.clone();
        let mut last = None;
        for _ in 0..ROUNDS {
            let head = match self.head(remote, &branch).await? {
                Found::At(head) => head,
                Found::Empty => {
                    self.begin(plan, remote, blobs, save).await?;
                    continue;
                }
                Found::NoBranch => {
                    self.branch_off(remote, &branch).await?;
                    continue;
                }
            };
            if let Some(intended) = remote.intended
                && self.holds(remote, intended.commit, &head).await?
            {
                remote.written = Some(intended);
            }
            let written = |tree| Written {
                commit: head.commit,
                tree,
                version: plan.version,
            };
            let begun = head.first && Some(head.tree) == remote.begun;
            if head.tree == plan.tree {
                return self.settle(remote, written(plan.tree), save).await;
            }
            let wrote = |one: Option<Written>| {
                one.is_some_and(|one| one.commit == head.commit || one.tree == head.tree)
            };
            // What the pull request had, and nothing else, is ours as well.
            let side = remote.side.as_ref().filter(|side| side.pull.is_some());
            let ours = wrote(remote.written) || wrote(side.map(|side| side.head));
            // A branch that we may not move stays where it is.
            if !(ours || begun) || last == Some(head.commit) {
                return self.aside(plan, remote, &head, blobs, save).await;
            }
            let (parent, near) = (head.commit, head.tree);
            let commit = self.commit(plan, parent, near, remote, blobs, save).await?;
            let intended = Written {
                commit,
                ..written(plan.tree)
            };
            remote.intended = Some(intended);
            save(remote)?;
            if self.move_branch(remote, &branch, commit).await? {
                return self.settle(remote, intended, save).await;
            }
            last = Some(head.commit);
        }
        Err(Trouble::Fault(format!("`{branch}` moves all the time")))
    }

    /// The branch holds the plan: what was beside it has no purpose any more.
    async fn settle(
        &self,
        remote: &mut Remote,
        written: Written,
        save: Save<'_>,
    ) -> Result<Pushed, Trouble> {
        if let Some(pull) = remote.side.as_ref().and_then(|side| side.pull.as_ref()) {
            self.close_pull(remote, pull.number).await?;
        }
        remote.written = Some(written);
        (remote.intended, remote.side) = (None, None);
        remote.uploaded.clear();
        remote.apart = false;
        save(remote)?;
        Ok(Pushed {
            commit: written.commit,
            branch: remote.repository.branch.clone(),
        })
    }

    /// Beside the branch, because it has what we didn't write: what merging does is for people to see.
    async fn aside(
        &self,
        plan: &Plan,
        remote: &mut Remote,
        head: &Head,
        blobs: &impl Blobs,
        save: Save<'_>,
    ) -> Result<Pushed, Trouble> {
        remote.intended = None;
        self.look_at_pull(remote, save).await?;
        let branch = remote.repository.branch.clone();
        if let (None, Some(written)) = (&remote.side, remote.written)
            && written.tree == plan.tree
        {
            // Somebody went on from what we wrote, and there is nothing to add.
            save(remote)?;
            let commit = written.commit;
            return Ok(Pushed { commit, branch });
        }
        let mut side = match remote.side.clone() {
            Some(side) => side,
            None => self.new_side(plan, remote, head, save).await?,
        };
        for _ in 0..ROUNDS {
            if side.head.tree == plan.tree && side.intended.is_none() {
                break;
            }
            let at = match self.head(remote, &side.branch).await? {
                Found::At(at) => Some(at.commit),
                Found::NoBranch | Found::Empty => None,
            };
            if let Some(intended) = side.intended.take()
                && at == Some(intended.commit)
            {
                side.head = intended;
                continue;
            }
            if at.is_some_and(|at| at != side.head.commit) {
                // Somebody works on that one as well.
                side = self.new_side(plan, remote, head, save).await?;
                side.branch = format!("{}-{:x}", side.branch, self.clock.now() as u64);
                continue;
            }
            let (parent, near) = (side.head.commit, side.head.tree);
            let commit = self.commit(plan, parent, near, remote, blobs, save).await?;
            side.intended = Some(Written {
                commit,
                tree: plan.tree,
                version: plan.version,
            });
            remote.side = Some(side.clone());
            save(remote)?;
            let moved = match at {
                Some(_) => self.move_branch(remote, &side.branch, commit).await?,
                None => self.make_branch(remote, &side.branch, commit).await?,
            };
            if moved {
                side.head = side.intended.take().unwrap_or(side.head);
            }
        }
        if side.head.tree != plan.tree {
            return Err(Trouble::Fault(format!(
                "`{}` moves all the time",
                side.branch
            )));
        }
        side.intended = None;
        remote.side = Some(side.clone());
        remote.uploaded.clear();
        remote.apart = false;
        save(remote)?;
        let pull = self.open_pull(plan, remote, &side).await?;
        side.pull = Some(pull);
        let pushed = Pushed {
            commit: side.head.commit,
            branch: side.branch.clone(),
        };
        remote.side = Some(side);
        save(remote)?;
        Ok(pushed)
    }

    /// A branch of our own, from where we wrote last, so that merging keeps what others did since.
    async fn new_side(
        &self,
        plan: &Plan,
        remote: &mut Remote,
        head: &Head,
        save: Save<'_>,
    ) -> Result<Side, Trouble> {
        let from_head = Written {
            commit: head.commit,
            tree: head.tree,
            version: 0,
        };
        let base = match remote.written {
            Some(written) if self.holds(remote, written.commit, head).await? => written,
            _ => from_head,
        };
        let side = Side {
            branch: format!("overskill/{}", plan.version),
            head: base,
            intended: None,
            pull: None,
        };
        remote.side = Some(side.clone());
        save(remote)?;
        Ok(side)
    }

    /// What became of the pull request that is known.
    async fn look_at_pull(&self, remote: &mut Remote, save: Save<'_>) -> Result<(), Trouble> {
        let Some(side) = &remote.side else {
            return Ok(());
        };
        let Some(number) = side.pull.as_ref().map(|pull| pull.number) else {
            return Ok(());
        };
        match self.read_pull(remote, number).await? {
            Pull { open: true, .. } => return Ok(()),
            Pull { merged: true, .. } => remote.written = Some(side.head),
            // Not wanted: the next version is another question.
            _ => {}
        }
        remote.side = None;
        Ok(save(remote)?)
    }
}
