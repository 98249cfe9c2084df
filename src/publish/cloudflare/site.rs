//! The user Worker that serves an app: a module that is the same for all, what it has to know of this one, and the app's
//! own server code where it has some.

use super::script::{Binding, Module, Script};
use overskill_model::AppId;
use overskill_protocol::{Server, ServerModuleKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What serves any app.
const CODE: &str = include_str!("site.js");
/// Its files, as it finds them; a variable of this name is not passed on.
const ASSETS: &str = "OVERSKILL_ASSETS";
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

/// An app's own server code, with what its list only names.
#[derive(Debug, Clone)]
pub struct Code {
    /// What is known of it.
    pub server: Server,
    /// The contents of its modules, by their names.
    pub contents: BTreeMap<String, Vec<u8>>,
    /// Its variables and secrets.
    pub variables: BTreeMap<String, String>,
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
    pub code: Option<Code>,
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
    let server = site.code.as_ref().map(|code| &code.server);
    let routes = server.map(|server| &server.routes[..]);
    let known = json!({
        "base": site.base, "immutable": site.immutable, "forever": forever, "routes": routes.unwrap_or_default(),
        "rest": server.is_some_and(|it| it.rest), "assets": server.map(|it| &it.assets),
    });
    let own = match server {
        None => "export default undefined;\n".to_owned(),
        Some(server) => {
            let main = json!(format!("./server/{}", server.main));
            format!("export {{ default }} from {main};\n")
        }
    };
    let date = server
        .map_or(DATE, |server| &server.compatibility_date)
        .to_owned();
    let mut modules = vec![
        Module::script("overskill.js", CODE),
        Module::script("overskill-site.js", format!("export default {known};\n")),
        Module::script("overskill-server.js", own),
    ];
    let mut bindings = vec![Binding::Assets {
        name: ASSETS.to_owned(),
    }];
    let mut flags = Vec::new();
    let speaks = site.code.is_some();
    if let Some(mut code) = site.code {
        flags.push("nodejs_compat".to_owned());
        flags.append(&mut code.server.compatibility_flags);
        for (name, module) in &code.server.modules {
            let media_type = match module.kind {
                ServerModuleKind::Script => "application/javascript+module",
                ServerModuleKind::Wasm => "application/wasm",
                ServerModuleKind::Data => "application/octet-stream",
            };
            modules.push(Module {
                name: format!("server/{name}"),
                media_type: media_type.to_owned(),
                content: code.contents.remove(name).unwrap_or_default(),
            });
        }
        let own = |name: &String| name == ASSETS;
        let vars = std::mem::take(&mut code.server.vars).into_iter();
        let vars = vars.filter(|(name, _)| !own(name) && !code.variables.contains_key(name));
        bindings.extend(vars.map(|(name, value)| match value {
            Value::String(text) => Binding::PlainText { name, text },
            json => Binding::Json { name, json },
        }));
        let variables = code.variables.iter();
        let variables = variables.map(|(name, text)| (name.clone(), text.clone()));
        let variables = variables.filter(|(name, _)| !own(name));
        bindings.extend(variables.map(|(name, text)| Binding::SecretText { name, text }));
    }
    Script {
        modules,
        bindings,
        tags: vec![
            Site::owner(site.app),
            Site::marker(site.deployment),
            format!("version-{}", site.version),
        ],
        compatibility_date: date,
        compatibility_flags: flags,
        speaks,
    }
}
