//! One sheet through lightningcss: parsed as browsers do, referred files marked, lowered, printed.

use crate::{
    bounds::{Shape, shape},
    class_names,
    collect::{Collector, URL_MARK},
    exported::exported,
    problems::Place,
    source::Source,
};
use lightningcss::{
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserFlags, ParserOptions, StyleSheet},
    targets::{Browsers, Targets},
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, CompiledModule, ModuleFacts, is_css_module};
use std::sync::{Arc, RwLock};

pub(crate) fn compile(path: &ModulePath, text: &str, options: &CompileOptions) -> CompiledModule {
    let (values, own) = match is_css_module(path) && text.contains(":export") {
        true => exported(text),
        false => (Vec::new(), String::new()),
    };
    let text = if values.is_empty() { text } else { &own };
    let source = Source::new(text);
    let place = Place {
        path,
        whole: text,
        source: &source,
    };
    let mut diagnostics = Vec::new();
    match shape(source.text) {
        Shape::TooMuch(at) => return CompiledModule::failed(vec![place.too_much(at)]),
        Shape::Bounded { unclosed } => diagnostics.extend(unclosed.map(|at| place.unclosed(at))),
    }
    match processed(&place, options, &values, &mut diagnostics) {
        Ok(module) => CompiledModule {
            diagnostics,
            ..module
        },
        Err(error) => {
            diagnostics.push(*error);
            CompiledModule::failed(diagnostics)
        }
    }
}

/// The browsers of Vite's `build.cssTarget` where nothing is said of it.
const BASELINE: Browsers = Browsers {
    android: None,
    chrome: Some(111 << 16),
    edge: Some(111 << 16),
    firefox: Some(114 << 16),
    ie: None,
    ios_saf: None,
    opera: None,
    safari: Some(16 << 16 | 4 << 8),
    samsung: None,
};

/// The CSS with every mark in quotes, so that any address can take its place.
fn quoted(css: String) -> String {
    let bare = format!("({URL_MARK}");
    if !css.contains(&bare) {
        return css;
    }
    let mut out = String::with_capacity(css.len() + 64);
    let mut rest = css.as_str();
    while let Some(at) = rest.find(&bare) {
        let (before, tail) = rest.split_at(at + 1);
        let end = tail.find(')').unwrap_or(tail.len());
        out.push_str(before);
        out.push('"');
        out.push_str(&tail[..end]);
        out.push('"');
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

fn processed(
    place: &Place<'_>,
    options: &CompileOptions,
    values: &[(String, String)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<CompiledModule, Box<Diagnostic>> {
    let warnings = Arc::new(RwLock::new(Vec::new()));
    let parser = ParserOptions {
        filename: place.path.to_string(),
        css_modules: is_css_module(place.path).then(|| class_names::config(place.path)),
        error_recovery: true,
        warnings: Some(warnings.clone()),
        flags: ParserFlags::NESTING,
        ..ParserOptions::default()
    };
    let mut sheet =
        StyleSheet::parse(place.source.text, parser).map_err(|error| place.fatal(&error))?;
    let mut collector = Collector::new(place.source, options);
    collector.collect(&mut sheet);
    if let Ok(warnings) = warnings.read() {
        diagnostics.extend(place.skipped(&warnings, &collector.unknown));
    }
    diagnostics.extend(place.unknown(&collector.unknown));

    // A preview's sheet is for browsers of today, as under Vite's dev server: nothing is lowered or prefixed.
    let targets = match options.production {
        true => Targets::from(BASELINE),
        false => Targets::default(),
    };
    sheet
        .minify(MinifyOptions {
            targets,
            ..MinifyOptions::default()
        })
        .map_err(|error| place.fatal(&error))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify: options.production,
            targets,
            ..PrinterOptions::default()
        })
        .map_err(|error| place.unprintable(&error))?;

    let mut module = CompiledModule {
        css: Some(quoted(collector.restore(&printed.code))),
        facts: ModuleFacts {
            dependencies: collector.dependencies,
            ..ModuleFacts::default()
        },
        ..CompiledModule::default()
    };
    if let Some(names) = printed.exports {
        let names = names.into_iter().collect();
        let names = class_names::Names {
            classes: &names,
            values,
            convention: options.locals_convention,
        };
        let dependencies = &module.facts.dependencies;
        if options.production {
            let (body, exports) = class_names::production(&names, dependencies);
            module.production = Some(Box::new(body));
            module.facts.exports = exports;
        } else {
            (module.code, module.facts.exports) = class_names::factory(&names, dependencies);
        }
    }
    Ok(module)
}
