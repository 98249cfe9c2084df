//! Deployments in D1.

use crate::reply::Failure;
use overskill_diagnostics::Diagnostic;
use overskill_model::AppId;
use overskill_protocol::{DeploymentState, Tier, Timings};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use worker::{D1Database, Env, wasm_bindgen::JsValue};

/// A row of `deployments`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub id: String,
    pub tier: Tier,
    pub state: DeploymentState,
    pub version: u64,
    pub message: Option<String>,
    pub created_at: u64,
    pub finished_at: Option<u64>,
    pub files: u64,
    pub bytes: u64,
    #[serde(deserialize_with = "report")]
    pub report: Report,
}

/// What is only shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub timings: Timings,
    pub diagnostics: Vec<Diagnostic>,
}

fn report<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Report, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

fn database(env: &Env) -> Result<D1Database, Failure> {
    Ok(env.d1("DB")?)
}

fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// A name as D1 has it.
fn name(value: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(value).expect("a name always serialises");
    text.trim_matches('"').into()
}

/// Adds a deployment. `false` when the app has one with this key.
pub(super) async fn insert(
    env: &Env,
    app: &AppId,
    row: &Row,
    key: Option<&str>,
) -> Result<bool, Failure> {
    let insert = database(env)?.prepare("INSERT INTO deployments (app_id, id, tier, state, version, message, request_key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)").bind(&[
        app.as_str().into(),
        row.id.as_str().into(),
        name(&row.tier),
        name(&row.state),
        number(row.version),
        row.message.as_deref().map_or(JsValue::NULL, JsValue::from),
        key.map_or(JsValue::NULL, JsValue::from),
        number(row.created_at),
    ])?;
    match insert.run().await {
        Ok(_) => Ok(true),
        Err(error) if error.to_string().contains("deployments.request_key") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Records how it ended.
pub(super) async fn finish(env: &Env, app: &AppId, row: &Row) -> Result<(), Failure> {
    let report = serde_json::to_string(&row.report)?;
    let update = database(env)?.prepare("UPDATE deployments SET state = ?, version = ?, finished_at = ?, files = ?, bytes = ?, report = ? WHERE app_id = ? AND id = ?").bind(&[
        name(&row.state),
        number(row.version),
        row.finished_at.map_or(JsValue::NULL, number),
        number(row.files),
        number(row.bytes),
        report.into(),
        app.as_str().into(),
        row.id.as_str().into(),
    ])?;
    update.run().await?;
    Ok(())
}

/// Forgets a deployment that came to nothing.
pub(super) async fn remove(env: &Env, app: &AppId, id: &str) -> Result<(), Failure> {
    let delete = database(env)?
        .prepare("DELETE FROM deployments WHERE app_id = ? AND id = ?")
        .bind(&[app.as_str().into(), id.into()])?;
    delete.run().await?;
    Ok(())
}

pub(super) async fn of_id(env: &Env, app: &AppId, id: &str) -> Result<Option<Row>, Failure> {
    let query = database(env)?
        .prepare("SELECT * FROM deployments WHERE app_id = ? AND id = ?")
        .bind(&[app.as_str().into(), id.into()])?;
    Ok(query.first(None).await?)
}

pub(super) async fn of_key(env: &Env, app: &AppId, key: &str) -> Result<Option<Row>, Failure> {
    let query = database(env)?
        .prepare("SELECT * FROM deployments WHERE app_id = ? AND request_key = ?")
        .bind(&[app.as_str().into(), key.into()])?;
    Ok(query.first(None).await?)
}

pub(super) async fn newest(env: &Env, app: &AppId, count: usize) -> Result<Vec<Row>, Failure> {
    let query = database(env)?
        .prepare(
            "SELECT * FROM deployments WHERE app_id = ? ORDER BY created_at DESC, id DESC LIMIT ?",
        )
        .bind(&[app.as_str().into(), number(count as u64)])?;
    Ok(query.all().await?.results()?)
}

/// Whether it is there to be looked at.
pub(crate) async fn live(env: &Env, app: &AppId, id: &str) -> Result<bool, Failure> {
    let row = of_id(env, app, id).await?;
    Ok(row.is_some_and(|row| row.state == DeploymentState::Live))
}
