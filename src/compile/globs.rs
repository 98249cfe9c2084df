//! `import.meta.glob(…)` as a fact: only what is literal can be known before the module runs.

use crate::factory::literal;
use overskill_module::{Glob, GlobUse};
use swc_core::common::{Span, Spanned};
use swc_core::ecma::ast::*;

/// What is wrong with a call, and where.
pub(crate) struct Invalid {
    pub(crate) message: String,
    pub(crate) span: Span,
}

fn invalid<T>(span: Span, message: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        message: message.into(),
        span,
    })
}

/// Whether it calls `import.meta.glob`.
pub(crate) fn is_glob(call: &CallExpr) -> bool {
    matches!(&call.callee, Callee::Expr(callee) if is_meta_member(callee, "glob"))
}

/// Whether it is `import.meta.<name>`.
pub(crate) fn is_meta_member(expression: &Expr, name: &str) -> bool {
    match expression {
        Expr::Paren(paren) => is_meta_member(&paren.expr, name),
        Expr::Member(MemberExpr {
            obj,
            prop: MemberProp::Ident(prop),
            ..
        }) => {
            prop.sym == name
                && matches!(&**obj, Expr::MetaProp(meta) if meta.kind == MetaPropKind::ImportMeta)
        }
        _ => false,
    }
}

/// Reads the arguments; the fact's span is for the caller to set.
pub(crate) fn read(call: &CallExpr, wanted: GlobUse) -> Result<Glob, Invalid> {
    let (first, second) = match &call.args[..] {
        [first] => (first, None),
        [first, second] => (first, Some(second)),
        _ => {
            let count = call.args.len();
            return invalid(
                call.span,
                format!("`import.meta.glob` takes one or two arguments, not {count}."),
            );
        }
    };
    let mut glob = Glob {
        wanted,
        ..Glob::default()
    };
    match unwrapped(&first.expr) {
        _ if first.spread.is_some() => return invalid(first.span(), LITERALS),
        Expr::Array(array) => {
            for element in array.elems.iter().flatten() {
                match element.spread {
                    Some(span) => return invalid(span, LITERALS),
                    None => glob.patterns.push(pattern(&element.expr)?),
                }
            }
        }
        other => glob.patterns.push(pattern(other)?),
    }
    if let Some(second) = second {
        match unwrapped(&second.expr) {
            Expr::Object(object) if second.spread.is_none() => options(&mut glob, object)?,
            _ => {
                return invalid(
                    second.span(),
                    "The options of `import.meta.glob` must be an object literal.",
                );
            }
        }
    }
    Ok(glob)
}

const LITERALS: &str = "`import.meta.glob` takes literals only: it is read before the code runs.";

fn pattern(expression: &Expr) -> Result<String, Invalid> {
    match literal(expression) {
        Some((text, _)) => Ok(text),
        None => invalid(expression.span(), LITERALS),
    }
}

fn unwrapped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(paren) => unwrapped(&paren.expr),
        other => other,
    }
}

/// An option's value.
enum Value {
    Text(String),
    Truth(bool),
    Number(f64),
    Nothing,
}

impl Value {
    fn read(expression: &Expr) -> Option<Self> {
        Some(match unwrapped(expression) {
            Expr::Lit(Lit::Bool(truth)) => Self::Truth(truth.value),
            Expr::Lit(Lit::Num(number)) => Self::Number(number.value),
            Expr::Lit(Lit::Null(_)) => Self::Nothing,
            Expr::Ident(ident) if ident.sym == "undefined" => Self::Nothing,
            Expr::Unary(UnaryExpr { op, arg, .. }) => match (op, Self::read(arg)?) {
                (UnaryOp::Bang, value) => Self::Truth(!value.truthy()),
                (UnaryOp::Void, _) => Self::Nothing,
                (UnaryOp::Minus, Self::Number(number)) => Self::Number(-number),
                _ => return None,
            },
            Expr::Bin(BinExpr {
                op: BinaryOp::Add,
                left,
                right,
                ..
            }) => match (Self::read(left)?, Self::read(right)?) {
                (Self::Text(left), Self::Text(right)) => Self::Text(left + &right),
                _ => return None,
            },
            other => Self::Text(literal(other)?.0),
        })
    }

    fn truthy(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Truth(truth) => *truth,
            Self::Number(number) => *number != 0.0,
            Self::Nothing => false,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Truth(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Nothing => "nothing",
        }
    }

    /// As a query has it.
    fn written(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Nothing => String::new(),
        }
    }
}

/// The name and value of a plain property.
fn entry(property: &PropOrSpread) -> Option<(String, &Expr)> {
    let PropOrSpread::Prop(property) = property else {
        return None;
    };
    let Prop::KeyValue(KeyValueProp { key, value }) = &**property else {
        return None;
    };
    let name = match key {
        PropName::Ident(name) => name.sym.to_string(),
        PropName::Str(text) => text.value.to_string_lossy().into_owned(),
        PropName::Computed(computed) => literal(&computed.expr)?.0,
        _ => return None,
    };
    Some((name, &**value))
}

fn options(glob: &mut Glob, object: &ObjectLit) -> Result<(), Invalid> {
    const STATIC: &str = "The options of `import.meta.glob` must be literals.";
    let mut old = None;
    for property in &object.props {
        let Some((name, expression)) = entry(property) else {
            return invalid(property.span(), STATIC);
        };
        let span = expression.span();
        if name == "query"
            && let Expr::Object(parts) = unwrapped(expression)
        {
            glob.query = query(parts)?;
            continue;
        }
        let Some(value) = Value::read(expression) else {
            return invalid(span, STATIC);
        };
        let wants = |what: &str| {
            let kind = value.kind();
            invalid(
                span,
                format!("The option `{name}` of `import.meta.glob` is {what}, not {kind}."),
            )
        };
        match (name.as_str(), &value) {
            ("eager", Value::Truth(truth)) => glob.eager = *truth,
            ("exhaustive", Value::Truth(truth)) => glob.exhaustive = *truth,
            ("caseSensitive", Value::Truth(truth)) => glob.ignore_case = !truth,
            ("import", Value::Text(text)) => glob.import = Some(text.clone()),
            ("query", Value::Text(text)) => glob.query = text.clone(),
            ("as", Value::Text(text)) => old = Some((text.clone(), span)),
            ("base", Value::Text(text)) => {
                if !["/", "./", "../"]
                    .iter()
                    .any(|start| text.starts_with(start))
                {
                    return invalid(
                        span,
                        "The option `base` of `import.meta.glob` starts with `/`, `./` or `../`.",
                    );
                }
                glob.base = Some(text.clone());
            }
            ("eager" | "exhaustive" | "caseSensitive", _) => return wants("a boolean"),
            ("query", _) => return wants("a string or an object"),
            ("import" | "as" | "base", _) => return wants("a string"),
            _ => {
                return invalid(
                    property.span(),
                    format!("`import.meta.glob` has no option `{name}`."),
                );
            }
        }
    }
    if let Some((name, span)) = old {
        if !glob.query.is_empty() {
            return invalid(
                span,
                "`as` is the old name of `query`; they can't go together.",
            );
        }
        if matches!(name.as_str(), "raw" | "url") {
            match glob.import.as_deref() {
                None | Some("default" | "*") => {
                    glob.import.get_or_insert_with(|| "default".to_owned());
                }
                Some(_) => {
                    return invalid(
                        span,
                        format!("A file taken `as: \"{name}\"` has only a default export."),
                    );
                }
            }
        }
        glob.query = name;
    }
    if !glob.query.is_empty() && !glob.query.starts_with('?') {
        glob.query.insert(0, '?');
    }
    glob.import.take_if(|name| name.is_empty() || name == "*");
    Ok(())
}

fn query(parts: &ObjectLit) -> Result<String, Invalid> {
    let mut query = Vec::new();
    for property in &parts.props {
        let value = entry(property).and_then(|(name, value)| Some((name, Value::read(value)?)));
        match value {
            Some((name, value)) if !matches!(value, Value::Nothing) => {
                query.push((name, value.written()));
            }
            _ => {
                return invalid(
                    property.span(),
                    "The parts of `query` must be literal strings, numbers or booleans.",
                );
            }
        }
    }
    Ok(encoded(&query))
}

/// `a=1&b`: what has no value is a name alone.
fn encoded(pairs: &[(String, String)]) -> String {
    let escape = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' | b'/' => {
                    out.push(byte.into());
                }
                b' ' => out.push('+'),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    };
    let pairs = pairs.iter().map(|(name, value)| match value.as_str() {
        "" => escape(name),
        value => format!("{}={}", escape(name), escape(value)),
    });
    pairs.collect::<Vec<_>>().join("&")
}
