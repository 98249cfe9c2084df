//! What an app's own files say about how it is built: `vite.config.*`, `tsconfig.json` and `.env`, read as data.

mod env;
pub(crate) mod kinds;
mod plugins;
mod tsconfig;
mod vite;

use crate::tree::Files;
use overskill_diagnostics::Diagnostic;
use overskill_link::{Alias, BootValues, Find, ResolveRules};
use overskill_model::ModulePath;
use overskill_module::{
    CompileOptions, ConfigInputs, ConfigValue, Decorators, Defines, Jsx, Target,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a file of the tree is read as text, by its path from the root.
pub type ReadText<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where files are that stand for a plugin's virtual modules.
pub(crate) const GENERATED: &str = "node_modules/.virtual";

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A preview: Vite's `serve` in the mode `development`.
    Preview,
    /// What is published: Vite's `build` in the mode `production`.
    Production,
}

impl Purpose {
    fn command(self) -> &'static str {
        match self {
            Self::Preview => "serve",
            Self::Production => "build",
        }
    }

    fn mode(self) -> &'static str {
        match self {
            Self::Preview => "development",
            Self::Production => "production",
        }
    }
}

/// The app's configuration file before it is read.
pub struct ConfigFile {
    /// Where it is.
    pub path: ModulePath,
    /// Its text.
    pub text: String,
    /// What its value depends on.
    pub inputs: ConfigInputs,
}

impl ConfigFile {
    /// The one that Vite would take. `variables` are those that the app's owner set.
    pub fn find(
        text: ReadText<'_>,
        variables: &BTreeMap<String, String>,
        purpose: Purpose,
    ) -> Option<Self> {
        let (path, source) = vite::FILES
            .iter()
            .find_map(|name| Some((name, text(name)?)))?;
        let json = ["package.json"].into_iter();
        Some(Self {
            path: ModulePath::parse(path, &Default::default()).ok()?,
            text: source,
            inputs: ConfigInputs {
                command: purpose.command().to_owned(),
                mode: purpose.mode().to_owned(),
                env: env::read(text, "", purpose.mode(), variables),
                json: json
                    .filter_map(|name| Some((name.to_owned(), text(name)?)))
                    .collect(),
            },
        })
    }
}

/// How an app is built.
#[derive(Debug, Clone)]
pub struct Settings {
    /// By folder, deepest first; the last is for every file.
    options: Vec<(String, CompileOptions)>,
    /// Where names lead.
    pub rules: ResolveRules,
    /// `resolve.dedupe`: packages of which there is to be one copy.
    pub dedupe: BTreeSet<String>,
    /// Where the app is served: `/`, or `/name/`.
    pub base: String,
    /// What the app sees of its environment.
    pub values: BootValues,
    /// The `css` option as written.
    pub css: ConfigValue,
    /// The options of `vite-plugin-svgr`, where it is used.
    pub svgr: Option<ConfigValue>,
    /// The options of TanStack Router's plugin, where it is used.
    pub routes: Option<ConfigValue>,
    /// Whether `vite-plugin-pwa` is used.
    pub pwa: bool,
    /// Globs and patterns of further assets.
    pub assets_include: Vec<ConfigValue>,
    /// Smaller assets are inlined in production, in bytes.
    pub assets_inline_limit: Option<u64>,
    /// Whether production has source maps.
    pub sourcemap: bool,
    /// What of the configuration is not followed.
    pub diagnostics: Vec<Diagnostic>,
}

impl Settings {
    /// Reads them from the tree. What can't be read counts as absent: Vite builds such apps too.
    pub fn read(
        files: &Files,
        text: ReadText<'_>,
        config: Option<(&ConfigFile, &ConfigValue)>,
        variables: &BTreeMap<String, String>,
        purpose: Purpose,
    ) -> Self {
        let nowhere = ModulePath::parse("vite.config.ts", &Default::default());
        let nowhere = nowhere.expect("a plain name is a path");
        let (path, source) = config.map_or((&nowhere, ""), |(file, _)| (&file.path, &file.text));
        let mut notes = vite::Notes::new(path, source);
        let vite = match config {
            Some((_, value)) => vite::read(value, &mut notes),
            None => vite::ViteConfig::default(),
        };
        let projects = tsconfig::read(files.keys(), text);
        let root = vite.root.clone().unwrap_or_default();
        let mode = vite
            .mode
            .clone()
            .unwrap_or_else(|| purpose.mode().to_owned());
        let env_dir = vite.env_dir.as_ref().unwrap_or(&root);
        let prefixes = vite.env_prefix.clone();
        let prefixes = prefixes.unwrap_or_else(|| vec!["VITE_".to_owned()]);
        let base = base(vite.base.as_deref());
        let mut env: BTreeMap<String, Value> = env::read(text, env_dir, &mode, variables)
            .into_iter()
            .filter(|(key, _)| prefixes.iter().any(|prefix| key.starts_with(prefix)))
            .map(|(key, value)| (key, value.into()))
            .collect();
        let production = purpose == Purpose::Production;
        for (name, value) in [
            ("MODE", Value::from(mode.as_str())),
            ("BASE_URL", base.as_str().into()),
            ("DEV", (!production).into()),
            ("PROD", production.into()),
            ("SSR", false.into()),
        ] {
            env.insert(name.to_owned(), value);
        }
        let define = vite::defines(&vite, &mut env, &mut notes);
        let mut aliases = vite::aliases(&vite, &mut notes);
        if vite.plugins.pwa {
            let names = ["pwa-register", "pwa-info", "pwa-assets"];
            aliases.extend(names.map(|name| Alias {
                find: Find::Text(format!("virtual:{name}")),
                replacement: format!("/{GENERATED}/{name}"),
            }));
        }
        let package = text("package.json").unwrap_or_default();
        let packages = overskill_packages::declared_dependencies(&package);
        let mut rules = ResolveRules {
            public: match &vite.public_dir {
                None if root.is_empty() => Some("public".to_owned()),
                None => Some(format!("{root}/public")),
                Some(None) => None,
                // A relative one is the root's; one made with `path.resolve` has it already.
                Some(Some(folder))
                    if root.is_empty() || folder.starts_with(&format!("{root}/")) =>
                {
                    Some(folder.clone())
                }
                Some(Some(folder)) => Some(format!("{root}/{folder}")),
            },
            root,
            aliases,
            paths: projects
                .iter()
                .map(|project| project.paths.clone())
                .collect(),
            packages: packages.unwrap_or_default().into_keys().collect(),
            ..ResolveRules::default()
        };
        if let Some(extensions) = &vite.extensions {
            rules.extensions.clone_from(extensions);
        }
        let mut options: Vec<(String, CompileOptions)> = projects
            .into_iter()
            .map(|project| (project.folder, project.options))
            .collect();
        if !options.iter().any(|(folder, _)| folder.is_empty()) {
            options.push((String::new(), CompileOptions::default()));
        }
        for (_, options) in &mut options {
            overrule(options, &vite);
            if let Some(svgr) = &vite.plugins.svgr {
                options.svgr = kinds::svgr(svgr);
            }
            options.locals_convention = kinds::locals_convention(&vite.css);
            if production {
                options.production = true;
                options.map = vite.sourcemap;
                // Vite's `baseline-widely-available`.
                options.target = options.target.max(Target::Es2022);
                options.defines = Some(defines(&env, &define));
            }
        }
        Self {
            options,
            rules,
            dedupe: vite.dedupe.into_iter().collect(),
            base,
            values: BootValues { env, define },
            css: vite.css,
            svgr: vite.plugins.svgr,
            routes: vite.plugins.routes,
            pwa: vite.plugins.pwa,
            assets_include: vite.assets_include,
            assets_inline_limit: vite.assets_inline_limit,
            sourcemap: vite.sourcemap,
            diagnostics: notes.diagnostics,
        }
    }

    /// How a file is compiled.
    pub fn options(&self, path: &ModulePath) -> &CompileOptions {
        let inside = |folder: &str| {
            let rest = path.as_str().strip_prefix(folder);
            folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let found = self.options.iter().find(|(folder, _)| inside(folder));
        &found.expect("the last one is for every file").1
    }

    /// The same for code that runs in a Worker: linked like production code whatever it is for, with source maps.
    pub fn for_server(&self) -> Self {
        let mut settings = self.clone();
        let mut env = self.values.env.clone();
        env.insert("SSR".to_owned(), true.into());
        let mut defines = defines(&env, &self.values.define);
        // It has an environment.
        for name in [
            "process.env",
            "global.process.env",
            "globalThis.process.env",
        ] {
            let name = name.to_owned();
            defines.define.entry(name.clone()).or_insert(name);
        }
        for (_, options) in &mut settings.options {
            options.production = true;
            options.map = true;
            options.target = Target::Es2023;
            options.defines = Some(defines.clone());
        }
        settings
    }

    /// What stands for `%NAME%` in the page.
    pub fn html_value(&self, name: &str) -> Option<String> {
        match self.values.env.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

/// What production code sees of its environment, as it is put in when a module is compiled.
fn defines(env: &BTreeMap<String, Value>, define: &BTreeMap<String, Value>) -> Defines {
    let env = env.iter();
    let define = define.iter().map(|(name, value)| {
        let value = match value {
            // The name of another global.
            Value::String(other) => other.clone(),
            Value::Array(value) => value
                .first()
                .map_or_else(|| "undefined".to_owned(), Value::to_string),
            other => other.to_string(),
        };
        (name.clone(), value)
    });
    Defines {
        env: env
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect(),
        define: define.collect(),
    }
}

/// What the bundler is told wins over what TypeScript is told.
fn overrule(options: &mut CompileOptions, vite: &vite::ViteConfig) {
    if vite.jsx_classic && matches!(options.jsx, Jsx::Automatic { .. }) {
        options.jsx = Jsx::Classic {
            pragma: "React.createElement".to_owned(),
            fragment: "React.Fragment".to_owned(),
        };
    }
    if let Some(source) = &vite.jsx_import_source {
        options.jsx = Jsx::Automatic {
            import_source: source.clone(),
        };
    }
    if vite.plugins.legacy_decorators && options.decorators == Decorators::Standard {
        options.decorators = Decorators::Legacy;
    }
}

/// Vite's `base` as the dev server has it: with a slash at both ends; relative ones and other origins count as `/`.
fn base(written: Option<&str>) -> String {
    let written = written.unwrap_or("/");
    let path = match written.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => written,
    };
    // It becomes part of addresses and of a header.
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~@+%".contains(c);
    if !path.starts_with('/') || path.contains("//") || !path.chars().all(plain) {
        return "/".to_owned();
    }
    match path.ends_with('/') {
        true => path.to_owned(),
        false => format!("{path}/"),
    }
}

#[cfg(test)]
mod tests;
