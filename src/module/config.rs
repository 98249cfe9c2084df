//! What a configuration file such as `vite.config.ts` says, read as data.

use overskill_diagnostics::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What reading a configuration depends on besides its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigInputs {
    /// `serve` or `build`: what an exported function is called with.
    pub command: String,
    /// `development` or `production`.
    pub mode: String,
    /// What `loadEnv` finds and `process.env` has.
    pub env: BTreeMap<String, String>,
    /// JSON files that it may import or read, by path from the tree's root.
    pub json: BTreeMap<String, String>,
}

/// A value in a configuration. Paths made with `path.resolve(__dirname, …)` and the like start with `/`, which is the
/// tree's root.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "t", content = "v", rename_all = "camelCase")]
pub enum ConfigValue {
    /// `undefined`.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    String(String),
    /// A regular expression.
    #[serde(rename_all = "camelCase")]
    Regex {
        /// Between the slashes.
        source: String,
        /// After them.
        flags: String,
    },
    /// A list.
    Array(Vec<ConfigValue>),
    /// Properties in the order in which they were first written.
    Object(Vec<(String, ConfigValue)>),
    /// Something that a module gives: `react` of `import react from "@vitejs/plugin-react"`, called or not.
    Import {
        /// The specifier.
        module: String,
        /// The exported name; `default`, or `*` for all of them.
        export: String,
        /// What it is called with, where it is called.
        arguments: Option<Vec<ConfigValue>>,
        /// Where.
        span: Span,
    },
    /// What can't be told without running it.
    Unknown {
        /// As it is written, shortened.
        text: String,
        /// Where.
        span: Span,
    },
}

impl ConfigValue {
    /// A property of an object.
    pub fn get(&self, name: &str) -> Option<&ConfigValue> {
        match self {
            Self::Object(properties) => properties
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Its text, where it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_array(&self) -> Option<&[ConfigValue]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The properties of an object.
    pub fn as_object(&self) -> Option<&[(String, ConfigValue)]> {
        match self {
            Self::Object(properties) => Some(properties),
            _ => None,
        }
    }

    /// What `JSON.stringify` makes of it, as a value; `None` for what has no such text: functions, what is unknown.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Self::Null | Self::Undefined => serde_json::Value::Null,
            Self::Bool(truth) => (*truth).into(),
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                (*number as i64).into()
            }
            Self::Number(number) => (*number).into(),
            Self::String(text) => text.as_str().into(),
            Self::Array(items) => items.iter().map(Self::to_json).collect::<Option<_>>()?,
            Self::Object(properties) => {
                let kept = properties.iter();
                let kept = kept.filter(|(_, value)| *value != Self::Undefined);
                let kept = kept.map(|(key, value)| Some((key.clone(), value.to_json()?)));
                serde_json::Value::Object(kept.collect::<Option<_>>()?)
            }
            Self::Regex { .. } | Self::Import { .. } | Self::Unknown { .. } => return None,
        })
    }

    /// JavaScript's truthiness; what a module gives is an object or a function.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null | Self::Bool(false) => false,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::String(text) => !text.is_empty(),
            _ => true,
        }
    }
}
