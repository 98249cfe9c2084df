//! What apps used, read back by app and day, and priced.

use crate::{
    config::price_table,
    reply::{self, Failure},
    store::{AppRow, number},
};
use overskill_flows::usage::{Meter, Prices, day_of, span, written};
use overskill_model::AppId;
use overskill_protocol::{AllUsage, AppUsage, Forecast, Metered, Refusal, UsageDay, UsageOfApp};
use serde::Deserialize;
use std::collections::BTreeMap;
use worker::{
    D1Database, D1PreparedStatement, Date, Env, Request, Response, wasm_bindgen::JsValue,
};

/// Apps on one page.
const PAGE: usize = 100;

/// What of a request's address these calls read.
struct Asked {
    from: u64,
    to: u64,
    cursor: Option<String>,
}

impl Asked {
    fn read(request: &Request) -> Result<Self, Failure> {
        let url = request.url()?;
        let parameter = |wanted: &str| {
            let mut pairs = url.query_pairs();
            pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        let (from, to) = (parameter("from"), parameter("to"));
        let now = Date::now().as_millis();
        let Some((from, to)) = span(from.as_deref(), to.as_deref(), now) else {
            let detail = "`from` and `to` are days like `2026-11-26`, in order, 366 at most.";
            return Err(Refusal::new(400, "invalid-days", detail).into());
        };
        let cursor = parameter("cursor");
        if cursor.as_ref().is_some_and(|at| AppId::parse(at).is_err()) {
            let detail = "The cursor is not one that we gave.";
            return Err(Refusal::new(400, "invalid-cursor", detail).into());
        }
        Ok(Self { from, to, cursor })
    }
}

fn prices(env: &Env) -> Result<Prices, Failure> {
    Prices::read(price_table(env).as_deref())
        .map_err(|problem| Failure::Fault(format!("PRICES: {problem}")))
}

/// A row of sums: texts and numbers by column.
type Row = BTreeMap<String, serde_json::Value>;

/// A row's meters.
fn meters(row: &Row) -> impl Iterator<Item = (String, f64)> {
    row.iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
}

fn text(row: &Row, name: &str) -> Option<String> {
    row.get(name)?.as_str().map(str::to_owned)
}

async fn rows(query: D1PreparedStatement) -> Result<Vec<Row>, Failure> {
    Ok(query.all().await?.results()?)
}

/// The sums of counts as columns of a query.
fn counts(of: impl Fn(&str) -> String) -> String {
    let counts = Meter::all().filter(|meter| !meter.is_level());
    let columns = counts.map(|meter| format!("{} AS {}", of(meter.name()), meter.name()));
    columns.collect::<Vec<_>>().join(", ")
}

/// `GET /v1/apps/{slug}/usage`.
pub(crate) async fn of_app(
    app: &AppRow,
    request: &Request,
    env: &Env,
) -> Result<Response, Failure> {
    let Asked { from, to, .. } = Asked::read(request)?;
    let prices = prices(env)?;
    let database = env.d1("DB")?;
    let columns: Vec<&str> = Meter::all().map(Meter::name).collect();
    let statement = format!(
        "SELECT day, {} FROM usage WHERE app_id = ? AND day BETWEEN ? AND ? ORDER BY day",
        columns.join(", ")
    );
    let id: JsValue = app.id.as_str().into();
    let query = database
        .prepare(statement)
        .bind(&[id.clone(), number(from), number(to)])?;
    let mut found: BTreeMap<u64, Row> = BTreeMap::new();
    for row in rows(query).await? {
        let day = row.get("day").and_then(serde_json::Value::as_f64);
        found.insert(day.unwrap_or_default() as u64, row);
    }
    let levels: Vec<Meter> = Meter::all().filter(|meter| meter.is_level()).collect();
    let mut held = BTreeMap::new();
    for level in &levels {
        let name = level.name();
        let statement = format!(
            "SELECT {name} AS level FROM usage WHERE app_id = ? AND day < ? AND {name} IS NOT NULL ORDER BY day DESC LIMIT 1"
        );
        let query = database
            .prepare(statement)
            .bind(&[id.clone(), number(from)])?;
        let before = query.first::<f64>(Some("level")).await?;
        held.insert(name, before.unwrap_or_default());
    }
    let (mut days, mut total) = (Vec::new(), BTreeMap::<String, f64>::new());
    let today = day_of(Date::now().as_millis());
    for day in from..=to.min(today) {
        let mut amounts: BTreeMap<String, f64> = found
            .get(&day)
            .map(|row| meters(row).collect())
            .unwrap_or_default();
        for (name, level) in &mut held {
            // A level holds until it is measured again.
            *level = amounts.get(*name).copied().unwrap_or(*level);
            amounts.insert((*name).to_owned(), *level);
        }
        for (name, amount) in &amounts {
            *total.entry(name.clone()).or_default() += amount;
        }
        let used = prices.price(amounts);
        if !used.meters.is_empty() {
            days.push(UsageDay {
                day: written(day),
                used,
            });
        }
    }
    reply::json(
        200,
        &AppUsage {
            from: written(from),
            to: written(to),
            days,
            total: prices.price(total),
            prices: prices.table(),
        },
    )
}

/// `GET /v1/usage`.
pub(crate) async fn of_all(request: &Request, env: &Env) -> Result<Response, Failure> {
    let Asked { from, to, cursor } = Asked::read(request)?;
    let prices = prices(env)?;
    let database = env.d1("DB")?;
    let end = to.min(day_of(Date::now().as_millis())) + 1;
    let after = cursor.unwrap_or_default();
    let mut found = rows(per_app(&database, from, end, &after, PAGE + 1)?).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let apps: Vec<UsageOfApp> = found
        .iter()
        .map(|row| UsageOfApp {
            app_id: text(row, "app_id").unwrap_or_default(),
            slug: text(row, "slug"),
            used: prices.price(meters(row)),
        })
        .collect();
    let (count, total) = all_apps(&database, from, end, &prices).await?;
    let days = (end.saturating_sub(from)).max(1) as f64;
    let month = total.dollars / days * 30.0;
    let each = if count == 0 {
        0.0
    } else {
        month / count as f64
    };
    reply::json(
        200,
        &AllUsage {
            from: written(from),
            to: written(to),
            cursor: apps.last().filter(|_| more).map(|app| app.app_id.clone()),
            apps,
            total,
            forecast: Forecast {
                apps: count,
                monthly: prices.monthly(),
                thousand_apps: prices.monthly() + each * 1000.0,
            },
            prices: prices.table(),
        },
    )
}

/// Every app's counts and byte days from the day `from` up to before the day `end`. A level holds until the next row that
/// has one; `lead` ends each where that is.
fn sums(from: u64, end: u64) -> String {
    let levels: Vec<&str> = Meter::all()
        .filter(|meter| meter.is_level())
        .map(Meter::name)
        .collect();
    let mut spans = String::new();
    for name in &levels {
        spans += &format!(
            ", {name}_spans AS (SELECT app_id, day, {name} AS level, lead(day, 1, {end}) OVER (PARTITION BY app_id ORDER BY day) AS until FROM usage WHERE {name} IS NOT NULL AND day < {end}), \
{name}_sums AS (SELECT app_id, sum(level * (until - max(day, {from}))) AS amount FROM {name}_spans WHERE until > {from} GROUP BY app_id)"
        );
    }
    let amounts: Vec<String> = levels
        .iter()
        .map(|name| format!("coalesce((SELECT amount FROM {name}_sums WHERE {name}_sums.app_id = ids.app_id), 0) AS {name}"))
        .collect();
    format!(
        "WITH counts AS (SELECT app_id, {} FROM usage WHERE day >= {from} AND day < {end} GROUP BY app_id){spans}, \
ids AS (SELECT DISTINCT app_id FROM usage WHERE day < {end}), \
used AS (SELECT ids.app_id AS app_id, {}, {} FROM ids LEFT JOIN counts USING (app_id))",
        counts(|name| format!("sum({name})")),
        counts(|name| format!("coalesce(counts.{name}, 0)")),
        amounts.join(", "),
    )
}

/// Whether a row of `used` has anything in it.
fn something() -> String {
    let all: Vec<String> = Meter::all()
        .map(|meter| format!("{} > 0", meter.name()))
        .collect();
    all.join(" OR ")
}

fn per_app(
    database: &D1Database,
    from: u64,
    end: u64,
    after: &str,
    count: usize,
) -> Result<D1PreparedStatement, Failure> {
    let statement = format!(
        "{} SELECT used.*, apps.slug AS slug FROM used LEFT JOIN apps ON apps.id = used.app_id WHERE used.app_id > ? AND ({}) ORDER BY used.app_id LIMIT ?",
        sums(from, end),
        something(),
    );
    let query = database.prepare(statement);
    Ok(query.bind(&[after.into(), number(count as u64)])?)
}

async fn all_apps(
    database: &D1Database,
    from: u64,
    end: u64,
    prices: &Prices,
) -> Result<(u64, Metered), Failure> {
    #[derive(Deserialize)]
    struct Total {
        apps: f64,
        #[serde(flatten)]
        meters: Row,
    }
    let columns: Vec<String> = Meter::all()
        .map(|meter| format!("sum({0}) AS {0}", meter.name()))
        .collect();
    let statement = format!(
        "{} SELECT count(*) AS apps, {} FROM used WHERE {}",
        sums(from, end),
        columns.join(", "),
        something(),
    );
    let total = database.prepare(statement).first::<Total>(None).await?;
    Ok(match total {
        Some(total) => (total.apps as u64, prices.price(meters(&total.meters))),
        None => (0, Metered::default()),
    })
}
