//! What an app's own files say about how it is built: `tsconfig.json` and `.env`, read as data.

use overskill_link::Alias;
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, Decorators, Jsx, Target};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where TypeScript's options for the app's sources stand, best first.
const CONFIGS: [&str; 3] = ["tsconfig.app.json", "tsconfig.json", "jsconfig.json"];
/// Later files win, as in Vite's `development` mode.
const ENV_FILES: [&str; 4] = [
    ".env",
    ".env.local",
    ".env.development",
    ".env.development.local",
];
/// How many `extends` are followed.
const EXTENDS: usize = 8;

/// How an app is built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// For every script and style sheet of the app.
    pub options: CompileOptions,
    /// Prefixes that stand for folders.
    pub aliases: Vec<Alias>,
    /// What `import.meta.env` shows besides the standard names.
    pub env: BTreeMap<String, String>,
}

impl Settings {
    /// Reads them from the tree. What can't be read counts as absent: Vite builds such apps too.
    pub fn read(text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut merged = BTreeMap::new();
        for name in CONFIGS {
            let options = compiler_options(text, name, EXTENDS);
            if !options.is_empty() {
                for (key, value) in options {
                    merged.entry(key).or_insert(value);
                }
            }
        }
        Self {
            options: compile_options(&merged),
            aliases: aliases(&merged),
            env: env(text),
        }
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    extends: Option<Value>,
    #[serde(default, rename = "compilerOptions")]
    options: BTreeMap<String, Value>,
}

fn compiler_options(
    text: &dyn Fn(&str) -> Option<String>,
    name: &str,
    left: usize,
) -> BTreeMap<String, Value> {
    let config = text(name)
        .and_then(|source| serde_json::from_str::<Config>(&without_comments(&source)).ok());
    let Some(config) = config else {
        return BTreeMap::new();
    };
    let mut options = config.options;
    let parents: Vec<String> = match config.extends {
        Some(Value::String(parent)) => vec![parent],
        Some(Value::Array(list)) => list
            .iter()
            .rev()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    if left > 0 {
        for parent in parents.iter().filter(|parent| parent.starts_with('.')) {
            let Some(path) = ModulePath::parse(name, &Default::default())
                .ok()
                .and_then(|path| path.join(parent))
            else {
                continue;
            };
            for (key, value) in compiler_options(text, path.as_str(), left - 1) {
                options.entry(key).or_insert(value);
            }
        }
    }
    options
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
        package: false,
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

fn aliases(options: &BTreeMap<String, Value>) -> Vec<Alias> {
    let base = options
        .get("baseUrl")
        .and_then(Value::as_str)
        .unwrap_or(".");
    let mut aliases = Vec::new();
    if let Some(Value::Object(paths)) = options.get("paths") {
        for (pattern, targets) in paths {
            for target in targets
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                let exact = !pattern.ends_with('*');
                let folder = format!("{base}/{}", target.trim_end_matches('*'));
                let mut target: Vec<&str> = folder
                    .split('/')
                    .filter(|part| !matches!(*part, "" | "."))
                    .collect();
                if !exact {
                    target.push("");
                }
                let prefix = pattern.trim_end_matches('*').to_owned();
                aliases.push(Alias {
                    prefix,
                    target: target.join("/"),
                    exact,
                });
            }
        }
    }
    // The longest prefix is the most specific; among equals, the order of the file.
    aliases.sort_by_key(|alias| std::cmp::Reverse(alias.prefix.len()));
    aliases
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

fn env(text: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    for name in ENV_FILES {
        for line in text(name).unwrap_or_default().lines() {
            let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            // Only what is meant for the browser: the rest are secrets of the server side.
            if key.trim().starts_with("VITE_") {
                env.insert(key.trim().to_owned(), unquoted(value.trim()));
            }
        }
    }
    env
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some((inner, _)) = rest.split_once(quote)
        {
            return if quote == '"' {
                inner.replace("\\n", "\n")
            } else {
                inner.to_owned()
            };
        }
    }
    value
        .split(" #")
        .next()
        .unwrap_or(value)
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Settings {
        let files: BTreeMap<String, String> = files
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        Settings::read(&|name| files.get(name).cloned())
    }

    #[test]
    fn tsconfig_is_read_with_comments_references_and_parents() {
        let settings = read(&[
            (
                "tsconfig.json",
                r#"{ "files": [], "references": [{"path":"./tsconfig.app.json"}], /* c */ "compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*"], "~x": ["src/x.ts"],}} }"#,
            ),
            (
                "tsconfig.app.json",
                "\u{feff}{ // one\n \"extends\": \"./base.json\", \"compilerOptions\": {\"target\": \"ES2023\", \"jsx\": \"react-jsx\", \"verbatimModuleSyntax\": true,},}",
            ),
            (
                "base.json",
                r#"{"compilerOptions": {"target": "es5", "jsxImportSource": "preact", "experimentalDecorators": true}, "extends": "./base.json"}"#,
            ),
        ]);
        assert_eq!(settings.options.target, Target::Es2023);
        assert_eq!(
            settings.options.jsx,
            Jsx::Automatic {
                import_source: "preact".into()
            }
        );
        assert_eq!(settings.options.decorators, Decorators::Legacy);
        assert!(
            settings.options.verbatim_module_syntax && settings.options.use_define_for_class_fields
        );
        let aliases: Vec<_> = settings
            .aliases
            .iter()
            .map(|a| (&*a.prefix, &*a.target, a.exact))
            .collect();
        assert_eq!(aliases.len(), 2);
        assert!(
            aliases.contains(&("@/", "src/", false)) && aliases.contains(&("~x", "src/x.ts", true))
        );
    }

    #[test]
    fn what_cannot_be_read_counts_as_absent() {
        for source in [
            "",
            "{",
            "[]",
            "\"/*",
            "{\"extends\": 1}",
            "{\"compilerOptions\": {\"paths\": 1, \"target\": \"x\"}}",
        ] {
            assert_eq!(
                read(&[("tsconfig.json", source)]),
                Settings::default(),
                "{source}"
            );
        }
    }

    #[test]
    fn only_public_variables_reach_the_browser() {
        let settings = read(&[
            (
                ".env",
                "# c\nVITE_A=1 # note\nSECRET=x\nexport VITE_B=\"two # words\"\nVITE_C='x'\r\nnonsense",
            ),
            (".env.development", "VITE_A=3"),
        ]);
        let pairs: Vec<_> = settings.env.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(
            pairs,
            [("VITE_A", "3"), ("VITE_B", "two # words"), ("VITE_C", "x")]
        );
    }
}
