//! `/v1/apps/{slug}/deployments`: immutable builds, recorded in D1, with their files in R2.

mod place;
mod rows;
mod stream;

pub(crate) use rows::{Record, served};

use crate::{
    auth::random_hex,
    body,
    config::Config,
    files::unexpected,
    paging::Query,
    published,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_flows::intake::from_json;
use overskill_protocol::{
    CollectDeployments, Command, CreateDeployment, Deployment, DeploymentChange, DeploymentList,
    DeploymentState, MESSAGE_CHARACTERS, Outcome, Refusal, Tier,
};
use place::Place;
use rows::Row;
use worker::{Env, Request, Response};

/// Longest idempotency key, in bytes.
const KEY_BYTES: usize = 255;
pub(crate) async fn create(
    app: &AppRow,
    actor: &str,
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
    let preferences = request.headers().get("prefer")?.unwrap_or_default();
    let mut preferences = preferences.split(',').map(str::trim);
    let later = preferences.any(|word| word.eq_ignore_ascii_case("respond-async"));
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
        return made(app, &known, env, config).await;
    }
    let command = Command::Deploy {
        id: random_hex(8),
        tier: wanted.tier,
        version: wanted.version,
        message,
        key: key.clone(),
        actor: actor.to_owned(),
        wait: !later && !config.lines,
    };
    let id = match ask(env, &app.id, &command, &[]).await? {
        (Outcome::Deployed { id }, _) => id,
        (other, _) => return Err(unexpected(&other)),
    };
    // Another request with the key may have been faster.
    let there = rows::of_id(env, &app.id, &id).await?.is_some();
    let id = match &key {
        Some(key) if !there => rows::of_key(env, &app.id, key).await?.unwrap_or(id),
        _ => id,
    };
    match config.lines {
        true => stream::follow(app, &id, env, config).await,
        false => made(app, &id, env, config).await,
    }
}

/// The answer to who asked for a deployment.
async fn made(app: &AppRow, id: &str, env: &Env, config: &Config) -> Result<Response, Failure> {
    let deployment = find(app, id, env, config).await?;
    let status = if deployment.state.is_final() {
        201
    } else {
        202
    };
    reply::json(status, &deployment)
}

pub(crate) async fn list(
    app: &AppRow,
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let query = Query::of(request)?;
    let wanted = rows::Page {
        after: query.cursor(Place::read)?,
        tier: query.one_of("tier", Tier::ALL.map(|tier| (tier.name(), tier)))?,
        state: query.one_of(
            "state",
            DeploymentState::ALL.map(|state| (state.name(), state)),
        )?,
        limit: query.limit()?,
    };
    let mut rows = rows::page(env, &app.id, &wanted).await?;
    let more = rows.len() > wanted.limit;
    rows.truncate(wanted.limit);
    let cursor = rows.last().filter(|_| more);
    let cursor = cursor.map(|row| Place::of(row).to_string());
    let deployments = rows.into_iter();
    let deployments = deployments
        .map(|row| shown(row, None, app, config))
        .collect();
    let list = DeploymentList {
        deployments,
        cursor,
    };
    reply::json(200, &list)
}

pub(crate) async fn read(
    app: &AppRow,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let deployment = find(app, id, env, config).await?;
    match config.lines {
        true => stream::follow(app, id, env, config).await,
        false => reply::json(200, &deployment),
    }
}

/// Makes one the live one of its tier.
pub(crate) async fn activate(
    app: &AppRow,
    actor: &str,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let record = Record {
        env,
        app: &app.id,
        log: &Vec::new,
    };
    let moved = record.activate(id, actor).await?;
    let deployment = find(app, id, env, config).await?;
    if moved {
        published::refresh(env, &app.id, deployment.tier).await;
    }
    if moved || deployment.state == DeploymentState::Live {
        return reply::json(200, &deployment);
    }
    let (code, detail) = match deployment.retired_at {
        Some(_) => (
            "deployment-retired",
            "Its files are gone: it was beyond what is kept.",
        ),
        None => (
            "deployment-not-served",
            "Only what was live once can be made live again.",
        ),
    };
    let state = deployment.state.name();
    Err(Refusal::new(409, code, detail).fact("state", state).into())
}

/// Lets go of what is beyond what is kept.
pub(crate) async fn collect(
    app: &AppRow,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let wanted: CollectDeployments = from_json(&body::read(&mut request, body::SMALL).await?)?;
    let command = Command::Collect {
        dry_run: wanted.dry_run,
        keep: wanted.keep.unwrap_or(config.retention.count),
        days: wanted.days.unwrap_or(config.retention.days),
    };
    match ask(env, &app.id, &command, &[]).await? {
        (Outcome::Collected(collected), _) => reply::json(200, &collected),
        (other, _) => Err(unexpected(&other)),
    }
}

async fn find(app: &AppRow, id: &str, env: &Env, config: &Config) -> Result<Deployment, Failure> {
    match rows::of_id(env, &app.id, id).await? {
        Some((row, changes)) => Ok(shown(row, Some(changes), app, config)),
        None => {
            let detail = "The app has no such deployment.";
            Err(Refusal::new(404, "deployment-not-found", detail).into())
        }
    }
}

/// As it is shown: with its states and its log, or as it stands in a list.
fn shown(
    row: Row,
    changes: Option<Vec<DeploymentChange>>,
    app: &AppRow,
    config: &Config,
) -> Deployment {
    Deployment {
        url: config.deployment_url(&app.slug, &row.id),
        tier_url: config.tier_url(&app.slug, row.tier),
        id: row.id,
        tier: row.tier,
        state: row.state,
        version: row.version,
        message: row.message,
        actor: row.actor,
        created_at: row.created_at,
        finished_at: row.finished_at,
        retired_at: row.retired_at,
        files: row.files,
        bytes: row.bytes,
        added_files: row.added_files,
        added_bytes: row.added_bytes,
        timings: row.report.timings,
        diagnostics: row.report.diagnostics,
        log: changes.is_some().then_some(row.report.log),
        changes,
    }
}
