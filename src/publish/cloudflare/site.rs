//! The user Worker that serves an app: a module that is the same for all, what it has to know of this one, and the app's
//! own server code where it has some.

use super::script::{Binding, Module, Script};
use overskill_model::AppId;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What serves any app.
const CODE: &str = include_str!("site.js");
/// The runtime that it is written for.
const DATE: &str = "2026-08-01";

/// Who may keep copies of an app's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visible {
    /// Any cache on the way.
    Public,
    /// Only the browser.
    Private,
}

/// An app's own server code, built: what the bundle of a Worker is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its modules; names are relative to each other.
    pub modules: Vec<Module>,
    /// The module whose default export has `fetch`.
    pub main: String,
    /// What it answers: `/api/*`, or paths to the letter.
    pub routes: Vec<String>,
    /// Its own variables and secrets.
    pub bindings: Vec<Binding>,
    /// Flags that it asks for.
    pub compatibility_flags: Vec<String>,
}

/// What is to be served.
#[derive(Debug)]
pub struct Site<'a> {
    /// The app.
    pub app: &'a AppId,
    /// The deployment that it is.
    pub deployment: &'a str,
    /// Its version.
    pub version: u64,
    /// Where the app is: `/`, or a path with a slash at both ends.
    pub base: &'a str,
    /// Addresses that name their content.
    pub immutable: Vec<&'a str>,
    /// Who may keep copies.
    pub visible: Visible,
    /// The app's server.
    pub server: Option<Server>,
}

impl Site<'_> {
    /// The tag that only this deployment's script has.
    pub fn marker(deployment: &str) -> String {
        format!("deployment-{deployment}")
    }

    /// The tag of all of an app's scripts.
    pub fn owner(app: &AppId) -> String {
        app.as_str().to_owned()
    }
}

/// The script that serves a site.
pub fn site(site: Site<'_>) -> Script {
    let forever = match site.visible {
        Visible::Public => "public, max-age=31536000, immutable",
        Visible::Private => "private, max-age=31536000, immutable",
    };
    let routes = site.server.as_ref().map(|server| &server.routes[..]);
    let known = json!({
        "base": site.base, "immutable": site.immutable, "forever": forever, "routes": routes.unwrap_or_default(),
    });
    let own = match &site.server {
        None => "export default undefined;\n".to_owned(),
        Some(server) => format!(
            "export {{ default }} from {};\n",
            json!(format!("./server/{}", server.main))
        ),
    };
    let mut modules = vec![
        Module::script("overskill.js", CODE),
        Module::script("overskill-site.js", format!("export default {known};\n")),
        Module::script("overskill-server.js", own),
    ];
    let mut bindings = vec![Binding::Assets {
        name: "ASSETS".to_owned(),
    }];
    let mut compatibility_flags = Vec::new();
    if let Some(server) = site.server {
        modules.extend(server.modules.into_iter().map(|module| Module {
            name: format!("server/{}", module.name),
            ..module
        }));
        bindings.extend(server.bindings);
        compatibility_flags = server.compatibility_flags;
    }
    Script {
        modules,
        bindings,
        tags: vec![
            Site::owner(site.app),
            Site::marker(site.deployment),
            format!("version-{}", site.version),
        ],
        compatibility_date: DATE.to_owned(),
        compatibility_flags,
    }
}
