//! What D1 says of an app's published deployments.

use overskill_model::AppId;
use overskill_publish::cloudflare::{Standing, Wanted};
use serde::Deserialize;
use worker::{Env, Result};

#[derive(Deserialize)]
struct Row {
    visibility: String,
    secrets_revision: u64,
    version: Option<u64>,
    retired_at: Option<u64>,
}

#[derive(Deserialize)]
struct Named {
    deployment_id: String,
}

/// Whether a deployment is served, and what it is to be sent with.
pub(super) async fn standing(env: &Env, app: &AppId, deployment: &str) -> Result<Standing> {
    let query = env
        .d1("DB")?
        .prepare("SELECT apps.visibility, apps.secrets_revision, deployments.version, deployments.retired_at FROM apps LEFT JOIN deployments ON deployments.app_id = apps.id AND deployments.id = ? WHERE apps.id = ?")
        .bind(&[deployment.into(), app.as_str().into()])?;
    let row: Option<Row> = query.first(None).await?;
    Ok(match row {
        None => Standing::Gone,
        Some(Row {
            version: Some(version),
            retired_at: None,
            visibility,
            secrets_revision,
        }) => Standing::Served(Wanted {
            version,
            private: visibility == "private",
            secrets: secrets_revision,
        }),
        Some(_) => Standing::Retired,
    })
}

/// The deployments of an app that are published, or may be: all, or only those that aren't served any more.
pub(super) async fn published(env: &Env, app: &AppId, served: bool) -> Result<Vec<String>> {
    let which = match served {
        true => "",
        false => " AND (deployments.id IS NULL OR deployments.retired_at IS NOT NULL)",
    };
    let query = env
        .d1("DB")?
        .prepare(format!("SELECT deployment_id FROM published LEFT JOIN deployments ON deployments.app_id = published.app_id AND deployments.id = published.deployment_id WHERE published.app_id = ? AND published.state <> 'removed'{which}"))
        .bind(&[app.as_str().into()])?;
    let rows: Vec<Named> = query.all().await?.results()?;
    Ok(rows.into_iter().map(|row| row.deployment_id).collect())
}
