//! A configuration file → its value as data. Nothing is run: the literal part of the syntax tree is evaluated, within
//! bounds, and what that doesn't reach stays unknown.

mod calls;
mod evaluate;
mod functions;
mod methods;
mod scope;
mod statements;
mod value;

use crate::{
    depth, errors,
    language::{Dialect, Language},
    parse::{Parsed, parse},
    source::Source,
    tree_depth,
};
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_model::ModulePath;
use overskill_module::{ConfigInputs, ConfigValue};
use scope::Scope;
use std::cell::Cell;
use swc_core::common::{GLOBALS, Globals};
use value::Value;

/// How many steps an evaluation may take: nodes looked at, items and characters copied.
const STEPS: usize = 100_000;
/// How deep calls and expressions may nest.
const DEPTH: usize = 200;

/// What `path` exports by default (or assigns to `module.exports`). Total, and a pure function of its arguments.
///
/// A file that can't be parsed gives [`ConfigValue::Undefined`] and a warning: the app may do without.
pub fn read_config(
    path: &ModulePath,
    text: &str,
    inputs: &ConfigInputs,
) -> (ConfigValue, Vec<Diagnostic>) {
    let source = Source::new(path, text);
    let dialect = match Language::of(path) {
        Language::Json | Language::Svg => return (json(source.text), Vec::new()),
        Language::Script(dialect) => dialect,
    };
    match parsed(&source, dialect) {
        Ok(parsed) => {
            let evaluator = Evaluator {
                source: &source,
                inputs,
                steps: Cell::new(STEPS),
                depth: Cell::new(0),
            };
            let value = evaluator.program(&parsed.program);
            let value = evaluator.data(&value);
            let spent = (evaluator.steps.get() == 0).then(|| {
                let message = format!("`{path}` is too complex to be read as data.");
                Diagnostic::warning("config-too-complex", message)
                    .in_file(path)
                    .hint("Write what matters to the preview as plain values.")
            });
            (value, spent.into_iter().collect())
        }
        Err(problems) => {
            let mut told = Vec::new();
            for mut problem in problems.into_iter().take(1) {
                problem.severity = Severity::Warning;
                told.push(problem);
            }
            (ConfigValue::Undefined, told)
        }
    }
}

/// Parses it within bounds.
pub(crate) fn parsed(source: &Source<'_>, dialect: Dialect) -> Result<Parsed, Vec<Diagnostic>> {
    if let Some(diagnostic) = errors::fenced(source) {
        return Err(vec![diagnostic]);
    }
    depth::check(source, dialect)?;
    let parsed = GLOBALS.set(&Globals::new(), || parse(source, dialect, true))?;
    match tree_depth::measure(&parsed.program) {
        Ok(_) => Ok(parsed),
        Err(span) => {
            // Dropping it would recurse as deep as walking it.
            std::mem::forget(parsed);
            Err(vec![source.at(depth::too_deep(), span)])
        }
    }
}

fn json(text: &str) -> ConfigValue {
    serde_json::from_str::<serde_json::Value>(text)
        .map_or(ConfigValue::Undefined, |value| from_json(&value))
}

fn from_json(value: &serde_json::Value) -> ConfigValue {
    use serde_json::Value as Json;
    match value {
        Json::Null => ConfigValue::Null,
        Json::Bool(truth) => ConfigValue::Bool(*truth),
        Json::Number(number) => ConfigValue::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => ConfigValue::String(text.clone()),
        Json::Array(items) => ConfigValue::Array(items.iter().map(from_json).collect()),
        Json::Object(properties) => ConfigValue::Object(
            properties
                .iter()
                .map(|(key, value)| (key.clone(), from_json(value)))
                .collect(),
        ),
    }
}

/// Evaluates one file.
struct Evaluator<'a> {
    source: &'a Source<'a>,
    inputs: &'a ConfigInputs,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

impl<'a> Evaluator<'a> {
    /// Takes `count` steps; `false` when there are no more.
    fn step(&self, count: usize) -> bool {
        let left = self.steps.get().saturating_sub(count);
        self.steps.set(left);
        left > 0
    }

    fn unknown(&self, span: swc_core::common::Span) -> Value<'a> {
        Value::Unknown(span)
    }

    /// A value as what leaves here. Functions are unknown there.
    fn data(&self, value: &Value<'a>) -> ConfigValue {
        if !self.step(1) || self.depth.get() > DEPTH {
            return ConfigValue::Undefined;
        }
        self.depth.set(self.depth.get() + 1);
        let data = match value {
            Value::Undefined => ConfigValue::Undefined,
            Value::Null => ConfigValue::Null,
            Value::Bool(truth) => ConfigValue::Bool(*truth),
            Value::Number(number) => ConfigValue::Number(*number),
            Value::String(text) if self.step(text.len()) => ConfigValue::String(text.to_string()),
            Value::String(_) => ConfigValue::Undefined,
            Value::Regex(source, flags) => ConfigValue::Regex {
                source: source.to_string(),
                flags: flags.to_string(),
            },
            Value::Array(items) => {
                ConfigValue::Array(items.borrow().iter().map(|item| self.data(item)).collect())
            }
            Value::Object(properties) => ConfigValue::Object(
                properties
                    .borrow()
                    .iter()
                    .map(|(key, value)| (key.to_string(), self.data(value)))
                    .collect(),
            ),
            Value::Import {
                module,
                export,
                arguments,
                span,
            } => ConfigValue::Import {
                module: module.to_string(),
                export: export.to_string(),
                arguments: arguments.as_ref().map(|arguments| {
                    let arguments = arguments.iter();
                    arguments.map(|argument| self.data(argument)).collect()
                }),
                span: self.source.span(*span),
            },
            Value::Url(path) => ConfigValue::String(format!("file://{path}")),
            Value::Function(function) => self.unknown_data(function.span),
            Value::Native(_, span) | Value::Unknown(span) => self.unknown_data(*span),
        };
        self.depth.set(self.depth.get() - 1);
        data
    }

    fn unknown_data(&self, span: swc_core::common::Span) -> ConfigValue {
        let span = self.source.span(span);
        let text = self.source.slice(span).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        let mut short: String = line.chars().take(80).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        ConfigValue::Unknown { text: short, span }
    }
}

#[cfg(test)]
mod tests;
