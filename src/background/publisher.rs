//! `Publisher`: takes an app's settled versions to GitHub. Its alarm does the work; whoever tells it of something is
//! answered at once.

#![allow(missing_docs, reason = "what the macro generates has none")]

mod key;
mod settings;
mod shown;
mod storage;

use key::Key;
use overskill_flows::stored;
use overskill_model::AppId;
use overskill_platform::{Bucket, Servers, WallClock};
use overskill_ports::{Clock, Fault};
use overskill_protocol::{ActionsBuild, GithubStatus, PublisherCommand};
use overskill_publish::{
    Publication, Settings, World,
    github::{Access, GitHub},
    step, step_orders,
};
use settings::{Stored, installation, longest, settle};
use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};
use storage::Storage;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, js_sys::Math};

/// Should the object die at work, the alarm goes off again after so long.
const AGAIN: Duration = Duration::from_secs(60);
/// While this installation has no GitHub, it is looked for after so long.
const UNCONFIGURED: Duration = Duration::from_secs(600);

/// One app's publisher.
#[durable_object]
pub struct Publisher {
    state: State,
    env: Env,
    access: Access,
    /// What the storage holds, once it was read.
    shared: OnceCell<RefCell<Publication>>,
    working: Cell<bool>,
}

impl DurableObject for Publisher {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            access: Access::default(),
            shared: OnceCell::new(),
            working: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let (app, command): (AppId, PublisherCommand) = request.json().await?;
        match self.hear(&app, command).await.map_err(thrown)? {
            Heard::Status(status) => Response::from_json(&status),
            Heard::Build(build) => Response::from_json(&build),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        if !self.working.replace(true) {
            let worked = match self.set_alarm(AGAIN).await {
                Ok(()) => Ok(self.work().await),
                Err(fault) => Err(fault),
            };
            self.working.set(false);
            // Thrown, it would be tried again at once, and after some times never.
            if let Err(fault) = worked.map_err(thrown)? {
                worker::console_error!(
                    "{}",
                    serde_json::json!({"event": "github", "fault": fault.0})
                );
            }
        }
        Response::empty()
    }
}

impl Publisher {
    async fn hear(&self, app: &AppId, command: PublisherCommand) -> Result<Heard, Fault> {
        let storage = Storage::open(&self.state)?;
        // What an object before this one was at when it died need not wait for the alarm that it set.
        let woken = self.shared.get().is_none() && storage.get("app")?.is_some();
        let shared = self.shared(&storage)?;
        let now = WallClock.now();
        let told = command != PublisherCommand::Read;
        let mut build = None;
        {
            let mut all = shared.borrow_mut();
            match command {
                PublisherCommand::Settled { version } => {
                    all.stored(version, now, settle(&self.env))
                }
                PublisherCommand::Changed { version } => all.changed(version, now),
                PublisherCommand::Push {
                    version,
                    message,
                    build,
                } => {
                    all.outbox.hurry(version, now);
                    all.message = message.or(all.message.take());
                    if let Some(request) = build {
                        all.ask_build(request, version, now);
                    }
                }
                PublisherCommand::Build { id, version } => {
                    let longest = longest(&self.env);
                    build = Some(all.order(&id, version, now, longest));
                }
                PublisherCommand::Drop { id } => {
                    all.drop_order(&id, now);
                    build = Some(ActionsBuild::default());
                }
                PublisherCommand::Read => {}
            }
            if told {
                storage.save(&all)?;
            }
        }
        if told {
            storage.set("app", app.as_str())?;
        }
        // Who works sets it at the end.
        if (told || woken) && !self.working.get() {
            self.arm(shared).await?;
        }
        if let Some(build) = build {
            return Ok(Heard::Build(build));
        }
        Ok(Heard::Status(Box::new(match installation(&self.env) {
            Ok(installation) => shown::status(&shared.borrow(), &installation.credentials, now),
            Err(missing) => GithubStatus {
                missing,
                ..GithubStatus::default()
            },
        })))
    }

    fn shared(&self, storage: &Storage) -> Result<&RefCell<Publication>, Fault> {
        if let Some(shared) = self.shared.get() {
            return Ok(shared);
        }
        let publication = RefCell::new(storage.publication()?);
        Ok(self.shared.get_or_init(|| publication))
    }

    /// Sets the alarm for what is to be done next.
    async fn arm(&self, shared: &RefCell<Publication>) -> Result<(), Fault> {
        let now = WallClock.now();
        let due = shared.borrow().due(now);
        match due {
            Some(due) => {
                let wait = Duration::from_millis((due - now).clamp(0.0, 1e10).ceil() as u64);
                self.set_alarm(wait).await
            }
            None => {
                let deleted = self.state.storage().delete_alarm().await;
                deleted.map_err(|error| Fault(error.to_string()))
            }
        }
    }

    async fn set_alarm(&self, wait: Duration) -> Result<(), Fault> {
        let set = self.state.storage().set_alarm(wait).await;
        set.map_err(|error| Fault(error.to_string()))
    }

    /// The app is published no more. What was begun at GitHub is to be cleared up; where it has got to is remembered as
    /// long as there is an app.
    async fn rest(&self, storage: &Storage, shared: &RefCell<Publication>) -> Result<bool, Fault> {
        let app = storage.get("app")?;
        let app = app.and_then(|text| AppId::parse(&text).ok());
        let lives = match app {
            Some(app) => settings::lives(&self.env, &app).await?,
            None => false,
        };
        let now = WallClock.now();
        let mut all = shared.borrow_mut();
        all.rest();
        all.give_up_orders("github-off", "The app is published no more.", now);
        if !lives {
            all.drop_orders(now);
        }
        storage.save(&all)?;
        Ok(lives)
    }

    async fn work(&self) -> Result<(), Fault> {
        let storage = Storage::open(&self.state)?;
        let shared = self.shared(&storage)?;
        let app = storage.get("app")?;
        let app = app.and_then(|text| AppId::parse(&text).ok());
        let settings = match &app {
            Some(app) => settings::settings(&self.env, app).await?,
            None => None,
        };
        let lives = match settings {
            Some(_) => true,
            None => self.rest(&storage, shared).await?,
        };
        let Some(app) = app else {
            return self.arm(shared).await;
        };
        let idle = settings.is_none() && shared.borrow().orders.is_empty();
        let installation = match installation(&self.env) {
            Ok(installation) if !idle => installation,
            Err(_) if !idle => return self.set_alarm(UNCONFIGURED).await,
            _ => return self.sleep(&app, &storage, shared, lives).await,
        };
        let none = Settings::default();
        let world = World {
            github: GitHub {
                api: &Servers,
                key: &Key(installation.key),
                clock: &WallClock,
                credentials: &installation.credentials,
                access: &self.access,
            },
            blobs: &Bucket { env: &self.env },
            trees: &Stored {
                env: &self.env,
                app: &app,
            },
            known: &storage,
            settings: settings.as_ref().unwrap_or(&none),
            random: &Math::random,
        };
        let save = |publication: &Publication| storage.save(publication);
        if settings.is_none() {
            step_orders(shared, &world, &save).await?;
            return self.sleep(&app, &storage, shared, lives).await;
        }
        step(shared, &world, &save).await?;
        let line = {
            let all = shared.borrow();
            serde_json::json!({
                "event": "github", "app": app, "version": all.outbox.done, "failures": all.outbox.tries.failed,
                "fault": all.outbox.tries.told.as_ref().map(|told| &told.detail),
            })
        };
        worker::console_log!("{line}");
        self.arm(shared).await
    }

    /// There is nothing to publish. Once an app is gone and nothing is left of it at GitHub, it is forgotten.
    async fn sleep(
        &self,
        app: &AppId,
        storage: &Storage,
        shared: &RefCell<Publication>,
        lives: bool,
    ) -> Result<(), Fault> {
        if !lives && shared.borrow().orders.is_empty() {
            // What was taken in while the app went.
            let bucket = Bucket { env: &self.env };
            bucket.delete_folder(&stored::actions_of(app)).await?;
            *shared.borrow_mut() = Publication::default();
            storage.clear()?;
        }
        self.arm(shared).await
    }
}

/// What is answered.
enum Heard {
    Status(Box<GithubStatus>),
    Build(ActionsBuild),
}

fn thrown(fault: Fault) -> worker::Error {
    worker::Error::RustError(fault.0)
}
