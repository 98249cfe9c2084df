//! Apps and tokens in D1.

use crate::reply::Failure;
use overskill_flows::{
    metrics::Counts,
    usage::{Meter, day_of},
};
use overskill_model::{AppId, ContentHash, Slug};
use overskill_platform::tally;
use overskill_protocol::{Hmr, LiveState, Refusal, Relay, Visibility};
use serde::Deserialize;
use std::collections::BTreeMap;
use worker::{D1Database, Env, wasm_bindgen::JsValue};

/// A row of `apps`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AppRow {
    pub id: AppId,
    pub slug: Slug,
    pub name: String,
    pub visibility: Visibility,
    /// Whether open previews are updated in place.
    hmr: u8,
    /// Over which relay, where that was said.
    relay: Option<Relay>,
    /// Its registries, as JSON, tokens sealed.
    pub registries: String,
    pub version: u64,
    /// Which of several sets of secrets it has.
    #[serde(default)]
    pub secrets_revision: u64,
    /// Requests to its hosts today, up to some seconds ago.
    #[serde(default)]
    pub requests_today: f64,
    /// What its server computed today, in milliseconds, up to some seconds ago.
    #[serde(default)]
    pub server_cpu_today: f64,
    pub created_at: u64,
    pub updated_at: u64,
}

impl AppRow {
    /// An app that was just made.
    pub fn new(id: AppId, slug: Slug, name: String, visibility: Visibility, now: u64) -> Self {
        Self {
            id,
            slug,
            name,
            visibility,
            hmr: 1,
            relay: None,
            registries: "{}".to_owned(),
            version: 0,
            secrets_revision: 0,
            requests_today: 0.0,
            server_cpu_today: 0.0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether open previews are updated in place, and over which relay.
    pub fn hmr(&self) -> Hmr {
        match (self.hmr, self.relay) {
            (0, _) => Hmr::Whether(false),
            (_, None) => Hmr::Whether(true),
            (_, Some(relay)) => Hmr::Over(relay),
        }
    }

    /// Sets that.
    pub fn set_hmr(&mut self, hmr: Hmr) {
        self.hmr = hmr.is_on().into();
        self.relay = match hmr {
            Hmr::Over(relay) => Some(relay),
            Hmr::Whether(_) => None,
        };
    }

    fn relay(&self) -> JsValue {
        match self.relay {
            Some(relay) => Hmr::Over(relay).relay().into(),
            None => JsValue::NULL,
        }
    }
}

#[derive(Deserialize)]
struct Owner {
    app_id: AppId,
}

#[derive(Deserialize)]
struct Sum {
    series: String,
    value: f64,
}

#[derive(Deserialize)]
struct Revised {
    registries_revision: u64,
}

#[derive(Deserialize)]
struct Token {
    hash: ContentHash,
}

/// The database, to ask it something: counted as one row that is read.
pub(crate) fn database(env: &Env) -> Result<D1Database, Failure> {
    tally::count(Meter::DatabaseReads, 1.0);
    Ok(env.d1("DB")?)
}

/// Counts rows that are written.
pub(crate) fn writes(rows: u32) {
    tally::count(Meter::DatabaseWrites, f64::from(rows));
}

fn visibility(value: Visibility) -> &'static str {
    match value {
        Visibility::Public => "public",
        Visibility::Private => "private",
    }
}

/// A number as the database takes it.
pub(crate) fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// Whose token has this hash.
pub(crate) async fn app_of_token(env: &Env, hash: &ContentHash) -> Result<Option<AppId>, Failure> {
    let query = database(env)?
        .prepare("SELECT app_id FROM tokens WHERE hash = ?")
        .bind(&[hash.to_string().into()])?;
    Ok(query.first::<Owner>(None).await?.map(|owner| owner.app_id))
}

/// The hashes of an app's tokens.
pub(crate) async fn tokens_of_app(env: &Env, id: &AppId) -> Result<Vec<ContentHash>, Failure> {
    let query = database(env)?
        .prepare("SELECT hash FROM tokens WHERE app_id = ?")
        .bind(&[id.as_str().into()])?;
    let rows = query.all().await?.results::<Token>()?;
    Ok(rows.into_iter().map(|token| token.hash).collect())
}

/// Adds an app with its first token, both or neither.
pub(crate) async fn insert(env: &Env, app: &AppRow, token: &ContentHash) -> Result<(), Failure> {
    writes(4);
    let database = database(env)?;
    let id: JsValue = app.id.as_str().into();
    let insert = database.prepare("INSERT INTO apps (id, slug, name, visibility, hmr, relay, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)").bind(&[
        id.clone(),
        app.slug.as_str().into(),
        app.name.as_str().into(),
        visibility(app.visibility).into(),
        app.hmr.into(),
        app.relay(),
        number(app.created_at),
        number(app.updated_at),
    ])?;
    let grant = database
        .prepare("INSERT INTO tokens (hash, app_id, created_at) VALUES (?, ?, ?)")
        .bind(&[token.to_string().into(), id, number(app.created_at)])?;
    database
        .batch(vec![insert, grant])
        .await
        .map_err(|error| taken(error, &app.slug))?;
    Ok(())
}

/// The app of that label.
pub(crate) async fn by_slug(env: &Env, slug: &Slug) -> Result<Option<AppRow>, Failure> {
    app_where(env, "slug", slug.as_str()).await
}

/// The app of that id.
pub(crate) async fn by_id(env: &Env, id: &AppId) -> Result<Option<AppRow>, Failure> {
    app_where(env, "id", id.as_str()).await
}

async fn app_where(env: &Env, column: &str, value: &str) -> Result<Option<AppRow>, Failure> {
    let query = database(env)?
        .prepare(format!("SELECT apps.*, coalesce(usage.requests, 0) AS requests_today, coalesce(usage.serverCpuMs, 0) AS server_cpu_today FROM apps LEFT JOIN usage ON usage.app_id = apps.id AND usage.day = ? WHERE apps.{column} = ?"))
        .bind(&[
            number(day_of(worker::Date::now().as_millis())),
            value.into(),
        ])?;
    Ok(query.first(None).await?)
}

/// Up to `count` apps after `cursor`, by slug.
pub(crate) async fn page(env: &Env, cursor: &str, count: usize) -> Result<Vec<AppRow>, Failure> {
    let query = database(env)?
        .prepare("SELECT * FROM apps WHERE slug > ? ORDER BY slug LIMIT ?")
        .bind(&[cursor.into(), number(count as u64)])?;
    Ok(query.all().await?.results()?)
}

/// Writes what a caller may change; gives the revision of the registries, which is a new one where `registries` are set
/// anew. The version is not among it: only the app's object moves that.
pub(crate) async fn update(env: &Env, app: &AppRow, registries: bool) -> Result<u64, Failure> {
    writes(2);
    let query = database(env)?.prepare("UPDATE apps SET slug = ?, name = ?, visibility = ?, hmr = ?, relay = ?, updated_at = ?, registries = iif(?, ?, registries), registries_revision = registries_revision + ? WHERE id = ? RETURNING registries_revision").bind(&[
        app.slug.as_str().into(),
        app.name.as_str().into(),
        visibility(app.visibility).into(),
        app.hmr.into(),
        app.relay(),
        number(app.updated_at),
        registries.into(),
        app.registries.as_str().into(),
        number(u64::from(registries)),
        app.id.as_str().into(),
    ])?;
    let row = query.first::<Revised>(None).await;
    let row = row.map_err(|error| taken(error, &app.slug))?;
    Ok(row.ok_or_else(gone)?.registries_revision)
}

/// Moves the version that D1 knows of forward, never back.
pub(crate) async fn advance(env: &Env, id: &AppId, version: u64) -> Result<(), Failure> {
    writes(1);
    let query = database(env)?
        .prepare("UPDATE apps SET version = ? WHERE id = ? AND version < ?")
        .bind(&[number(version), id.as_str().into(), number(version)])?;
    query.run().await?;
    Ok(())
}

/// Writes how live editing of an app goes, unless the app is gone.
pub(crate) async fn set_live(env: &Env, id: &AppId, live: &LiveState) -> Result<(), Failure> {
    writes(1);
    let recent = serde_json::to_string(&live.recent);
    let recent = recent.map_err(|error| Failure::Fault(error.to_string()))?;
    let query = database(env)?
        .prepare("INSERT OR REPLACE INTO live (app_id, epoch, seq, last_hot_reload_at, updates, recent) SELECT id, ?, ?, ?, ?, ? FROM apps WHERE id = ?")
        .bind(&[
            live.at.epoch.as_str().into(),
            number(live.at.seq),
            live.last_hot_reload_at.map_or(JsValue::NULL, number),
            number(live.updates),
            recent.into(),
            id.as_str().into(),
        ])?;
    query.run().await?;
    Ok(())
}

/// Adds to the sums of what is counted.
pub(crate) async fn add_counts(env: &Env, counts: &Counts) -> Result<(), Failure> {
    writes(1);
    let series = serde_json::to_string(counts.series());
    let series = series.map_err(|error| Failure::Fault(error.to_string()))?;
    let query = database(env)?
        .prepare("INSERT INTO metrics (series, value) SELECT key, value FROM json_each(?) WHERE true ON CONFLICT (series) DO UPDATE SET value = value + excluded.value")
        .bind(&[series.into()])?;
    query.run().await?;
    Ok(())
}

/// The sums of what is counted, and how many apps there are.
pub(crate) async fn sums(env: &Env) -> Result<(BTreeMap<String, f64>, u64), Failure> {
    let database = database(env)?;
    let sums = database.prepare("SELECT series, value FROM metrics");
    let sums = sums.all().await?.results::<Sum>()?;
    let sums = sums.into_iter().map(|sum| (sum.series, sum.value));
    let apps = database.prepare("SELECT count(*) AS value FROM apps");
    let apps = apps.first::<f64>(Some("value")).await?;
    Ok((sums.collect(), apps.unwrap_or_default() as u64))
}

/// Removes an app and its tokens.
pub(crate) async fn delete(env: &Env, id: &AppId) -> Result<(), Failure> {
    writes(4);
    let database = database(env)?;
    let tokens = database
        .prepare("DELETE FROM tokens WHERE app_id = ?")
        .bind(&[id.as_str().into()])?;
    let app = database
        .prepare("DELETE FROM apps WHERE id = ?")
        .bind(&[id.as_str().into()])?;
    let live = database
        .prepare("DELETE FROM live WHERE app_id = ?")
        .bind(&[id.as_str().into()])?;
    let deployments = database
        .prepare("DELETE FROM deployments WHERE app_id = ?")
        .bind(&[id.as_str().into()])?;
    let secrets = database
        .prepare("DELETE FROM secrets WHERE app_id = ?")
        .bind(&[id.as_str().into()])?;
    let github = database
        .prepare("DELETE FROM github WHERE app_id = ?")
        .bind(&[id.as_str().into()])?;
    database
        .batch(vec![github, tokens, live, deployments, secrets, app])
        .await?;
    Ok(())
}

/// An app that was deleted meanwhile.
fn gone() -> Failure {
    Refusal::new(404, "app-not-found", "There is no such app.").into()
}

fn taken(error: worker::Error, slug: &Slug) -> Failure {
    let text = error.to_string();
    if text.contains("UNIQUE constraint failed: apps.slug") {
        return Refusal::new(
            409,
            "slug-taken",
            format!("There is an app `{slug}` already."),
        )
        .fact("slug", slug)
        .into();
    }
    Failure::Fault(text)
}
