//! A JSON file as a module: its value by default, and each key that is an identifier by name.

use crate::source::Source;
use overskill_diagnostics::{Diagnostic, Span};
use overskill_module::{CompiledModule, Export, ModuleFacts};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{collections::BTreeSet, fmt};
use swc_core::ecma::ast::Ident;

pub(crate) fn compile(source: &Source<'_>, production: bool) -> CompiledModule {
    let keys = match serde_json::from_str::<Keys>(source.text) {
        Ok(Keys(keys)) => keys,
        Err(error) => return CompiledModule::failed(vec![problem(source, &error)]),
    };
    let mut seen = BTreeSet::new();
    let names = keys
        .into_iter()
        .filter(|key| key != "default" && Ident::verify_symbol(key).is_ok())
        .filter(|key| seen.insert(key.clone()));
    let mut getters = String::from("default:()=>json");
    let mut exports = vec![export("default".to_owned())];
    for name in names {
        // A literal's `__proto__: …` would set the prototype.
        let key = match name.as_str() {
            "__proto__" => "[\"__proto__\"]",
            name => name,
        };
        getters.push_str(&format!(",{key}:()=>json.{name}"));
        exports.push(export(name));
    }
    if production {
        let names: Vec<String> = exports.iter().skip(1).map(|it| it.name.clone()).collect();
        return CompiledModule {
            production: Some(Box::new(crate::production::json(source.text, &names))),
            facts: ModuleFacts {
                exports,
                ..ModuleFacts::default()
            },
            ..CompiledModule::default()
        };
    }
    // Parsed at run time: faster than a literal, and `__proto__` is a key like any other.
    let text = serde_json::Value::from(source.text);
    CompiledModule {
        code: format!(
            "function*(os){{\"use strict\";os.x({{{getters}}});yield;const json=JSON.parse({text});}}"
        ),
        facts: ModuleFacts {
            exports,
            ..ModuleFacts::default()
        },
        ..CompiledModule::default()
    }
}

fn export(name: String) -> Export {
    Export { name, from: None }
}

fn problem(source: &Source<'_>, error: &serde_json::Error) -> Diagnostic {
    let text = error.to_string();
    // serde_json ends its messages with the position, which the diagnostic has.
    let message = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    let offset = source.offset(error.line(), error.column());
    let end = source.text[offset as usize..]
        .chars()
        .next()
        .map_or(offset, |next| offset + next.len_utf8() as u32);
    let diagnostic = Diagnostic::error("syntax-error", format!("This is not JSON: {message}."));
    let diagnostic = match message {
        "trailing comma" => diagnostic.hint("JSON allows no comma after the last element."),
        _ if source.text.contains("//") || source.text.contains("/*") => {
            diagnostic.hint("JSON has no comments and quotes its keys with `\"`.")
        }
        _ => diagnostic,
    };
    source.at_offsets(diagnostic, Span { start: offset, end })
}

/// The keys of the outermost object; everything else is only checked.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Outermost).map(Keys)
    }
}

struct Outermost;

impl<'de> Visitor<'de> for Outermost {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
            keys.push(key);
        }
        Ok(keys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}
