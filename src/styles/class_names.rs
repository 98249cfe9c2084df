//! CSS modules: how names are made unique, and the factory that exports them.

use lightningcss::css_modules::{Config, CssModuleExport, CssModuleReference, Pattern, Segment};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{
    Dependency, DependencyKind, Export, LocalsConvention, MARK, ProductionModule, Slot, Statement,
    StatementKind,
};
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

/// What a sheet exports: the classes, and values that stand for themselves.
pub(crate) struct Names<'a> {
    pub classes: &'a BTreeMap<String, CssModuleExport>,
    pub values: &'a [(String, String)],
    pub convention: LocalsConvention,
}

impl Names<'_> {
    /// Every name with an expression for what it stands for; `holders` are expressions for the names of other sheets, by
    /// specifier.
    fn entries(&self, holders: &BTreeMap<&str, String>) -> Vec<(String, String)> {
        let mut seen = BTreeSet::new();
        let classes = self
            .classes
            .iter()
            .map(|(name, export)| (name, value(export, self.classes, holders)));
        // A class hides a value of its name.
        let values = self.values.iter().map(|(name, text)| (name, string(text)));
        let mut entries = Vec::new();
        for (name, text) in classes.chain(values) {
            for name in exported_as(name, self.convention) {
                if seen.insert(name.clone()) {
                    entries.push((name, text.clone()));
                }
            }
        }
        entries
    }
}

/// The factory, and what it exports.
pub(crate) fn factory(names: &Names<'_>, dependencies: &[Dependency]) -> (String, Vec<Export>) {
    let files: Vec<&str> = composed(dependencies).map(|(_, file)| file).collect();
    let holders = files.iter().enumerate();
    let holders = holders.map(|(at, file)| (*file, format!("i{at}.default")));
    let mut getters = String::from("default:()=>names");
    let mut entries = Vec::new();
    let mut exports = vec!["default".to_owned()];
    for (name, text) in names.entries(&holders.collect()) {
        let key = own_key(&name);
        entries.push(format!("{key}:{text}"));
        if is_exported(&name) {
            getters.push_str(&format!(",{key}:()=>names[{}]", string(&name)));
            exports.push(name);
        }
    }
    let entries = entries.join(",");
    let imports: String = files
        .iter()
        .enumerate()
        .map(|(at, file)| format!("const i{at}=os.i({});", string(file)))
        .collect();
    let code = format!(
        "function*(os){{\"use strict\";os.x({{{getters}}});{imports}yield;const names={{{entries}}};}}"
    );
    (code, exported(exports))
}

/// The same for the production linker: a name that nobody takes costs nothing.
pub(crate) fn production(
    names: &Names<'_>,
    dependencies: &[Dependency],
) -> (ProductionModule, Vec<Export>) {
    let mut module = ProductionModule {
        mark: MARK,
        ..ProductionModule::default()
    };
    let mut holders = BTreeMap::new();
    for (at, file) in composed(dependencies) {
        let slot = module.slots.len();
        let default = Some("default".to_owned());
        module.slots.push(Slot::Import(at, default));
        holders.insert(file, module.mark(slot));
    }
    let mut declare = |name: &str, expression: &str| {
        let slot = module.slots.len();
        let mark = module.mark(slot);
        module.slots.push(Slot::Local);
        module.exports.push((name.to_owned(), slot as u32));
        module.statements.push(Statement {
            code: format!("{mark}={expression}"),
            kind: StatementKind::Let,
            declares: vec![slot as u32],
            ..Statement::default()
        });
        mark
    };
    let mut entries = Vec::new();
    let mut exports = vec!["default".to_owned()];
    for (name, text) in names.entries(&holders) {
        let key = own_key(&name);
        if !is_exported(&name) {
            entries.push(format!("{key}:{text}"));
            continue;
        }
        entries.push(format!("{key}:{}", declare(&name, &text)));
        exports.push(name);
    }
    declare("default", &format!("{{{}}}", entries.join(",")));
    (module, exported(exports))
}

/// The sheets that classes are composed of, with their places among the dependencies.
fn composed(dependencies: &[Dependency]) -> impl Iterator<Item = (usize, &str)> {
    let all = dependencies.iter().enumerate();
    let sheets = all.filter(|(_, dependency)| dependency.kind == DependencyKind::Static);
    sheets.map(|(at, dependency)| (at, dependency.specifier.as_str()))
}

fn exported(names: Vec<String>) -> Vec<Export> {
    let names = names.into_iter();
    names.map(|name| Export { name, from: None }).collect()
}

/// The unique names that a class stands for, with those of the classes that it composes, as an expression.
fn value(
    export: &CssModuleExport,
    names: &BTreeMap<String, CssModuleExport>,
    holders: &BTreeMap<&str, String>,
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
                if let Some(holder) = holders.get(specifier.as_str()) {
                    parts.push(format!("{holder}[{}]", string(name)));
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

/// A literal, without the character that the production linker's marks stand between.
fn string(text: &str) -> String {
    let literal = serde_json::to_string(text).expect("a string always serialises");
    literal.replace(MARK, "\\u01c1")
}
