//! `/v1/apps/{slug}/deployments/{id}/publish`: deployments on Workers for Platforms. The deployment's deployer in the background
//! Worker does it; D1 says how far it is.

use crate::{
    config::Config,
    reply::{self, Failure},
    store::{AppRow, database},
};
use overskill_model::AppId;
use overskill_protocol::{
    DeployerAnswer, DeployerCommand, DeployerRequest, DeploymentState, PublishError, PublishState,
    Published, Refusal, Tier, Visibility, script_name,
};
use serde::Deserialize;
use worker::{Env, Method, Request, RequestInit, Response, wasm_bindgen::JsValue};

#[derive(Deserialize)]
struct Row {
    state: PublishState,
    attempts: u32,
    error: Option<String>,
    created_at: u64,
    updated_at: u64,
}

#[derive(Deserialize)]
struct Named {
    deployment_id: String,
}

#[derive(Deserialize)]
struct Made {
    tier: Tier,
    state: DeploymentState,
    version: u64,
    served_at: Option<u64>,
    retired_at: Option<u64>,
}

/// Asks the deployment's deployer; the app's own where none is named.
async fn tell(
    env: &Env,
    app: &AppId,
    deployment: &str,
    command: DeployerCommand,
) -> Result<DeployerAnswer, Failure> {
    let deployers = env.durable_object("DEPLOYERS")?;
    let deployer = deployers.get_by_name(&format!("{app}/{deployment}"))?;
    let request = DeployerRequest {
        app: app.clone(),
        deployment: deployment.to_owned(),
        command,
    };
    let body = JsValue::from(serde_json::to_string(&request)?);
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body));
    let request = Request::new_with_init("https://deployer/", &init)?;
    let mut response = deployer.fetch_with_request(request).await?;
    Ok(response.json().await?)
}

/// Has a deployment published; answered once that will happen.
pub(crate) async fn publish(
    app: &AppRow,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let made = made(env, &app.id, id).await?;
    if made.tier != Tier::Production {
        let detail = "Only a deployment of the tier `production` can be published.";
        return Err(Refusal::new(409, "deployment-not-production", detail).into());
    }
    let (code, detail) = match (made.served_at, made.retired_at) {
        (Some(_), None) => ("", ""),
        (_, Some(_)) => (
            "deployment-retired",
            "Its files are gone: it was beyond what is kept.",
        ),
        (None, None) => (
            "deployment-not-served",
            "Only what was live once can be published.",
        ),
    };
    if !code.is_empty() {
        let state = made.state.name();
        return Err(Refusal::new(409, code, detail).fact("state", state).into());
    }
    let command = DeployerCommand::Publish {
        version: made.version,
        private: app.visibility == Visibility::Private,
        secrets: app.secrets_revision,
    };
    taken(tell(env, &app.id, id, command).await?)?;
    reply::json(202, &find(app, id, env, config).await?)
}

/// How far it is.
pub(crate) async fn read(
    app: &AppRow,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    made(env, &app.id, id).await?;
    reply::json(200, &find(app, id, env, config).await?)
}

/// Has it removed.
pub(crate) async fn unpublish(
    app: &AppRow,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    made(env, &app.id, id).await?;
    taken(tell(env, &app.id, id, DeployerCommand::Unpublish).await?)?;
    reply::json(202, &find(app, id, env, config).await?)
}

/// Has all that was published of an app removed: the app is gone.
pub(crate) async fn forget(env: &Env, app: &AppId) -> Result<(), Failure> {
    let query = env
        .d1("DB")?
        .prepare("SELECT deployment_id FROM published WHERE app_id = ?")
        .bind(&[app.as_str().into()])?;
    let rows: Vec<Named> = query.all().await?.results()?;
    for Named { deployment_id } in rows {
        tell(env, app, &deployment_id, DeployerCommand::Forget).await?;
    }
    Ok(())
}

/// Makes a change that all that is published of an app depends on. Its deployers are told before, so that they look at it
/// also where this is cut short, and after.
pub(crate) async fn changing<T>(
    env: &Env,
    app: &AppId,
    change: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let published = is_published(env, app).await?;
    let check = |ahead| DeployerCommand::Check {
        served: true,
        ahead,
    };
    if published {
        tell(env, app, "", check(true)).await?;
    }
    let changed = change.await?;
    if published && let Err(failure) = tell(env, app, "", check(false)).await {
        let cause = match failure {
            Failure::Fault(cause) => cause,
            Failure::Refused(refusal) => refusal.detail,
        };
        // They look again a little later anyhow.
        let line = serde_json::json!({"event": "published", "app": app, "fault": cause});
        worker::console_error!("{line}");
    }
    Ok(changed)
}

/// Has what is published of deployments removed that were retired.
pub(crate) async fn retired(env: &Env, app: &AppId) -> Result<(), Failure> {
    if !is_published(env, app).await? {
        return Ok(());
    }
    let (served, ahead) = (false, false);
    let command = DeployerCommand::Check { served, ahead };
    tell(env, app, "", command).await.map(drop)
}

/// Whether anything of an app is published, or may be.
async fn is_published(env: &Env, app: &AppId) -> Result<bool, Failure> {
    let query = database(env)?
        .prepare(
            "SELECT deployment_id FROM published WHERE app_id = ? AND state <> 'removed' LIMIT 1",
        )
        .bind(&[app.as_str().into()])?;
    Ok(query.first::<Named>(None).await?.is_some())
}

/// Has what is cached of a tier's address purged, where the installation names its zone: another deployment is served
/// there. What fails is logged; nothing but freshness depends on it, and pages are asked about every time.
pub(crate) async fn refresh(env: &Env, app: &AppId, tier: Tier) {
    if env.var("CLOUDFLARE_ZONE_ID").is_err() {
        return;
    }
    let told = match tier_host(env, app, tier).await {
        Ok(host) => {
            let (hosts, files) = (vec![host], Vec::new());
            tell(env, app, "", DeployerCommand::Purge { hosts, files }).await
        }
        Err(failure) => Err(failure),
    };
    let cause = match told {
        Ok(DeployerAnswer::Unset { names }) => format!("{} not set", names.join(", ")),
        Err(Failure::Fault(cause)) => cause,
        Ok(_) | Err(Failure::Refused(_)) => return,
    };
    let line = serde_json::json!({"event": "purge", "app": app, "fault": cause});
    worker::console_error!("{line}");
}

async fn tier_host(env: &Env, app: &AppId, tier: Tier) -> Result<String, Failure> {
    let query = env
        .d1("DB")?
        .prepare("SELECT slug FROM apps WHERE id = ?")
        .bind(&[app.as_str().into()])?;
    let slug: Option<String> = query.first(Some("slug")).await?;
    let slug = slug.ok_or_else(|| Failure::Fault("the app is gone".to_owned()))?;
    let domain = |name: &str| env.var(name).ok().map(|domain| domain.to_string());
    Ok(match (tier, domain("PRODUCTION_DOMAIN")) {
        (Tier::Production, Some(domain)) => format!("{slug}.{domain}"),
        _ => {
            let preview = domain("PREVIEW_DOMAIN").unwrap_or_else(|| "localhost".to_owned());
            format!("{slug}--{}.{preview}", tier.name())
        }
    })
}

fn taken(answer: DeployerAnswer) -> Result<(), Failure> {
    match answer {
        DeployerAnswer::Taken => Ok(()),
        DeployerAnswer::Nothing => Err(not_published().into()),
        DeployerAnswer::Unset { names } => {
            let detail = format!(
                "Publishing needs {} of the background Worker. Set variables in `.deploy.vars` before `npm run deploy`, the token with `wrangler secret put CLOUDFLARE_API_TOKEN`; locally all in `.dev.vars`.",
                names.join(", ")
            );
            Err(Refusal::new(503, "publishing-not-set-up", detail)
                .fact("unset", names)
                .into())
        }
    }
}

fn not_published() -> Refusal {
    Refusal::new(404, "not-published", "The deployment is not published.")
}

async fn made(env: &Env, app: &AppId, id: &str) -> Result<Made, Failure> {
    let query = env
        .d1("DB")?
        .prepare("SELECT tier, state, version, served_at, retired_at FROM deployments WHERE app_id = ? AND id = ?")
        .bind(&[app.as_str().into(), id.into()])?;
    let made: Option<Made> = query.first(None).await?;
    made.ok_or_else(|| {
        let detail = "The app has no such deployment.";
        Refusal::new(404, "deployment-not-found", detail).into()
    })
}

async fn find(app: &AppRow, id: &str, env: &Env, config: &Config) -> Result<Published, Failure> {
    let query = env
        .d1("DB")?
        .prepare("SELECT * FROM published WHERE app_id = ? AND deployment_id = ?")
        .bind(&[app.id.as_str().into(), id.into()])?;
    let row: Option<Row> = query.first(None).await?;
    let Some(row) = row else {
        return Err(not_published().into());
    };
    let error: Option<PublishError> = row.error.as_deref().map(serde_json::from_str).transpose()?;
    Ok(Published {
        deployment: id.to_owned(),
        state: row.state,
        script: script_name(&app.id, id),
        url: config.deployment_url(&app.slug, id),
        attempts: row.attempts,
        error,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
