//! What expanding a sheet depends on: the sheets that it imports, its configurations, and the scripts that those import.
//! It is found by looking for quoted specifiers; a file too many does no harm.

use crate::{build::Source, settings::Settings};
use overskill_model::ModulePath;
use std::collections::BTreeMap;

/// How many files one sheet may depend on.
const FILES: usize = 256;
/// How many bytes they may have together.
const BYTES: usize = 4 << 20;
/// What is tried behind the specifier of a sheet, and of a script.
const SHEETS: [&str; 3] = ["", ".css", "/index.css"];
const SCRIPTS: [&str; 15] = [
    "",
    ".js",
    ".cjs",
    ".mjs",
    ".ts",
    ".cts",
    ".mts",
    ".json",
    "/index.js",
    "/index.cjs",
    "/index.mjs",
    "/index.ts",
    "/index.json",
    ".jsx",
    ".tsx",
];
/// At-rules that name a sheet, and those that name a script.
const NAMES_SHEET: [&str; 2] = ["@import", "@reference"];
const NAMES_SCRIPT: [&str; 2] = ["@config", "@plugin"];

/// The files, with their texts.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// The sheet itself, and those that it imports.
    pub sheets: BTreeMap<ModulePath, String>,
    /// Configurations, plugins, and what they import.
    pub scripts: BTreeMap<ModulePath, String>,
    /// Specifiers that aren't relative, and the files that they mean.
    pub names: BTreeMap<String, ModulePath>,
}

struct Finder<'a> {
    source: &'a Source<'a>,
    settings: &'a Settings,
    found: Inputs,
    bytes: usize,
}

impl Inputs {
    /// What a sheet depends on, and `config` besides.
    pub fn of(
        source: &Source<'_>,
        settings: &Settings,
        path: &ModulePath,
        text: &str,
        config: Option<&ModulePath>,
    ) -> Self {
        let mut finder = Finder::new(source, settings);
        finder.sheets(path, text);
        if let Some(config) = config {
            finder.scripts(config.clone());
        }
        finder.found
    }

    /// What a script depends on, itself among it.
    pub fn of_script(source: &Source<'_>, settings: &Settings, path: &ModulePath) -> Self {
        let mut finder = Finder::new(source, settings);
        finder.scripts(path.clone());
        finder.found
    }
}

impl<'a> Finder<'a> {
    fn new(source: &'a Source<'a>, settings: &'a Settings) -> Self {
        Self {
            source,
            settings,
            found: Inputs::default(),
            bytes: 0,
        }
    }

    fn sheets(&mut self, path: &ModulePath, text: &str) {
        let mut waiting = vec![(path.clone(), text.to_owned())];
        while let Some((path, text)) = waiting.pop() {
            if !self.room(text.len()) || self.found.sheets.contains_key(&path) {
                continue;
            }
            for specifier in named(&text, &NAMES_SHEET) {
                if let Some(file) = self.resolve(&path, &specifier, &SHEETS, true)
                    && let Some(text) = self.source.text(&file)
                {
                    waiting.push((file, text));
                }
            }
            for specifier in named(&text, &NAMES_SCRIPT) {
                if let Some(file) = self.resolve(&path, &specifier, &SCRIPTS, false) {
                    self.scripts(file);
                }
            }
            self.found.sheets.insert(path, text);
        }
    }

    fn scripts(&mut self, path: ModulePath) {
        let mut waiting = vec![path];
        while let Some(path) = waiting.pop() {
            let text = self.source.text(&path).unwrap_or_default();
            if self.found.scripts.contains_key(&path) || !self.room(text.len()) {
                continue;
            }
            for specifier in quoted(&text) {
                if let Some(file) = self.resolve(&path, specifier, &SCRIPTS, false) {
                    waiting.push(file);
                }
            }
            self.found.scripts.insert(path, text);
        }
    }

    fn room(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        self.found.sheets.len() + self.found.scripts.len() < FILES && self.bytes <= BYTES
    }

    /// The file that a specifier means.
    fn resolve(
        &mut self,
        from: &ModulePath,
        specifier: &str,
        endings: &[&str],
        beside: bool,
    ) -> Option<ModulePath> {
        let relative = specifier.starts_with("./") || specifier.starts_with("../");
        // A sheet beside this one needs no `./`, as under Vite.
        if relative || beside && !specifier.starts_with('/') {
            let found = self.file(from.join(specifier)?, endings);
            if relative || found.is_some() {
                return found;
            }
        }
        let rules = &self.settings.rules;
        let mut places: Vec<String> = match specifier.strip_prefix('/') {
            Some(rest) => vec![rules.rooted(rest)],
            None => rules.aliased(specifier).into_iter().collect(),
        };
        places.extend(rules.mapped(from, specifier));
        let found = places.iter().find_map(|place| {
            let path = from.join(place).filter(|_| place.starts_with(['/', '.']))?;
            self.file(path, endings)
        })?;
        self.found.names.insert(specifier.to_owned(), found.clone());
        Some(found)
    }

    fn file(&self, path: ModulePath, endings: &[&str]) -> Option<ModulePath> {
        endings.iter().find_map(|ending| {
            let path = path.with_suffix(ending)?;
            self.source.files.contains_key(&path).then_some(path)
        })
    }
}

/// The sheets that a sheet imports, as written.
pub(super) fn imported(text: &str) -> Vec<String> {
    named(text, &NAMES_SHEET)
}

/// The specifiers that at-rules of these names have.
fn named(text: &str, rules: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for rule in rules {
        for (at, _) in text.match_indices(rule) {
            let rest = text[at + rule.len()..].trim_start();
            let rest = rest.strip_prefix("url(").unwrap_or(rest).trim_start();
            let specifier = match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
                _ => rest.split([')', ';', '{', ' ', '\n']).next(),
            };
            let short = specifier.filter(|it| !it.is_empty() && it.len() < 500);
            found.extend(short.map(str::to_owned));
        }
    }
    found
}

/// Every quoted text that may be the specifier of a file.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for quote in ['"', '\'', '`'] {
        for (at, _) in text.match_indices(quote) {
            let Some(end) = text[at + 1..].find([quote, '\n']) else {
                continue;
            };
            let inner = &text[at + 1..at + 1 + end];
            if inner.len() < 500 && !inner.contains(['*', ' ', ':']) && inner.contains('/') {
                found.push(inner);
            }
        }
    }
    found
}
