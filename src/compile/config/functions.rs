//! Calling what a configuration itself defines, and members of values.

use super::{
    DEPTH, Evaluator,
    scope::Scope,
    statements::Flow,
    value::{Closure, Code, Value},
};
use std::rc::Rc;
use swc_core::common::Span;
use swc_core::ecma::ast::*;

impl<'a> Evaluator<'a> {
    /// Calls a function of the file.
    pub fn invoke(&self, function: &Rc<Closure<'a>>, arguments: Vec<Value<'a>>) -> Value<'a> {
        if !self.step(1) || self.depth.get() > DEPTH {
            return self.unknown(function.span);
        }
        self.depth.set(self.depth.get() + 1);
        let scope = Scope::inside(&function.scope);
        let value = match function.code {
            Code::Arrow(arrow) => {
                self.parameters(arrow.params.iter(), arguments, &scope);
                match &*arrow.body {
                    ArrowFunctionBody::Expr(body) => self.expression(body, &scope),
                    ArrowFunctionBody::FunctionBody(body) => {
                        self.returned(&body.stmts, &scope, function.span)
                    }
                }
            }
            Code::Function(code) => {
                let parameters = code.params.iter().map(|parameter| &parameter.pat);
                self.parameters(parameters, arguments, &scope);
                match &code.body {
                    Some(body) => self.returned(&body.stmts, &scope, function.span),
                    None => Value::Undefined,
                }
            }
        };
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn parameters(
        &self,
        parameters: impl Iterator<Item = &'a Pat>,
        arguments: Vec<Value<'a>>,
        scope: &Rc<Scope<'a>>,
    ) {
        for (at, parameter) in parameters.enumerate() {
            let value = match parameter {
                Pat::Rest(rest) => {
                    let others = arguments.get(at..).unwrap_or_default().to_vec();
                    self.bind(&rest.arg, Value::array(others), scope);
                    continue;
                }
                _ => arguments.get(at).cloned().unwrap_or(Value::Undefined),
            };
            self.bind(parameter, value, scope);
        }
    }

    fn returned(&self, statements: &'a [Stmt], scope: &Rc<Scope<'a>>, span: Span) -> Value<'a> {
        match self.block(statements.iter(), scope) {
            Flow::Next => Value::Undefined,
            Flow::Return(value) => value,
            Flow::Lost => self.unknown(span),
        }
    }

    /// A property of a value.
    pub fn member(&self, object: &Value<'a>, name: &str, span: Span) -> Value<'a> {
        match object {
            Value::Object(properties) => {
                let properties = properties.borrow();
                let found = properties.iter().find(|(key, _)| &**key == name);
                found.map_or(Value::Undefined, |(_, value)| value.clone())
            }
            Value::Array(items) => {
                let items = items.borrow();
                match name {
                    "length" => Value::Number(items.len() as f64),
                    _ => match name.parse::<usize>() {
                        Ok(at) => items.get(at).cloned().unwrap_or(Value::Undefined),
                        Err(_) => self.unknown(span),
                    },
                }
            }
            Value::String(text) if name == "length" => {
                Value::Number(text.encode_utf16().count() as f64)
            }
            Value::Url(path) => match name {
                "pathname" => Value::String(path.clone()),
                "href" => Value::text(format!("file://{path}")),
                _ => self.unknown(span),
            },
            Value::Native(native, _) => self.native_member(native, name, span),
            Value::Import {
                module,
                export,
                arguments: None,
                span,
            } if matches!(&**export, "*" | "default") => Value::Import {
                module: module.clone(),
                export: match (&**export, name) {
                    ("*", name) => name.into(),
                    // `plugin.vite` of a default import.
                    (_, name) => format!("default.{name}").into(),
                },
                arguments: None,
                span: *span,
            },
            _ => self.unknown(span),
        }
    }

    /// The items that a spread or a loop goes over.
    pub fn items(&self, value: &Value<'a>) -> Option<Vec<Value<'a>>> {
        match value {
            Value::Array(items) if self.step(items.borrow().len()) => Some(items.borrow().clone()),
            _ => None,
        }
    }

    /// Whether `target` is reached from `value`.
    pub fn holds(&self, value: &Value<'a>, target: &Value<'a>) -> bool {
        self.holds_within(value, target, DEPTH)
    }

    fn holds_within(&self, value: &Value<'a>, target: &Value<'a>, depth: usize) -> bool {
        // Where it can't be followed any further, the careful answer ends it.
        if !self.step(1) || depth == 0 || value.strictly_equals(target) == Some(true) {
            return true;
        }
        let holds = |value: &Value<'a>| self.holds_within(value, target, depth - 1);
        match value {
            Value::Array(items) => items.borrow().iter().any(holds),
            Value::Object(properties) => properties.borrow().iter().any(|(_, value)| holds(value)),
            Value::Import {
                arguments: Some(arguments),
                ..
            } => arguments.iter().any(holds),
            _ => false,
        }
    }
}
