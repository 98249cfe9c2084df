//! Bodies of the calls on an app's variables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of a variable, as shells and `.env` files have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = VariableName::PATTERN))]
pub struct VariableName(String);

impl VariableName {
    /// Longest name, in bytes.
    pub const BYTES: usize = 128;
    /// The rule as a regular expression of ECMA-262.
    pub const PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";

    /// Reads a name as a caller wrote it; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let first = text.as_bytes().first()?;
        let good = !first.is_ascii_digit()
            && text.len() <= Self::BYTES
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        good.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for VariableName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a variable's name has letters, digits and underscores")
    }
}

impl From<VariableName> for String {
    fn from(name: VariableName) -> Self {
        name.0
    }
}

/// `PUT /v1/apps/{slug}/variables`: all of them; what is absent goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetVariables {
    /// Name to value. Only those with the prefix that Vite's `envPrefix` names, `VITE_` by default, reach the page.
    #[serde(deserialize_with = "crate::unique::entries")]
    #[schemars(with = "BTreeMap<VariableName, String>")]
    pub variables: Vec<(String, String)>,
}

/// The answer to `GET /v1/apps/{slug}/variables`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variables {
    /// The version of the app that they are those of; 0 before the first write.
    pub version: u64,
    /// Name to value.
    pub variables: BTreeMap<VariableName, String>,
}
