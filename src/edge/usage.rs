//! Usage: counted in memory and added up in D1 some seconds later. What an isolate counted since is lost when it crashes.

mod report;

pub(crate) use report::{of_all, of_app};

use crate::{
    config::quantity,
    reply::Failure,
    store::{database, number},
};
use overskill_flows::usage::{Meter, Tally, day_of};
use overskill_model::AppId;
use serde::Serialize;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};
use worker::{Context, Date, Delay, Env};

/// How long after a request what it used is told, in seconds.
const SECONDS: u64 = 10;
/// When it is not told so long after it should have been, whoever was to do it has gone, in milliseconds.
const LATE: u64 = 30_000;
/// How many days of an app are kept.
const KEPT_DAYS: u64 = 400;

type Untold = BTreeMap<(AppId, u64), Tally>;

thread_local! {
    /// What this isolate counted and did not tell yet, by app and day.
    static UNTOLD: RefCell<Untold> = RefCell::default();
    /// When somebody is to tell it, in milliseconds since 1970.
    static DUE: Cell<u64> = const { Cell::new(0) };
    /// Which day old ones were last removed on.
    static SWEPT: Cell<u64> = const { Cell::new(0) };
}

/// Counts what a request of an app used, and sees to it that it is told.
pub(crate) fn note(app: &AppId, used: &Tally, env: &Env, context: &Context) -> Result<(), Failure> {
    let now = Date::now().as_millis();
    UNTOLD.with_borrow_mut(|all| {
        all.entry((app.clone(), day_of(now)))
            .or_default()
            .merge(used)
    });
    if now < DUE.get() + LATE {
        return Ok(());
    }
    let wait = quantity(env, "USAGE_SECONDS", SECONDS)?;
    DUE.set(now + wait * 1000);
    let env = env.clone();
    context.wait_until(async move {
        Delay::from(Duration::from_secs(wait)).await;
        DUE.set(0);
        tell(&env).await;
    });
    Ok(())
}

/// What this isolate counted of an app today and did not tell yet.
pub(crate) fn untold(app: &AppId, meter: Meter) -> f64 {
    let today = day_of(Date::now().as_millis());
    UNTOLD.with_borrow(|all| {
        let tally = all.get(&(app.clone(), today));
        tally.and_then(|tally| tally.get(meter)).unwrap_or_default()
    })
}

async fn tell(env: &Env) {
    let all = UNTOLD.take();
    if let Err(failure) = add(env, &all).await {
        let cause = match failure {
            Failure::Refused(refusal) => refusal.detail,
            Failure::Fault(cause) => cause,
        };
        worker::console_error!("{}", serde_json::json!({"event": "usage", "fault": cause}));
        // It is told again with what comes next; what was counted meanwhile is newer.
        UNTOLD.with_borrow_mut(|newer| {
            for (key, mut tally) in all {
                tally.merge(&newer.remove(&key).unwrap_or_default());
                newer.insert(key, tally);
            }
        });
    }
    if let Err(failure) = sweep(env).await
        && let Failure::Fault(cause) = failure
    {
        worker::console_error!("{}", serde_json::json!({"event": "usage", "fault": cause}));
    }
}

/// Adds what an app's object used by itself.
pub(crate) async fn add_one(env: &Env, app: &AppId, tally: &Tally) -> Result<(), Failure> {
    let key = (app.clone(), day_of(Date::now().as_millis()));
    add(env, &[(key, tally.clone())].into()).await
}

/// About how much R2 holds of an app's deployments, in bytes: what each of those that are kept added to those before it.
pub(crate) async fn deployed_bytes(env: &Env, app: &AppId) -> Result<f64, Failure> {
    let statement = "SELECT max(coalesce(sum(added_bytes), 0), coalesce(max(bytes), 0)) AS held FROM deployments WHERE app_id = ? AND served_at IS NOT NULL AND retired_at IS NULL";
    let query = database(env)?.prepare(statement);
    let held = query.bind(&[app.as_str().into()])?;
    Ok(held.first::<f64>(Some("held")).await?.unwrap_or_default())
}

#[derive(Serialize)]
struct Told<'a> {
    app_id: &'a AppId,
    day: u64,
    #[serde(flatten)]
    meters: BTreeMap<&'static str, f64>,
}

async fn add(env: &Env, all: &Untold) -> Result<(), Failure> {
    let told: Vec<Told<'_>> = all
        .iter()
        .filter(|(_, tally)| !tally.is_empty())
        .map(|((app_id, day), tally)| Told {
            app_id,
            day: *day,
            meters: tally.named(),
        })
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let (mut names, mut values, mut sums) = (String::new(), String::new(), String::new());
    for meter in Meter::all() {
        let name = meter.name();
        names += &format!(", {name}");
        let (value, sum) = match meter.is_level() {
            true => ("", format!("coalesce(excluded.{name}, {name})")),
            false => (", 0", format!("{name} + excluded.{name}")),
        };
        values += &match value {
            "" => format!(", value->>'{name}'"),
            rest => format!(", coalesce(value->>'{name}'{rest})"),
        };
        let comma = if sums.is_empty() { "" } else { ", " };
        sums += &format!("{comma}{name} = {sum}");
    }
    let statement = format!(
        "INSERT INTO usage (app_id, day{names}) SELECT value->>'app_id', value->>'day'{values} FROM json_each(?) WHERE true ON CONFLICT (app_id, day) DO UPDATE SET {sums}"
    );
    let query = env.d1("DB")?.prepare(statement);
    query
        .bind(&[serde_json::to_string(&told)?.into()])?
        .run()
        .await?;
    Ok(())
}

/// Removes what is too old, once a day.
async fn sweep(env: &Env) -> Result<(), Failure> {
    let today = day_of(Date::now().as_millis());
    if SWEPT.replace(today) == today {
        return Ok(());
    }
    let query = env.d1("DB")?.prepare("DELETE FROM usage WHERE day < ?");
    query
        .bind(&[number(today.saturating_sub(KEPT_DAYS))])?
        .run()
        .await?;
    Ok(())
}
