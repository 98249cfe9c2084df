//! Values while a configuration is evaluated.

use super::Scope;
use std::{cell::RefCell, rc::Rc};
use swc_core::common::Span;
use swc_core::ecma::ast::{ArrowExpr, Function};

/// Properties in the order in which they were first written.
pub(super) type Properties<'a> = Vec<(Rc<str>, Value<'a>)>;

/// A value. Lists and objects are shared, as in JavaScript.
#[derive(Clone)]
pub(super) enum Value<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    String(Rc<str>),
    Regex(Rc<str>, Rc<str>),
    Array(Rc<RefCell<Vec<Value<'a>>>>),
    Object(Rc<RefCell<Properties<'a>>>),
    /// The path of a `file:` URL.
    Url(Rc<str>),
    Function(Rc<Closure<'a>>),
    /// A global or a function of a module that is known here: `JSON.stringify`, `path.resolve`.
    Native(Rc<str>, Span),
    /// What any other module gives, called or not.
    Import {
        module: Rc<str>,
        export: Rc<str>,
        arguments: Option<Rc<Vec<Value<'a>>>>,
        span: Span,
    },
    Unknown(Span),
}

/// A function of the file.
pub(super) struct Closure<'a> {
    pub code: Code<'a>,
    pub scope: Rc<Scope<'a>>,
    pub span: Span,
}

/// Its parameters and body.
#[derive(Clone, Copy)]
pub(super) enum Code<'a> {
    Arrow(&'a ArrowExpr),
    Function(&'a Function),
}

impl<'a> Value<'a> {
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::String(text.as_ref().into())
    }

    pub fn array(items: Vec<Value<'a>>) -> Self {
        Self::Array(Rc::new(RefCell::new(items)))
    }

    pub fn object(properties: Properties<'a>) -> Self {
        Self::Object(Rc::new(RefCell::new(properties)))
    }

    /// JavaScript's truthiness; `None` where it can't be told.
    pub fn truthy(&self) -> Option<bool> {
        Some(match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::String(text) => !text.is_empty(),
            Self::Unknown(_) => return None,
            _ => true,
        })
    }

    /// Whether `??` and `?.` go on to what follows.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// `===`, where it can be told.
    pub fn strictly_equals(&self, other: &Self) -> Option<bool> {
        Some(match (self, other) {
            (Self::Unknown(_), _) | (_, Self::Unknown(_)) => return None,
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => Rc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => Rc::ptr_eq(a, b),
            _ => false,
        })
    }

    /// Its text, as a template literal would have it; `None` for what has no such text here.
    pub fn to_text(&self) -> Option<Rc<str>> {
        Some(match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(truth) => truth.to_string().into(),
            Self::Number(number) => number_text(*number).into(),
            Self::String(text) => text.clone(),
            Self::Url(path) => format!("file://{path}").into(),
            Self::Regex(source, flags) => format!("/{source}/{flags}").into(),
            _ => return None,
        })
    }
}

/// A number as JavaScript writes those that configurations hold: integers and plain decimals.
pub(super) fn number_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => match number > 0.0 {
            true => "Infinity".to_owned(),
            false => "-Infinity".to_owned(),
        },
        0.0 => "0".to_owned(),
        _ => format!("{number}"),
    }
}
