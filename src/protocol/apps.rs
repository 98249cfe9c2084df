//! Bodies of the calls on apps.

use crate::{Hmr, SetRegistries, ShownRegistries};
use overskill_model::{AppId, Slug};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest name of an app, in characters.
pub const NAME_CHARACTERS: usize = 200;

/// What a name is made of: no control characters.
const NAME_PATTERN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Who may look at an app's preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Anyone who has the address.
    #[default]
    Public,
    /// Those who hold a token of the app.
    Private,
}

/// `POST /v1/apps`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApp {
    /// The label of its host; checked as a slug by the flow, so that a bad one is told apart from bad JSON.
    #[schemars(with = "Slug")]
    pub slug: String,
    /// What people call it; the slug when absent.
    #[schemars(length(min = 1, max = NAME_CHARACTERS), extend("pattern" = NAME_PATTERN))]
    pub name: Option<String>,
    /// Who may look.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether open previews are updated in place, and over which relay.
    #[serde(default)]
    pub hmr: Hmr,
}

/// `PATCH /v1/apps/{slug}`: what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeApp {
    /// A new label.
    #[schemars(with = "Option<Slug>")]
    pub slug: Option<String>,
    /// A new name.
    #[schemars(length(min = 1, max = NAME_CHARACTERS), extend("pattern" = NAME_PATTERN))]
    pub name: Option<String>,
    /// Who may look from now on.
    pub visibility: Option<Visibility>,
    /// Whether open previews are updated in place from now on, and over which relay.
    pub hmr: Option<Hmr>,
    /// The registries that its packages are from, from now on; they are all of them.
    pub registries: Option<SetRegistries>,
}

/// An app as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Never changes and is never used again.
    pub id: AppId,
    /// The label of its host.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// Who may look.
    pub visibility: Visibility,
    /// Whether open previews are updated in place, and over which relay.
    pub hmr: Hmr,
    /// The registries that its packages are from.
    pub registries: ShownRegistries,
    /// The newest version of its files that D1 knows of; 0 before the first upload.
    pub version: u64,
    /// Where it runs.
    pub preview_url: String,
    /// Where its updates are relayed.
    pub cable_url: String,
    /// When it was created, in milliseconds since 1970.
    pub created_at: u64,
    /// When it was last changed, in milliseconds since 1970.
    pub updated_at: u64,
}

/// The answer to `POST /v1/apps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CreatedApp {
    /// The app.
    #[serde(flatten)]
    pub app: App,
    /// Its token, shown this once.
    pub token: String,
}

/// The answer to `GET /v1/apps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AppList {
    /// One page, by slug.
    pub apps: Vec<App>,
    /// What to pass as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cursor: Option<String>,
}
