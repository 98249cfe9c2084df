//! Deployments in D1. What changes a state says why, who and when in the same statement: a trigger keeps the history.

use super::place::Place;
use crate::{reply::Failure, store::writes};
use overskill_diagnostics::Diagnostic;
use overskill_flows::{
    deploy::{Ledger, Summary, Wanted},
    usage::Meter,
};
use overskill_model::AppId;
use overskill_platform::tally;
use overskill_ports::Fault;
use overskill_protocol::{DeploymentChange, DeploymentLine, DeploymentState, Tier, Timings};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use worker::{D1Database, D1PreparedStatement, D1Result, Env, wasm_bindgen::JsValue};

/// States in which something is still to come.
const UNFINISHED: &str = "state IN ('queued', 'building', 'uploading')";
/// What has a host of its own.
const SERVED: &str = "served_at IS NOT NULL AND retired_at IS NULL";

/// A row of `deployments`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub id: String,
    pub tier: Tier,
    pub state: DeploymentState,
    pub actor: String,
    pub version: u64,
    pub message: Option<String>,
    pub created_at: u64,
    pub finished_at: Option<u64>,
    pub retired_at: Option<u64>,
    pub files: u64,
    pub bytes: u64,
    pub added_files: u64,
    pub added_bytes: u64,
    #[serde(deserialize_with = "report")]
    pub report: Report,
}

/// What is only shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub timings: Timings,
    pub diagnostics: Vec<Diagnostic>,
    pub log: Vec<DeploymentLine>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Aged {
    id: String,
    tier: Tier,
    state: DeploymentState,
    created_at: u64,
}

fn report<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Report, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

/// Each statement reads; those that move a deployment say how many rows they write, its history's among them.
fn database(env: &Env) -> worker::Result<D1Database> {
    tally::count(Meter::DatabaseReads, 1.0);
    env.d1("DB")
}

fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

fn optional(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from)
}

fn now() -> u64 {
    worker::Date::now().as_millis()
}

/// The record of an app's deployments.
pub(crate) struct Record<'a> {
    pub env: &'a Env,
    pub app: &'a AppId,
    /// What happened so far, to be kept with how it ended.
    pub log: &'a dyn Fn() -> Vec<DeploymentLine>,
}

impl Record<'_> {
    fn prepare(&self, text: &str, values: &[JsValue]) -> worker::Result<D1PreparedStatement> {
        database(self.env)?.prepare(text).bind(values)
    }

    async fn batch(&self, statements: Vec<D1PreparedStatement>) -> worker::Result<Vec<D1Result>> {
        database(self.env)?.batch(statements).await
    }

    async fn open(&self, wanted: &Wanted) -> worker::Result<bool> {
        let app = || JsValue::from(self.app.as_str());
        let id = || JsValue::from(wanted.id.as_str());
        let insert = self.prepare(
            "INSERT OR IGNORE INTO deployments (app_id, id, tier, state, cause, actor, changed_at, version, message, request_key, created_at) SELECT id, ?, ?, 'queued', 'it was asked for', ?, ?, ?, ?, ?, ? FROM apps WHERE id = ?",
            &[
                id(),
                wanted.tier.name().into(),
                wanted.actor.as_str().into(),
                number(wanted.at),
                number(wanted.version),
                optional(wanted.message.as_deref()),
                optional(wanted.key.as_deref()),
                number(wanted.at),
                app(),
            ],
        )?;
        let overtake = self.prepare(
            &format!("UPDATE deployments SET state = 'superseded', cause = 'a newer one came: ' || ?, actor = ?, changed_at = ?, finished_at = ? WHERE app_id = ? AND tier = ? AND {UNFINISHED} AND created_at < ? AND EXISTS (SELECT 1 FROM deployments WHERE app_id = ? AND id = ? AND {UNFINISHED})"),
            &[
                id(),
                wanted.actor.as_str().into(),
                number(now()),
                number(now()),
                app(),
                wanted.tier.name().into(),
                number(wanted.at),
                app(),
                id(),
            ],
        )?;
        // One that comes to be recorded after a newer one.
        let late = self.prepare(
            &format!("UPDATE deployments SET state = 'superseded', cause = 'a newer one came', changed_at = ?, finished_at = ? WHERE app_id = ? AND id = ? AND {UNFINISHED} AND EXISTS (SELECT 1 FROM deployments newer WHERE newer.app_id = deployments.app_id AND newer.tier = deployments.tier AND newer.created_at > deployments.created_at AND newer.state <> 'failed')"),
            &[number(now()), number(now()), app(), id()],
        )?;
        let there = self.prepare(
            "SELECT id FROM deployments WHERE app_id = ? AND id = ?",
            &[app(), id()],
        )?;
        writes(2);
        let results = self.batch(vec![insert, overtake, late, there]).await?;
        let there = results.into_iter().nth(3);
        let there = there.map(|result| result.results::<Named>()).transpose()?;
        Ok(there.is_some_and(|rows| !rows.is_empty()))
    }

    async fn advance(&self, id: &str, to: DeploymentState, cause: &str) -> worker::Result<bool> {
        let update = self.prepare(
            &format!("UPDATE deployments SET state = ?, cause = ?, changed_at = ? WHERE app_id = ? AND id = ? AND {UNFINISHED} RETURNING id"),
            &[
                to.name().into(),
                cause.into(),
                number(now()),
                self.app.as_str().into(),
                id.into(),
            ],
        )?;
        writes(2);
        Ok(update.first::<Named>(None).await?.is_some())
    }

    /// What is written when it ends, and the values for it.
    fn ended(&self, summary: &Summary) -> worker::Result<(&'static str, Vec<JsValue>)> {
        let report = serde_json::to_string(&Report {
            timings: summary.timings,
            diagnostics: summary.diagnostics.clone(),
            log: (self.log)(),
        })?;
        let text =
            "finished_at = ?, files = ?, bytes = ?, added_files = ?, added_bytes = ?, report = ?";
        let values = vec![
            number(now()),
            number(summary.files),
            number(summary.bytes),
            number(summary.added_files),
            number(summary.added_bytes),
            report.into(),
        ];
        Ok((text, values))
    }

    async fn fail(&self, id: &str, cause: &str, summary: &Summary) -> worker::Result<bool> {
        let (ended, values) = self.ended(summary)?;
        let mut all = vec![cause.into(), number(now())];
        all.extend(values);
        all.extend([self.app.as_str().into(), id.into()]);
        let text = format!(
            "UPDATE deployments SET state = 'failed', cause = ?, changed_at = ?, {ended} WHERE app_id = ? AND id = ? AND {UNFINISHED} RETURNING id"
        );
        let update = self.prepare(&text, &all)?;
        writes(2);
        Ok(update.first::<Named>(None).await?.is_some())
    }

    async fn go_live(&self, id: &str, summary: &Summary) -> worker::Result<bool> {
        let (ended, values) = self.ended(summary)?;
        let mut all = vec![number(now()), number(now())];
        all.extend(values);
        all.extend([self.app.as_str().into(), id.into()]);
        let text = format!(
            "UPDATE deployments SET state = 'live', cause = 'it is stored', changed_at = ?, served_at = ?, {ended} WHERE app_id = ? AND id = ? AND {UNFINISHED} RETURNING id"
        );
        let aside = self.aside(id, UNFINISHED, "a newer one is live: ", None)?;
        writes(4);
        let results = self.batch(vec![aside, self.prepare(&text, &all)?]).await?;
        moved(results)
    }

    /// Takes the live one of another's tier out of its place, where that one is as it has to be.
    fn aside(
        &self,
        id: &str,
        condition: &str,
        cause: &str,
        actor: Option<&str>,
    ) -> worker::Result<D1PreparedStatement> {
        let app = || JsValue::from(self.app.as_str());
        self.prepare(
            &format!("UPDATE deployments SET state = 'superseded', cause = ? || ?, actor = coalesce(?, actor), changed_at = ? WHERE app_id = ? AND state = 'live' AND id <> ? AND tier = (SELECT tier FROM deployments WHERE app_id = ? AND id = ? AND {condition})"),
            &[
                cause.into(),
                id.into(),
                optional(actor),
                number(now()),
                app(),
                id.into(),
                app(),
                id.into(),
            ],
        )
    }

    /// Makes one that was served before the live one of its tier. `false` where it can't be.
    pub async fn activate(&self, id: &str, actor: &str) -> worker::Result<bool> {
        let condition = format!("state = 'superseded' AND {SERVED}");
        let aside = self.aside(id, &condition, "another one was activated: ", Some(actor))?;
        let own = self.prepare(
            &format!("UPDATE deployments SET state = 'live', cause = 'it was activated', actor = ?, changed_at = ? WHERE app_id = ? AND id = ? AND {condition} RETURNING id"),
            &[actor.into(), number(now()), self.app.as_str().into(), id.into()],
        )?;
        writes(4);
        moved(self.batch(vec![aside, own]).await?)
    }

    /// Forgets an unfinished one.
    pub async fn forget(&self, id: &str) -> worker::Result<()> {
        let delete = self.prepare(
            &format!("DELETE FROM deployments WHERE app_id = ? AND id = ? AND {UNFINISHED}"),
            &[self.app.as_str().into(), id.into()],
        )?;
        delete.run().await.map(drop)
    }

    async fn beyond(&self, keep: u32, since: u64) -> worker::Result<(Vec<String>, Vec<String>)> {
        let query = self.prepare(
            &format!("SELECT id, tier, state, created_at FROM deployments WHERE app_id = ? AND {SERVED} ORDER BY created_at DESC"),
            &[self.app.as_str().into()],
        )?;
        let rows = query.all().await?.results::<Aged>()?;
        let (mut kept, mut beyond) = (Vec::new(), Vec::new());
        let mut counts = [0_u32; 2];
        for row in rows {
            let live = row.state == DeploymentState::Live;
            let count = &mut counts[usize::from(row.tier == Tier::Production)];
            *count += u32::from(!live);
            match live || (*count <= keep && row.created_at >= since) {
                true => kept.push(row.id),
                false => beyond.push(row.id),
            }
        }
        Ok((kept, beyond))
    }

    async fn retire(&self, id: &str) -> worker::Result<bool> {
        writes(1);
        let update = self.prepare(
            "UPDATE deployments SET retired_at = ? WHERE app_id = ? AND id = ? AND state <> 'live' RETURNING id",
            &[number(now()), self.app.as_str().into(), id.into()],
        )?;
        Ok(update.first::<Named>(None).await?.is_some())
    }
}

/// Whether the second of two statements changed a row.
fn moved(results: Vec<D1Result>) -> worker::Result<bool> {
    let own = results.into_iter().nth(1);
    let rows = own.map(|result| result.results::<Named>()).transpose()?;
    Ok(rows.is_some_and(|rows| !rows.is_empty()))
}

fn fault(error: worker::Error) -> Fault {
    Fault(error.to_string())
}

impl Ledger for Record<'_> {
    async fn open(&self, wanted: &Wanted) -> Result<bool, Fault> {
        Record::open(self, wanted).await.map_err(fault)
    }

    async fn advance(&self, id: &str, to: DeploymentState, cause: &str) -> Result<bool, Fault> {
        Record::advance(self, id, to, cause).await.map_err(fault)
    }

    async fn fail(&self, id: &str, cause: &str, summary: &Summary) -> Result<bool, Fault> {
        Record::fail(self, id, cause, summary).await.map_err(fault)
    }

    async fn go_live(&self, id: &str, summary: &Summary) -> Result<bool, Fault> {
        Record::go_live(self, id, summary).await.map_err(fault)
    }

    async fn beyond(&self, keep: u32, since: u64) -> Result<(Vec<String>, Vec<String>), Fault> {
        Record::beyond(self, keep, since).await.map_err(fault)
    }

    async fn retire(&self, id: &str) -> Result<bool, Fault> {
        Record::retire(self, id).await.map_err(fault)
    }
}

/// One, with its states so far.
pub(super) async fn of_id(
    env: &Env,
    app: &AppId,
    id: &str,
) -> Result<Option<(Row, Vec<DeploymentChange>)>, Failure> {
    let database = database(env)?;
    let values = [app.as_str().into(), id.into()];
    let row = database
        .prepare("SELECT * FROM deployments WHERE app_id = ? AND id = ?")
        .bind(&values)?;
    let changes = database
        .prepare("SELECT state, at, cause, actor FROM deployment_changes WHERE app_id = ? AND deployment_id = ? ORDER BY nr")
        .bind(&values)?;
    let results = database.batch(vec![row, changes]).await?;
    let [row, changes] = &results[..] else {
        return Err(Failure::Fault("D1 left a result out".to_owned()));
    };
    let row = row.results::<Row>()?.into_iter().next();
    let changes = changes.results()?;
    Ok(row.map(|row| (row, changes)))
}

/// The name of the one with this key.
pub(super) async fn of_key(env: &Env, app: &AppId, key: &str) -> Result<Option<String>, Failure> {
    let query = database(env)?
        .prepare("SELECT id FROM deployments WHERE app_id = ? AND request_key = ?")
        .bind(&[app.as_str().into(), key.into()])?;
    Ok(query.first::<Named>(None).await?.map(|named| named.id))
}

/// What of the list is wanted.
pub(super) struct Page {
    pub after: Option<Place>,
    pub tier: Option<Tier>,
    pub state: Option<DeploymentState>,
    pub limit: usize,
}

/// A page, the newest first, and one more where there is more.
pub(super) async fn page(env: &Env, app: &AppId, page: &Page) -> Result<Vec<Row>, Failure> {
    let mut conditions = String::new();
    let mut values = vec![app.as_str().into()];
    if let Some(tier) = page.tier {
        conditions.push_str(" AND tier = ?");
        values.push(tier.name().into());
    }
    if let Some(state) = page.state {
        conditions.push_str(" AND state = ?");
        values.push(state.name().into());
    }
    if let Some(after) = &page.after {
        conditions.push_str(" AND (created_at, id) < (?, ?)");
        values.extend([number(after.at), after.id.as_str().into()]);
    }
    values.push(number(page.limit as u64 + 1));
    let query = database(env)?
        .prepare(format!("SELECT * FROM deployments WHERE app_id = ?{conditions} ORDER BY created_at DESC, id DESC LIMIT ?"))
        .bind(&values)?;
    Ok(query.all().await?.results()?)
}

/// Which of an app's deployments an address serves, newest first: the one of that name; or, for a tier's name, the live one
/// and those that were live before it.
pub(crate) async fn served(
    env: &Env,
    app: &AppId,
    name: &str,
    before: usize,
) -> Result<Vec<String>, Failure> {
    let database = database(env)?;
    let query = match name {
        "preview" | "production" => database
            .prepare(format!("SELECT id FROM deployments WHERE app_id = ?1 AND tier = ?2 AND {SERVED} AND EXISTS (SELECT 1 FROM deployments WHERE app_id = ?1 AND tier = ?2 AND state = 'live') ORDER BY state <> 'live', changed_at DESC, created_at DESC LIMIT ?3"))
            .bind(&[app.as_str().into(), name.into(), number(before as u64 + 1)])?,
        id => database
            .prepare(format!("SELECT id FROM deployments WHERE app_id = ? AND id = ? AND {SERVED}"))
            .bind(&[app.as_str().into(), id.into()])?,
    };
    let rows = query.all().await?.results::<Named>()?;
    Ok(rows.into_iter().map(|named| named.id).collect())
}
