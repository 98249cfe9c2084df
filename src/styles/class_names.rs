//! CSS modules: how names are made unique, and the factory that exports them.

use lightningcss::css_modules::{Config, CssModuleExport, CssModuleReference, Pattern, Segment};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{Dependency, DependencyKind, Export};
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

/// Whether a file is a CSS module.
pub(crate) fn is_module(path: &ModulePath) -> bool {
    path.name().to_ascii_lowercase().ends_with(".module.css")
}

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

/// The factory, and what it exports.
pub(crate) fn factory(
    names: &BTreeMap<String, CssModuleExport>,
    dependencies: &[Dependency],
) -> (String, Vec<Export>) {
    let files: Vec<&str> = dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Static)
        .map(|dependency| dependency.specifier.as_str())
        .collect();
    let mut getters = String::from("default:()=>names");
    let mut exports = vec!["default".to_owned()];
    let mut entries = String::new();
    for (name, export) in names {
        let key = string(name);
        if is_exported(name) {
            getters.push_str(&format!(",{}:()=>names[{key}]", own_key(name)));
            exports.push(name.clone());
        }
        let comma = if entries.is_empty() { "" } else { "," };
        entries.push_str(&format!(
            "{comma}{}:{}",
            own_key(name),
            value(export, names, &files)
        ));
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
