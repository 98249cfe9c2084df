//! `AppSession`: the app's single writer. A batch is in SQLite before it is acknowledged; building, R2 and D1 follow.

#![allow(missing_docs, reason = "what the macro generates has none")]

mod build;
mod cache;
mod command;
mod deploy;
mod errors;
mod flush;
mod history;
mod parts;
mod publish;
mod published;
mod relay;
mod schema;
mod serve;
mod servers;
mod since;
mod sql;
mod tree;
mod updates;

use futures_util::{StreamExt, lock::Mutex};
use overskill_diagnostics::Diagnostic;
use overskill_flows::{
    build::Memory,
    metrics::Counts,
    news::{News, news},
    quotas::Act,
    tree::Batch,
    usage::Meter,
};
use overskill_model::{AppId, ModulePath};
use overskill_platform::{WallClock, tally};
use overskill_ports::Clock;
use overskill_protocol::{
    BuildPhase, BuildProgress, Command, Outcome, Refusal, Status, Variables, decode, encode, framed,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};
use tree::{Answer, Stop, Tree};
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    durable_object,
};

pub(crate) use command::{Answers, ask, listen};

use command::{Asked, USED};

/// One app's object.
#[durable_object]
pub struct AppSession {
    session: Rc<Session>,
}

/// What the object is. Shared with the work that goes on after whoever asked for it has gone.
struct Session {
    state: State,
    env: Env,
    tree: RefCell<Option<Tree>>,
    modules: cache::Modules,
    memory: Memory,
    /// Builds under way: what they read must stay.
    building: Cell<usize>,
    /// How far the newest of them is.
    progress: Cell<Option<BuildProgress>>,
    /// What was counted since the last flush.
    counts: RefCell<Counts>,
    /// What was used since then that no answer told of.
    used: tally::Shared,
    /// Which minute it is, and how many reports of errors came in it.
    reports: Cell<(u64, u32)>,
    /// The same of lines that server code said.
    lines: Cell<(u64, u32)>,
    /// Whether the alarm is set.
    armed: Cell<bool>,
    /// Tries to catch up that failed in a row.
    failures: Cell<u32>,
    /// Whether a build that an older Worker made was tried anew.
    renewed: Cell<bool>,
    /// The sockets of open previews.
    relay: relay::Relay,
    /// Deployments under way.
    deploying: RefCell<BTreeMap<String, Rc<deploy::Running>>>,
    /// Held while files of deployments are stored, and while such files go.
    storing: Mutex<()>,
    /// When the newest deployment was asked for.
    asked_at: Cell<u64>,
}

impl DurableObject for AppSession {
    fn new(state: State, env: Env) -> Self {
        let session = Rc::new_cyclic(|session| Session {
            relay: relay::Relay::new(session.clone(), &state),
            state,
            env,
            tree: RefCell::new(None),
            modules: cache::Modules::default(),
            memory: Memory::default(),
            building: Cell::new(0),
            progress: Cell::new(None),
            counts: RefCell::default(),
            used: tally::Shared::default(),
            reports: Cell::default(),
            lines: Cell::default(),
            armed: Cell::new(false),
            failures: Cell::new(0),
            renewed: Cell::new(false),
            deploying: RefCell::default(),
            storing: Mutex::new(()),
            asked_at: Cell::new(0),
        });
        Self { session }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if request.headers().has("upgrade")? {
            return self.session.enter(&request).await;
        }
        let message = request.bytes().await?;
        let Ok(((app, command, listens), contents)) = decode::<Asked>(&message) else {
            return Response::error("the command cannot be read", 400);
        };
        if !listens {
            let used = tally::Shared::default();
            let hear = |_| {};
            let answer = self.session.answer(&app, command, contents, &hear);
            let answer = tally::metered(used.clone(), timed(answer)).await;
            let response = Response::from_bytes(answer)?;
            let told = serde_json::to_string(&*used.borrow())?;
            response.headers().set(USED, &told)?;
            return Ok(response);
        }
        let (teller, listener) = news();
        let session = self.session.clone();
        self.session.state.wait_until(async move {
            let hear = |told| teller.tell(told);
            let answer = session.answer(&app, command, contents, &hear);
            let used = session.used.clone();
            let answer = tally::metered(used, timed(answer)).await;
            teller.end(answer);
        });
        let nothing: [Vec<u8>; 0] = [];
        Response::from_stream(listener.map(move |news| {
            let message = match news {
                News::Progress(told) => encode(&told, &nothing),
                News::End(answer) => answer,
            };
            Ok::<_, worker::Error>(framed(&message))
        }))
    }

    async fn alarm(&self) -> Result<Response> {
        let used = self.session.used.clone();
        tally::metered(used, timed(self.session.catch_up())).await?;
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        // The platform charges twenty messages as one request.
        let mut used = self.session.used.borrow_mut();
        used.add(Meter::ObjectRequests, 0.05);
        drop(used);
        self.session.heard(&socket, message);
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        self.session.left(&socket);
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _: worker::Error) -> Result<()> {
        self.session.left(&socket);
        Ok(())
    }
}

impl Session {
    /// What is answered to a command, as it is sent.
    async fn answer(
        &self,
        app: &AppId,
        command: Command,
        contents: Vec<Vec<u8>>,
        hear: &dyn Fn(Outcome),
    ) -> Vec<u8> {
        let (outcome, contents) = match self.obey(app, command, contents, hear).await {
            Ok(answer) => answer,
            Err(Stop::Refused(refusal)) => (Outcome::Refused(refusal), Vec::new()),
            Err(Stop::Fault(cause)) => {
                // What memory holds may differ from what is stored: it is read again next time.
                *self.tree.borrow_mut() = None;
                (Outcome::Fault { cause }, Vec::new())
            }
        };
        encode(&outcome, &contents)
    }

    async fn obey(
        &self,
        app: &AppId,
        command: Command,
        contents: Vec<Vec<u8>>,
        hear: &dyn Fn(Outcome),
    ) -> std::result::Result<Answer, Stop> {
        if self.with(|tree| Ok(tree.app.is_none()))? {
            self.restore(app).await?;
        }
        let tell = hear;
        let hear = &|progress| tell(Outcome::Progress(progress));
        match command {
            Command::Write {
                replace,
                upsert,
                delete,
                base_version,
                limits,
            } => {
                let batch = Batch {
                    replace,
                    upsert: upsert.into_iter().zip(contents).collect(),
                    delete,
                    base_version,
                };
                let bytes = batch.upsert.iter().map(|(_, bytes)| bytes.len() as u64);
                let act = Act::Upload(bytes.sum());
                let change = |tree: &mut Tree| {
                    let changed = tree.write(batch, &limits)?;
                    // The same files build to the same.
                    let carried = changed.is_empty().then(|| tree.carry()).flatten();
                    Ok((changed, carried))
                };
                self.write(act, change, hear).await
            }
            Command::SetVariables { variables } => {
                let change = |tree: &mut Tree| {
                    tree.set_variables(variables)?;
                    Ok((Vec::new(), None))
                };
                self.write(Act::Build, change, hear).await
            }
            Command::SetRegistries {
                revision,
                registries,
            } => {
                // Whoever looks next, or the alarm, builds with them.
                self.arm().await?;
                self.with(|tree| {
                    tree.alive()?;
                    tree.set_registries(revision, registries)?;
                    Ok((Outcome::Configured, Vec::new()))
                })
            }
            Command::ReadVariables => self.with(|tree| {
                tree.alive()?;
                let variables = Variables {
                    version: tree.version,
                    variables: tree.variables.clone(),
                };
                Ok((Outcome::Variables(variables), Vec::new()))
            }),
            Command::ReadPackages => {
                self.up_to_date().await?;
                self.with(|tree| {
                    tree.alive()?;
                    Ok((Outcome::Packages(self.packages(tree)), Vec::new()))
                })
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
            Command::Serve(asked) => self.serve(&asked).await,
            Command::ReadServer { hash, variables } => self.with(|tree| {
                tree.alive()?;
                tree.read_server(&hash, &variables)
            }),
            Command::ServerLog { log } => self.server_log(app, log).await,
            Command::Sync { at } => {
                self.up_to_date().await?;
                self.with(|tree| {
                    tree.alive()?;
                    Ok(tree.sync(&at, worker::Date::now().as_millis()))
                })
            }
            Command::ReadLive => self.with(|tree| {
                tree.alive()?;
                Ok((Outcome::Live(tree.live()), Vec::new()))
            }),
            Command::ReportErrors { report } => self.report_errors(report),
            Command::ReadErrors => self.with(|tree| {
                tree.alive()?;
                Ok((Outcome::Errors(tree.errors()?), Vec::new()))
            }),
            Command::Wait => self.waiting(),
            Command::ReadVersions { before, limit } => self.with(|tree| {
                tree.alive()?;
                tree.versions(before, limit)
            }),
            Command::Deploy {
                id,
                tier,
                version,
                message,
                key,
                actor,
                builder,
                fallback,
                wait,
            } => {
                self.with(|tree| tree.act(Act::Build, &self.env).map(drop))?;
                let asked = deploy::Asked {
                    tier,
                    version,
                    message,
                    key,
                    actor,
                    builder,
                    fallback,
                    wait,
                };
                self.start_deploying(app, id, asked).await
            }
            Command::Follow { id } => {
                self.follow_deployment(app, &id, &|news| tell(Outcome::DeploymentNews(news)))
                    .await
            }
            Command::Collect {
                dry_run,
                keep,
                days,
            } => self.collect(app, dry_run, keep, days).await,
            Command::Broadcast { event, data } => Ok((self.broadcast(event, &data)?, Vec::new())),
            Command::Admit(door) => {
                self.with(|tree| tree.alive())?;
                self.admit(door)?;
                Ok((Outcome::Configured, Vec::new()))
            }
            Command::Destroy => self.destroy().await,
        }
    }

    /// Makes a version by `change`, and builds it.
    async fn write(
        &self,
        act: Act,
        change: impl FnOnce(&mut Tree) -> std::result::Result<Change, Stop>,
        hear: &dyn Fn(BuildProgress),
    ) -> std::result::Result<Answer, Stop> {
        let started = WallClock.now();
        self.arm().await?;
        // Nothing awaits between reading the tree and writing it, so batches never interleave.
        let (version, epoch, quotas, (changed, carried)) = self.with(|tree| {
            tree.alive()?;
            let done = tree.allowed(act, &self.env)?;
            let changed = change(tree)?;
            let quotas = tree.did(done, &self.env)?;
            Ok((tree.version, tree.epoch.clone(), quotas, changed))
        })?;
        if let Act::Upload(bytes) = act {
            tally::count(Meter::Uploads, 1.0);
            tally::count(Meter::UploadBytes, bytes as f64);
        }
        let store = WallClock.now() - started;
        hear(BuildProgress {
            phase: BuildPhase::Stored,
            done: 1,
            total: 1,
        });
        let build::Build {
            diagnostics,
            update,
            mut timings,
        } = match carried {
            Some(diagnostics) => build::Build {
                diagnostics,
                ..Default::default()
            },
            None => self.build(hear).await?,
        };
        timings.store = store;
        timings.total = WallClock.now() - started;
        let failed = diagnostics.iter().any(|told| told.is_error());
        let status = match failed {
            true => Status::Failed,
            false => Status::Ready,
        };
        let outcome = Outcome::Written {
            version,
            epoch,
            changed,
            status,
            diagnostics,
            update,
            timings,
            quotas,
            server: self.with(|tree| Ok(tree.awaited()))?,
        };
        Ok((outcome, Vec::new()))
    }

    /// Builds what a crash, or a newer Worker, left unbuilt.
    async fn up_to_date(&self) -> std::result::Result<(), Stop> {
        let behind =
            self.with(|tree| {
                let runtime = crate::runtime::LIVE.address();
                let stale = tree.previews.first();
                let stale = stale.is_some_and(|(_, preview)| preview.runtime != runtime);
                let stale = stale && !self.renewed.replace(true);
                Ok(!tree.destroyed
                    && tree.version > 0
                    && (tree.report.version < tree.version || stale))
            })?;
        if behind && self.building.get() == 0 {
            self.build(&|_| {}).await?;
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

/// Counts how long work takes, as far as the platform shows it.
async fn timed<T>(work: impl Future<Output = T>) -> T {
    let started = WallClock.now();
    let done = work.await;
    tally::count(Meter::ObjectMs, WallClock.now() - started);
    done
}

/// The paths that a write changed; and where it changed nothing, what the author of the version before was told.
type Change = (Vec<ModulePath>, Option<Vec<Diagnostic>>);

/// What is answered for an app that was deleted.
fn gone() -> Refusal {
    Refusal::new(404, "app-not-found", "There is no such app.")
}
