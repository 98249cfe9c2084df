//! What building a set of packages gives.

use crate::Lock;
use overskill_diagnostics::Diagnostic;
use overskill_model::ContentHash;
use overskill_module::ModuleFormat;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a specifier leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageEntry {
    /// The module's id in the chunk.
    pub id: String,
    /// How its factory is called.
    pub format: ModuleFormat,
    /// The names it exports; `None` where only running it would tell.
    pub exports: Option<Vec<String>>,
    /// Its CSS, where it is a style sheet: with what it imports, and with the addresses of what it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// Its address, where it is an asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A problem with packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageDiagnostic {
    /// The app's specifier it is about, when it is about one.
    pub specifier: Option<String>,
    /// What to tell the author.
    pub diagnostic: Diagnostic,
}

/// The packages of an app, built: one chunk and what the app's specifiers lead to in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageSet {
    /// Key of the request that it answers.
    pub key: String,
    /// Hash of the chunk's script.
    pub chunk_hash: ContentHash,
    /// Where the script is among the blobs.
    pub chunk_key: String,
    /// The specifiers that were found.
    pub entries: BTreeMap<String, PackageEntry>,
    /// Which version of what.
    pub lock: Lock,
    /// What there is to tell the author.
    pub diagnostics: Vec<PackageDiagnostic>,
}

impl PackageSet {
    /// Whether every specifier was found and every module compiled.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(|at| at.diagnostic.is_error())
    }
}
