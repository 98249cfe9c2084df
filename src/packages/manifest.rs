//! The fields of a `package.json` that decide which file a specifier names.

use crate::{
    Asked, conditions,
    conditions::{Conditions, Found},
    json::Json,
    probe::within,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use std::collections::BTreeMap;

/// A `package.json`, read leniently: a field of the wrong kind counts as absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// `name`.
    pub name: Option<String>,
    /// Whether `type` says that `.js` files are ECMAScript modules; `None` where it says nothing.
    pub module_type: Option<bool>,
    pub(crate) main: Option<String>,
    pub(crate) module: Option<String>,
    pub(crate) style: Option<String>,
    pub(crate) sass: Option<String>,
    pub(crate) browser: Option<String>,
    /// `browser` as a map: what stands for a file or package in a browser; `None` for nothing at all.
    pub(crate) browser_map: Vec<(String, Option<String>)>,
    pub(crate) exports: Option<Json>,
    pub(crate) imports: Option<Json>,
    /// The patterns of the files whose evaluation does something, `sideEffects`; `None` where all may.
    pub(crate) effects: Option<Vec<String>>,
    /// Whether installing it would run a script.
    pub(crate) install_script: bool,
}

impl Manifest {
    /// Reads it; what is no JSON counts as empty.
    pub fn parse(text: &str) -> Self {
        let json = Json::parse(text).unwrap_or_default();
        let text = |name: &str| json.text_at(name).map(str::to_owned);
        let browser_map: Vec<(String, Option<String>)> = json
            .get("browser")
            .map(Json::entries)
            .unwrap_or_default()
            .iter()
            .filter_map(|(from, to)| match to {
                Json::Text(to) => Some((from.clone(), Some(to.clone()))),
                Json::Bool(false) => Some((from.clone(), None)),
                _ => None,
            })
            .collect();
        let main_of_map = || {
            let own = browser_map.iter().find(|(from, _)| from == ".");
            own.and_then(|(_, to)| to.clone())
        };
        Self {
            name: text("name"),
            module_type: match json.text_at("type") {
                Some("module") => Some(true),
                Some("commonjs") => Some(false),
                _ => None,
            },
            main: text("main"),
            module: text("module")
                .or_else(|| text("jsnext:main"))
                .or_else(|| text("jsnext")),
            style: text("style"),
            sass: text("sass"),
            browser: text("browser").or_else(main_of_map),
            browser_map,
            exports: json.get("exports").filter(|e| **e != Json::Null).cloned(),
            imports: json.get("imports").cloned(),
            install_script: json.get("scripts").is_some_and(|scripts| {
                let run = ["preinstall", "install", "postinstall"];
                run.iter().any(|name| scripts.text_at(name).is_some())
            }),
            effects: match json.get("sideEffects") {
                Some(Json::Bool(false)) => Some(Vec::new()),
                Some(Json::Text(one)) => Some(vec![one.clone()]),
                Some(Json::List(all)) => Some(
                    all.iter()
                        .filter_map(Json::text)
                        .map(str::to_owned)
                        .collect(),
                ),
                _ => None,
            },
        }
    }

    /// The file that it has for a subpath (`.` or `./…`) where a style sheet is asked for, from the package's root;
    /// endings may be missing.
    pub fn sheet(&self, subpath: &str, asked: Asked) -> Option<String> {
        // No sheet is another one in production.
        let on = Conditions {
            asked,
            production: false,
            server: false,
        };
        if let Some(exports) = &self.exports
            && let Found::Target(target) = conditions::exported(exports, subpath, on)
            && target.starts_with("./")
        {
            return within("", &target);
        }
        let sass = self.sass.as_ref().filter(|_| asked == Asked::Sass);
        let main = sass.or(self.style.as_ref()).or(self.main.as_ref());
        main.filter(|_| subpath == ".")
            .and_then(|path| within("", path))
    }
}

/// What an app's own `package.json` asks for: `dependencies`, `devDependencies` and `optionalDependencies`, the first
/// of equal names winning.
///
/// # Errors
/// When it is no JSON.
pub fn declared_dependencies(text: &str) -> Result<BTreeMap<String, String>, Box<Diagnostic>> {
    let json = Json::parse(text).map_err(|error| {
        let diagnostic = Diagnostic::error(
            "package-json-invalid",
            format!("`package.json` is no valid JSON: {error}."),
        );
        let path = ModulePath::parse("package.json", &Default::default());
        Box::new(match path {
            Ok(path) => diagnostic.in_file(&path),
            Err(_) => diagnostic,
        })
    })?;
    let mut declared = BTreeMap::new();
    for field in ["dependencies", "devDependencies", "optionalDependencies"] {
        for (name, range) in json.get(field).map(Json::texts).unwrap_or_default() {
            declared.entry(name).or_insert(range);
        }
    }
    Ok(declared)
}
