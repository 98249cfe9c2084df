//! `Deployer`: an object per deployment that publishes it to Workers for Platforms and removes it; and one per app that
//! purges what is cached of its hosts, and has all its deployments looked at when something changes that they depend on.
//! Commands are stored before they are answered; the alarm makes the calls.

#![allow(missing_docs, reason = "what the macro generates has none")]

mod files;
mod record;
mod rows;
mod settings;

use files::Files;
use overskill_model::AppId;
use overskill_platform::{Servers, WallClock};
use overskill_ports::Clock;
use overskill_protocol::{DeployerAnswer, DeployerCommand, DeployerRequest};
use overskill_publish::cloudflare::{Chance, Desk, Round, Service, Wanted};
use serde::{Deserialize, Serialize};
use settings::Settings;
use std::time::Duration;
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object,
    wasm_bindgen::JsValue,
};

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
    /// Empty for the app's own object.
    deployment: String,
    desk: Desk,
    /// When the app's deployments have to be looked at.
    #[serde(default)]
    round: Option<Round>,
}

impl Kept {
    fn due(&self) -> Option<f64> {
        let round = self.round.as_ref().map(|round| round.due);
        let both = [self.desk.due(), round].into_iter().flatten();
        both.min_by(f64::total_cmp)
    }
}

/// One deployment's publishing.
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
        let request: DeployerRequest = request.json().await?;
        Response::from_json(&self.take(request).await?)
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
    async fn take(&self, request: DeployerRequest) -> Result<DeployerAnswer> {
        let settings = Settings::read(&self.env);
        let command = request.command;
        let unset = match &command {
            DeployerCommand::Publish { .. }
            | DeployerCommand::Unpublish
            | DeployerCommand::Check { .. } => settings.unset_for_publishing(),
            DeployerCommand::Purge { .. } => settings.unset_for_purging(),
            DeployerCommand::Forget => Vec::new(),
        };
        if !unset.is_empty() {
            return Ok(DeployerAnswer::Unset { names: unset });
        }
        let mut kept = match self.kept().await? {
            Some(kept) => kept,
            None if nothing_new(&request.deployment, &command) => {
                return Ok(DeployerAnswer::Nothing);
            }
            None => Kept {
                app: request.app,
                deployment: request.deployment,
                desk: Desk::default(),
                round: None,
            },
        };
        let now = WallClock.now();
        let whole = kept.deployment.is_empty();
        let desk = &mut kept.desk;
        let known = match command {
            DeployerCommand::Publish {
                version,
                private,
                secrets,
            } => {
                let wanted = Wanted {
                    version,
                    private,
                    secrets,
                };
                desk.publish(wanted, now);
                true
            }
            DeployerCommand::Unpublish => desk.unpublish(now),
            DeployerCommand::Forget => {
                desk.forget(now);
                true
            }
            DeployerCommand::Purge { hosts, files } => {
                desk.purge(hosts, files);
                true
            }
            DeployerCommand::Check { served, ahead } => {
                match whole {
                    true => Round::ask(&mut kept.round, served, ahead, now),
                    false => desk.check(),
                }
                true
            }
        };
        if !known {
            return Ok(DeployerAnswer::Nothing);
        }
        self.keep(&kept).await?;
        // Who asks next is to read what was just commanded; where the record fails now, the alarm writes it.
        if self.record(&kept).await.is_ok() {
            self.written(&kept.desk).await?;
        }
        self.wake().await?;
        Ok(DeployerAnswer::Taken)
    }

    async fn record(&self, kept: &Kept) -> Result<()> {
        match &kept.desk.row {
            Some(row) => rows::write(&self.env, &kept.app, &kept.deployment, row).await,
            None => Ok(()),
        }
    }

    /// Drops what was recorded, unless it has changed meanwhile.
    async fn written(&self, seen: &Desk) -> Result<()> {
        let Some(mut kept) = self.kept().await? else {
            return Ok(());
        };
        kept.desk.row = kept.desk.row.filter(|row| seen.row.as_ref() != Some(row));
        self.keep(&kept).await
    }

    /// Sets the alarm to what is due next.
    async fn wake(&self) -> Result<()> {
        let Some(kept) = self.kept().await? else {
            return Ok(());
        };
        match kept.due() {
            Some(due) => {
                let wait = (due - WallClock.now()).max(0.0);
                let wait = Duration::from_millis(wait as u64);
                self.state.storage().set_alarm(wait).await
            }
            // What runs, or may, has to be known; of anything else nothing is kept.
            None if kept.desk.is_empty() => self.state.storage().delete_all().await,
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
            if kept.desk.row.is_some() {
                if let Err(error) = self.record(&kept).await {
                    worker::console_warn!("publishing is not recorded: {error}");
                    self.state.storage().set_alarm(AGAIN).await?;
                    return Ok(());
                }
                self.written(&kept.desk).await?;
                continue;
            }
            let now = WallClock.now();
            if kept.round.as_ref().is_some_and(|round| round.due <= now) {
                if let Err(error) = self.go_round(&kept).await {
                    worker::console_warn!("published deployments are not looked at: {error}");
                    self.state.storage().set_alarm(AGAIN).await?;
                    return Ok(());
                }
                continue;
            }
            let due = kept.due();
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
            deployment,
            mut desk,
            ..
        } = kept;
        let generation = desk.generation;
        let chance = Chance {
            now: WallClock.now(),
            random: worker::js_sys::Math::random(),
        };
        let files = self.files.of(&app, &deployment);
        desk.step(&service, &app, &deployment, &files, chance).await;
        let Some(now) = self.kept().await? else {
            return Ok(());
        };
        // Commanded meanwhile: that wins, and what was called just now is found again.
        if now.desk.generation != generation {
            return Ok(());
        }
        let kept = Kept {
            app,
            deployment,
            desk,
            round: now.round,
        };
        self.keep(&kept).await
    }

    /// Has the app's deployments looked at, each by its own object.
    async fn go_round(&self, kept: &Kept) -> Result<()> {
        let Some(round) = &kept.round else {
            return Ok(());
        };
        let deployers = self.env.durable_object("DEPLOYERS")?;
        for deployment in record::published(&self.env, &kept.app, round.served).await? {
            let deployer = deployers.get_by_name(&format!("{}/{deployment}", kept.app))?;
            let request = DeployerRequest {
                app: kept.app.clone(),
                deployment,
                command: DeployerCommand::Check {
                    served: round.served,
                    ahead: false,
                },
            };
            let body = JsValue::from(serde_json::to_string(&request)?);
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_body(Some(body));
            let request = Request::new_with_init("https://deployer/", &init)?;
            let told = deployer.fetch_with_request(request).await?;
            if told.status_code() != 200 {
                let status = told.status_code();
                return Err(worker::Error::RustError(format!(
                    "a deployer answers {status}"
                )));
            }
        }
        let Some(mut now) = self.kept().await? else {
            return Ok(());
        };
        // Asked for anew meanwhile: that is another one.
        if now.round.as_ref() == Some(round) {
            now.round = round.clone().made(WallClock.now());
            self.keep(&now).await?;
        }
        Ok(())
    }
}

/// Whether a command changes nothing where nothing is known of a deployment.
fn nothing_new(deployment: &str, command: &DeployerCommand) -> bool {
    match command {
        DeployerCommand::Forget => true,
        DeployerCommand::Check { .. } => !deployment.is_empty(),
        _ => false,
    }
}
