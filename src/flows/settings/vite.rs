//! `vite.config.*`: what its literal part says, and what of it is not followed.

use super::plugins::{self, Plugins};
use overskill_diagnostics::{Diagnostic, LineIndex, Severity, Span};
use overskill_link::{Alias, Find};
use overskill_model::ModulePath;
use overskill_module::ConfigValue;
use std::collections::BTreeMap;

/// Where Vite looks, in its order.
pub(super) const FILES: [&str; 6] = [
    "vite.config.js",
    "vite.config.mjs",
    "vite.config.ts",
    "vite.config.cjs",
    "vite.config.mts",
    "vite.config.cts",
];

/// Keys that say nothing of what a preview shows.
const ELSEWHERE: [&str; 20] = [
    "server",
    "preview",
    "build",
    "optimizeDeps",
    "ssr",
    "test",
    "cacheDir",
    "logLevel",
    "clearScreen",
    "appType",
    "legacy",
    "experimental",
    "future",
    "dev",
    "builder",
    "environments",
    "customLogger",
    "json",
    "worker",
    "devtools",
];

/// What an app's configuration says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ViteConfig {
    pub root: Option<String>,
    pub base: Option<String>,
    /// `Some(None)` where there is to be none.
    pub public_dir: Option<Option<String>>,
    pub env_dir: Option<String>,
    pub env_prefix: Option<Vec<String>>,
    pub mode: Option<String>,
    /// In source order.
    pub define: Vec<(String, ConfigValue)>,
    pub aliases: Vec<(ConfigValue, String)>,
    pub extensions: Option<Vec<String>>,
    pub dedupe: Vec<String>,
    pub assets_include: Vec<ConfigValue>,
    pub assets_inline_limit: Option<u64>,
    pub sourcemap: bool,
    pub css: ConfigValue,
    pub jsx_import_source: Option<String>,
    pub jsx_classic: bool,
    pub plugins: Plugins,
}

/// Collects what is said of one file.
pub(super) struct Notes<'a> {
    path: &'a ModulePath,
    lines: LineIndex<'a>,
    pub diagnostics: Vec<Diagnostic>,
}

impl<'a> Notes<'a> {
    pub fn new(path: &'a ModulePath, text: &'a str) -> Self {
        Self {
            path,
            lines: LineIndex::new(text),
            diagnostics: Vec::new(),
        }
    }

    /// Says that something is not followed.
    pub fn ignored(&mut self, message: impl Into<String>, span: Option<Span>, hint: &str) {
        let note = Diagnostic::new(Severity::Info, "vite-config-ignored", message);
        let note = match span {
            Some(span) => note.at(self.path, &self.lines, span),
            None => note.in_file(self.path),
        };
        self.diagnostics.push(match hint {
            "" => note,
            hint => note.hint(hint),
        });
    }

    fn not_understood(&mut self, key: &str, value: &ConfigValue) {
        let (text, span) = match value {
            ConfigValue::Unknown { text, span } => (format!(": {text}"), Some(*span)),
            ConfigValue::Import { module, span, .. } => {
                (format!(" comes from `{module}`"), Some(*span))
            }
            _ => (String::new(), None),
        };
        let message = format!("`{key}` can't be read without running the configuration{text}.");
        self.ignored(message, span, "Write it as a plain value.");
    }

    fn text(&mut self, key: &str, value: &ConfigValue) -> Option<String> {
        match value {
            ConfigValue::String(text) => Some(text.clone()),
            ConfigValue::Undefined | ConfigValue::Null => None,
            other => {
                self.not_understood(key, other);
                None
            }
        }
    }

    fn texts(&mut self, key: &str, value: &ConfigValue) -> Vec<String> {
        match value {
            ConfigValue::Array(items) => items.iter().filter_map(|at| self.text(key, at)).collect(),
            other => self.text(key, other).into_iter().collect(),
        }
    }
}

/// A path of a configuration from the tree's root.
fn folder(path: &str) -> String {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

pub(super) fn read(config: &ConfigValue, notes: &mut Notes<'_>) -> ViteConfig {
    let mut vite = ViteConfig::default();
    let properties = match config {
        ConfigValue::Object(properties) => properties.as_slice(),
        ConfigValue::Undefined => return vite,
        other => {
            notes.not_understood("vite.config", other);
            return vite;
        }
    };
    for (key, value) in properties {
        match key.as_str() {
            "root" => vite.root = notes.text(key, value).map(|path| folder(&path)),
            "base" => vite.base = notes.text(key, value),
            "mode" => vite.mode = notes.text(key, value),
            "publicDir" => {
                vite.public_dir = match value {
                    ConfigValue::Bool(false) => Some(None),
                    ConfigValue::String(path) if path.is_empty() => Some(None),
                    other => notes.text(key, other).map(|path| Some(folder(&path))),
                };
            }
            "envDir" => vite.env_dir = notes.text(key, value).map(|path| folder(&path)),
            "envPrefix" => {
                let prefixes = notes.texts(key, value);
                // An empty prefix would show every secret.
                vite.env_prefix = (!prefixes.is_empty()
                    && prefixes.iter().all(|at| !at.is_empty()))
                .then_some(prefixes);
            }
            "define" => define(value, notes, &mut vite),
            "resolve" => resolve(value, notes, &mut vite),
            "assetsInclude" => {
                vite.assets_include = match value {
                    ConfigValue::Array(items) => items.clone(),
                    one => vec![one.clone()],
                };
            }
            "css" => vite.css = value.clone(),
            "esbuild" | "oxc" => jsx(value, &mut vite),
            "plugins" => vite.plugins = plugins::read(value, notes),
            "html" => {}
            _ if ELSEWHERE.contains(&key.as_str()) => {}
            _ if key.starts_with("...") => notes.not_understood("a spread", value),
            _ => {
                let message = format!("`{key}` is no option of Vite's that is known here.");
                notes.ignored(message, None, "");
            }
        }
    }
    if let Some(source) = &vite.plugins.jsx_import_source {
        vite.jsx_import_source = Some(source.clone());
    }
    vite.jsx_classic |= vite.plugins.jsx_classic;
    build(config, notes, &mut vite);
    vite
}

fn define(value: &ConfigValue, notes: &mut Notes<'_>, vite: &mut ViteConfig) {
    match value {
        ConfigValue::Object(properties) => {
            for (name, value) in properties {
                match value {
                    ConfigValue::Unknown { .. } | ConfigValue::Import { .. } => {
                        notes.not_understood(&format!("define[\"{name}\"]"), value);
                    }
                    value => vite.define.push((name.clone(), value.clone())),
                }
            }
        }
        ConfigValue::Undefined => {}
        other => notes.not_understood("define", other),
    }
}

fn resolve(value: &ConfigValue, notes: &mut Notes<'_>, vite: &mut ViteConfig) {
    for (key, value) in value.as_object().unwrap_or_default() {
        match key.as_str() {
            "alias" => match value {
                ConfigValue::Object(pairs) => {
                    for (find, replacement) in pairs {
                        if let Some(text) =
                            notes.text(&format!("resolve.alias[\"{find}\"]"), replacement)
                        {
                            vite.aliases.push((ConfigValue::String(find.clone()), text));
                        }
                    }
                }
                ConfigValue::Array(items) => {
                    for item in items {
                        let find = item.get("find").cloned().unwrap_or_default();
                        let replacement = item.get("replacement").cloned().unwrap_or_default();
                        if item.get("customResolver").is_some() {
                            notes.ignored("An alias's `customResolver` is not run.", None, "");
                        }
                        if let Some(text) = notes.text("resolve.alias", &replacement) {
                            vite.aliases.push((find, text));
                        } else if item.as_object().is_none() {
                            notes.not_understood("resolve.alias", item);
                        }
                    }
                }
                other => notes.not_understood("resolve.alias", other),
            },
            "extensions" => {
                let extensions = notes.texts("resolve.extensions", value);
                vite.extensions = (!extensions.is_empty()).then_some(extensions);
            }
            "dedupe" => vite.dedupe = notes.texts("resolve.dedupe", value),
            "preserveSymlinks" | "tsconfigPaths" => {}
            _ => notes.ignored(format!("`resolve.{key}` is not followed."), None, ""),
        }
    }
}

fn jsx(value: &ConfigValue, vite: &mut ViteConfig) {
    let jsx = value.get("jsx");
    let source = value
        .get("jsxImportSource")
        .or_else(|| jsx.and_then(|jsx| jsx.get("importSource")));
    if let Some(source) = source.and_then(ConfigValue::as_str) {
        vite.jsx_import_source = Some(source.to_owned());
    }
    let runtime = jsx
        .and_then(|jsx| jsx.get("runtime"))
        .and_then(ConfigValue::as_str);
    vite.jsx_classic |=
        runtime == Some("classic") || jsx.and_then(ConfigValue::as_str) == Some("transform");
}

/// Of what is about builds and servers, that which a preview or a production build shows.
fn build(config: &ConfigValue, notes: &mut Notes<'_>, vite: &mut ViteConfig) {
    if let Some(build) = config.get("build") {
        if let Some(ConfigValue::Number(limit)) = build.get("assetsInlineLimit") {
            vite.assets_inline_limit = Some(limit.max(0.0) as u64);
        }
        vite.sourcemap = build.get("sourcemap").is_some_and(ConfigValue::is_truthy);
        let options = ["rollupOptions", "rolldownOptions"];
        let options = options.iter().find_map(|name| build.get(name));
        if let Some(ConfigValue::Object(pages)) = options.and_then(|options| options.get("input"))
            && pages.len() > 1
        {
            let hint = "Only `index.html` is built; the app's router can show the others.";
            notes.ignored("`build.rollupOptions.input` has several pages.", None, hint);
        }
    }
    if config
        .get("server")
        .and_then(|server| server.get("proxy"))
        .is_some_and(ConfigValue::is_truthy)
    {
        let hint = "Requests go to the app's own address; use absolute URLs for other servers.";
        notes.ignored("`server.proxy` is not followed.", None, hint);
    }
}

/// `resolve.alias` as rules; what has no such form is noted.
pub(super) fn aliases(vite: &ViteConfig, notes: &mut Notes<'_>) -> Vec<Alias> {
    let mut aliases = Vec::new();
    for (find, replacement) in &vite.aliases {
        let (find, replacement) = match find {
            // As Vite: a slash at both ends is one too many.
            ConfigValue::String(find) if find.ends_with('/') && replacement.ends_with('/') => (
                Find::Text(find.trim_end_matches('/').to_owned()),
                replacement.trim_end_matches('/'),
            ),
            ConfigValue::String(find) => match find.strip_suffix('/') {
                Some(find) => (Find::Text(find.to_owned()), replacement.as_str()),
                None => (Find::Text(find.clone()), replacement.trim_end_matches('/')),
            },
            ConfigValue::Regex { source, flags } => {
                let source = match flags.contains('i') {
                    true => format!("(?i){source}"),
                    false => source.clone(),
                };
                match regex_lite::Regex::new(&source) {
                    Ok(pattern) => (Find::Pattern(pattern), replacement.as_str()),
                    Err(_) => {
                        let message =
                            format!("The alias /{source}/ is no pattern that can be used here.");
                        notes.ignored(
                            message,
                            None,
                            "Write it without look-around or back references.",
                        );
                        continue;
                    }
                }
            }
            other => {
                notes.not_understood("resolve.alias", other);
                continue;
            }
        };
        aliases.push(Alias {
            find,
            replacement: replacement.to_owned(),
        });
    }
    aliases
}

/// `define`'s values as what the page's runtime sets: `import.meta.env.…` apart from globals.
pub(super) fn defines(
    vite: &ViteConfig,
    env: &mut BTreeMap<String, serde_json::Value>,
    notes: &mut Notes<'_>,
) -> BTreeMap<String, serde_json::Value> {
    let mut globals = BTreeMap::new();
    for (name, value) in &vite.define {
        let Some(value) = defined(value) else {
            let message = format!("`define[\"{name}\"]` is no JSON value and no name.");
            notes.ignored(message, None, "Use JSON.stringify for its value.");
            continue;
        };
        match name.strip_prefix("import.meta.env.") {
            Some(key) => {
                if let serde_json::Value::Array(mut one) = value {
                    match one.pop() {
                        Some(value) => env.insert(key.to_owned(), value),
                        None => env.remove(key),
                    };
                }
            }
            None => {
                globals.insert(name.clone(), value);
            }
        }
    }
    globals
}

/// A text is an expression: JSON, given as `[value]`, `undefined`, given as `[]`, or the dotted name of a global, given as
/// text.
fn defined(value: &ConfigValue) -> Option<serde_json::Value> {
    let whole = |value: serde_json::Value| Some(serde_json::Value::Array(vec![value]));
    let undefined = serde_json::Value::Array(Vec::new());
    match value {
        ConfigValue::Undefined => Some(undefined),
        ConfigValue::String(text) => match serde_json::from_str(text) {
            Ok(value) => whole(value),
            Err(_) => {
                let text = text.trim();
                if text == "undefined" {
                    return Some(undefined);
                }
                if let Some(inner) = text.strip_prefix('\'').and_then(|at| at.strip_suffix('\''))
                    && !inner.contains(['\'', '\\'])
                {
                    return whole(inner.into());
                }
                let name = |part: &str| {
                    let mut characters = part.chars();
                    characters
                        .next()
                        .is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | '$'))
                        && characters
                            .all(|other| other.is_alphanumeric() || matches!(other, '_' | '$'))
                };
                text.split('.').all(name).then(|| text.into())
            }
        },
        other => whole(other.to_json()?),
    }
}
