//! Aliases that nothing in the app is named by: leftovers, or slips of the pen.

use super::{Source, sass::is_sass};
use crate::settings::{GENERATED, Settings};
use overskill_diagnostics::{Diagnostic, LineIndex, Severity, Span};
use overskill_link::{Alias, Find, PathPattern};
use overskill_model::ModulePath;
use overskill_module::CompiledModule;
use std::{collections::BTreeMap, rc::Rc};

/// An alias as its author knows it.
enum Declared<'a> {
    /// In `resolve.alias`.
    Vite(&'a Alias),
    /// In the `paths` of a folder's tsconfig.
    Paths(&'a str, &'a PathPattern),
}

/// A note for each alias of files that no specifier in `modules` uses.
pub(super) fn unused(
    source: &Source<'_>,
    settings: &Settings,
    modules: &BTreeMap<ModulePath, Rc<CompiledModule>>,
) -> Vec<Diagnostic> {
    let rules = &settings.rules;
    // Those that lead to packages may be there for other packages.
    let aliases = rules.aliases.iter();
    let aliases = aliases.filter(|alias| {
        let replacement = alias.replacement.as_str();
        replacement.starts_with(['/', '.']) && !replacement.starts_with(&format!("/{GENERATED}/"))
    });
    let paths = rules.paths.iter().flat_map(|scope| {
        let patterns = scope.patterns.iter();
        let patterns = patterns.filter(|pattern| {
            let mut targets = pattern.targets.iter();
            pattern.pattern != "*" && !targets.any(|target| target.contains("node_modules"))
        });
        patterns.map(|pattern| Declared::Paths(&scope.folder, pattern))
    });
    let mut left: Vec<Declared<'_>> = aliases.map(Declared::Vite).chain(paths).collect();
    for module in modules.values() {
        if left.is_empty() {
            return Vec::new();
        }
        let specifiers = module.facts.dependencies.iter().map(|it| &*it.specifier);
        let globs = module.facts.globs.iter().flat_map(|glob| &glob.patterns);
        for specifier in specifiers.chain(globs.map(|glob| glob.trim_start_matches('!'))) {
            let plain = specifier.split('?').next().unwrap_or(specifier);
            let plain = plain.strip_prefix('~').unwrap_or(plain);
            left.retain(|alias| !alias.takes(specifier) && !alias.takes(plain));
        }
    }
    // What becomes of a sheet may have lost the specifiers that stand in it.
    let sheets = source.files.keys();
    let sheets = sheets.filter(|path| is_sass(path) || path.extension() == "css");
    for text in sheets.filter_map(|path| source.text(path)) {
        left.retain(|alias| !alias.stem().is_some_and(|stem| text.contains(stem)));
    }
    left.iter().map(|alias| alias.told(source)).collect()
}

impl<'a> Declared<'a> {
    fn takes(&self, specifier: &str) -> bool {
        match self {
            Self::Vite(alias) => alias.takes(specifier),
            Self::Paths(_, pattern) => pattern.takes(specifier),
        }
    }

    /// What specifiers that use it start with.
    fn stem(&self) -> Option<&'a str> {
        match self {
            Self::Vite(Alias {
                find: Find::Text(text),
                ..
            }) => Some(text),
            Self::Vite(_) => None,
            Self::Paths(_, pattern) => pattern.pattern.split('*').next(),
        }
    }

    fn told(&self, source: &Source<'_>) -> Diagnostic {
        let (shown, written, files): (_, Vec<String>, Vec<&ModulePath>) = match self {
            Self::Vite(alias) => {
                let of_vite = |path: &&ModulePath| path.as_str().starts_with("vite.config.");
                let files = source.files.keys().filter(of_vite).collect();
                match &alias.find {
                    Find::Text(text) => {
                        let slash = format!("{text}/");
                        let quoted =
                            [text, &slash].map(|it| ['"', '\''].map(|q| format!("{q}{it}{q}")));
                        let mut written = quoted.concat();
                        // A plain key needs no quotes.
                        written.push(format!("{text}:"));
                        (text.clone(), written, files)
                    }
                    Find::Pattern(pattern) => {
                        (format!("/{pattern}/"), vec![format!("/{pattern}/")], files)
                    }
                }
            }
            Self::Paths(folder, pattern) => {
                let here = |path: &&ModulePath| {
                    let name = path.name();
                    path.folder() == *folder
                        && name.ends_with(".json")
                        && (name.starts_with("tsconfig") || name.starts_with("jsconfig"))
                };
                let shown = pattern.pattern.clone();
                let written = format!("\"{shown}\"");
                (
                    shown,
                    vec![written],
                    source.files.keys().filter(here).collect(),
                )
            }
        };
        let message = format!("No import uses the alias `{shown}`.");
        let note = Diagnostic::new(Severity::Info, "alias-unused", message);
        for path in files {
            let Some(text) = source.text(path) else {
                continue;
            };
            let found = written
                .iter()
                .find_map(|it| Some((text.find(it.as_str())?, it.len())));
            if let Some((start, length)) = found {
                let span = Span {
                    start: start as u32,
                    end: (start + length) as u32,
                };
                return note.at(path, &LineIndex::new(&text), span);
            }
        }
        note
    }
}
