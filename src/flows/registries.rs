//! An app's own registries: taken from a caller, kept sealed, opened for a build. Only what is set here, and the
//! installation's own registry, is ever contacted.

use crate::{
    packages::{Registries, Registry},
    sealing::Sealer,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ContentHash;
use overskill_protocol::{
    Refusal, Scope, SealedRegistries, SealedRegistry, SetRegistries, SetRegistry,
};
use std::collections::BTreeMap;
use url::{Host, Url};

/// How many scopes may have a registry of their own.
const SCOPES: usize = 32;
/// Longest address, and longest token, in bytes.
const URL_BYTES: usize = 500;
const TOKEN_BYTES: usize = 4096;

/// What decides about the registries that a caller sets.
pub struct Rules<'a> {
    /// The app, to which tokens are bound.
    pub app: &'a str,
    /// What seals tokens; `None` where the installation has no secret for it.
    pub sealer: Option<&'a Sealer>,
    /// Random bytes, new ones each time.
    pub nonce: &'a dyn Fn() -> [u8; Sealer::NONCE],
    /// Whether registries on this very machine will do: in development only.
    pub local: bool,
    /// Hosts that are ours: no build is to call back into the installation.
    pub own_hosts: &'a [&'a str],
}

impl Rules<'_> {
    /// The registries as they are to be kept. `before` are those that are kept now.
    ///
    /// # Errors
    /// When one of them can't be a registry, or a token can't be sealed.
    pub fn seal(
        &self,
        set: SetRegistries,
        before: &SealedRegistries,
    ) -> Result<SealedRegistries, Refusal> {
        if set.scopes.len() > SCOPES {
            let detail = format!("At most {SCOPES} scopes may have a registry of their own.");
            return Err(Refusal::new(413, "too-many-registries", detail).fact("limit", SCOPES));
        }
        let default = set
            .default
            .map(|registry| self.registry("default", registry, before.default.as_ref()));
        let scopes = set.scopes.into_iter().map(|(name, registry)| {
            let Some(scope) = Scope::parse(&name) else {
                let shown: String = name.chars().take(100).collect();
                let detail =
                    format!("{shown:?} is no scope: those are `@` and a name in lower case.");
                return Err(Refusal::new(422, "invalid-scope", detail).fact("scope", shown));
            };
            let kept = self.registry(&name, registry, before.scopes.get(&scope))?;
            Ok((scope, kept))
        });
        Ok(SealedRegistries {
            scopes: scopes.collect::<Result<_, _>>()?,
            default: default.transpose()?,
        })
    }

    fn registry(
        &self,
        place: &str,
        set: SetRegistry,
        before: Option<&SealedRegistry>,
    ) -> Result<SealedRegistry, Refusal> {
        let url = self.address(place, &set.url)?;
        let token = match set.token {
            // A token never goes to another address than the one that it was set for.
            None => before
                .filter(|before| before.url == url)
                .and_then(|before| before.token.clone()),
            Some(None) => None,
            Some(Some(token)) => Some(self.token(place, &url, &token)?),
        };
        Ok(SealedRegistry { url, token })
    }

    fn address(&self, place: &str, text: &str) -> Result<String, Refusal> {
        let refused = |why: &str| {
            let detail = format!("The registry for {place} can't be used: {why}.");
            Refusal::new(422, "invalid-registry", detail).fact("registry", place)
        };
        if text.len() > URL_BYTES {
            return Err(refused("its address is too long"));
        }
        let url = Url::parse(text).map_err(|_| refused("its address is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("its address has credentials; set `token` instead"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("its address has a query or a fragment"));
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(refused("its address names no host")),
        };
        if loopback && self.local {
            return match url.scheme() {
                "http" | "https" => Ok(url.into()),
                _ => Err(refused("its address is not `https:`")),
            };
        }
        if url.scheme() != "https" {
            return Err(refused("its address is not `https:`"));
        }
        let Some(Host::Domain(name)) = url.host() else {
            return Err(refused("its host is a number, not a name"));
        };
        let name = name.trim_end_matches('.');
        let ends = |domain: &str| {
            let rest = name.strip_suffix(domain);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let inside = [
            "localhost",
            "local",
            "internal",
            "intranet",
            "lan",
            "home.arpa",
        ];
        if loopback || !name.contains('.') || inside.iter().any(|domain| ends(domain)) {
            return Err(refused("its host is of a private network"));
        }
        if self.own_hosts.iter().any(|host| ends(host)) {
            return Err(refused("its host is this installation"));
        }
        Ok(url.into())
    }

    fn token(&self, place: &str, url: &str, token: &str) -> Result<String, Refusal> {
        if token.len() > TOKEN_BYTES {
            let detail = format!("The token for {place} is longer than {TOKEN_BYTES} bytes.");
            return Err(Refusal::new(413, "token-too-large", detail).fact("limit", TOKEN_BYTES));
        }
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let detail = format!("The token for {place} is none: those are visible ASCII.");
            return Err(Refusal::new(422, "invalid-registry", detail).fact("registry", place));
        }
        let Some(sealer) = self.sealer else {
            let detail = "SEALING_KEY is not set, so tokens can't be kept. Set it with `wrangler secret put SEALING_KEY`, locally in `.dev.vars`: at least 16 characters, random ones.";
            return Err(Refusal::new(503, "sealing-key-not-set", detail));
        };
        Ok(sealer.seal(token, &[self.app, url], (self.nonce)()))
    }
}

/// The registries of a build.
///
/// # Errors
/// When there is none for everything, or a token can't be opened; what the author is told.
pub fn opened(
    sealed: &SealedRegistries,
    app: &str,
    installation: Option<&str>,
    sealer: Option<&Sealer>,
) -> Result<Registries, Box<Diagnostic>> {
    let open = |registry: &SealedRegistry| {
        let token = match &registry.token {
            None => None,
            Some(sealed) => {
                let token = sealer.and_then(|sealer| sealer.open(sealed, &[app, &registry.url]));
                Some(token.ok_or_else(|| unreadable(&registry.url))?)
            }
        };
        let shelf = shelf(&registry.url, token.as_deref(), installation, sealer);
        Ok::<_, Box<Diagnostic>>(Registry {
            url: registry.url.clone(),
            token,
            shelf,
        })
    };
    let default = match (&sealed.default, installation) {
        (Some(registry), _) => open(registry)?,
        (None, Some(url)) => Registries::public(url).default,
        (None, None) => return Err(none()),
    };
    let scopes = sealed.scopes.iter();
    let scopes = scopes
        .map(|(scope, registry)| Ok((scope.as_str().to_owned(), open(registry)?)))
        .collect::<Result<BTreeMap<_, _>, Box<Diagnostic>>>()?;
    Ok(Registries { default, scopes })
}

/// The addresses of registries, without what opens them.
pub fn addresses(sealed: &SealedRegistries, installation: &str) -> Registries {
    let at = |registry: &SealedRegistry| Registries::public(&registry.url).default;
    let default = sealed.default.as_ref().map(at);
    let scopes = sealed.scopes.iter();
    Registries {
        default: default.unwrap_or_else(|| Registries::public(installation).default),
        scopes: scopes
            .map(|(scope, registry)| (scope.as_str().to_owned(), at(registry)))
            .collect(),
    }
}

/// What only those share who may see the same: everyone for the installation's own registry, otherwise those with the
/// same address and the same token.
fn shelf(
    url: &str,
    token: Option<&str>,
    installation: Option<&str>,
    sealer: Option<&Sealer>,
) -> String {
    let bare = |url: &str| url.trim_end_matches('/').to_owned();
    match (token, sealer) {
        (Some(token), Some(sealer)) => sealer.name(&["shelf", url, token]),
        _ if installation.is_some_and(|own| bare(own) == bare(url)) => String::new(),
        _ => format!("open-{}", ContentHash::of(url.as_bytes())),
    }
}

fn none() -> Box<Diagnostic> {
    let error = Diagnostic::error(
        "registry-not-set",
        "The app imports npm packages, and this installation has no npm registry.",
    );
    Box::new(error.hint("Its operator has to set NPM_REGISTRY."))
}

fn unreadable(url: &str) -> Box<Diagnostic> {
    let message = format!("The token of the registry {url} can't be read any more.");
    let error = Diagnostic::error("registry-token-unreadable", message);
    Box::new(error.hint("Set it again with `PATCH /v1/apps/{slug}`."))
}

#[cfg(test)]
mod tests;
