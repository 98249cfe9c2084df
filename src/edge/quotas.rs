//! Requests by the minute and by the day. Each isolate counts what it sees, exactly and at once; of every sixteen
//! requests it asks the location's own limiter (`[[ratelimits]]`) once, which so counts sixteenths for all isolates there.

use crate::{
    auth::Caller,
    config::{Config, quantity},
    reply::Failure,
    store::AppRow,
    usage,
};
use overskill_flows::{
    quotas::{Minutes, exceeded, of_day},
    usage::Meter,
};
use overskill_protocol::{QuotaLeft, Refusal};
use std::cell::RefCell;
use worker::{Date, Env, Request};

/// Of how many requests the location's limiter is asked about one.
const SAMPLE: u64 = 16;

/// A quota of requests by the minute.
struct PerMinute {
    /// As headers name it.
    name: &'static str,
    /// The variable that sets it for an isolate, and what it is otherwise.
    variable: &'static str,
    default: u64,
    /// The location's limiter, which has a sixteenth of that.
    limiter: &'static str,
}

/// Calls with one app token.
const CALLS: PerMinute = PerMinute {
    name: "calls",
    variable: "CALLS_PER_MINUTE",
    default: 6_000,
    limiter: "CALLS",
};
/// Calls that are to change one app, whoever makes them.
const WRITES: PerMinute = PerMinute {
    name: "writes",
    variable: "WRITES_PER_MINUTE",
    default: 6_000,
    limiter: "WRITES",
};
/// Requests to one app's hosts.
const VIEWS: PerMinute = PerMinute {
    name: "views",
    variable: "VIEWS_PER_MINUTE",
    default: 300_000,
    limiter: "VIEWS",
};
/// Calls from one address with no token that is known.
const STRANGERS: PerMinute = PerMinute {
    name: "strangers",
    variable: "STRANGERS_PER_MINUTE",
    default: 600,
    limiter: "STRANGERS",
};

/// Requests to an app's hosts in a day.
const REQUESTS_PER_DAY: u64 = 10_000_000;
/// What an app's deployments may hold.
const STORAGE_BYTES: u64 = 10 << 30;
/// What an app's server may compute in a day, in milliseconds.
const SERVER_CPU_MS_PER_DAY: u64 = 20_000_000;

thread_local! {
    static MINUTES: RefCell<Minutes> = RefCell::default();
}

impl PerMinute {
    /// Counts a request of `key`, or refuses it.
    async fn count(&self, key: &str, env: &Env, config: &Config) -> Result<(), Failure> {
        let limit = quantity(env, self.variable, self.default)?;
        let now = Date::now().as_millis();
        let counted = MINUTES.with_borrow_mut(|all| all.count(self.name, key, limit, now));
        let (mut within, mut left) = counted;
        if within && (left.quota - left.left).is_multiple_of(SAMPLE) {
            let limiter = env.rate_limiter(self.limiter)?;
            within = limiter.limit(key.to_owned()).await?.success;
            if !within {
                left.left = 0;
            }
        }
        config.seen.left([left.clone()]);
        match within {
            true => Ok(()),
            false => Err(self.exceeded(left)),
        }
    }

    /// Refuses where nothing is left, without counting.
    fn check(&self, key: &str, env: &Env, config: &Config) -> Result<(), Failure> {
        let limit = quantity(env, self.variable, self.default)?;
        let now = Date::now().as_millis();
        let left = MINUTES.with_borrow(|all| all.left(self.name, key, limit, now));
        if left.left > 0 {
            return Ok(());
        }
        config.seen.left([left.clone()]);
        Err(self.exceeded(left))
    }

    fn exceeded(&self, left: QuotaLeft) -> Failure {
        let detail = format!(
            "There were too many requests in this minute; {} {} are allowed.",
            left.quota, self.name
        );
        exceeded(self.name, detail, &[left]).into()
    }
}

/// Who calls the control plane, within what they may ask for: an app token by itself, and those without a known one by
/// where they come from, so that guesses don't reach the database for ever.
pub(crate) async fn caller(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Caller, Failure> {
    let address = request.headers().get("cf-connecting-ip")?;
    let address = address.unwrap_or_else(|| "unknown".to_owned());
    let checked = STRANGERS.check(&address, env, config);
    let caller = match checked {
        Ok(()) => Caller::of(request, env, config).await,
        Err(refusal) => Caller::admin_only(request, config)?.ok_or(refusal),
    };
    match caller {
        Ok(caller) => {
            config.seen.note(|known| known.actor = Some(caller.name()));
            if let Caller::App { token, .. } = &caller {
                CALLS.count(&token.to_string(), env, config).await?;
            }
            Ok(caller)
        }
        Err(Failure::Refused(refusal)) if refusal.status == 401 => {
            STRANGERS.count(&address, env, config).await?;
            Err(refusal.into())
        }
        Err(failure) => Err(failure),
    }
}

/// Counts a call that is to change an app.
pub(crate) async fn write(app: &AppRow, env: &Env, config: &Config) -> Result<(), Failure> {
    WRITES.count(app.id.as_str(), env, config).await
}

/// Counts a request to a host of the app that `slug` may name, before anything is looked up.
pub(crate) async fn view(slug: &str, env: &Env, config: &Config) -> Result<(), Failure> {
    VIEWS.count(slug, env, config).await
}

/// Refuses another deployment of an app that holds as much as it may.
pub(crate) async fn storage(app: &AppRow, env: &Env) -> Result<(), Failure> {
    let most = quantity(env, "MAX_STORAGE_BYTES", STORAGE_BYTES)?;
    let held = usage::deployed_bytes(env, &app.id).await? as u64;
    if held < most {
        return Ok(());
    }
    let detail = format!(
        "The app's deployments hold {held} bytes; they may hold {most}. Keep fewer, and have the rest collected."
    );
    let refusal = Refusal::new(413, "storage-quota-exceeded", detail);
    Err(refusal.fact("held", held).fact("limit", most).into())
}

/// Refuses requests to the hosts of an app that has had its day's. What other isolates counted is some seconds old.
pub(crate) fn day(app: &AppRow, env: &Env, config: &Config) -> Result<(), Failure> {
    let quota = quantity(env, "REQUESTS_PER_DAY", REQUESTS_PER_DAY)?;
    let used = app.requests_today + usage::untold(&app.id, Meter::Requests);
    within_day("requests", quota, used, None, config)
}

/// Refuses requests to the server code of an app that has computed for the day.
pub(crate) fn server_day(app: &AppRow, env: &Env, config: &Config) -> Result<(), Failure> {
    let quota = quantity(env, "SERVER_CPU_MS_PER_DAY", SERVER_CPU_MS_PER_DAY)?;
    let used = app.server_cpu_today + usage::untold(&app.id, Meter::ServerCpuMs);
    within_day("server-cpu", quota, used, Some("milliseconds"), config)
}

fn within_day(
    policy: &str,
    quota: u64,
    used: f64,
    unit: Option<&str>,
    config: &Config,
) -> Result<(), Failure> {
    let left = of_day(policy, quota, used as u64, unit, Date::now().as_millis());
    if left.left > 0 {
        return Ok(());
    }
    config.seen.left([left.clone()]);
    let detail = format!("The app has used up its day's {policy}; the day ends at midnight UTC.");
    Err(exceeded(policy, detail, &[left]).into())
}
