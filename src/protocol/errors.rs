//! Run-time errors of open previews: as pages report them, and as they are kept.

use overskill_model::ModulePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an error came to light.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PageErrorKind {
    /// It was thrown and nobody caught it.
    Error,
    /// A promise was rejected and nobody handled it.
    UnhandledRejection,
    /// A component threw.
    React,
    /// The app's server code threw.
    Server,
}

/// An error as a page reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageError {
    /// How it came to light.
    pub kind: PageErrorKind,
    /// The error's class.
    #[serde(default)]
    pub name: Option<String>,
    /// What it says.
    #[serde(default)]
    pub message: String,
    /// As the browser has it.
    #[serde(default)]
    pub stack: Option<String>,
    /// The page's address.
    #[serde(default)]
    pub url: Option<String>,
}

/// `POST /__overskill/errors`, on a preview's host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportErrors {
    /// The version that the page runs.
    pub seq: u64,
    /// In order.
    pub errors: Vec<PageError>,
}

/// A call on an error's stack. Lines and columns are 1-based, columns in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorFrame {
    /// The function, where the browser names it.
    pub function: Option<String>,
    /// The app's file; absent for what is not one.
    pub path: Option<ModulePath>,
    /// The script, where it isn't the app's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// An error as it is kept: mapped to source, the same ones counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeError {
    /// Equal for equal errors.
    pub id: String,
    /// How it came to light.
    pub kind: PageErrorKind,
    /// The error's class.
    pub name: Option<String>,
    /// What it says.
    pub message: String,
    /// The app's file where it was thrown.
    pub path: Option<ModulePath>,
    /// The line there.
    pub line: Option<u32>,
    /// The column there.
    pub column: Option<u32>,
    /// The source lines around it.
    pub frame: Option<String>,
    /// The stack, innermost first.
    pub frames: Vec<ErrorFrame>,
    /// The page's address.
    pub url: Option<String>,
    /// The version that the page ran.
    pub seq: u64,
    /// How often it was reported.
    pub count: u64,
    /// When first, in milliseconds since 1970.
    pub first_at: u64,
    /// When last, in milliseconds since 1970.
    pub last_at: u64,
}

/// The run-time errors of open previews, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RuntimeErrors {
    /// The errors.
    pub errors: Vec<RuntimeError>,
}
