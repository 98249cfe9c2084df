//! `/v1/apps/{slug}/deployments`: immutable builds, recorded in D1, with their files in R2.

mod rows;

pub(crate) use rows::live;

use crate::{
    auth::random_hex,
    body,
    config::Config,
    files::unexpected,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_flows::intake::from_json;
use overskill_model::AppId;
use overskill_protocol::{
    Command, CreateDeployment, Deployment, DeploymentList, DeploymentState, MESSAGE_CHARACTERS,
    Outcome, Refusal,
};
use rows::{Report, Row};
use worker::{Env, Request, Response};

/// Longest idempotency key, in bytes.
const KEY_BYTES: usize = 255;
/// A deployment that is still being built after so long, in milliseconds, has lost the request that built it.
const LOST: u64 = 10 * 60 * 1000;
/// Deployments in a list.
const LISTED: usize = 100;

/// Where the list of a deployment's files stands in R2.
pub(crate) fn manifest_key(app: &AppId, id: &str) -> String {
    format!("apps/{app}/deployments/{id}.json")
}

/// Where the contents of an app's deployments stand in R2.
pub(crate) fn content_key(app: &AppId, hash: &str) -> String {
    format!("apps/{app}/deployed/{hash}")
}

pub(crate) async fn create(
    app: &AppRow,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let key = request.headers().get("idempotency-key")?;
    if key
        .as_ref()
        .is_some_and(|key| key.is_empty() || key.len() > KEY_BYTES)
    {
        let detail = format!("An `Idempotency-Key` has 1 to {KEY_BYTES} bytes.");
        return Err(Refusal::new(422, "invalid-idempotency-key", detail).into());
    }
    let wanted: CreateDeployment = from_json(&body::read(&mut request, body::SMALL).await?)?;
    let message = wanted.message.filter(|message| !message.is_empty());
    if message
        .as_ref()
        .is_some_and(|text| text.chars().count() > MESSAGE_CHARACTERS)
    {
        let detail = format!("A message has at most {MESSAGE_CHARACTERS} characters.");
        return Err(Refusal::new(422, "invalid-message", detail).into());
    }
    if let Some(key) = &key
        && let Some(known) = rows::of_key(env, &app.id, key).await?
    {
        let age = worker::Date::now()
            .as_millis()
            .saturating_sub(known.created_at);
        if known.state != DeploymentState::Building || age < LOST {
            return reply::json(201, &shown(known, app, config));
        }
        rows::remove(env, &app.id, &known.id).await?;
    }
    let id = random_hex(8);
    let version = match ask(env, &app.id, &Command::List, &[]).await? {
        (Outcome::Listed(listing), _) => listing.version,
        (other, _) => return Err(unexpected(&other)),
    };
    if wanted.version.is_some_and(|wanted| wanted != version) {
        let detail = format!("The app is at version {version}, and only that can be deployed.");
        return Err(Refusal::new(409, "version-conflict", detail)
            .fact("version", version)
            .into());
    }
    if version == 0 {
        let detail = "Nothing was uploaded to this app yet.";
        return Err(Refusal::new(409, "app-empty", detail).into());
    }
    let mut row = Row {
        id,
        tier: wanted.tier,
        state: DeploymentState::Building,
        version,
        message,
        created_at: worker::Date::now().as_millis(),
        finished_at: None,
        files: 0,
        bytes: 0,
        report: Report::default(),
    };
    if !rows::insert(env, &app.id, &row, key.as_deref()).await? {
        // Another request with the key was faster.
        let known = rows::of_key(env, &app.id, key.as_deref().unwrap_or_default()).await?;
        let known = known.ok_or_else(|| Failure::Fault("a deployment vanished".to_owned()))?;
        return reply::json(201, &shown(known, app, config));
    }
    let command = Command::Deploy {
        id: row.id.clone(),
        tier: row.tier,
    };
    let outcome = ask(env, &app.id, &command, &[]).await;
    match outcome {
        Ok((
            Outcome::Deployed {
                version,
                live,
                files,
                bytes,
                timings,
                diagnostics,
            },
            _,
        )) => {
            row.finished_at = Some(worker::Date::now().as_millis());
            row.state = match live {
                true => DeploymentState::Live,
                false => DeploymentState::Failed,
            };
            (row.version, row.files, row.bytes) = (version, files, bytes);
            row.report = Report {
                timings,
                diagnostics,
            };
            rows::finish(env, &app.id, &row).await?;
            reply::json(201, &shown(row, app, config))
        }
        // Nothing was made, and the same request may be sent again.
        Ok((other, _)) => {
            rows::remove(env, &app.id, &row.id).await?;
            Err(unexpected(&other))
        }
        Err(failure) => {
            rows::remove(env, &app.id, &row.id).await?;
            Err(failure)
        }
    }
}

pub(crate) async fn list(app: &AppRow, env: &Env, config: &Config) -> Result<Response, Failure> {
    let rows = rows::newest(env, &app.id, LISTED).await?;
    let deployments = rows
        .into_iter()
        .map(|row| shown(row, app, config))
        .collect();
    reply::json(200, &DeploymentList { deployments })
}

pub(crate) async fn read(
    app: &AppRow,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    match rows::of_id(env, &app.id, id).await? {
        Some(row) => reply::json(200, &shown(row, app, config)),
        None => {
            let detail = "The app has no such deployment.";
            Err(Refusal::new(404, "deployment-not-found", detail).into())
        }
    }
}

fn shown(row: Row, app: &AppRow, config: &Config) -> Deployment {
    Deployment {
        url: config.deployment_url(&app.slug, &row.id),
        id: row.id,
        tier: row.tier,
        state: row.state,
        version: row.version,
        message: row.message,
        created_at: row.created_at,
        finished_at: row.finished_at,
        files: row.files,
        bytes: row.bytes,
        timings: row.report.timings,
        diagnostics: row.report.diagnostics,
    }
}
