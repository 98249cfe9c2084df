//! Where apps are published to, in D1.

use crate::reply::Failure;
use overskill_model::AppId;
use overskill_protocol::Refusal;
use serde::{Deserialize, Deserializer, de::Error};
use worker::{D1Database, Env};

/// A row of `github`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub repository: String,
    pub branch: String,
    pub private: u8,
    pub workflow: u8,
    pub adopt: u8,
    #[serde(deserialize_with = "listed")]
    pub co_authors: Vec<String>,
}

fn listed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

fn database(env: &Env) -> Result<D1Database, Failure> {
    Ok(env.d1("DB")?)
}

pub(crate) async fn of_app(env: &Env, app: &AppId) -> Result<Option<Row>, Failure> {
    let query = database(env)?
        .prepare("SELECT * FROM github WHERE app_id = ?")
        .bind(&[app.as_str().into()])?;
    Ok(query.first(None).await?)
}

/// Writes it, unless another app has the repository or this one is gone.
pub(super) async fn set(env: &Env, app: &AppId, row: &Row) -> Result<(), Failure> {
    let co_authors = serde_json::to_string(&row.co_authors)?;
    let query = database(env)?
        .prepare("INSERT INTO github (app_id, repository, branch, private, workflow, adopt, co_authors) SELECT id, ?, ?, ?, ?, ?, ? FROM apps WHERE id = ? ON CONFLICT (app_id) DO UPDATE SET repository = excluded.repository, branch = excluded.branch, private = excluded.private, workflow = excluded.workflow, adopt = excluded.adopt, co_authors = excluded.co_authors")
        .bind(&[
            row.repository.as_str().into(),
            row.branch.as_str().into(),
            row.private.into(),
            row.workflow.into(),
            row.adopt.into(),
            co_authors.into(),
            app.as_str().into(),
        ])?;
    match query.run().await {
        Ok(_) => Ok(()),
        Err(error) if error.to_string().contains("github.repository") => {
            let detail = format!("Another app is published to `{}`.", row.repository);
            let refusal = Refusal::new(409, "repository-taken", detail);
            Err(refusal.fact("repository", &row.repository).into())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove(env: &Env, app: &AppId) -> Result<(), Failure> {
    let query = database(env)?
        .prepare("DELETE FROM github WHERE app_id = ?")
        .bind(&[app.as_str().into()])?;
    query.run().await?;
    Ok(())
}
