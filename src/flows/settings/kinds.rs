//! What `vite.config` says about kinds of files: assets, SVGs as components, names of CSS modules' classes.

use super::Settings;
use overskill_link::{FileFilter, Kinds, Pattern};
use overskill_module::{ConfigValue, LocalsConvention, Spread, Svgr};

impl Settings {
    /// What the linker has to know of it.
    pub fn kinds(&self) -> Kinds {
        let defaults = Kinds::default();
        let svgr = self.svgr.as_ref();
        let filters = |name: &str| -> Vec<FileFilter> {
            let value = svgr.and_then(|svgr| svgr.get(name));
            value.map(filters).unwrap_or_default()
        };
        let mut components = filters("include");
        if svgr.is_some() && components.is_empty() {
            components.extend(filter(&ConfigValue::String("**/*.svg?react".to_owned())));
        }
        Kinds {
            assets: self.assets_include.iter().flat_map(filters_of).collect(),
            components,
            no_components: filters("exclude"),
            inline_limit: match self.assets_inline_limit {
                Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
                None => defaults.inline_limit,
            },
            server: false,
        }
    }
}

fn filters(value: &ConfigValue) -> Vec<FileFilter> {
    filters_of(value).collect()
}

fn filters_of(value: &ConfigValue) -> impl Iterator<Item = FileFilter> {
    let items = match value {
        ConfigValue::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items.iter().filter_map(filter)
}

fn filter(value: &ConfigValue) -> Option<FileFilter> {
    match value {
        ConfigValue::String(text) => {
            let text = text.trim_start_matches("./").trim_start_matches('/');
            Pattern::parse(text, false, true).ok().map(FileFilter::Glob)
        }
        ConfigValue::Regex { source, flags } => {
            let source = match flags.contains('i') {
                true => format!("(?i){source}"),
                false => source.clone(),
            };
            regex_lite::Regex::new(&source).ok().map(FileFilter::Regex)
        }
        _ => None,
    }
}

/// SVGR's options, of the plugin's.
pub(super) fn svgr(plugin: &ConfigValue) -> Svgr {
    let mut svgr = Svgr::default();
    let Some(options) = plugin.get("svgrOptions") else {
        return svgr;
    };
    let flag = |name: &str| options.get(name).and_then(ConfigValue::as_bool);
    let map = |name: &str| {
        let entries = options.get(name).and_then(ConfigValue::as_object);
        let entries = entries.into_iter().flatten();
        entries
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect()
    };
    svgr.dimensions = flag("dimensions").unwrap_or(true);
    svgr.icon = match options.get("icon") {
        Some(ConfigValue::Bool(true)) => Some("1em".to_owned()),
        Some(ConfigValue::Number(number)) => Some(number.to_string()),
        Some(ConfigValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    svgr.expand_props = match options.get("expandProps") {
        Some(ConfigValue::Bool(false)) => Spread::None,
        Some(ConfigValue::String(place)) if place == "start" => Spread::Start,
        _ => Spread::End,
    };
    svgr.forward_ref = flag("ref").unwrap_or(false);
    svgr.memo = flag("memo").unwrap_or(false);
    svgr.title_prop = flag("titleProp").unwrap_or(false);
    svgr.desc_prop = flag("descProp").unwrap_or(false);
    svgr.svg_props = map("svgProps");
    svgr.replace_attr_values = map("replaceAttrValues");
    if options.get("exportType").and_then(ConfigValue::as_str) == Some("named") {
        let name = options.get("namedExport").and_then(ConfigValue::as_str);
        svgr.named_export = Some(name.unwrap_or("ReactComponent").to_owned());
    }
    svgr
}

/// `css.modules.localsConvention`.
pub(super) fn locals_convention(css: &ConfigValue) -> LocalsConvention {
    let modules = css.get("modules");
    let written = modules.and_then(|modules| modules.get("localsConvention"));
    match written.and_then(ConfigValue::as_str) {
        Some("camelCase") => LocalsConvention::CamelCase,
        Some("camelCaseOnly") => LocalsConvention::CamelCaseOnly,
        Some("dashes") => LocalsConvention::Dashes,
        Some("dashesOnly") => LocalsConvention::DashesOnly,
        _ => LocalsConvention::AsIs,
    }
}
