//! Expressions of a configuration.

use super::{
    DEPTH, Evaluator,
    scope::Scope,
    value::{Closure, Code, Properties, Value},
};
use std::rc::Rc;
use swc_core::common::{Span, Spanned};
use swc_core::ecma::ast::*;

impl<'a> Evaluator<'a> {
    pub fn expression(&self, expression: &'a Expr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        if !self.step(1) || self.depth.get() > DEPTH {
            return self.unknown(expression.span());
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.evaluate(expression, scope);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn evaluate(&self, expression: &'a Expr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let span = expression.span();
        match expression {
            Expr::Lit(literal) => literal_value(literal, span),
            Expr::Tpl(template) => self.template(template, scope),
            Expr::Ident(name) => self.name(&name.sym, scope, span),
            Expr::Array(array) => self.array(array, scope),
            Expr::Object(object) => self.object(object, scope),
            Expr::Paren(inner) => self.expression(&inner.expr, scope),
            Expr::TsAs(inner) => self.expression(&inner.expr, scope),
            Expr::TsSatisfies(inner) => self.expression(&inner.expr, scope),
            Expr::TsConstAssertion(inner) => self.expression(&inner.expr, scope),
            Expr::TsNonNull(inner) => self.expression(&inner.expr, scope),
            Expr::TsTypeAssertion(inner) => self.expression(&inner.expr, scope),
            Expr::TsInstantiation(inner) => self.expression(&inner.expr, scope),
            // What is awaited is here already.
            Expr::Await(inner) => self.expression(&inner.arg, scope),
            Expr::Seq(sequence) => {
                let values = sequence.exprs.iter().map(|at| self.expression(at, scope));
                values.last().unwrap_or(Value::Undefined)
            }
            Expr::Cond(branch) => match self.expression(&branch.test, scope).truthy() {
                Some(true) => self.expression(&branch.cons, scope),
                // Most tests that can't be told ask for something of the machine that isn't there.
                Some(false) | None => self.expression(&branch.alt, scope),
            },
            Expr::Bin(binary) => self.binary(binary, scope),
            Expr::Unary(unary) => {
                let value = self.expression(&unary.arg, scope);
                unary_value(unary.op, &value).unwrap_or_else(|| self.unknown(span))
            }
            Expr::Arrow(arrow) => Value::Function(Rc::new(Closure {
                code: Code::Arrow(arrow),
                scope: scope.clone(),
                span,
            })),
            Expr::Fn(function) => Value::Function(Rc::new(Closure {
                code: Code::Function(&function.function),
                scope: scope.clone(),
                span,
            })),
            Expr::MetaProp(_) => Value::Native("import.meta".into(), span),
            Expr::Member(member) => {
                let object = self.expression(&member.obj, scope);
                match self.property(&member.prop, scope) {
                    Some(name) => self.member(&object, &name, span),
                    None => self.unknown(span),
                }
            }
            Expr::OptChain(chain) => self.chain(chain, scope),
            Expr::Call(call) => self.call(call, scope),
            Expr::New(new) => self.construct(new, scope),
            Expr::Assign(assign) => self.assign(assign, scope),
            _ => self.unknown(span),
        }
    }

    fn name(&self, name: &str, scope: &Rc<Scope<'a>>, span: Span) -> Value<'a> {
        if let Some(value) = scope.get(name) {
            return value;
        }
        match name {
            "undefined" => Value::Undefined,
            "NaN" => Value::Number(f64::NAN),
            "Infinity" => Value::Number(f64::INFINITY),
            "__dirname" => Value::text("/"),
            "__filename" => Value::text(self.source.name()),
            "process" | "JSON" | "Object" | "Array" | "Boolean" | "String" | "Number"
            | "RegExp" | "URL" | "require" | "Promise" => Value::Native(name.into(), span),
            _ => self.unknown(span),
        }
    }

    fn template(&self, template: &'a Tpl, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let mut text = String::new();
        for (at, quasi) in template.quasis.iter().enumerate() {
            match &quasi.cooked {
                Some(cooked) => text.push_str(&cooked.to_string_lossy()),
                None => return self.unknown(template.span),
            }
            if let Some(expression) = template.exprs.get(at) {
                match self.expression(expression, scope).to_text() {
                    Some(part) if self.step(part.len()) => text.push_str(&part),
                    _ => return self.unknown(expression.span()),
                }
            }
        }
        Value::text(text)
    }

    fn array(&self, array: &'a ArrayLit, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let mut items = Vec::new();
        for element in &array.elems {
            match element {
                None => items.push(Value::Undefined),
                Some(ExprOrSpread { spread: None, expr }) => {
                    items.push(self.expression(expr, scope));
                }
                Some(ExprOrSpread { expr, .. }) => {
                    let value = self.expression(expr, scope);
                    match self.items(&value) {
                        Some(more) => items.extend(more),
                        None => items.push(self.unknown(expr.span())),
                    }
                }
            }
        }
        Value::array(items)
    }

    fn object(&self, object: &'a ObjectLit, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let mut properties: Properties<'a> = Vec::new();
        for property in &object.props {
            if !self.step(properties.len() / 16) {
                break;
            }
            match property {
                PropOrSpread::Spread(spread) => {
                    let value = self.expression(&spread.expr, scope);
                    match &value {
                        Value::Object(more) if self.step(more.borrow().len()) => {
                            for (key, value) in more.borrow().iter() {
                                put(&mut properties, key.clone(), value.clone());
                            }
                        }
                        value if value.is_nullish() || value.truthy() == Some(false) => {}
                        _ => {
                            let place = spread.expr.span();
                            let key = format!("...{}", properties.len());
                            put(&mut properties, key.into(), self.unknown(place));
                        }
                    }
                }
                PropOrSpread::Prop(property) => match &**property {
                    Prop::Shorthand(name) => {
                        let value = self.name(&name.sym, scope, name.span);
                        put(&mut properties, name.sym.as_str().into(), value);
                    }
                    Prop::KeyValue(pair) => {
                        if let Some(key) = self.key(&pair.key, scope) {
                            let value = self.expression(&pair.value, scope);
                            put(&mut properties, key, value);
                        }
                    }
                    Prop::Method(method) => {
                        if let Some(key) = self.key(&method.key, scope) {
                            let function = Closure {
                                code: Code::Function(&method.function),
                                scope: scope.clone(),
                                span: method.function.span,
                            };
                            put(&mut properties, key, Value::Function(Rc::new(function)));
                        }
                    }
                    Prop::Getter(getter) => {
                        if let Some(key) = self.key(&getter.key, scope) {
                            put(&mut properties, key, self.unknown(getter.span));
                        }
                    }
                    Prop::Setter(_) | Prop::Assign(_) => {}
                },
            }
        }
        Value::object(properties)
    }

    /// The name that a key of an object or a pattern stands for.
    pub fn key(&self, key: &'a PropName, scope: &Rc<Scope<'a>>) -> Option<Rc<str>> {
        Some(match key {
            PropName::Ident(name) => name.sym.as_str().into(),
            PropName::Str(text) => (&*text.value.to_string_lossy()).into(),
            PropName::Num(number) => Value::Number(number.value).to_text()?,
            PropName::BigInt(number) => number.value.to_string().into(),
            PropName::Computed(computed) => self.expression(&computed.expr, scope).to_text()?,
        })
    }

    fn property(&self, property: &'a MemberProp, scope: &Rc<Scope<'a>>) -> Option<Rc<str>> {
        match property {
            MemberProp::Ident(name) => Some(name.sym.as_str().into()),
            MemberProp::Computed(computed) => self.expression(&computed.expr, scope).to_text(),
            MemberProp::PrivateName(_) => None,
        }
    }

    fn chain(&self, chain: &'a OptChainExpr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        match &*chain.base {
            OptChainBase::Member(member) => {
                let object = self.expression(&member.obj, scope);
                if object.is_nullish() {
                    return Value::Undefined;
                }
                match self.property(&member.prop, scope) {
                    Some(name) => self.member(&object, &name, chain.span),
                    None => self.unknown(chain.span),
                }
            }
            OptChainBase::Call(call) => self.call_of(&call.callee, &call.args, scope, chain.span),
        }
    }

    fn binary(&self, binary: &'a BinExpr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let unknown = || self.unknown(binary.span);
        let left = self.expression(&binary.left, scope);
        match (binary.op, left.truthy()) {
            (BinaryOp::LogicalAnd, Some(true)) | (BinaryOp::LogicalOr, Some(false) | None) => {
                return self.expression(&binary.right, scope);
            }
            (BinaryOp::LogicalAnd, Some(false)) | (BinaryOp::LogicalOr, Some(true)) => return left,
            (BinaryOp::LogicalAnd, None) => return unknown(),
            (BinaryOp::NullishCoalescing, _) => {
                return match left.is_nullish() || matches!(left, Value::Unknown(_)) {
                    true => self.expression(&binary.right, scope),
                    false => left,
                };
            }
            _ => {}
        }
        let right = self.expression(&binary.right, scope);
        let truth = |truth: Option<bool>| truth.map_or_else(unknown, Value::Bool);
        match binary.op {
            BinaryOp::EqEqEq => truth(left.strictly_equals(&right)),
            BinaryOp::NotEqEq => truth(left.strictly_equals(&right).map(|equal| !equal)),
            BinaryOp::EqEq | BinaryOp::NotEq => {
                let equal = match left.is_nullish() && right.is_nullish() {
                    true => Some(true),
                    false => left.strictly_equals(&right),
                };
                truth(equal.map(|equal| equal == (binary.op == BinaryOp::EqEq)))
            }
            BinaryOp::Add => match (&left, &right) {
                (Value::Number(a), Value::Number(b)) => Value::Number(a + b),
                (Value::String(_), _) | (_, Value::String(_)) => {
                    match (left.to_text(), right.to_text()) {
                        (Some(a), Some(b)) if self.step(a.len() + b.len()) => {
                            Value::text(format!("{a}{b}"))
                        }
                        _ => unknown(),
                    }
                }
                _ => unknown(),
            },
            op => match (&left, &right) {
                (Value::Number(a), Value::Number(b)) => {
                    arithmetic(op, *a, *b).unwrap_or_else(unknown)
                }
                _ => unknown(),
            },
        }
    }

    fn assign(&self, assign: &'a AssignExpr, scope: &Rc<Scope<'a>>) -> Value<'a> {
        let mut value = self.expression(&assign.right, scope);
        if assign.op != AssignOp::Assign {
            value = self.unknown(assign.span);
        }
        match &assign.left {
            AssignTarget::Simple(SimpleAssignTarget::Ident(name)) => {
                scope.set(&name.id.sym, value.clone());
            }
            AssignTarget::Simple(SimpleAssignTarget::Member(member)) => {
                let object = self.expression(&member.obj, scope);
                if let (Value::Object(properties), Some(key)) =
                    (&object, self.property(&member.prop, scope))
                    // What holds itself would never end.
                    && !self.holds(&value, &object)
                {
                    put(&mut properties.borrow_mut(), key, value.clone());
                }
            }
            _ => {}
        }
        value
    }
}

/// Sets a property, in its place where there is one.
pub(super) fn put<'a>(properties: &mut Properties<'a>, key: Rc<str>, value: Value<'a>) {
    match properties.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known = value,
        None => properties.push((key, value)),
    }
}

fn literal_value<'a>(literal: &Lit, span: Span) -> Value<'a> {
    match literal {
        Lit::Str(text) => Value::text(text.value.to_string_lossy()),
        Lit::Bool(truth) => Value::Bool(truth.value),
        Lit::Null(_) => Value::Null,
        Lit::Num(number) => Value::Number(number.value),
        Lit::Regex(regex) => Value::Regex(regex.exp.as_str().into(), regex.flags.as_str().into()),
        Lit::BigInt(_) | Lit::JSXText(_) => Value::Unknown(span),
    }
}

fn unary_value<'a>(op: UnaryOp, value: &Value<'a>) -> Option<Value<'a>> {
    Some(match (op, value) {
        (UnaryOp::Bang, value) => Value::Bool(!value.truthy()?),
        (UnaryOp::Minus, Value::Number(number)) => Value::Number(-number),
        (UnaryOp::Plus, Value::Number(number)) => Value::Number(*number),
        (UnaryOp::Plus, Value::String(text)) => Value::Number(text.trim().parse().ok()?),
        (UnaryOp::Void, _) => Value::Undefined,
        (UnaryOp::TypeOf, value) => Value::text(match value {
            Value::Undefined => "undefined",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Function(_) => "function",
            Value::Unknown(_) | Value::Native(..) | Value::Import { .. } => return None,
            _ => "object",
        }),
        _ => return None,
    })
}

fn arithmetic<'a>(op: BinaryOp, a: f64, b: f64) -> Option<Value<'a>> {
    Some(match op {
        BinaryOp::Sub => Value::Number(a - b),
        BinaryOp::Mul => Value::Number(a * b),
        BinaryOp::Div => Value::Number(a / b),
        BinaryOp::Mod => Value::Number(a % b),
        BinaryOp::Exp => Value::Number(a.powf(b)),
        BinaryOp::Lt => Value::Bool(a < b),
        BinaryOp::LtEq => Value::Bool(a <= b),
        BinaryOp::Gt => Value::Bool(a > b),
        BinaryOp::GtEq => Value::Bool(a >= b),
        _ => return None,
    })
}
