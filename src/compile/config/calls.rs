//! Calls in a configuration: of its own functions, of what Node and Vite give to configurations, of everything else.

use super::{
    Evaluator,
    scope::Scope,
    value::{Properties, Value},
};
use crate::config::{evaluate::put, from_json};
use overskill_module::ConfigValue;
use std::rc::Rc;
use swc_core::common::{Span, Spanned};
use swc_core::ecma::ast::*;

impl<'a> Evaluator<'a> {
    pub fn call(&self, call: &'a CallExpr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        match &call.callee {
            Callee::Expr(callee) => self.call_of(callee, &call.args, scope, call.span),
            // `await import("x")` is what a static import of all gives.
            Callee::Import(_) => match self.arguments(&call.args, scope).as_slice() {
                [Value::String(module)] => self.imported(module, "*", call.span),
                _ => self.unknown(call.span),
            },
            Callee::Super(_) => self.unknown(call.span),
        }
    }

    pub fn call_of(
        &self,
        callee: &'a Expr,
        arguments: &'a [ExprOrSpread],
        scope: &Rc<Scope<'a>>,
        span: Span,
    ) -> Value<'a> {
        if let Expr::Member(MemberExpr { obj, prop, .. }) = callee {
            let name = match prop {
                MemberProp::Ident(name) => Some(name.sym.as_str()),
                _ => None,
            };
            let object = self.expression(obj, scope);
            if let (Some(name), Value::Array(_) | Value::String(_) | Value::Url(_)) =
                (name, &object)
            {
                let arguments = self.arguments(arguments, scope);
                return self.method(&object, name, arguments, span);
            }
        }
        let function = self.expression(callee, scope);
        let arguments = self.arguments(arguments, scope);
        self.apply(&function, arguments, span)
    }

    /// Calls a value.
    pub fn apply(&self, function: &Value<'a>, arguments: Vec<Value<'a>>, span: Span) -> Value<'a> {
        match function {
            Value::Function(function) => self.invoke(function, arguments),
            Value::Native(name, _) => self.native(name, arguments, span),
            Value::Import {
                module,
                export,
                arguments: None,
                ..
            } => Value::Import {
                module: module.clone(),
                export: export.clone(),
                arguments: Some(Rc::new(arguments)),
                span,
            },
            _ => self.unknown(span),
        }
    }

    fn arguments(&self, written: &'a [ExprOrSpread], scope: &Rc<Scope<'a>>) -> Vec<Value<'a>> {
        let mut arguments = Vec::new();
        for argument in written {
            let value = self.expression(&argument.expr, scope);
            match argument.spread {
                None => arguments.push(value),
                Some(_) => arguments.extend(self.items(&value).unwrap_or_default()),
            }
        }
        arguments
    }

    pub fn construct(&self, new: &'a NewExpr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let arguments = self.arguments(new.args.as_deref().unwrap_or_default(), scope);
        match (self.expression(&new.callee, scope), arguments.as_slice()) {
            (Value::Native(name, _), [Value::String(path), base]) if &*name == "URL" => {
                match base
                    .to_text()
                    .as_deref()
                    .and_then(|base| base.strip_prefix("file://"))
                {
                    Some(base) => {
                        let mut joined = joined(parent(base), path);
                        // A URL of a folder stays one, and so does what is appended to it.
                        if path.ends_with('/') && !joined.ends_with('/') {
                            joined.push('/');
                        }
                        Value::Url(joined.into())
                    }
                    None => self.unknown(new.span),
                }
            }
            (Value::Native(name, _), [source, flags @ ..]) if &*name == "RegExp" => {
                let flags = flags.first().and_then(Value::to_text).unwrap_or_default();
                match source {
                    Value::String(source) => Value::Regex(source.clone(), flags),
                    Value::Regex(source, known) => Value::Regex(source.clone(), known.clone()),
                    _ => self.unknown(new.span),
                }
            }
            _ => self.unknown(new.callee.span().to(new.span)),
        }
    }

    /// What a module gives under a name.
    pub fn imported(&self, module: &str, export: &str, span: Span) -> Value<'a> {
        let native = |name: &str| Value::Native(name.into(), span);
        let bare = module.strip_prefix("node:").unwrap_or(module);
        let family = match bare {
            "path" | "path/posix" => "path",
            "url" | "fs" | "process" | "module" => bare,
            "vite" | "vitest/config" => "vite",
            _ if module.ends_with(".json") && module.starts_with('.') => {
                let path = joined(parent(&self.source.name()), module);
                let value = self.json_file(&path, span);
                return match export {
                    "default" | "*" => value,
                    name => self.member(&value, name, span),
                };
            }
            _ => {
                return Value::Import {
                    module: module.into(),
                    export: export.into(),
                    arguments: None,
                    span,
                };
            }
        };
        match export {
            "default" | "*" => native(family),
            name => self.native_member(family, name, span),
        }
    }

    fn json_file(&self, path: &str, span: Span) -> Value<'a> {
        let text = self.inputs.json.get(path.trim_start_matches('/'));
        match text.and_then(|text| serde_json::from_str(text).ok()) {
            Some(value) => self.value_of_data(&from_json(&value)),
            None => self.unknown(span),
        }
    }

    fn value_of_data(&self, data: &ConfigValue) -> Value<'a> {
        if !self.step(1) {
            return Value::Undefined;
        }
        match data {
            ConfigValue::Null => Value::Null,
            ConfigValue::Bool(truth) => Value::Bool(*truth),
            ConfigValue::Number(number) => Value::Number(*number),
            ConfigValue::String(text) => Value::text(text),
            ConfigValue::Array(items) => {
                Value::array(items.iter().map(|item| self.value_of_data(item)).collect())
            }
            ConfigValue::Object(properties) => Value::object(
                properties
                    .iter()
                    .map(|(key, value)| (key.as_str().into(), self.value_of_data(value)))
                    .collect(),
            ),
            _ => Value::Undefined,
        }
    }

    /// A member of a global or of a module that is known here.
    pub fn native_member(&self, native: &str, name: &str, span: Span) -> Value<'a> {
        match (native, name) {
            ("import.meta", "url") => Value::text(format!("file://{}", self.source.name())),
            ("import.meta", "dirname") => Value::text(parent(&self.source.name())),
            ("import.meta", "filename") => Value::text(self.source.name()),
            ("process", "env") => self.environment(""),
            ("process", "argv") => Value::array(Vec::new()),
            ("process", "platform") => Value::text("linux"),
            ("url", "URL") => Value::Native("URL".into(), span),
            ("path", "sep") => Value::text("/"),
            ("path", "posix" | "default") => Value::Native("path".into(), span),
            (family, "default") => Value::Native(family.into(), span),
            _ => Value::Native(format!("{native}.{name}").into(), span),
        }
    }

    /// The variables whose names start with `prefix`.
    fn environment(&self, prefix: &str) -> Value<'a> {
        let known = self.inputs.env.iter();
        let known = known.filter(|(name, _)| name.starts_with(prefix));
        let mut properties: Properties<'a> = known
            .map(|(name, value)| (name.as_str().into(), Value::text(value)))
            .collect();
        if prefix.is_empty() {
            put(
                &mut properties,
                "NODE_ENV".into(),
                Value::text(&self.inputs.mode),
            );
        }
        Value::object(properties)
    }

    fn native(&self, name: &str, arguments: Vec<Value<'a>>, span: Span) -> Value<'a> {
        let unknown = || self.unknown(span);
        let first = arguments.first().cloned().unwrap_or(Value::Undefined);
        let texts: Option<Vec<Rc<str>>> = arguments
            .iter()
            .map(|argument| match argument {
                Value::String(text) => Some(text.clone()),
                Value::Url(path) => Some(path.clone()),
                _ => None,
            })
            .collect();
        match name {
            "vite.defineConfig" | "vite.defineProject" => first,
            "vite.mergeConfig" => match arguments.as_slice() {
                [a, b, ..] => self.merged(a, b),
                _ => unknown(),
            },
            "vite.loadEnv" => match arguments.get(2) {
                None => self.environment("VITE_"),
                Some(Value::String(prefix)) => self.environment(prefix),
                Some(prefixes) => {
                    let all = Value::object(Vec::new());
                    for prefix in self.items(prefixes).unwrap_or_default() {
                        if let (Value::Object(all), Value::Object(more)) = (
                            &all,
                            self.environment(&prefix.to_text().unwrap_or_default()),
                        ) {
                            all.borrow_mut().extend(more.borrow().iter().cloned());
                        }
                    }
                    all
                }
            },
            "vite.normalizePath" | "require.resolve" | "Promise.resolve" => first,
            "vite.searchForWorkspaceRoot" | "process.cwd" => Value::text("/"),
            "path.resolve" | "path.join" => match texts {
                Some(parts) => Value::text(resolved(&parts, name == "path.resolve")),
                None => unknown(),
            },
            "path.dirname" => match texts.as_deref() {
                Some([path]) => Value::text(parent(path.trim_end_matches('/'))),
                _ => unknown(),
            },
            "path.basename" => match texts.as_deref() {
                Some([path]) => Value::text(path.rsplit('/').next().unwrap_or_default()),
                _ => unknown(),
            },
            "url.fileURLToPath" => match &first {
                Value::Url(path) => Value::String(path.clone()),
                Value::String(url) => Value::text(url.strip_prefix("file://").unwrap_or(url)),
                _ => unknown(),
            },
            "require" => match &first {
                Value::String(module) => match self.imported(module, "*", span) {
                    // `require` gives what a default import does: plugins export one function.
                    Value::Import { module, span, .. } => Value::Import {
                        module,
                        export: "default".into(),
                        arguments: None,
                        span,
                    },
                    value => value,
                },
                _ => unknown(),
            },
            "module.createRequire" => Value::Native("require".into(), span),
            "fs.readFileSync" => match &first {
                Value::String(path) | Value::Url(path) => {
                    let path = joined("/", path);
                    match self.inputs.json.get(path.trim_start_matches('/')) {
                        Some(text) if self.step(text.len()) => Value::text(text),
                        _ => unknown(),
                    }
                }
                _ => unknown(),
            },
            "JSON.parse" => match &first {
                Value::String(text) if self.step(text.len()) => match serde_json::from_str(text) {
                    Ok(value) => self.value_of_data(&from_json(&value)),
                    Err(_) => unknown(),
                },
                _ => unknown(),
            },
            "JSON.stringify" => match self.data(&first) {
                ConfigValue::Undefined => Value::Undefined,
                data => data
                    .to_json()
                    .map_or_else(unknown, |json| Value::text(json.to_string())),
            },
            "String" => first.to_text().map_or_else(unknown, Value::String),
            "Boolean" => first.truthy().map_or_else(unknown, Value::Bool),
            "Number" => match first.to_text().map(|text| text.trim().parse::<f64>()) {
                Some(Ok(number)) => Value::Number(number),
                _ => unknown(),
            },
            _ => self.collection(name, arguments).unwrap_or_else(unknown),
        }
    }

    /// `mergeConfig`: objects are merged, lists joined, and the second wins.
    fn merged(&self, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        if !self.step(1) {
            return Value::Undefined;
        }
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                let mut all = a.borrow().clone();
                for (key, value) in b.borrow().iter() {
                    let known = all.iter().find(|(known, _)| known == key);
                    let value = match known {
                        Some((_, known)) => self.merged(known, value),
                        None => value.clone(),
                    };
                    put(&mut all, key.clone(), value);
                }
                Value::object(all)
            }
            (Value::Array(_), Value::Array(_)) => {
                let mut all = self.items(a).unwrap_or_default();
                all.extend(self.items(b).unwrap_or_default());
                Value::array(all)
            }
            (_, Value::Undefined | Value::Null) => a.clone(),
            _ => b.clone(),
        }
    }
}

/// The folder of a path; `/` at the top.
fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// `path` from `folder`, both with `/` for the tree's root.
fn joined(folder: &str, path: &str) -> String {
    resolved(&[folder.into(), path.into()], true)
}

/// `path.resolve` or `path.join`, which keeps a slash at the end. The tree's root stands for the working directory.
fn resolved(parts: &[Rc<str>], absolute: bool) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut rooted = absolute;
    for (at, part) in parts.iter().enumerate() {
        if part.starts_with('/') && (absolute || at == 0) {
            segments.clear();
            rooted = true;
        }
        for segment in part.split('/') {
            match segment {
                "" | "." => {}
                ".." => match segments.last() {
                    Some(last) if *last != ".." => {
                        segments.pop();
                    }
                    _ if rooted => {}
                    _ => segments.push(".."),
                },
                segment => segments.push(segment),
            }
        }
    }
    let mut path = segments.join("/");
    let folder = parts.last().is_some_and(|part| part.ends_with('/'));
    if folder && !absolute && !path.is_empty() {
        path.push('/');
    }
    match rooted {
        true => format!("/{path}"),
        false if path.is_empty() => ".".to_owned(),
        false => path,
    }
}
