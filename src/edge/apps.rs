//! `/v1/apps`: create, list, read, change, delete.

use crate::{
    auth::{self, Caller},
    body,
    config::{Config, sealer},
    paging::bad_cursor,
    published,
    reply::{self, Failure},
    session::ask,
    store::{self, AppRow},
};
use overskill_flows::{intake::from_json, registries::Rules};
use overskill_model::{InvalidSlug, Slug};
use overskill_protocol::{
    App, AppList, ChangeApp, Command, CreateApp, CreatedApp, Door, NAME_CHARACTERS, Refusal,
    SealedRegistries, Visibility,
};
use worker::{Env, Request, Response};

/// Apps on one page of the list.
const PAGE: usize = 100;

pub(crate) async fn create(
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let wanted: CreateApp = from_json(&body::read(&mut request, body::SMALL).await?)?;
    let slug = slug(&wanted.slug)?;
    let now = worker::Date::now().as_millis();
    let name = name(wanted.name.unwrap_or_else(|| slug.to_string()))?;
    let mut app = AppRow::new(auth::new_app_id(), slug, name, wanted.visibility, now);
    app.set_hmr(wanted.hmr);
    let (token, hash) = auth::new_token();
    config.seen.note(|known| {
        known.slug = Some(app.slug.to_string());
    });
    store::insert(env, &app, &hash).await?;
    config.seen.note(|known| known.app = Some(app.id.clone()));
    reply::json(
        201,
        &CreatedApp {
            app: shown(app, config),
            token,
        },
    )
}

pub(crate) async fn list(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let url = request.url()?;
    let cursor = url
        .query_pairs()
        .find(|(key, _)| key == "cursor")
        .map(|(_, value)| value.into_owned());
    if let Some(cursor) = &cursor {
        Slug::parse(cursor).map_err(|_| bad_cursor())?;
    }
    let mut rows = store::page(env, cursor.as_deref().unwrap_or(""), PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let cursor = rows.last().filter(|_| more).map(|row| row.slug.to_string());
    let apps = rows.into_iter().map(|row| shown(row, config)).collect();
    reply::json(200, &AppList { apps, cursor })
}

/// The app of a path's slug, where the caller may know of it.
pub(crate) async fn find(text: &str, caller: &Caller, env: &Env) -> Result<AppRow, Failure> {
    let row = match Slug::parse(text) {
        Ok(slug) => store::by_slug(env, &slug).await?,
        Err(_) => None,
    };
    caller.may(row.as_ref().map(|row| &row.id))?;
    row.ok_or_else(|| Refusal::new(404, "app-not-found", "There is no such app.").into())
}

pub(crate) fn read(app: AppRow, config: &Config) -> Result<Response, Failure> {
    reply::json(200, &shown(app, config))
}

pub(crate) async fn change(
    mut app: AppRow,
    mut request: Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    body::expect_json(&request)?;
    let before = (app.slug.clone(), app.visibility);
    let change: ChangeApp = from_json(&body::read(&mut request, body::SMALL).await?)?;
    if let Some(text) = change.slug {
        app.slug = slug(&text)?;
    }
    if let Some(text) = change.name {
        app.name = name(text)?;
    }
    app.visibility = change.visibility.unwrap_or(app.visibility);
    app.set_hmr(change.hmr.unwrap_or(app.hmr()));
    app.updated_at = worker::Date::now().as_millis();
    let registries = match change.registries {
        Some(set) => {
            let sealer = sealer(env);
            let rules = Rules {
                app: app.id.as_str(),
                sealer: sealer.as_ref(),
                nonce: &auth::random,
                local: config.is_local(),
                own_hosts: &[&config.host, &config.preview_domain],
            };
            let sealed = rules.seal(set, &registries(&app))?;
            let written = serde_json::to_string(&sealed);
            app.registries = written.map_err(|error| Failure::Fault(error.to_string()))?;
            Some(sealed)
        }
        None => None,
    };
    let door = door(&app);
    let update = store::update(env, &app, registries.is_some());
    let revision = match before.1 == app.visibility {
        true => update.await?,
        false => published::changing(env, &app.id, update).await?,
    };
    if let Some(registries) = registries {
        let command = Command::SetRegistries {
            revision,
            registries,
        };
        ask(env, &app.id, &command, &[]).await?;
    }
    if before != (app.slug.clone(), app.visibility) {
        ask(env, &app.id, &Command::Admit(door), &[]).await?;
    }
    reply::json(200, &shown(app, config))
}

pub(crate) async fn delete(app: AppRow, env: &Env) -> Result<Response, Failure> {
    // The object first: from then on it refuses writes, and a failure in between leaves a row to try again with.
    ask(env, &app.id, &Command::Destroy, &[]).await?;
    published::forget(env, &app.id).await?;
    store::delete(env, &app.id).await?;
    Ok(Response::empty()?.with_status(204))
}

/// What the app's object is told of who may look.
pub(crate) fn door(app: &AppRow) -> Door {
    Door {
        slug: app.slug.to_string(),
        private: app.visibility == Visibility::Private,
        told: app.updated_at,
    }
}

fn shown(row: AppRow, config: &Config) -> App {
    let registries = registries(&row).shown();
    App {
        preview_url: config.preview_url(&row.slug),
        cable_url: config.cable_url(),
        hmr: row.hmr(),
        id: row.id,
        slug: row.slug,
        name: row.name,
        visibility: row.visibility,
        registries,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// The app's registries as they are kept.
fn registries(row: &AppRow) -> SealedRegistries {
    serde_json::from_str(&row.registries).unwrap_or_default()
}

fn slug(text: &str) -> Result<Slug, Failure> {
    Slug::parse(text).map_err(|_| {
        let shown: String = text.chars().take(100).collect();
        Refusal::new(
            422,
            "invalid-slug",
            format!("{shown:?} is no slug: {}.", InvalidSlug::REASON),
        )
        .into()
    })
}

fn name(text: String) -> Result<String, Failure> {
    let length = text.chars().count();
    if length == 0 || length > NAME_CHARACTERS || text.chars().any(char::is_control) {
        let detail = format!(
            "A name has 1 to {NAME_CHARACTERS} characters, none of them control characters."
        );
        return Err(Refusal::new(422, "invalid-name", detail).into());
    }
    Ok(text)
}
