//! `/v1/apps/{slug}/secrets`: what the app's server code gets, sealed in D1. Builds, pages and callers never see a value.

use crate::{
    auth, body,
    config::sealer,
    published,
    reply::{self, Failure},
    store::{AppRow, database, number, writes},
};
use overskill_flows::{sealing::Sealer, secrets};
use overskill_model::AppId;
use overskill_protocol::{Refusal, SecretList, ShownSecret, VariableName};
use serde::Deserialize;
use std::collections::BTreeMap;
use worker::{Date, Env, Request, Response};

#[derive(Deserialize)]
struct Row {
    name: VariableName,
    sealed: String,
    updated_at: f64,
}

impl Row {
    fn shown(self) -> ShownSecret {
        ShownSecret {
            name: self.name,
            updated_at: self.updated_at as u64,
        }
    }
}

async fn all(env: &Env, app: &AppId) -> Result<Vec<Row>, Failure> {
    let statement = "SELECT name, sealed, updated_at FROM secrets WHERE app_id = ? ORDER BY name";
    let query = database(env)?
        .prepare(statement)
        .bind(&[app.as_str().into()])?;
    Ok(query.all().await?.results()?)
}

fn sealing(env: &Env) -> Result<Sealer, Refusal> {
    sealer(env).ok_or_else(|| {
        let detail = "SEALING_KEY is not set, or shorter than 16 bytes. Set it with `wrangler secret put SEALING_KEY`.";
        Refusal::new(503, "sealing-key-not-set", detail)
    })
}

/// The values of an app's secrets, for its server code and nobody else. `AppRow::secrets_revision` tells when there are
/// others.
pub(crate) async fn open(env: &Env, app: &AppId) -> Result<BTreeMap<String, String>, Failure> {
    let rows = all(env, app).await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sealer = sealing(env)?;
    let opened = rows.into_iter().map(|row| {
        let name = row.name.as_str();
        let value = secrets::opened(&row.sealed, app.as_str(), name, &sealer);
        let value = value.ok_or_else(|| {
            Failure::Fault(format!(
                "the secret {name} of {app} does not open: was SEALING_KEY changed?"
            ))
        })?;
        Ok((name.to_owned(), value))
    });
    opened.collect()
}

pub(crate) async fn list(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    let secrets = all(env, &app.id).await?.into_iter().map(Row::shown);
    let secrets = secrets.collect();
    reply::json(200, &SecretList { secrets })
}

pub(crate) async fn set(
    app: &AppRow,
    name: &str,
    mut request: Request,
    env: &Env,
) -> Result<Response, Failure> {
    let name = secrets::name(name)?;
    body::expect_json(&request)?;
    let sealer = sealing(env)?;
    let body = body::read(&mut request, body::SMALL).await?;
    let sealed = secrets::sealed(&body, app.id.as_str(), &name, &sealer, auth::random())?;
    let now = Date::now().as_millis();
    let database = database(env)?;
    writes(2);
    let id = || app.id.as_str().into();
    // Of an app that was deleted meanwhile, or has as many as it may, nothing is kept.
    let put = database.prepare("INSERT INTO secrets (app_id, name, sealed, updated_at) SELECT id, ?, ?, ? FROM apps WHERE id = ? AND (SELECT count(*) FROM secrets WHERE app_id = ? AND name <> ?) < ? ON CONFLICT (app_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at").bind(&[
        name.as_str().into(),
        sealed.into(),
        number(now),
        id(),
        id(),
        name.as_str().into(),
        number(secrets::COUNT as u64),
    ])?;
    let mark = database
        .prepare("UPDATE apps SET secrets_revision = secrets_revision + 1 WHERE id = ? AND EXISTS (SELECT 1 FROM secrets WHERE app_id = ? AND name = ? AND updated_at = ?)")
        .bind(&[id(), id(), name.as_str().into(), number(now)])?;
    let change = async { Ok(database.batch(vec![put, mark]).await?) };
    let done = published::changing(env, &app.id, change).await?;
    let changes = done.first().and_then(|put| put.meta().ok().flatten());
    if changes.and_then(|meta| meta.changes) == Some(0) {
        let detail = format!("An app may have {} secrets.", secrets::COUNT);
        return Err(Refusal::new(413, "too-many-secrets", detail)
            .fact("limit", secrets::COUNT)
            .into());
    }
    let shown = ShownSecret {
        name,
        updated_at: now,
    };
    reply::json(200, &shown)
}

pub(crate) async fn delete(app: &AppRow, name: &str, env: &Env) -> Result<Response, Failure> {
    let name = secrets::name(name)?;
    let database = database(env)?;
    writes(2);
    let id = || app.id.as_str().into();
    let mark = database
        .prepare("UPDATE apps SET secrets_revision = secrets_revision + 1 WHERE id = ? AND EXISTS (SELECT 1 FROM secrets WHERE app_id = ? AND name = ?)")
        .bind(&[id(), id(), name.as_str().into()])?;
    let remove = database
        .prepare("DELETE FROM secrets WHERE app_id = ? AND name = ?")
        .bind(&[id(), name.as_str().into()])?;
    let change = async { Ok(database.batch(vec![mark, remove]).await?) };
    let done = published::changing(env, &app.id, change).await?;
    let changes = done.last().and_then(|gone| gone.meta().ok().flatten());
    match changes.and_then(|meta| meta.changes) {
        Some(0) => {
            let name = name.as_str();
            let detail = format!("The app has no secret `{name}`.");
            Err(Refusal::new(404, "secret-not-found", detail).into())
        }
        _ => Ok(Response::empty()?.with_status(204)),
    }
}
