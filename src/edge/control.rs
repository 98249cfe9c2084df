//! The control plane: from the table of calls to the functions that answer them.

use crate::{
    apps, audit,
    auth::Caller,
    broadcast, cable,
    config::Config,
    deployments, files, github, live, published, quotas,
    reply::{self, Failure},
    secrets,
    store::{self, AppRow},
    usage, variables, versions,
};
use overskill_protocol::{
    AdminCall, AppCall, Call, Found, Health, HealthStatus, PublicCall, Refusal, find,
};
use worker::{Env, Request, Response};

/// What is answered however things stand.
const HEALTH: &str = "/healthz";
/// The relay, which is no call.
const CABLE: &str = "/cable";

/// Answers a request to the control plane.
pub(crate) async fn route(
    request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let address = request.path();
    if address != HEALTH {
        config.apart()?;
    }
    if address == CABLE {
        return cable::on_control(&request, env, config).await;
    }
    // As it was sent: `Request::method` takes what it doesn't know for GET.
    let method = request.inner().method();
    match find(&method, &address) {
        Found::Call { call, slug, path } => {
            config.seen.note(|known| {
                known.call = Some(call);
                known.slug = (!slug.is_empty()).then(|| slug.to_owned());
                known.target = (!path.is_empty()).then(|| path.to_owned());
            });
            match call {
                Call::Public(call) => public(call, env, config).await,
                Call::Admin(call) => {
                    quotas::caller(&request, env, config).await?.admin()?;
                    admin(call, request, env, config).await
                }
                Call::App(call) => {
                    let caller = quotas::caller(&request, env, config).await?;
                    let app = apps::find(slug, &caller, env).await?;
                    config.seen.note(|known| known.app = Some(app.id.clone()));
                    if Call::App(call).route().method != "GET" {
                        quotas::write(&app, env, config).await?;
                    }
                    on_app(call, app, &caller, path, request, env, config).await
                }
            }
        }
        Found::NotAllowed { allowed } => {
            let detail = format!("This address takes {allowed}.");
            Err(Refusal::new(405, "method-not-allowed", detail)
                .fact("allowed", allowed)
                .into())
        }
        Found::Nothing => {
            Err(Refusal::new(404, "route-not-found", "There is no such address.").into())
        }
    }
}

async fn public(call: PublicCall, env: &Env, config: &Config) -> Result<Response, Failure> {
    match call {
        PublicCall::Health => {
            let status = HealthStatus::Ok;
            let warnings = config.warnings();
            reply::json(200, &Health { status, warnings })
        }
        PublicCall::OpenApi => {
            let background = env.service("BACKGROUND")?;
            let mut answer = background
                .fetch("https://background/openapi.json", None)
                .await?;
            match answer.status_code() {
                200 => reply::text(200, "application/json", answer.text().await?),
                status => Err(Failure::Fault(format!("the document answers {status}"))),
            }
        }
    }
}

/// What the apps' objects have counted, up to some seconds ago.
async fn metrics(env: &Env) -> Result<Response, Failure> {
    let (sums, apps) = store::sums(env).await?;
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    reply::text(200, kind, overskill_flows::metrics::text(&sums, apps))
}

async fn admin(
    call: AdminCall,
    request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    match call {
        AdminCall::CreateApp => apps::create(request, env, config).await,
        AdminCall::Metrics => metrics(env).await,
        AdminCall::ReadAudit => audit::of_all(&request, env).await,
        AdminCall::ReadUsage => usage::of_all(&request, env).await,
        AdminCall::ListApps => apps::list(&request, env, config).await,
    }
}

async fn on_app(
    call: AppCall,
    app: AppRow,
    caller: &Caller,
    path: &str,
    request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    match call {
        AppCall::ReadApp => apps::read(app, config),
        AppCall::ChangeApp => apps::change(app, request, env, config).await,
        AppCall::DeleteApp => apps::delete(app, env).await,
        AppCall::ListFiles => files::list(&app, env).await,
        AppCall::ReplaceFiles => files::replace(&app, request, env, config).await,
        AppCall::PatchFiles => files::patch(&app, request, env, config).await,
        AppCall::ReadFile => files::get(&app, path, env, config).await,
        AppCall::WriteFile => files::put(&app, path, request, env, config).await,
        AppCall::DeleteFile => files::delete(&app, path, env, config).await,
        AppCall::ReadDiagnostics => files::diagnostics(&app, &request, env).await,
        AppCall::Sync => live::sync(&request, &app, env).await,
        AppCall::ReadErrors => live::errors(&request, &app, env).await,
        AppCall::ReadLive => live::state(&app, env).await,
        AppCall::ReadPackages => files::packages(&app, env).await,
        AppCall::ReadVariables => variables::read(&app, env).await,
        AppCall::CreateDeployment => {
            quotas::storage(&app, env).await?;
            deployments::create(&app, caller.actor(), request, env, config).await
        }
        AppCall::ActivateDeployment => {
            deployments::activate(&app, caller.actor(), path, env, config).await
        }
        AppCall::CollectDeployments => deployments::collect(&app, request, env, config).await,
        AppCall::ListVersions => versions::list(&app, &request, env).await,
        AppCall::ListDeployments => deployments::list(&app, &request, env, config).await,
        AppCall::ReadDeployment => deployments::read(&app, path, env, config).await,
        AppCall::Publish => published::publish(&app, path, env, config).await,
        AppCall::ReadPublished => published::read(&app, path, env, config).await,
        AppCall::Unpublish => published::unpublish(&app, path, env, config).await,
        AppCall::Broadcast => broadcast::send(&app, request, env).await,
        AppCall::ListSecrets => secrets::list(&app, env).await,
        AppCall::SetSecret => secrets::set(&app, path, request, env).await,
        AppCall::DeleteSecret => secrets::delete(&app, path, env).await,
        AppCall::ReadAppAudit => audit::of_app(&app, &request, env).await,
        AppCall::ReadAppUsage => usage::of_app(&app, &request, env).await,
        AppCall::ReadGithub => github::read(&app, env).await,
        AppCall::SetGithub => github::set(&app, caller, request, env).await,
        AppCall::RemoveGithub => github::remove(&app, env).await,
        AppCall::PushGithub => github::push(&app, request, env).await,
        AppCall::SetVariables => variables::set(&app, request, env, config).await,
    }
}
