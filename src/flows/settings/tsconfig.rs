//! `tsconfig.json` and `jsconfig.json`: what they say of compiling and of where names lead.

use overskill_link::{PathPattern, PathScope};
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, Decorators, Jsx, Target};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many `extends` are followed.
const EXTENDS: usize = 8;
/// How many folders may have a configuration of their own.
const FOLDERS: usize = 64;

/// A folder's configuration: it is that of every file below without a nearer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Project {
    /// The folder; empty for the tree's root.
    pub folder: String,
    pub options: CompileOptions,
    pub paths: PathScope,
}

/// The configurations of a tree, deepest folder first.
pub(super) fn read<'a>(
    files: impl Iterator<Item = &'a ModulePath>,
    text: &dyn Fn(&str) -> Option<String>,
) -> Vec<Project> {
    let folders: BTreeSet<&str> = files
        .filter(|path| {
            matches!(
                path.name(),
                "tsconfig.json" | "jsconfig.json" | "tsconfig.app.json"
            )
        })
        .map(|path| path.folder())
        .filter(|folder| !folder.split('/').any(|part| part == "node_modules"))
        .take(FOLDERS)
        .collect();
    let mut projects: Vec<Project> = folders
        .into_iter()
        .filter_map(|folder| project(folder, text))
        .collect();
    projects.sort_by_key(|project| std::cmp::Reverse(depth(&project.folder)));
    projects
}

fn depth(folder: &str) -> usize {
    match folder {
        "" => 0,
        folder => folder.split('/').count(),
    }
}

fn project(folder: &str, text: &dyn Fn(&str) -> Option<String>) -> Option<Project> {
    // A referenced project says more of the sources than the file that refers to it.
    let mut order = vec![inside(folder, "tsconfig.app.json")];
    for name in ["tsconfig.json", "jsconfig.json"] {
        let name = inside(folder, name);
        let config = text(&name).and_then(|source| parse(&source));
        let references = config.map(|config| config.references).unwrap_or_default();
        order.extend(references.iter().filter_map(|reference| {
            let path = relative(&name, reference.path.as_deref()?)?;
            let path = match path.ends_with(".json") {
                true => path,
                false => format!("{path}/tsconfig.json"),
            };
            // The configuration of the build itself, and projects with folders of their own.
            let own = path.rsplit_once('/').map_or("", |(parent, _)| parent) == folder;
            (own && !path.contains("node")).then_some(path)
        }));
        order.push(name);
    }
    let mut merged = Merged::default();
    let mut seen = BTreeSet::new();
    for name in order {
        if seen.insert(name.clone()) {
            merge(&mut merged, text, &name, EXTENDS);
        }
    }
    merged.found.then(|| Project {
        folder: folder.to_owned(),
        options: compile_options(&merged.options),
        paths: PathScope {
            folder: folder.to_owned(),
            patterns: patterns(&merged),
            base: merged.base.clone(),
        },
    })
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    extends: Option<Value>,
    #[serde(default)]
    references: Vec<Reference>,
    #[serde(default, rename = "compilerOptions")]
    options: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Reference {
    path: Option<String>,
}

#[derive(Default)]
struct Merged {
    found: bool,
    options: BTreeMap<String, Value>,
    /// `baseUrl` from the tree's root.
    base: Option<String>,
    /// `paths` and the folder of the file that has them.
    paths: Option<(Value, String)>,
}

fn parse(source: &str) -> Option<Config> {
    serde_json::from_str(&without_comments(source)).ok()
}

/// Adds what `name` says and nothing before it said.
fn merge(merged: &mut Merged, text: &dyn Fn(&str) -> Option<String>, name: &str, left: usize) {
    let Some(config) = text(name).and_then(|source| parse(&source)) else {
        return;
    };
    merged.found = true;
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    if merged.base.is_none()
        && let Some(base) = config.options.get("baseUrl").and_then(Value::as_str)
    {
        merged.base = relative(name, &dotted(base));
    }
    if merged.paths.is_none()
        && let Some(paths) = config
            .options
            .get("paths")
            .filter(|paths| paths.is_object())
    {
        merged.paths = Some((paths.clone(), folder.to_owned()));
    }
    for (key, value) in config.options {
        merged.options.entry(key).or_insert(value);
    }
    let parents: Vec<String> = match config.extends {
        Some(Value::String(parent)) => vec![parent],
        // The last one wins.
        Some(Value::Array(list)) => list
            .iter()
            .rev()
            .filter_map(|parent| parent.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    if left > 0 {
        for parent in parents.iter().filter(|parent| parent.starts_with('.')) {
            let Some(path) = relative(name, parent) else {
                continue;
            };
            let path = match text(&path).is_none() && !path.ends_with(".json") {
                true => format!("{path}.json"),
                false => path,
            };
            merge(merged, text, &path, left - 1);
        }
    }
}

fn patterns(merged: &Merged) -> Vec<PathPattern> {
    let Some((Value::Object(paths), folder)) = &merged.paths else {
        return Vec::new();
    };
    let base = merged.base.as_deref().unwrap_or(folder);
    let mut patterns: Vec<PathPattern> = paths
        .iter()
        .map(|(pattern, targets)| {
            let targets = targets.as_array().into_iter().flatten();
            let targets = targets.filter_map(Value::as_str).filter_map(|target| {
                let target = target.replace("${configDir}", ".");
                relative(&inside(base, "tsconfig.json"), &dotted(&target))
            });
            PathPattern {
                pattern: pattern.clone(),
                targets: targets.collect(),
            }
        })
        .collect();
    // A name without a star first, then the longest text before the star.
    patterns.sort_by_key(|pattern| match pattern.pattern.split_once('*') {
        None => (0, 0),
        Some((before, _)) => (1, usize::MAX - before.len()),
    });
    patterns
}

/// A path from the tree's root, as `from` writes it; `None` where it leaves the tree.
fn relative(from: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = from.split('/').collect();
    segments.pop();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

fn dotted(path: &str) -> String {
    format!("./{path}")
}

fn inside(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

fn compile_options(options: &BTreeMap<String, Value>) -> CompileOptions {
    let string = |name: &str| options.get(name).and_then(Value::as_str).map(str::to_owned);
    let flag = |name: &str| options.get(name).and_then(Value::as_bool);
    let jsx = match string("jsx").as_deref() {
        Some("react") => Jsx::Classic {
            pragma: string("jsxFactory").unwrap_or_else(|| "React.createElement".to_owned()),
            fragment: string("jsxFragmentFactory").unwrap_or_else(|| "React.Fragment".to_owned()),
        },
        _ => Jsx::Automatic {
            import_source: string("jsxImportSource").unwrap_or_else(|| "react".to_owned()),
        },
    };
    let decorators = match (
        flag("experimentalDecorators"),
        flag("emitDecoratorMetadata"),
    ) {
        (Some(true), Some(true)) => Decorators::LegacyWithMetadata,
        (Some(true), _) => Decorators::Legacy,
        _ => Decorators::Standard,
    };
    let target = string("target").and_then(|name| target(&name));
    CompileOptions {
        target: target.unwrap_or_default(),
        jsx,
        decorators,
        // TypeScript's own default: on where the target has class fields, or isn't named at all (Vite's).
        use_define_for_class_fields: flag("useDefineForClassFields")
            .unwrap_or(target.is_none_or(|t| t >= Target::Es2022)),
        verbatim_module_syntax: flag("verbatimModuleSyntax").unwrap_or(false),
        ..CompileOptions::default()
    }
}

fn target(name: &str) -> Option<Target> {
    let lower = name.to_ascii_lowercase();
    let name = if lower == "es6" {
        "es2015".to_owned()
    } else {
        lower
    };
    serde_json::from_value(Value::String(name)).ok()
}

/// JSON with comments and trailing commas as plain JSON, every byte outside them kept.
fn without_comments(source: &str) -> String {
    let source = source.trim_start_matches('\u{feff}');
    let mut text = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '"' => {
                text.push('"');
                while let Some(inner) = chars.next() {
                    text.push(inner);
                    match inner {
                        '\\' => text.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for inner in chars.by_ref() {
                    if last == '*' && inner == '/' {
                        break;
                    }
                    last = inner;
                }
            }
            '}' | ']' => {
                let kept = text.trim_end().len();
                if text[..kept].ends_with(',') {
                    text.truncate(kept - 1);
                }
                text.push(character);
            }
            _ => text.push(character),
        }
    }
    text
}
