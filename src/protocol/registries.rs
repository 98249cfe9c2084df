//! An app's own npm registries: as callers set them, as they are shown, and as they are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// A package's scope, with its `@`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = Scope::PATTERN))]
pub struct Scope(String);

impl Scope {
    /// The rule as a regular expression of ECMA-262.
    pub const PATTERN: &str = "^@[a-z0-9~_-][a-z0-9._~-]{0,99}$";

    /// Reads a scope as a caller wrote it; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix('@')?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let good = (1..=100).contains(&name.len())
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|byte| plain(byte) || b"._~-".contains(&byte));
        good.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Scope {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a scope is `@` and a name in lower case")
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

/// Registries as a caller sets them: all of them; what is absent goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRegistries {
    /// For packages that no scope has otherwise; the installation's own when absent.
    pub default: Option<SetRegistry>,
    /// By scope.
    #[serde(default, deserialize_with = "crate::unique::entries")]
    #[schemars(with = "BTreeMap<Scope, SetRegistry>")]
    pub scopes: Vec<(String, SetRegistry)>,
}

/// A registry as a caller sets it.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRegistry {
    /// Its address: `https:`, a host with a name, no credentials.
    #[schemars(length(max = 500))]
    pub url: String,
    /// What it is shown in `Authorization: Bearer`. Absent, the one that was set for this very address stays; `null` is
    /// none.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", length(min = 1, max = 4096))]
    pub token: Option<Option<String>>,
}

impl std::fmt::Debug for SetRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetRegistry")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Registries as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ShownRegistries {
    /// For packages that no scope has otherwise; `null` for the installation's own.
    pub default: Option<ShownRegistry>,
    /// By scope.
    pub scopes: BTreeMap<Scope, ShownRegistry>,
}

/// A registry as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownRegistry {
    /// Its address.
    pub url: String,
    /// Whether a token is set. No answer ever has the token.
    pub token_set: bool,
}

/// Registries as they are kept, tokens sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SealedRegistries {
    /// For packages that no scope has otherwise.
    pub default: Option<SealedRegistry>,
    /// By scope.
    pub scopes: BTreeMap<Scope, SealedRegistry>,
}

/// A registry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRegistry {
    /// Its address.
    pub url: String,
    /// The token, sealed.
    pub token: Option<String>,
}

impl SealedRegistries {
    /// As they are shown.
    pub fn shown(&self) -> ShownRegistries {
        let shown = |registry: &SealedRegistry| ShownRegistry {
            url: registry.url.clone(),
            token_set: registry.token.is_some(),
        };
        let scopes = self.scopes.iter();
        ShownRegistries {
            default: self.default.as_ref().map(shown),
            scopes: scopes
                .map(|(scope, at)| (scope.clone(), shown(at)))
                .collect(),
        }
    }
}
