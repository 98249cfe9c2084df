//! `/v1/apps/{slug}/github`: the app's repository. What is set stands in D1; its publisher does the rest.

mod rows;

pub(crate) use rows::of_app;

use crate::{
    auth::{Caller, random_hex},
    body,
    files::unexpected,
    publisher::tell,
    reply::{self, Failure},
    session::ask,
    store::AppRow,
};
use overskill_flows::{
    intake::from_json,
    repository::{check_branch, check_co_authors, check_repository},
};
use overskill_model::AppId;
use overskill_protocol::{
    Command, Github, GithubStatus, MESSAGE_CHARACTERS, Outcome, PublisherCommand, PushGithub,
    Refusal, SetGithub,
};
use rows::Row;
use worker::{Env, Request, Response};

pub(crate) async fn read(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    let row = rows::of_app(env, &app.id).await?;
    let status = tell(env, &app.id, &PublisherCommand::Read).await?;
    reply::json(200, &shown(row, status))
}

pub(crate) async fn set(
    app: &AppRow,
    caller: &Caller,
    mut request: Request,
    env: &Env,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let wanted: SetGithub = from_json(&body::read(&mut request, body::SMALL).await?)?;
    configured(env, &app.id).await?;
    let before = rows::of_app(env, &app.id).await?;
    let mut row = before.unwrap_or_else(|| Row {
        repository: app.slug.to_string(),
        branch: "main".to_owned(),
        private: 1,
        workflow: 1,
        adopt: 0,
        co_authors: Vec::new(),
    });
    if let Some(name) = wanted.repository.filter(|name| *name != row.repository) {
        check_repository(&name)?;
        // Whatever else is in the organisation is not the app's.
        caller.admin().map_err(|_| {
            let detail = "Only an admin may choose a repository.";
            Refusal::new(403, "repository-admin-only", detail)
        })?;
        (row.repository, row.adopt) = (name, 1);
    } else if caller.admin().is_ok() {
        row.adopt = 1;
    }
    if let Some(branch) = wanted.branch {
        check_branch(&branch)?;
        row.branch = branch;
    }
    if let Some(names) = wanted.co_authors {
        check_co_authors(&names)?;
        row.co_authors = names;
    }
    row.private = wanted.private.map_or(row.private, u8::from);
    row.workflow = wanted.workflow.map_or(row.workflow, u8::from);
    rows::set(env, &app.id, &row).await?;
    let version = app.version;
    let status = tell(env, &app.id, &PublisherCommand::Changed { version }).await?;
    reply::json(200, &shown(Some(row), status))
}

pub(crate) async fn remove(app: &AppRow, env: &Env) -> Result<Response, Failure> {
    rows::remove(env, &app.id).await?;
    let version = app.version;
    tell(env, &app.id, &PublisherCommand::Changed { version }).await?;
    Ok(Response::empty()?.with_status(204))
}

pub(crate) async fn push(
    app: &AppRow,
    mut request: Request,
    env: &Env,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let wanted: PushGithub = from_json(&body::read(&mut request, body::SMALL).await?)?;
    let message = wanted.message.filter(|message| !message.trim().is_empty());
    if message
        .as_ref()
        .is_some_and(|text| text.chars().count() > MESSAGE_CHARACTERS)
    {
        let detail = format!("A message has at most {MESSAGE_CHARACTERS} characters.");
        return Err(Refusal::new(422, "invalid-message", detail).into());
    }
    let row = published(env, &app.id).await?;
    let version = match ask(env, &app.id, &Command::List, &[]).await? {
        (Outcome::Listed(listing), _) => listing.version,
        (other, _) => return Err(unexpected(&other)),
    };
    let command = PublisherCommand::Push {
        version,
        message,
        build: wanted.build.then(|| random_hex(8)),
    };
    let status = tell(env, &app.id, &command).await?;
    reply::json(202, &shown(Some(row), status))
}

/// Where an app is published; refuses where it isn't, or can't be.
async fn published(env: &Env, app: &AppId) -> Result<Row, Failure> {
    let Some(row) = rows::of_app(env, app).await? else {
        let detail = "The app is not published. Say where to with `PUT /v1/apps/{slug}/github`.";
        return Err(Refusal::new(409, "github-off", detail).into());
    };
    configured(env, app).await?;
    Ok(row)
}

/// Refuses where GitHub's Actions can't build an app.
pub(crate) async fn builds(env: &Env, app: &AppId) -> Result<(), Failure> {
    match published(env, app).await?.workflow {
        0 => {
            let detail = "The app's repository has no workflow. Have it written with `PUT /v1/apps/{slug}/github`.";
            Err(Refusal::new(409, "github-without-workflow", detail).into())
        }
        _ => Ok(()),
    }
}

/// Refuses where the installation has no GitHub.
async fn configured(env: &Env, app: &AppId) -> Result<(), Failure> {
    let missing = tell(env, app, &PublisherCommand::Read).await?.missing;
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "This installation has no GitHub App. Set {} for the background Worker.",
        missing.join(", ")
    );
    let refusal = Refusal::new(409, "github-not-configured", detail);
    Err(refusal.fact("missing", missing).into())
}

fn shown(row: Option<Row>, status: GithubStatus) -> Github {
    let set = row.as_ref();
    Github {
        enabled: set.is_some(),
        repository: set.map(|row| row.repository.clone()),
        branch: set.map(|row| row.branch.clone()),
        private: set.map(|row| row.private != 0),
        workflow: set.map(|row| row.workflow != 0),
        co_authors: row.map(|row| row.co_authors).unwrap_or_default(),
        status,
    }
}
