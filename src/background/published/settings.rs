//! What publishing needs to be told.

use overskill_publish::cloudflare::{API, Account, Zone};
use worker::Env;

/// The installation's side of Cloudflare's API; what is missing is told by name.
pub(super) struct Settings {
    pub account: Option<Account>,
    pub zone: Option<Zone>,
    unset: Vec<&'static str>,
}

/// A variable or secret that is set to something.
fn text(env: &Env, name: &str) -> Option<String> {
    let value = env.var(name).ok().map(|var| var.to_string());
    value.filter(|value| !value.is_empty())
}

impl Settings {
    pub fn read(env: &Env) -> Self {
        let api = text(env, "CLOUDFLARE_API_URL").unwrap_or_else(|| API.to_owned());
        let api = api.trim_end_matches('/').to_owned();
        let token = text(env, "CLOUDFLARE_API_TOKEN");
        let account = text(env, "CLOUDFLARE_ACCOUNT_ID");
        let namespace = text(env, "DISPATCH_NAMESPACE");
        let zone = text(env, "CLOUDFLARE_ZONE_ID");
        let all = [
            ("CLOUDFLARE_ACCOUNT_ID", account.is_none()),
            ("CLOUDFLARE_API_TOKEN", token.is_none()),
            ("DISPATCH_NAMESPACE", namespace.is_none()),
            ("CLOUDFLARE_ZONE_ID", zone.is_none()),
        ];
        let unset = all.into_iter().filter(|(_, unset)| *unset);
        let unset = unset.map(|(name, _)| name).collect();
        Self {
            account: (|| {
                Some(Account {
                    api: api.clone(),
                    account: account?,
                    namespace: namespace?,
                    token: token.clone()?,
                    tail: text(env, "TAIL_WORKER"),
                })
            })(),
            zone: (|| {
                Some(Zone {
                    api: api.clone(),
                    zone: zone?,
                    token: token.clone()?,
                })
            })(),
            unset,
        }
    }

    fn unset(&self, needed: &[&str]) -> Vec<String> {
        let unset = self.unset.iter().filter(|name| needed.contains(name));
        unset.map(|name| (*name).to_owned()).collect()
    }

    pub fn unset_for_publishing(&self) -> Vec<String> {
        self.unset(&[
            "CLOUDFLARE_ACCOUNT_ID",
            "CLOUDFLARE_API_TOKEN",
            "DISPATCH_NAMESPACE",
        ])
    }

    pub fn unset_for_purging(&self) -> Vec<String> {
        self.unset(&["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ZONE_ID"])
    }
}
