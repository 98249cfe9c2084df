//! One sheet through lightningcss: parsed as browsers do, referred files marked, lowered, printed.

use crate::{
    bounds::{Shape, shape},
    class_names,
    collect::Collector,
    problems::Place,
    source::Source,
};
use lightningcss::{
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserFlags, ParserOptions, StyleSheet},
    targets::{Browsers, Features, Targets},
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, CompiledModule, ModuleFacts};
use std::sync::{Arc, RwLock};

/// Vite's baseline: chrome111, edge111, firefox114, safari16.4.
const BROWSERS: Browsers = Browsers {
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

pub(crate) fn compile(path: &ModulePath, text: &str, options: &CompileOptions) -> CompiledModule {
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
    match processed(&place, options, &mut diagnostics) {
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

fn processed(
    place: &Place<'_>,
    options: &CompileOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<CompiledModule, Box<Diagnostic>> {
    let warnings = Arc::new(RwLock::new(Vec::new()));
    let parser = ParserOptions {
        filename: place.path.to_string(),
        css_modules: class_names::is_module(place.path).then(|| class_names::config(place.path)),
        error_recovery: true,
        warnings: Some(warnings.clone()),
        flags: ParserFlags::NESTING,
        ..ParserOptions::default()
    };
    let mut sheet =
        StyleSheet::parse(place.source.text, parser).map_err(|error| place.fatal(&error))?;
    let mut collector = Collector::new(place.source, options.package);
    collector.collect(&mut sheet);
    if let Ok(warnings) = warnings.read() {
        diagnostics.extend(place.skipped(&warnings, &collector.unknown));
    }
    diagnostics.extend(place.unknown(&collector.unknown));

    let targets = Targets {
        browsers: Some(BROWSERS),
        include: Features::empty(),
        // An unknown rule would lose the style rule that it stands in.
        exclude: match collector.unknown.is_empty() {
            true => Features::empty(),
            false => Features::Nesting,
        },
    };
    sheet
        .minify(MinifyOptions {
            targets,
            ..MinifyOptions::default()
        })
        .map_err(|error| place.fatal(&error))?;
    // Not minified, so that every URL is in quotes and any address can take its place.
    let printed = sheet
        .to_css(PrinterOptions {
            targets,
            ..PrinterOptions::default()
        })
        .map_err(|error| place.unprintable(&error))?;

    let mut module = CompiledModule {
        css: Some(collector.restore(&printed.code)),
        facts: ModuleFacts {
            dependencies: collector.dependencies,
            ..ModuleFacts::default()
        },
        ..CompiledModule::default()
    };
    if let Some(names) = printed.exports {
        let names = names.into_iter().collect();
        (module.code, module.facts.exports) = class_names::factory(
            &names,
            &module.facts.dependencies,
            options.locals_convention,
        );
    }
    Ok(module)
}
