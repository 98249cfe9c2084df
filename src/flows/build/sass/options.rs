//! `css.preprocessorOptions` of Vite's configuration, as far as it is followed.

use crate::settings::Settings;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_model::ModulePath;
use overskill_module::ConfigValue;

/// How sheets in one of Sass's languages are compiled.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    /// A text ahead of each.
    pub additional: String,
    /// Folders in which sheets are looked for last, from the tree's root.
    pub places: Vec<String>,
    /// Whether what packages warn of is passed over.
    pub quiet_dependencies: bool,
    /// The kinds of deprecated features that are.
    pub silenced: Vec<String>,
}

const LANGUAGES: [&str; 2] = ["scss", "sass"];

fn written<'a>(settings: &'a Settings, language: &str) -> Option<&'a ConfigValue> {
    settings.css.get("preprocessorOptions")?.get(language)
}

impl Options {
    /// Those for a sheet.
    pub fn of(settings: &Settings, path: &ModulePath) -> Self {
        let Some(options) = written(settings, &path.extension()) else {
            return Self::default();
        };
        let texts = |name: &str| -> Vec<String> {
            let items = options.get(name).and_then(ConfigValue::as_array);
            let items = items.unwrap_or_default().iter();
            items
                .filter_map(ConfigValue::as_str)
                .map(str::to_owned)
                .collect()
        };
        let text = options.get("additionalData").and_then(ConfigValue::as_str);
        Self {
            additional: text.unwrap_or_default().to_owned(),
            places: ["loadPaths", "includePaths"]
                .into_iter()
                .flat_map(texts)
                .collect(),
            quiet_dependencies: options.get("quietDeps").is_some_and(ConfigValue::is_truthy),
            silenced: texts("silenceDeprecations"),
        }
    }
}

/// What is told of that which is not followed.
pub(super) fn ignored(settings: &Settings) -> Vec<Diagnostic> {
    let functions = LANGUAGES.into_iter().filter(|language| {
        let options = written(settings, language);
        let text = options.and_then(|options| options.get("additionalData"));
        text.is_some_and(|text| text.as_str().is_none() && text.is_truthy())
    });
    functions
        .map(|language| {
            let message = format!(
                "`css.preprocessorOptions.{language}.additionalData` can't be read without running the configuration."
            );
            Diagnostic::new(Severity::Info, "vite-config-ignored", message)
                .hint("Write it as a plain text.")
        })
        .collect()
}
