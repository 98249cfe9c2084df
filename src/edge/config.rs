//! The Worker's variables and secrets, read once a request.

use crate::reply::Failure;
use overskill_flows::{accept::takes_lines, sealing::Sealer};
use overskill_model::{ContentHash, Limits, Slug};
use worker::{Env, Request};

/// What a request needs to know about this installation.
pub(crate) struct Config {
    /// Hash of `ADMIN_TOKEN`; `None` when it isn't set.
    pub admin: Option<ContentHash>,
    /// Bounds on an app's tree.
    pub limits: Limits,
    /// The domain whose labels are apps.
    pub preview_domain: String,
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
    scheme: String,
    /// The host that is asked, without its port.
    pub host: String,
    port: String,
}

/// What seals secrets; `None` where `SEALING_KEY` is not set, or too short.
pub(crate) fn sealer(env: &Env) -> Option<Sealer> {
    Sealer::new(&env.var("SEALING_KEY").ok()?.to_string())
}

impl Config {
    pub fn read(request: &Request, env: &Env, request_id: &str) -> Result<Self, Failure> {
        let text = |name: &str| {
            env.var(name)
                .ok()
                .map(|var| var.to_string())
                .filter(|value| !value.is_empty())
        };
        let number = |name: &str, default: usize| match text(name) {
            None => Ok(default),
            Some(value) => value
                .parse()
                .map_err(|_| Failure::Fault(format!("{name} is no number: {value}"))),
        };
        let defaults = Limits::default();
        let url = request.url()?;
        let accept = request.headers().get("accept")?.unwrap_or_default();
        Ok(Self {
            admin: text("ADMIN_TOKEN").map(|token| ContentHash::of(token.as_bytes())),
            limits: Limits {
                files: number("MAX_FILES", defaults.files)?,
                file_bytes: number("MAX_FILE_BYTES", defaults.file_bytes)?,
                tree_bytes: number("MAX_TREE_BYTES", defaults.tree_bytes)?,
                path_segment: number("MAX_PATH_SEGMENT", defaults.path_segment)?,
            },
            preview_domain: text("PREVIEW_DOMAIN").unwrap_or_else(|| "localhost".to_owned()),
            action_cable: text("ACTION_CABLE_URL"),
            editors: text("EDITOR_ORIGINS").map_or_else(Vec::new, |list| {
                let origins = list.split(',').map(|origin| origin.trim().to_owned());
                origins.filter(|origin| !origin.is_empty()).collect()
            }),
            preview_token: None,
            request_id: request_id.to_owned(),
            lines: takes_lines(&accept),
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url
                .port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default(),
        })
    }

    /// Whether this is a developer's own machine.
    pub fn is_local(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]")
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

    /// Where updates are relayed.
    pub fn cable_url(&self) -> String {
        let scheme = if self.scheme == "https" { "wss" } else { "ws" };
        format!("{scheme}://{}{}/cable", self.host, self.port)
    }
}
