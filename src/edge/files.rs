//! `/v1/apps/{slug}/files`: bodies in, commands to the app's object, listings and contents out.

use crate::{
    body,
    config::Config,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
    write::write,
};
use overskill_flows::{accept::prefers_markdown, intake, percent_decoded, tree::Batch};
use overskill_model::{Limits, ModulePath};
use overskill_protocol::{Command, Diagnostics, Outcome, Refusal};
use worker::{Env, Headers, Request, Response};

/// Base64 and JSON's escapes may make a body this much longer than what it holds.
const EXPANSION: usize = 2;

pub(crate) async fn list(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    match ask(env, &app.id, &Command::List, &[]).await? {
        (Outcome::Listed(listing), _) => reply::json(200, &listing),
        other => Err(unexpected(&other.0)),
    }
}

pub(crate) async fn replace(
    app: &AppRow,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let limits = &config.limits;
    let batch = match &*body::kind(&request)? {
        "application/json" => {
            let body = body::read(&mut request, limits.tree_bytes * EXPANSION).await?;
            intake::tree_from_json(&body, limits)?
        }
        "application/gzip" | "application/x-gzip" | "application/x-tar" => {
            let body = body::read(&mut request, intake::framed_bytes(limits)).await?;
            intake::tree_from_tar(&body, limits)?
        }
        "multipart/form-data" => {
            let content_type = request.headers().get("content-type")?.unwrap_or_default();
            let body = body::read(&mut request, intake::framed_bytes(limits)).await?;
            intake::tree_from_form(&content_type, &body, limits)?
        }
        other => {
            return Err(body::unsupported(
                other,
                "application/json, multipart/form-data, application/gzip or application/x-tar",
            ));
        }
    };
    write(app, batch, env, config).await
}

pub(crate) async fn patch(
    app: &AppRow,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let body = body::read(&mut request, config.limits.tree_bytes * EXPANSION).await?;
    write(
        app,
        intake::patch_from_json(&body, &config.limits)?,
        env,
        config,
    )
    .await
}

pub(crate) async fn put(
    app: &AppRow,
    path: &str,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let path = decoded(path, &config.limits)?;
    let bytes = body::read(&mut request, config.limits.file_bytes).await?;
    let batch = Batch {
        upsert: vec![(path, bytes)],
        ..Batch::default()
    };
    write(app, batch, env, config).await
}

pub(crate) async fn delete(
    app: &AppRow,
    path: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let delete = vec![decoded(path, &config.limits)?];
    write(
        app,
        Batch {
            delete,
            ..Batch::default()
        },
        env,
        config,
    )
    .await
}

pub(crate) async fn get(
    app: &AppRow,
    path: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let path = decoded(path, &config.limits)?;
    match ask(env, &app.id, &Command::Read { path }, &[]).await? {
        (Outcome::Read(info), contents) => {
            let headers = Headers::new();
            // Raw and inert: this is the control plane's origin, which nothing of an app may script.
            headers.set("content-type", "application/octet-stream")?;
            headers.set("x-content-type-options", "nosniff")?;
            headers.set("cache-control", "no-store")?;
            headers.set("etag", &format!("\"{}\"", info.hash))?;
            let bytes = contents.into_iter().next().unwrap_or_default();
            Ok(Response::from_bytes(bytes)?.with_headers(headers))
        }
        (other, _) => Err(unexpected(&other)),
    }
}

/// `GET …/packages`.
pub(crate) async fn packages(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    match ask(env, &app.id, &Command::ReadPackages, &[]).await? {
        (Outcome::Packages(list), _) => reply::json(200, &list),
        (other, _) => Err(unexpected(&other)),
    }
}

/// `GET …/diagnostics`: JSON, or markdown where that is asked for.
pub(crate) async fn diagnostics(
    app: &AppRow,
    request: &Request,
    env: &Env,
) -> Result<Response, Failure> {
    let (outcome, _) = ask(env, &app.id, &Command::Diagnose, &[]).await?;
    let Outcome::Diagnosed {
        version,
        status,
        diagnostics,
    } = outcome
    else {
        return Err(unexpected(&outcome));
    };
    let accept = request.headers().get("accept")?.unwrap_or_default();
    if prefers_markdown(&accept) {
        let text = overskill_diagnostics::markdown(version, &diagnostics);
        return reply::text(200, "text/markdown; charset=utf-8", text);
    }
    reply::json(
        200,
        &Diagnostics {
            version,
            status,
            diagnostics,
        },
    )
}

/// A path as it stands in a URL.
fn decoded(text: &str, limits: &Limits) -> Result<ModulePath, Failure> {
    let text = percent_decoded(text).ok_or_else(undecodable)?;
    Ok(intake::path(&text, limits)?)
}

fn undecodable() -> Failure {
    Refusal::new(
        422,
        "invalid-path",
        "The path's percent-encoding is not that of UTF-8.",
    )
    .into()
}

pub(crate) fn unexpected(outcome: &Outcome) -> Failure {
    Failure::Fault(format!("the object answered something else: {outcome:?}"))
}
