//! `AppSession`: the app's single writer. A batch is in SQLite before it is acknowledged; building, R2 and D1 follow.

#![allow(missing_docs, reason = "what the macro generates has none")]

mod build;
mod cache;
mod command;
mod flush;
mod parts;
mod publish;
mod schema;
mod serve;
mod sql;
mod tree;

use crate::adapters::WallClock;
use overskill_flows::{build::Memory, tree::Batch};
use overskill_model::AppId;
use overskill_ports::Clock;
use overskill_protocol::{Command, Outcome, Refusal, Status, Timings, decode, encode};
use std::cell::{Cell, RefCell};
use tree::{Answer, Stop, Tree};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

pub(crate) use command::ask;

/// One app's object.
#[durable_object]
pub struct AppSession {
    state: State,
    env: Env,
    tree: RefCell<Option<Tree>>,
    modules: cache::Modules,
    memory: Memory,
    /// Builds under way: what they read must stay.
    building: Cell<usize>,
    /// Whether the alarm is set.
    armed: Cell<bool>,
    /// Tries to catch up that failed in a row.
    failures: Cell<u32>,
    /// Whether a build that an older Worker made was tried anew.
    renewed: Cell<bool>,
}

impl DurableObject for AppSession {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            tree: RefCell::new(None),
            modules: cache::Modules::default(),
            memory: Memory::default(),
            building: Cell::new(0),
            armed: Cell::new(false),
            failures: Cell::new(0),
            renewed: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = request.bytes().await?;
        let answer = match decode::<(AppId, Command)>(&message) {
            Ok(((app, command), contents)) => self.obey(&app, command, contents).await,
            Err(_) => Err(Stop::Fault("the command cannot be read".to_owned())),
        };
        let (outcome, contents) = match answer {
            Ok(answer) => answer,
            Err(Stop::Refused(refusal)) => (Outcome::Refused(refusal), Vec::new()),
            Err(Stop::Fault(cause)) => {
                // What memory holds may differ from what is stored: it is read again next time.
                *self.tree.borrow_mut() = None;
                (Outcome::Fault { cause }, Vec::new())
            }
        };
        Response::from_bytes(encode(&outcome, &contents))
    }

    async fn alarm(&self) -> Result<Response> {
        self.catch_up().await?;
        Response::empty()
    }
}

impl AppSession {
    async fn obey(
        &self,
        app: &AppId,
        command: Command,
        contents: Vec<Vec<u8>>,
    ) -> std::result::Result<Answer, Stop> {
        if self.with(|tree| Ok(tree.app.is_none()))? {
            self.restore(app).await?;
        }
        match command {
            Command::Write {
                replace,
                upsert,
                delete,
                base_version,
                limits,
            } => {
                let started = WallClock.now();
                self.arm().await?;
                let batch = Batch {
                    replace,
                    upsert: upsert.into_iter().zip(contents).collect(),
                    delete,
                    base_version,
                };
                // Nothing awaits between reading the tree and writing it, so batches never interleave.
                let (version, epoch, changed, carried) = self.with(|tree| {
                    tree.alive()?;
                    let changed = tree.write(batch, &limits)?;
                    let carried = changed.is_empty().then(|| tree.carry()).flatten();
                    Ok((tree.version, tree.epoch.clone(), changed, carried))
                })?;
                let store = WallClock.now() - started;
                let (diagnostics, mut timings) = match carried {
                    Some(told) => (told, Timings::default()),
                    None => self.build().await?,
                };
                timings.store = store;
                timings.total = WallClock.now() - started;
                let failed = diagnostics.iter().any(|told| told.is_error());
                let outcome = Outcome::Written {
                    version,
                    epoch,
                    changed,
                    status: if failed {
                        Status::Failed
                    } else {
                        Status::Ready
                    },
                    diagnostics,
                    timings,
                };
                Ok((outcome, Vec::new()))
            }
            Command::List => self.with(|tree| {
                tree.alive()?;
                Ok(tree.list())
            }),
            Command::Read { path } => self.with(|tree| {
                tree.alive()?;
                tree.read(&path)
            }),
            Command::Diagnose => {
                self.up_to_date().await?;
                self.with(|tree| {
                    tree.alive()?;
                    let outcome = Outcome::Diagnosed {
                        version: tree.version,
                        status: tree.report.status(),
                        diagnostics: tree.report.diagnostics.clone(),
                    };
                    Ok((outcome, Vec::new()))
                })
            }
            Command::Serve {
                path,
                navigation,
                known,
            } => {
                self.up_to_date().await?;
                self.with(|tree| {
                    tree.alive()?;
                    tree.serve(&path, navigation, &known)
                })
            }
            Command::Destroy => {
                self.arm().await?;
                self.with(|tree| tree.destroy())?;
                self.modules.clear();
                self.memory.clear();
                Ok((Outcome::Destroyed, Vec::new()))
            }
        }
    }

    /// Builds what a crash, or a newer Worker, left unbuilt.
    async fn up_to_date(&self) -> std::result::Result<(), Stop> {
        let behind =
            self.with(|tree| {
                let runtime = crate::runtime::address();
                let stale = tree.previews.first();
                let stale = stale.is_some_and(|(_, preview)| preview.runtime != runtime);
                let stale = stale && !self.renewed.replace(true);
                Ok(!tree.destroyed
                    && tree.version > 0
                    && (tree.report.version < tree.version || stale))
            })?;
        if behind && self.building.get() == 0 {
            self.build().await?;
        }
        Ok(())
    }

    /// Runs `work` on the tree. Nothing in it awaits.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Tree) -> std::result::Result<T, Stop>,
    ) -> std::result::Result<T, Stop> {
        let mut slot = self.tree.borrow_mut();
        work(self.loaded(&mut slot)?)
    }

    fn loaded<'a>(&self, slot: &'a mut Option<Tree>) -> std::result::Result<&'a mut Tree, Stop> {
        match slot {
            Some(tree) => Ok(tree),
            None => Ok(slot.insert(Tree::load(self.state.storage())?)),
        }
    }
}

/// What is answered for an app that was deleted.
fn gone() -> Refusal {
    Refusal::new(404, "app-not-found", "There is no such app.")
}
