//! Bodies of the calls on an app's secrets. Values go in and never come out.

use crate::VariableName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `PUT /v1/apps/{slug}/secrets/{secret}`.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSecret {
    /// What the app's server code gets under that name.
    pub value: String,
}

/// A secret as it is shown: without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownSecret {
    /// Its name, as in the environment of the app's server code.
    pub name: VariableName,
    /// When its value was set, in milliseconds since 1970.
    pub updated_at: u64,
}

/// The answer to `GET /v1/apps/{slug}/secrets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SecretList {
    /// By name.
    pub secrets: Vec<ShownSecret>,
}
