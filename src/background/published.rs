//! `Deployer`: an object per app that publishes its deployments to Workers for Platforms, removes them, and purges what
//! is cached of its hosts. Commands are stored before they are answered; the alarm makes the calls.

#![allow(missing_docs, reason = "what the macro generates has none")]

mod files;
mod rows;
mod settings;

use files::Files;
use overskill_model::AppId;
use overskill_platform::{Servers, WallClock};
use overskill_ports::Clock;
use overskill_protocol::{DeployerAnswer, DeployerCommand};
use overskill_publish::cloudflare::{Chance, Desk, Service};
use serde::{Deserialize, Serialize};
use settings::Settings;
use std::time::Duration;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// Where the object keeps what it has to do.
const KEPT: &str = "desk";
/// How long an alarm goes on by itself, in milliseconds: then the next one does.
const STRETCH: f64 = 60_000.0;
/// How long after a failure of the record it is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    app: AppId,
    desk: Desk,
    /// Whether the app is gone: then nothing is kept once all is done.
    gone: bool,
}

/// One app's publishing.
#[durable_object]
pub struct Deployer {
    state: State,
    env: Env,
    files: Files,
}

impl DurableObject for Deployer {
    fn new(state: State, env: Env) -> Self {
        let files = Files::new(env.clone());
        Self { state, env, files }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command: DeployerCommand = request.json().await?;
        Response::from_json(&self.take(command).await?)
    }

    async fn alarm(&self) -> Result<Response> {
        self.work().await?;
        Response::empty()
    }
}

impl Deployer {
    async fn kept(&self) -> Result<Option<Kept>> {
        let text: Option<String> = self.state.storage().get(KEPT).await?;
        text.map(|text| serde_json::from_str(&text).map_err(Into::into))
            .transpose()
    }

    async fn keep(&self, kept: &Kept) -> Result<()> {
        let text = serde_json::to_string(kept)?;
        self.state.storage().put(KEPT, text).await
    }

    /// Nothing is awaited between reading what is kept and writing it but the object's own storage, so that commands come
    /// one after the other.
    async fn take(&self, command: DeployerCommand) -> Result<DeployerAnswer> {
        let settings = Settings::read(&self.env);
        let unset = match &command {
            DeployerCommand::Publish { .. } | DeployerCommand::Unpublish { .. } => {
                settings.unset_for_publishing()
            }
            DeployerCommand::Purge { .. } => settings.unset_for_purging(),
            DeployerCommand::Forget { .. } => Vec::new(),
        };
        if !unset.is_empty() {
            return Ok(DeployerAnswer::Unset { names: unset });
        }
        let (DeployerCommand::Publish { app, .. }
        | DeployerCommand::Unpublish { app, .. }
        | DeployerCommand::Forget { app }
        | DeployerCommand::Purge { app, .. }) = &command;
        let mut kept = match self.kept().await? {
            Some(kept) => kept,
            None if matches!(command, DeployerCommand::Forget { .. }) => {
                return Ok(DeployerAnswer::Nothing);
            }
            None => Kept {
                app: app.clone(),
                desk: Desk::default(),
                gone: false,
            },
        };
        let now = WallClock.now();
        let known = match command {
            DeployerCommand::Publish {
                deployment,
                version,
                private,
                ..
            } => {
                kept.desk.publish(&deployment, version, private, now);
                true
            }
            DeployerCommand::Unpublish { deployment, .. } => kept.desk.unpublish(&deployment, now),
            DeployerCommand::Forget { .. } => {
                kept.desk.forget(now);
                kept.gone = true;
                true
            }
            DeployerCommand::Purge { hosts, files, .. } => {
                kept.desk.purge(hosts, files);
                true
            }
        };
        if !known {
            return Ok(DeployerAnswer::Nothing);
        }
        self.keep(&kept).await?;
        // Who asks next is to read what was just commanded; where the record fails now, the alarm writes it.
        if rows::write(&self.env, &kept.app, &kept.desk.rows)
            .await
            .is_ok()
        {
            self.written(&kept.desk).await?;
        }
        self.wake().await?;
        Ok(DeployerAnswer::Taken)
    }

    /// Drops the rows that were written, unless they have changed meanwhile.
    async fn written(&self, seen: &Desk) -> Result<()> {
        let Some(mut kept) = self.kept().await? else {
            return Ok(());
        };
        kept.desk
            .rows
            .retain(|deployment, row| seen.rows.get(deployment) != Some(row));
        self.keep(&kept).await
    }

    /// Sets the alarm to what is due next.
    async fn wake(&self) -> Result<()> {
        let Some(kept) = self.kept().await? else {
            return Ok(());
        };
        match kept.desk.due() {
            Some(due) => {
                let wait = (due - WallClock.now()).max(0.0);
                let wait = Duration::from_millis(wait as u64);
                self.state.storage().set_alarm(wait).await
            }
            None if kept.gone => self.state.storage().delete_all().await,
            None => Ok(()),
        }
    }

    /// Steps as long as something is due. The alarm is the only one who steps.
    async fn work(&self) -> Result<()> {
        let started = WallClock.now();
        loop {
            let Some(kept) = self.kept().await? else {
                return Ok(());
            };
            if !kept.desk.rows.is_empty() {
                if let Err(error) = rows::write(&self.env, &kept.app, &kept.desk.rows).await {
                    worker::console_warn!("publishing is not recorded: {error}");
                    self.state.storage().set_alarm(AGAIN).await?;
                    return Ok(());
                }
                self.written(&kept.desk).await?;
                continue;
            }
            let now = WallClock.now();
            let due = kept.desk.due();
            if due.is_none() || due.is_some_and(|due| due > now) || now - started > STRETCH {
                return self.wake().await;
            }
            self.step(kept).await?;
        }
    }

    async fn step(&self, kept: Kept) -> Result<()> {
        let settings = Settings::read(&self.env);
        let service = Service {
            api: &Servers,
            account: settings.account.as_ref(),
            zone: settings.zone.as_ref(),
        };
        let Kept {
            app,
            mut desk,
            gone,
        } = kept;
        let generation = desk.generation;
        let chance = Chance {
            now: WallClock.now(),
            random: worker::js_sys::Math::random(),
        };
        let app_files = self.files.of(&app);
        desk.step(&service, &app, &app_files, chance).await;
        let Some(now) = self.kept().await? else {
            return Ok(());
        };
        // Commanded meanwhile: that wins, and what was called just now is found again.
        if now.desk.generation != generation {
            return Ok(());
        }
        self.keep(&Kept { app, desk, gone }).await
    }
}
