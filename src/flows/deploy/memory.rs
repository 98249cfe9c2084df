//! A record in memory that can be told to fail, before or after it has done what it was asked.

use super::{Ledger, Summary, Wanted};
use overskill_ports::Fault;
use overskill_protocol::{DeploymentState, Tier};
use std::cell::{Cell, RefCell};

/// A deployment in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What was asked for.
    pub wanted: Wanted,
    /// How far it is.
    pub state: DeploymentState,
    /// Its states so far.
    pub states: Vec<DeploymentState>,
    /// Whether it was ever live.
    pub served: bool,
    /// Whether its files are given up.
    pub retired: bool,
}

/// A record in memory.
#[derive(Default)]
pub struct MemoryLedger {
    /// The deployments, oldest first.
    pub entries: RefCell<Vec<Entry>>,
    until: Cell<Option<usize>>,
    /// Whether the call that fails does what it was asked first: its answer is lost.
    lose: Cell<bool>,
}

impl MemoryLedger {
    /// Makes one call fail after `count` that go well; `lose` is whether only its answer gets lost.
    pub fn fail_after(&self, count: usize, lose: bool) {
        self.until.set(Some(count));
        self.lose.set(lose);
    }

    /// Whether that call has come.
    pub fn has_failed(&self) -> bool {
        self.until.get().is_none()
    }

    /// One step, which fails before or after where it is told to.
    fn step<T>(&self, work: impl FnOnce(&mut Vec<Entry>) -> T) -> Result<T, Fault> {
        let now = self.until.get() == Some(0);
        self.until.set(match now {
            true => None,
            false => self.until.get().map(|left| left - 1),
        });
        let fault = Fault("the record is told to fail".to_owned());
        if now && !self.lose.get() {
            return Err(fault);
        }
        let done = work(&mut self.entries.borrow_mut());
        match now {
            true => Err(fault),
            false => Ok(done),
        }
    }

    fn unfinished(
        &self,
        id: &str,
        work: impl FnOnce(&mut Vec<Entry>, usize),
    ) -> Result<bool, Fault> {
        self.step(|entries| {
            let at = entries.iter().position(|entry| entry.wanted.id == id);
            match at.filter(|at| !entries[*at].state.is_final()) {
                Some(at) => {
                    work(entries, at);
                    true
                }
                None => false,
            }
        })
    }
}

impl Entry {
    fn become_(&mut self, state: DeploymentState) {
        if self.state != state {
            self.state = state;
            self.states.push(state);
        }
    }
}

impl Ledger for MemoryLedger {
    async fn open(&self, wanted: &Wanted) -> Result<bool, Fault> {
        self.step(|entries| {
            if entries.iter().any(|entry| entry.wanted.id == wanted.id) {
                return true;
            }
            let keyed = |entry: &Entry| wanted.key.is_some() && entry.wanted.key == wanted.key;
            if entries.iter().any(keyed) {
                return false;
            }
            for entry in entries.iter_mut() {
                if entry.wanted.tier == wanted.tier && !entry.state.is_final() {
                    entry.become_(DeploymentState::Superseded);
                }
            }
            entries.push(Entry {
                wanted: wanted.clone(),
                state: DeploymentState::Queued,
                states: vec![DeploymentState::Queued],
                served: false,
                retired: false,
            });
            true
        })
    }

    async fn advance(&self, id: &str, to: DeploymentState, _: &str) -> Result<bool, Fault> {
        self.unfinished(id, |entries, at| entries[at].become_(to))
    }

    async fn stands(&self, id: &str) -> Result<bool, Fault> {
        self.unfinished(id, |_, _| {})
    }

    async fn fail(&self, id: &str, _: &str, _: &Summary) -> Result<bool, Fault> {
        self.unfinished(id, |entries, at| {
            entries[at].become_(DeploymentState::Failed)
        })
    }

    async fn go_live(&self, id: &str, _: &Summary) -> Result<bool, Fault> {
        self.unfinished(id, |entries, at| {
            let tier = entries[at].wanted.tier;
            for entry in entries.iter_mut() {
                if entry.wanted.tier == tier && entry.state == DeploymentState::Live {
                    entry.become_(DeploymentState::Superseded);
                }
            }
            entries[at].become_(DeploymentState::Live);
            entries[at].served = true;
        })
    }

    async fn beyond(&self, keep: u32, before: u64) -> Result<(Vec<String>, Vec<String>), Fault> {
        self.step(|entries| {
            let (mut kept, mut beyond) = (Vec::new(), Vec::new());
            for tier in [Tier::Preview, Tier::Production] {
                let mut count = 0;
                let there = entries.iter().rev();
                for entry in there.filter(|it| it.served && !it.retired && it.wanted.tier == tier) {
                    let live = entry.state == DeploymentState::Live;
                    count += u32::from(!live);
                    match live || (count <= keep && entry.wanted.at >= before) {
                        true => kept.push(entry.wanted.id.clone()),
                        false => beyond.push(entry.wanted.id.clone()),
                    }
                }
            }
            (kept, beyond)
        })
    }

    async fn retire(&self, id: &str) -> Result<bool, Fault> {
        self.step(|entries| {
            let mut there = entries.iter_mut().filter(|entry| entry.wanted.id == id);
            match there.next().filter(|it| it.state != DeploymentState::Live) {
                Some(entry) => {
                    entry.retired = true;
                    true
                }
                None => false,
            }
        })
    }
}
