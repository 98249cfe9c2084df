//! Vite's plugins as apps use them: which are emulated, which change nothing that a preview shows, and which are missed.

use super::vite::Notes;
use overskill_module::ConfigValue;

/// What the plugins ask for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plugins {
    pub jsx_import_source: Option<String>,
    pub jsx_classic: bool,
    pub legacy_decorators: bool,
    /// The options of `vite-plugin-svgr`, where it is used.
    pub svgr: Option<ConfigValue>,
    /// The options of TanStack Router's plugin, where it is used.
    pub routes: Option<ConfigValue>,
    /// Whether `vite-plugin-pwa` is used.
    pub pwa: bool,
}

/// Plugins without a trace in the page, or whose trace is for the tools that brought them.
const WITHOUT_TRACE: [&str; 32] = [
    "vite-tsconfig-paths",
    "@tailwindcss/vite",
    "lovable-tagger",
    "@dyad-sh/react-vite-component-tagger",
    "@base44/vite-plugin",
    "rollup-plugin-visualizer",
    "vite-bundle-visualizer",
    "vite-bundle-analyzer",
    "vite-plugin-checker",
    "vite-plugin-eslint",
    "vite-plugin-eslint2",
    "@nabla/vite-plugin-eslint",
    "vite-plugin-stylelint",
    "vite-plugin-compression",
    "vite-plugin-compression2",
    "vite-plugin-inspect",
    "vite-plugin-mkcert",
    "@vitejs/plugin-basic-ssl",
    "@vitejs/plugin-legacy",
    "vite-plugin-dts",
    "vite-plugin-image-optimizer",
    "vite-plugin-imagemin",
    "vite-plugin-devtools-json",
    "vite-plugin-restart",
    "vite-plugin-full-reload",
    "vite-plugin-singlefile",
    "@sentry/vite-plugin",
    "@tanstack/devtools-vite",
    "@replit/vite-plugin-runtime-error-modal",
    "@replit/vite-plugin-shadcn-theme-json",
    "@replit/vite-plugin-cartographer",
    "@replit/vite-plugin-dev-banner",
];

const REACT: [&str; 3] = [
    "@vitejs/plugin-react",
    "@vitejs/plugin-react-swc",
    "@vitejs/plugin-react-oxc",
];

pub(super) fn read(value: &ConfigValue, notes: &mut Notes<'_>) -> Plugins {
    let mut plugins = Plugins::default();
    add(value, notes, &mut plugins, 8);
    plugins
}

fn add(value: &ConfigValue, notes: &mut Notes<'_>, plugins: &mut Plugins, left: usize) {
    match value {
        ConfigValue::Array(items) if left > 0 => {
            for item in items {
                add(item, notes, plugins, left - 1);
            }
        }
        ConfigValue::Import {
            module,
            arguments,
            span,
            ..
        } => {
            let none = ConfigValue::Undefined;
            let options = arguments.as_ref().and_then(|arguments| arguments.first());
            let options = options.unwrap_or(&none);
            match module.as_str() {
                module if REACT.contains(&module) => react(options, notes, plugins),
                "vite-plugin-svgr" => plugins.svgr = Some(options.clone()),
                "@tanstack/router-plugin/vite" | "@tanstack/router-vite-plugin" => {
                    plugins.routes = Some(options.clone());
                    if options.get("virtualRouteConfig").is_some() {
                        let message =
                            "`virtualRouteConfig` is not followed: routes are those of the files.";
                        let hint = "Upload the generated route tree as well.";
                        notes.ignored(message, Some(*span), hint);
                    }
                }
                "vite-plugin-pwa" => {
                    plugins.pwa = true;
                    let message = "No service worker and no web manifest are made here: what `vite-plugin-pwa` registers does nothing.";
                    notes.ignored(message, Some(*span), "");
                }
                module if WITHOUT_TRACE.contains(&module) => {}
                module => {
                    let message = format!("The plugin `{module}` is not run.");
                    notes.ignored(message, Some(*span), "");
                }
            }
        }
        ConfigValue::Object(_) => {
            let name = value.get("name").and_then(ConfigValue::as_str);
            let message = match name {
                Some(name) => format!("The plugin `{name}` is not run."),
                None => "A plugin of the app's own is not run.".to_owned(),
            };
            notes.ignored(message, None, "");
        }
        ConfigValue::Unknown { text, span } => {
            notes.ignored(format!("The plugin `{text}` is not run."), Some(*span), "");
        }
        // `condition && plugin()`.
        _ => {}
    }
}

fn react(options: &ConfigValue, notes: &mut Notes<'_>, plugins: &mut Plugins) {
    if let Some(source) = options.get("jsxImportSource").and_then(ConfigValue::as_str) {
        plugins.jsx_import_source = Some(source.to_owned());
    }
    plugins.jsx_classic |=
        options.get("jsxRuntime").and_then(ConfigValue::as_str) == Some("classic");
    plugins.legacy_decorators |=
        options.get("tsDecorators").and_then(ConfigValue::as_bool) == Some(true);
    let babel = options.get("babel");
    let lists = [
        babel.and_then(|babel| babel.get("plugins")),
        babel.and_then(|babel| babel.get("presets")),
        options.get("plugins"),
    ];
    for item in lists
        .into_iter()
        .flatten()
        .filter_map(ConfigValue::as_array)
        .flatten()
    {
        let name = match item {
            ConfigValue::Array(pair) => pair.first().and_then(ConfigValue::as_str),
            item => item.as_str(),
        };
        match name.unwrap_or_default() {
            // They name components or save renders: nothing that a page shows.
            "@emotion"
            | "@emotion/babel-plugin"
            | "@swc/plugin-emotion"
            | "babel-plugin-styled-components"
            | "@swc/plugin-styled-components"
            | "babel-plugin-react-compiler"
            | "styled-components" => {}
            name if name.contains("decorators") => plugins.legacy_decorators = true,
            "" => notes.ignored("A plugin of Babel is not run.", None, ""),
            name => notes.ignored(format!("Babel's plugin `{name}` is not run."), None, ""),
        }
    }
}
