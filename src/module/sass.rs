//! What the compiler's JavaScript half is asked about Sass, and what it answers.

use crate::Told;
use overskill_model::ModulePath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A sheet in Sass that is to become CSS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SassQuestion {
    /// The sheet.
    pub path: ModulePath,
    /// Every sheet that it may load, itself among them.
    pub files: BTreeMap<ModulePath, String>,
    /// What the specifiers in each of them mean; `None` for what is not there.
    pub names: BTreeMap<ModulePath, BTreeMap<String, Option<ModulePath>>>,
    /// A text ahead of the sheet's own.
    pub additional: String,
    /// Whether what packages warn of is passed over in silence.
    pub quiet_dependencies: bool,
    /// The kinds of deprecated features that are.
    pub silenced: Vec<String>,
}

/// What is made of a [`SassQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SassAnswer {
    /// The CSS; `None` when there are errors, or when something is wanted.
    pub css: Option<String>,
    /// What it loads and the question says nothing of.
    pub wanted: Vec<SassWanted>,
    /// What its author is told.
    pub diagnostics: Vec<Told>,
}

/// A specifier of which a question said nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SassWanted {
    /// The sheet that loads it.
    pub from: ModulePath,
    /// As written, or as it is computed there.
    pub specifier: String,
}
