//! Bodies of the calls on files.

use crate::Envelope;
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHash, ModulePath};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What base64 looks like; its last digit has no bits that say nothing.
const BASE64: &str =
    "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// A file's content in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Content {
    /// Text, stored as UTF-8.
    Text(String),
    /// Anything else.
    Base64 {
        /// Standard alphabet, padded.
        #[schemars(extend("contentEncoding" = "base64", "pattern" = BASE64))]
        base64: String,
    },
}

/// `PUT /v1/apps/{slug}/files` as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The whole tree. A list, because a path that is written twice must be refused, not merged.
    #[serde(deserialize_with = "crate::unique::entries")]
    #[schemars(with = "BTreeMap<ModulePath, Content>")]
    pub files: Vec<(String, Content)>,
}

/// `PATCH /v1/apps/{slug}/files`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Patch {
    /// Files to add or replace.
    #[serde(default, deserialize_with = "crate::unique::entries")]
    #[schemars(with = "BTreeMap<ModulePath, Content>")]
    pub upsert: Vec<(String, Content)>,
    /// Paths to remove.
    #[serde(default)]
    #[schemars(with = "Vec<ModulePath>")]
    pub delete: Vec<String>,
    /// The version that the caller's changes are based on.
    #[serde(default, deserialize_with = "crate::whole::optional")]
    pub base_version: Option<u64>,
}

/// A file in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileInfo {
    /// Hash of its content.
    pub hash: ContentHash,
    /// Its size in bytes.
    pub size: u64,
}

/// `GET /v1/apps/{slug}/files`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listing {
    /// The current version; 0 before the first upload.
    pub version: u64,
    /// The files, by path.
    pub files: BTreeMap<ModulePath, FileInfo>,
}

/// Whether the files of a version build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is being served.
    Ready,
    /// It is stored and does not build; the last good version keeps serving.
    Failed,
}

/// Where the time of a write went, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are the stages'")]
pub struct Timings {
    pub store: f64,
    pub resolve: f64,
    pub compile: f64,
    pub link: f64,
    pub publish: f64,
    pub total: f64,
}

impl Timings {
    /// As a `Server-Timing` header.
    pub fn header(&self) -> String {
        let stages = [
            ("store", self.store),
            ("resolve", self.resolve),
            ("compile", self.compile),
            ("link", self.link),
            ("publish", self.publish),
            ("total", self.total),
        ];
        stages
            .map(|(name, took)| format!("{name};dur={took:.1}"))
            .join(", ")
    }
}

/// The answer to every write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// The version that the write made.
    pub version: u64,
    /// Which life of the app's log `seq` counts in.
    pub epoch: String,
    /// Position in the log.
    pub seq: u64,
    /// Whether it builds.
    pub status: Status,
    /// Where it runs.
    pub preview_url: String,
    /// The paths whose content is not what it was, in order.
    pub changed: Vec<ModulePath>,
    /// What the author is told.
    pub diagnostics: Vec<Diagnostic>,
    /// The envelope for open previews.
    pub update: Option<Box<Envelope>>,
    /// Where the time went.
    pub timings: Timings,
}

/// `GET /v1/apps/{slug}/diagnostics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnostics {
    /// The version that they are about; 0 before the first upload.
    pub version: u64,
    /// Whether it builds.
    pub status: Status,
    /// What the author is told, in [`Diagnostic::order`].
    pub diagnostics: Vec<Diagnostic>,
}
