//! Who is calling: tokens made, hashed and compared.

use crate::{audit::token_name, config::Config, reply::Failure, store};
use overskill_model::{AppId, ContentHash};
use overskill_protocol::Refusal;
use worker::{Env, Request};

/// Whom a request's token stands for.
pub(crate) enum Caller {
    /// The holder of `ADMIN_TOKEN`.
    Admin,
    /// The holder of one app's token.
    App {
        /// Which app.
        app: AppId,
        /// The token's hash.
        token: ContentHash,
    },
}

impl Caller {
    /// Reads the request's token.
    pub async fn of(request: &Request, env: &Env, config: &Config) -> Result<Self, Failure> {
        Self::of_token(&bearer(request)?, env, config).await
    }

    /// The admin, if it is that; no other token is looked up.
    pub fn admin_only(request: &Request, config: &Config) -> Result<Option<Self>, Failure> {
        let hash = ContentHash::of(bearer(request)?.as_bytes());
        let admin = config.admin.filter(|admin| same(&hash, admin));
        Ok(admin.map(|_| Self::Admin))
    }

    /// Reads a token.
    pub async fn of_token(token: &str, env: &Env, config: &Config) -> Result<Self, Failure> {
        let Some(admin) = config.admin else {
            let detail = "ADMIN_TOKEN is not set. Set it with `wrangler secret put ADMIN_TOKEN`, locally in `.dev.vars`.";
            return Err(Refusal::new(503, "admin-token-not-set", detail).into());
        };
        if token.is_empty() {
            let detail = "Send `Authorization: Bearer <token>`.";
            return Err(Refusal::new(401, "unauthenticated", detail).into());
        }
        let hash = ContentHash::of(token.as_bytes());
        if same(&hash, &admin) {
            return Ok(Self::Admin);
        }
        match store::app_of_token(env, &hash).await? {
            Some(app) => Ok(Self::App { app, token: hash }),
            None => Err(Refusal::new(401, "unauthenticated", "The token is not known.").into()),
        }
    }

    /// What a deployment's states name it.
    pub fn actor(&self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::App { .. } => "app",
        }
    }

    /// As the audit log names it.
    pub fn name(&self) -> String {
        match self {
            Self::Admin => "admin".to_owned(),
            Self::App { token, .. } => token_name(&token.to_string()),
        }
    }

    /// Lets only the admin pass.
    pub fn admin(&self) -> Result<(), Failure> {
        match self {
            Self::Admin => Ok(()),
            Self::App { .. } => Err(forbidden()),
        }
    }

    /// Lets the admin and the app's own token pass; the latter learns nothing about other apps, not even which exist.
    pub fn may(&self, app: Option<&AppId>) -> Result<(), Failure> {
        match self {
            Self::App { app: own, .. } if app != Some(own) => Err(forbidden()),
            _ => Ok(()),
        }
    }
}

/// The token that a request shows in its header; empty where it shows none. Nothing else is read: no cookie, and nothing
/// that a browser would send by itself.
fn bearer(request: &Request) -> Result<String, Failure> {
    let header = request.headers().get("authorization")?.unwrap_or_default();
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    };
    Ok(token.to_owned())
}

fn forbidden() -> Failure {
    Refusal::new(403, "forbidden", "The token is not good for this.").into()
}

/// Equality in a time that doesn't depend on where they differ.
pub(crate) fn same(one: &ContentHash, other: &ContentHash) -> bool {
    let difference = one
        .bytes()
        .iter()
        .zip(other.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    difference == 0
}

/// `bytes` random bytes in hexadecimal.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    fill(&mut buffer);
    buffer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new token and its hash.
pub(crate) fn new_token() -> (String, ContentHash) {
    let token = format!("osk_{}", random_hex(32));
    let hash = ContentHash::of(token.as_bytes());
    (token, hash)
}

/// A new app's id.
pub(crate) fn new_app_id() -> AppId {
    AppId::from_random(u128::from_le_bytes(random()))
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the platform has a random source");
}
