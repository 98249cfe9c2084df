//! The pieces of syntax that factories are made of.

use swc_core::common::{DUMMY_SP, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::is_valid_prop_ident;

/// A factory's function expression.
pub(crate) fn function(
    params: Vec<Ident>,
    stmts: Vec<Stmt>,
    generator: bool,
    is_async: bool,
) -> Expr {
    let params = params
        .into_iter()
        .map(|name| Param {
            span: DUMMY_SP,
            decorators: Vec::new(),
            pat: name.into(),
        })
        .collect();
    let function = Function {
        params,
        body: Some(FunctionBody {
            stmts,
            ..FunctionBody::default()
        }),
        is_generator: generator,
        is_async,
        ..Function::default()
    };
    FnExpr {
        ident: None,
        function: Box::new(function),
    }
    .into()
}

/// The expression as a program of its own, for passes that want one.
pub(crate) fn as_program(expression: Expr) -> Program {
    Program::Script(Script {
        body: vec![statement(expression)],
        ..Script::default()
    })
}

/// The expression of [`as_program`] again, without the parentheses that a statement needs.
pub(crate) fn from_program(program: Program) -> Option<Expr> {
    let Program::Script(script) = program else {
        return None;
    };
    script
        .body
        .into_iter()
        .find_map(|statement| match statement {
            Stmt::Expr(ExprStmt { expr, .. }) => Some(unwrapped(*expr)),
            _ => None,
        })
}

fn unwrapped(expression: Expr) -> Expr {
    match expression {
        Expr::Paren(paren) => unwrapped(*paren.expr),
        other => other,
    }
}

pub(crate) fn statement(expression: Expr) -> Stmt {
    Stmt::Expr(ExprStmt {
        span: DUMMY_SP,
        expr: Box::new(expression),
    })
}

pub(crate) fn string(text: &str) -> Expr {
    Lit::Str(Str {
        span: DUMMY_SP,
        value: text.into(),
        raw: None,
    })
    .into()
}

/// `object.name`, or `object["name"]` where the name needs it.
pub(crate) fn member(object: Expr, name: &str, span: Span) -> Expr {
    let prop = match is_valid_prop_ident(name) {
        true => MemberProp::Ident(IdentName::new(name.into(), DUMMY_SP)),
        false => MemberProp::Computed(ComputedPropName {
            span: DUMMY_SP,
            expr: Box::new(string(name)),
        }),
    };
    MemberExpr {
        span,
        obj: Box::new(object),
        prop,
    }
    .into()
}

pub(crate) fn call(callee: Expr, arguments: Vec<Expr>, span: Span) -> Expr {
    CallExpr {
        span,
        callee: Callee::Expr(Box::new(callee)),
        args: arguments.into_iter().map(ExprOrSpread::from).collect(),
        ..CallExpr::default()
    }
    .into()
}

/// `(0, expression)`: the value without the object that it was read from.
pub(crate) fn detached(expression: Expr) -> Expr {
    let zero = Lit::Num(Number {
        span: DUMMY_SP,
        value: 0.0,
        raw: None,
    });
    SeqExpr {
        span: DUMMY_SP,
        exprs: vec![Box::new(zero.into()), Box::new(expression)],
    }
    .into()
}

/// `{ name: () => value, … }`.
pub(crate) fn getters(values: Vec<(String, Expr)>) -> Expr {
    let props = values
        .into_iter()
        .map(|(name, value)| {
            let value = ArrowExpr {
                body: Box::new(ArrowFunctionBody::Expr(Box::new(value))),
                ..ArrowExpr::default()
            };
            property(&name, value.into())
        })
        .collect();
    ObjectLit {
        span: DUMMY_SP,
        props,
    }
    .into()
}

fn property(name: &str, value: Expr) -> PropOrSpread {
    let key = match name {
        // As a plain key it would set the prototype.
        "__proto__" => PropName::Computed(ComputedPropName {
            span: DUMMY_SP,
            expr: Box::new(string(name)),
        }),
        name if is_valid_prop_ident(name) => PropName::Ident(IdentName::new(name.into(), DUMMY_SP)),
        name => PropName::Str(Str {
            span: DUMMY_SP,
            value: name.into(),
            raw: None,
        }),
    };
    PropOrSpread::Prop(Box::new(Prop::KeyValue(KeyValueProp {
        key,
        value: Box::new(value),
    })))
}

/// `{ default: expression }.default`: an anonymous function or class gets the name `default`.
pub(crate) fn named_default(expression: Expr) -> Expr {
    let object = ObjectLit {
        span: DUMMY_SP,
        props: vec![property("default", expression)],
    };
    member(object.into(), "default", DUMMY_SP)
}

/// `const a = …, b = …;`
pub(crate) fn constants(values: Vec<(Ident, Expr)>) -> Stmt {
    let decls = values
        .into_iter()
        .map(|(name, value)| VarDeclarator {
            span: DUMMY_SP,
            name: name.into(),
            init: Some(Box::new(value)),
            definite: false,
        })
        .collect();
    VarDecl {
        kind: VarDeclKind::Const,
        decls,
        ..VarDecl::default()
    }
    .into()
}

/// Whether an expression takes its name from where it is put.
pub(crate) fn is_anonymous(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(paren) => is_anonymous(&paren.expr),
        Expr::Arrow(_) => true,
        Expr::Fn(function) => function.ident.is_none(),
        Expr::Class(class) => class.ident.is_none(),
        _ => false,
    }
}

/// A literal text: a string, or a template without parts.
pub(crate) fn literal(expression: &Expr) -> Option<(String, Span)> {
    match expression {
        Expr::Lit(Lit::Str(text)) => Some((text.value.to_string_lossy().into_owned(), text.span)),
        Expr::Tpl(template) if template.exprs.is_empty() => {
            let text = template.quasis.first()?.cooked.as_ref()?;
            Some((text.to_string_lossy().into_owned(), template.span))
        }
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

/// Whether an expression is a global's name.
pub(crate) fn is_global(expression: &Expr, name: &str, unresolved: SyntaxContext) -> bool {
    matches!(expression, Expr::Ident(ident) if ident.sym == name && ident.ctxt == unresolved)
}
