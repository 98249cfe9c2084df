//! The audit log: every call that is to change something, granted or refused, in D1. What is rare is written there before
//! it is answered; files and messages, which are on the fast path, right after. A crash in between loses the line of one
//! that was answered a moment ago; the Worker's own log has that, too.

use crate::{
    config::sealer,
    reply::{self, Failure},
    seen::{Known, SharedSeen},
    store::{AppRow, database, number, writes},
};
use overskill_model::AppId;
use overskill_protocol::{AppCall, AuditEntry, AuditPage, Call, Refusal};
use serde::Deserialize;
use std::cell::Cell;
use worker::{Context, Date, Env, Request, Response, wasm_bindgen::JsValue};

/// Entries on one page.
const PAGE: usize = 100;
/// How long what the address names may be, in characters.
const TARGET: usize = 200;
/// How long entries are kept, in days, and how many at most.
const DAYS: u64 = 90;
const ENTRIES: u64 = 1_000_000;
/// How often an isolate removes older ones, in milliseconds, and how many at a time.
const SWEEP: u64 = 3_600_000;
const SWEPT_AT_ONCE: u64 = 5_000;
/// Digits of a token's hash that name it.
const DIGITS: usize = 12;

thread_local! {
    static SWEPT: Cell<u64> = const { Cell::new(0) };
}

/// How the holder of the app token with that hash is named.
pub(crate) fn token_name(hash: &str) -> String {
    format!("token:{}", &hash[..DIGITS.min(hash.len())])
}

/// Where a request came from, read before it is answered.
pub(crate) struct From {
    ray: Option<String>,
    address: Option<String>,
}

impl From {
    pub fn of(request: &Request) -> worker::Result<Self> {
        Ok(Self {
            ray: request.headers().get("cf-ray")?,
            address: request.headers().get("cf-connecting-ip")?,
        })
    }
}

/// Whether a call belongs in the log, and whether its answer waits for that.
fn kept(known: &Known, status: u16) -> Option<bool> {
    let call = known.call?;
    if call.route().method == "GET" {
        return None;
    }
    // Those who have no token and go on asking are not to fill it.
    if status == 429 && known.actor.is_none() {
        return None;
    }
    let fast = matches!(
        call,
        Call::App(
            AppCall::ReplaceFiles
                | AppCall::PatchFiles
                | AppCall::WriteFile
                | AppCall::DeleteFile
                | AppCall::Broadcast
                | AppCall::CreateDeployment
                | AppCall::ActivateDeployment
        )
    );
    Some(!fast && status < 400)
}

/// Writes what became of a request, where it was to change something.
pub(crate) async fn keep(
    seen: &SharedSeen,
    from: From,
    request_id: &str,
    status: u16,
    env: &Env,
    context: &Context,
) {
    let known = seen.known();
    let Some(waits) = kept(&known, status) else {
        return;
    };
    let (env, id) = (env.clone(), request_id.to_owned());
    let write = async move {
        if let Err(failure) = write(&known, from, &id, status, &env).await {
            let cause = match failure {
                Failure::Refused(refusal) => refusal.detail,
                Failure::Fault(cause) => cause,
            };
            let told = serde_json::json!({
                "event": "audit", "requestId": id, "fault": cause, "actor": known.actor, "slug": known.slug,
                "call": known.call.map(|call| call.route().id), "target": known.target, "status": status,
            });
            worker::console_error!("{told}");
        }
    };
    match waits {
        true => write.await,
        false => context.wait_until(write),
    }
}

async fn write(
    known: &Known,
    from: From,
    request_id: &str,
    status: u16,
    env: &Env,
) -> Result<(), Failure> {
    let database = database(env)?;
    writes(1);
    let text = |text: Option<&str>| text.map_or(JsValue::NULL, JsValue::from);
    let short = |text: &Option<String>| -> JsValue {
        match text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => text.chars().take(TARGET).collect::<String>().into(),
            None => JsValue::NULL,
        }
    };
    let address = from.address.as_deref();
    let hashed = address.and_then(|at| Some(sealer(env)?.name(&["audit", at])));
    let now = Date::now().as_millis();
    let insert = database.prepare("INSERT INTO audit (at, request_id, actor, call, target, app_id, slug, status, code, ray, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").bind(&[
        number(now),
        request_id.into(),
        known.actor.as_deref().unwrap_or("nobody").into(),
        known.call.map_or("", |call| call.route().id).into(),
        short(&known.target),
        text(known.app.as_ref().map(AppId::as_str)),
        short(&known.slug),
        status.into(),
        text(known.code.as_deref()),
        text(from.ray.as_deref()),
        text(hashed.as_deref()),
    ])?;
    if now < SWEPT.get() + SWEEP {
        insert.run().await?;
        return Ok(());
    }
    SWEPT.set(now);
    let days = crate::config::quantity(env, "AUDIT_DAYS", DAYS)?;
    let entries = crate::config::quantity(env, "AUDIT_ENTRIES", ENTRIES)?;
    let old = database.prepare("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? OR id <= (SELECT max(id) FROM audit) - ? ORDER BY id LIMIT ?)").bind(&[
        number(now.saturating_sub(days * 24 * 3_600_000)),
        number(entries),
        number(SWEPT_AT_ONCE),
    ])?;
    database.batch(vec![insert, old]).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Row {
    id: f64,
    at: f64,
    request_id: String,
    actor: String,
    call: String,
    target: Option<String>,
    app_id: Option<String>,
    slug: Option<String>,
    status: u16,
    code: Option<String>,
    ray: Option<String>,
    address: Option<String>,
}

impl Row {
    fn shown(self) -> AuditEntry {
        AuditEntry {
            id: self.id as u64,
            at: self.at as u64,
            request_id: self.request_id,
            actor: self.actor,
            call: self.call,
            target: self.target,
            app_id: self.app_id,
            slug: self.slug,
            status: self.status,
            code: self.code,
            ray: self.ray,
            address: self.address,
        }
    }
}

/// `GET /v1/audit`.
pub(crate) async fn of_all(request: &Request, env: &Env) -> Result<Response, Failure> {
    let url = request.url()?;
    let app = url.query_pairs().find(|(name, _)| name == "app");
    let app = app.map(|(_, value)| value.into_owned());
    match app {
        None => page(request, env, "true", &[]).await,
        Some(app) => page(request, env, "app_id = ? OR slug = ?", &[&app, &app]).await,
    }
}

/// `GET /v1/apps/{slug}/audit`.
pub(crate) async fn of_app(
    app: &AppRow,
    request: &Request,
    env: &Env,
) -> Result<Response, Failure> {
    page(request, env, "app_id = ?", &[app.id.as_str()]).await
}

async fn page(
    request: &Request,
    env: &Env,
    condition: &str,
    values: &[&str],
) -> Result<Response, Failure> {
    let url = request.url()?;
    let cursor = url.query_pairs().find(|(name, _)| name == "cursor");
    let before = match cursor {
        None => u64::from(u32::MAX) << 20,
        Some((_, text)) => match text.parse::<u64>() {
            Ok(before) if before < 1 << 53 => before,
            _ => {
                let detail = "The cursor is not one that we gave.";
                return Err(Refusal::new(400, "invalid-cursor", detail).into());
            }
        },
    };
    let statement =
        format!("SELECT * FROM audit WHERE ({condition}) AND id < ? ORDER BY id DESC LIMIT ?");
    let mut bound: Vec<JsValue> = values.iter().map(|value| (*value).into()).collect();
    bound.extend([number(before), number(PAGE as u64 + 1)]);
    let query = database(env)?.prepare(statement).bind(&bound)?;
    let mut rows = query.all().await?.results::<Row>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let entries: Vec<AuditEntry> = rows.into_iter().map(Row::shown).collect();
    let cursor = entries.last().filter(|_| more).map(|entry| entry.id);
    reply::json(200, &AuditPage { entries, cursor })
}
