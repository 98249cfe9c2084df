//! The Worker's variables and secrets, read once a request.

use crate::{reply::Failure, seen::SharedSeen};
use overskill_flows::{
    accept::takes_lines,
    fences::{Nearness, is_origin, nearness},
    history::Bounds,
    quotas::Daily,
    sealing::Sealer,
};
use overskill_hmr::{origin::Place, room};
use overskill_model::{ContentHash, Limits, Slug};
use overskill_protocol::{HealthWarning, Refusal, Tier};
use worker::{Env, Request};

/// Which deployments are kept besides the live ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retention {
    /// How many of each tier.
    pub count: u32,
    /// For how many days.
    pub days: u32,
}

/// Which deployments are kept.
pub(crate) fn retention(env: &Env) -> Result<Retention, Failure> {
    Ok(Retention {
        count: number(env, "KEEP_DEPLOYMENTS", 50)? as u32,
        days: number(env, "KEEP_DAYS", 90)? as u32,
    })
}

/// How much of an app's history is kept.
pub(crate) fn history_bounds(env: &Env) -> Result<Bounds, Failure> {
    Ok(Bounds {
        versions: number(env, "KEEP_VERSIONS", 200)?,
        bytes: quantity(env, "KEEP_VERSIONS_BYTES", 64 << 20)?,
    })
}

/// What a request needs to know about this installation.
#[derive(Clone)]
pub(crate) struct Config {
    /// Hash of `ADMIN_TOKEN`; `None` when it isn't set.
    pub admin: Option<ContentHash>,
    /// Bounds on an app's tree.
    pub limits: Limits,
    /// The domain whose labels are apps.
    pub preview_domain: String,
    /// The domain whose labels are apps' live production deployments, where there is one besides.
    pub production_domain: Option<String>,
    /// Which deployments are kept.
    pub retention: Retention,
    /// Rails' cable, where there is one.
    pub action_cable: Option<String>,
    /// The origins that the editor is on.
    pub editors: Vec<String>,
    /// The signed token that this request shows a private preview with.
    pub preview_token: Option<String>,
    /// The request as it stands in the log.
    pub request_id: String,
    /// Whether the caller takes news of a build ahead of the answer.
    pub lines: bool,
    /// What is learnt of the request, for the books.
    pub seen: SharedSeen,
    scheme: String,
    /// The host that is asked, without its port.
    pub host: String,
    pub port: String,
    /// What Rails signs tokens with; `None` where `SIGNING_KEY` isn't set.
    pub signing_key: Option<String>,
}

/// What seals secrets; `None` where `SEALING_KEY` is not set, or too short.
pub(crate) fn sealer(env: &Env) -> Option<Sealer> {
    Sealer::new(&env.var("SEALING_KEY").ok()?.to_string())
}

/// A variable or secret that is set to something.
fn text(env: &Env, name: &str) -> Option<String> {
    let value = env.var(name).ok().map(|var| var.to_string());
    value.filter(|value| !value.is_empty())
}

/// A quantity of the configuration that may be more than the platform can address.
pub(crate) fn quantity(env: &Env, name: &str, default: u64) -> Result<u64, Failure> {
    match text(env, name) {
        None => Ok(default),
        Some(value) => value
            .parse()
            .map_err(|_| Failure::Fault(format!("{name} is no number: {value}"))),
    }
}

/// What use costs, where that is configured.
pub(crate) fn price_table(env: &Env) -> Option<String> {
    text(env, "PRICES")
}

/// What an app may do in a day.
pub(crate) fn daily(env: &Env) -> Result<Daily, Failure> {
    let defaults = Daily::default();
    Ok(Daily {
        uploads: quantity(env, "UPLOADS_PER_DAY", defaults.uploads)?,
        upload_bytes: quantity(env, "UPLOAD_BYTES_PER_DAY", defaults.upload_bytes)?,
        builds: quantity(env, "BUILDS_PER_DAY", defaults.builds)?,
    })
}

fn number(env: &Env, name: &str, default: usize) -> Result<usize, Failure> {
    match text(env, name) {
        None => Ok(default),
        Some(value) => value
            .parse()
            .map_err(|_| Failure::Fault(format!("{name} is no number: {value}"))),
    }
}

/// What it is called that the control plane is asked on the apps' own domain.
const WITHIN: &str = "control-within-previews";

fn within(domain: &str) -> String {
    format!(
        "`{domain}` is PREVIEW_DOMAIN, whose labels are apps: the control plane needs a host on another domain."
    )
}

/// What Rails signs tokens with.
pub(crate) fn signing_key(env: &Env) -> Option<String> {
    text(env, "SIGNING_KEY")
}

/// What a relay bears.
pub(crate) fn room_limits(env: &Env) -> Result<room::Limits, Failure> {
    let defaults = room::Limits::default();
    Ok(room::Limits {
        sockets: number(env, "MAX_SOCKETS", defaults.sockets)?,
        burst: number(env, "CABLE_BURST", defaults.burst)?,
        rate: number(env, "CABLE_RATE", defaults.rate)?,
        frame: number(env, "MAX_CABLE_FRAME", defaults.frame)?,
        subscriptions: number(env, "MAX_SUBSCRIPTIONS", defaults.subscriptions)?,
        identifier: number(env, "MAX_IDENTIFIER", defaults.identifier)?,
        unacknowledged: number(env, "MAX_UNACKNOWLEDGED", defaults.unacknowledged)?,
        silence: number(env, "MAX_SILENCE", defaults.silence)?,
    })
}

impl Config {
    pub fn read(
        request: &Request,
        env: &Env,
        request_id: &str,
        seen: &SharedSeen,
    ) -> Result<Self, Failure> {
        let defaults = Limits::default();
        let url = request.url()?;
        let accept = request.headers().get("accept")?.unwrap_or_default();
        Ok(Self {
            admin: text(env, "ADMIN_TOKEN").map(|token| ContentHash::of(token.as_bytes())),
            limits: Limits {
                files: number(env, "MAX_FILES", defaults.files)?,
                file_bytes: number(env, "MAX_FILE_BYTES", defaults.file_bytes)?,
                tree_bytes: number(env, "MAX_TREE_BYTES", defaults.tree_bytes)?,
                path_segment: number(env, "MAX_PATH_SEGMENT", defaults.path_segment)?,
            },
            preview_domain: text(env, "PREVIEW_DOMAIN").unwrap_or_else(|| "localhost".to_owned()),
            production_domain: text(env, "PRODUCTION_DOMAIN"),
            retention: retention(env)?,
            action_cable: text(env, "ACTION_CABLE_URL"),
            editors: text(env, "EDITOR_ORIGINS").map_or_else(Vec::new, |list| {
                let origins = list.split(',').map(|origin| origin.trim().to_owned());
                origins.filter(|origin| !origin.is_empty()).collect()
            }),
            preview_token: None,
            seen: seen.clone(),
            request_id: request_id.to_owned(),
            lines: takes_lines(&accept),
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url
                .port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default(),
            signing_key: signing_key(env),
        })
    }

    /// Where this installation is, for telling whose page asks.
    pub fn place(&self) -> Place<'_> {
        Place {
            scheme: &self.scheme,
            host: &self.host,
            port: &self.port,
            domain: &self.preview_domain,
            editors: &self.editors,
        }
    }

    /// Whether it was asked over https.
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether this is a developer's own machine.
    pub fn is_local(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]")
    }

    /// Refuses to be a control plane on the domain whose labels are apps: their pages can set cookies for it, and frame and
    /// open it as pages of one site may.
    pub fn apart(&self) -> Result<(), Failure> {
        match nearness(&self.host, &self.preview_domain) {
            Nearness::Within => Err(Refusal::new(503, WITHIN, within(&self.preview_domain)).into()),
            _ => Ok(()),
        }
    }

    /// What of the configuration keeps apps less apart than they should be.
    pub fn warnings(&self) -> Vec<HealthWarning> {
        let mut warnings = Vec::new();
        let mut warn = |code: &str, detail: String| {
            let code = code.to_owned();
            warnings.push(HealthWarning { code, detail });
        };
        let domain = &self.preview_domain;
        match nearness(&self.host, domain) {
            Nearness::Apart => {}
            Nearness::OneSite => {
                let host = &self.host;
                let detail = format!(
                    "`{host}` and `{domain}` may be one site to browsers. Give previews a domain of their own, and have it put on the Public Suffix List."
                );
                warn("control-near-previews", detail);
            }
            Nearness::Within => warn(WITHIN, within(domain)),
        }
        for editor in self
            .editors
            .iter()
            .filter(|at| !is_origin(at.trim_end_matches('/')))
        {
            let detail =
                format!("`{editor}` in EDITOR_ORIGINS is no origin like `https://editor.example`.");
            warn("invalid-editor-origin", detail);
        }
        warnings
    }

    /// Where an app's live preview runs.
    pub fn preview_url(&self, slug: &Slug) -> String {
        format!(
            "{}://{slug}.{}{}/",
            self.scheme, self.preview_domain, self.port
        )
    }

    /// Where a deployment runs.
    pub fn deployment_url(&self, slug: &Slug, id: &str) -> String {
        format!(
            "{}://{slug}--{id}.{}{}/",
            self.scheme, self.preview_domain, self.port
        )
    }

    /// Where the live deployment of a tier runs.
    pub fn tier_url(&self, slug: &Slug, tier: Tier) -> String {
        match (&self.production_domain, tier) {
            (Some(domain), Tier::Production) => {
                format!("{}://{slug}.{domain}{}/", self.scheme, self.port)
            }
            _ => self.deployment_url(slug, tier.name()),
        }
    }

    /// Where updates are relayed.
    pub fn cable_url(&self) -> String {
        let scheme = if self.scheme == "https" { "wss" } else { "ws" };
        format!("{scheme}://{}{}/cable", self.host, self.port)
    }
}
