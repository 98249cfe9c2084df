//! CSS modules: how names are made unique, and the factory that exports them.

use lightningcss::css_modules::{Config, CssModuleExport, CssModuleReference, Pattern, Segment};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{Dependency, DependencyKind, Export, LocalsConvention};
use std::collections::{BTreeMap, BTreeSet};

/// Words that can't be the name of an import.
const RESERVED: [&str; 50] = [
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "async",
    "of",
];

/// `_name_hash`, where the hash is the path's: the same for as long as the file stays where it is.
pub(crate) fn config(path: &ModulePath) -> Config {
    let hash = ContentHash::of(path.as_str().as_bytes()).short();
    Config {
        pattern: Pattern {
            segments: [
                Segment::Literal("_".into()),
                Segment::Local,
                Segment::Literal(format!("_{}", &hash[..8]).into()),
            ]
            .into_iter()
            .collect(),
        },
        dashed_idents: false,
        animation: true,
        grid: false,
        custom_idents: false,
        container: false,
        pure: false,
    }
}

/// Whether a name is exported by itself, besides being a key of the default export.
pub(crate) fn is_exported(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = |first: char| first.is_alphabetic() || matches!(first, '_' | '$');
    characters.next().is_some_and(starts)
        && characters.all(|next| starts(next) || next.is_alphanumeric())
        && !RESERVED.contains(&name)
}

/// The names that a class is exported under.
fn exported_as(name: &str, convention: LocalsConvention) -> Vec<String> {
    let written = name.to_owned();
    match convention {
        LocalsConvention::AsIs => vec![written],
        LocalsConvention::CamelCase => vec![written, camel(name)],
        LocalsConvention::CamelCaseOnly => vec![camel(name)],
        LocalsConvention::Dashes => vec![written, without_dashes(name)],
        LocalsConvention::DashesOnly => vec![without_dashes(name)],
    }
}

/// Words joined, each but the first with a capital; words end at signs and where capitals start.
fn camel(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| characters[at]);
        let after = characters.get(at + 1);
        let lower = |each: Option<&char>| each.is_some_and(|each| each.is_lowercase());
        let upper = |each: Option<char>| each.is_some_and(char::is_uppercase);
        if !character.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let digit = character.is_numeric();
        let starts = (character.is_uppercase() && (!upper(before) || lower(after)))
            || before
                .is_some_and(|before| before.is_alphanumeric() && before.is_numeric() != digit);
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(*character);
        }
    }
    let mut out = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let lower = word.to_lowercase();
        let mut characters = lower.chars();
        match (out.is_empty(), characters.next()) {
            (false, Some(first)) => out.extend(first.to_uppercase()),
            (true, Some(first)) => out.push(first),
            (_, None) => {}
        }
        out.push_str(characters.as_str());
    }
    out
}

/// With what follows a run of dashes in upper case.
fn without_dashes(name: &str) -> String {
    let mut out = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '-' {
            out.push(character);
            continue;
        }
        while characters.next_if_eq(&'-').is_some() {}
        match characters.next() {
            Some(next) if next.is_alphanumeric() || next == '_' => out.extend(next.to_uppercase()),
            Some(next) => out.extend(['-', next]),
            None => out.push('-'),
        }
    }
    out
}

/// The factory, and what it exports: the classes, and `values` that stand for themselves.
pub(crate) fn factory(
    names: &BTreeMap<String, CssModuleExport>,
    values: &[(String, String)],
    dependencies: &[Dependency],
    convention: LocalsConvention,
) -> (String, Vec<Export>) {
    let files: Vec<&str> = dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Static)
        .map(|dependency| dependency.specifier.as_str())
        .collect();
    let mut getters = String::from("default:()=>names");
    let mut exports = vec!["default".to_owned()];
    let mut entries = String::new();
    let mut seen = BTreeSet::new();
    let classes = names
        .iter()
        .map(|(name, export)| (name, value(export, names, &files)));
    // A class hides a value of its name.
    let values = values.iter().map(|(name, text)| (name, string(text)));
    for (name, text) in classes.chain(values) {
        for name in exported_as(name, convention) {
            if !seen.insert(name.clone()) {
                continue;
            }
            let key = string(&name);
            let comma = if entries.is_empty() { "" } else { "," };
            entries.push_str(&format!("{comma}{}:{text}", own_key(&name)));
            if is_exported(&name) {
                getters.push_str(&format!(",{}:()=>names[{key}]", own_key(&name)));
                exports.push(name);
            }
        }
    }
    let imports: String = files
        .iter()
        .enumerate()
        .map(|(at, file)| format!("const i{at}=os.i({});", string(file)))
        .collect();
    let code = format!(
        "function*(os){{\"use strict\";os.x({{{getters}}});{imports}yield;const names={{{entries}}};}}"
    );
    let exports = exports
        .into_iter()
        .map(|name| Export { name, from: None })
        .collect();
    (code, exports)
}

/// The unique names that a class stands for, with those of the classes that it composes, as an expression.
fn value(
    export: &CssModuleExport,
    names: &BTreeMap<String, CssModuleExport>,
    files: &[&str],
) -> String {
    let mut parts = vec![string(&export.name)];
    let mut seen = BTreeSet::from([export.name.as_str()]);
    let mut waiting: Vec<&CssModuleReference> = export.composes.iter().rev().collect();
    while let Some(reference) = waiting.pop() {
        match reference {
            CssModuleReference::Local { name } if seen.insert(name) => {
                parts.push(string(name));
                let composed = names.values().find(|export| export.name == *name);
                waiting.extend(
                    composed
                        .iter()
                        .flat_map(|export| export.composes.iter().rev()),
                );
            }
            CssModuleReference::Local { .. } => {}
            CssModuleReference::Global { name } => parts.push(string(name)),
            CssModuleReference::Dependency { name, specifier } => {
                if let Some(at) = files.iter().position(|file| file == specifier) {
                    parts.push(format!("i{at}.default[{}]", string(name)));
                }
            }
        }
    }
    parts.join("+\" \"+")
}

/// A literal's `__proto__: …` would set the prototype.
fn own_key(name: &str) -> String {
    match name {
        "__proto__" => "[\"__proto__\"]".to_owned(),
        _ => string(name),
    }
}

fn string(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serialises")
}
