//! How far deployments are, in D1.

use overskill_model::AppId;
use overskill_publish::cloudflare::Row;
use worker::{Env, Result, wasm_bindgen::JsValue};

/// An app that is gone has no rows any more.
const WRITE: &str = "INSERT INTO published (app_id, deployment_id, state, attempts, error, created_at, updated_at) \
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 WHERE EXISTS (SELECT 1 FROM apps WHERE id = ?1) \
    ON CONFLICT (app_id, deployment_id) DO UPDATE SET state = ?3, attempts = ?4, error = ?5, updated_at = ?6 \
    WHERE updated_at <= ?6";

/// Records how far it is.
pub(super) async fn write(env: &Env, app: &AppId, deployment: &str, row: &Row) -> Result<()> {
    let state = serde_json::to_string(&row.state)?;
    let error = row.error.as_ref().map(serde_json::to_string).transpose()?;
    let write = env.d1("DB")?.prepare(WRITE).bind(&[
        app.as_str().into(),
        deployment.into(),
        state.trim_matches('"').into(),
        JsValue::from_f64(f64::from(row.attempts)),
        error.map_or(JsValue::NULL, JsValue::from),
        JsValue::from_f64(row.at.floor()),
    ])?;
    write.run().await.map(drop)
}
