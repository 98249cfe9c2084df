//! Whether evaluating something does what others could notice, as bundlers see it: reading a property of a name that is
//! declared counts as nothing, calling does unless it is marked.

use super::slots::Names;
use crate::script::Marks;
use swc_core::common::{
    BytePos, SyntaxContext,
    comments::{Comments, SingleThreadedComments},
};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// Globals whose reading and whose properties are harmless wherever JavaScript runs in a page.
const GLOBALS: &[&str] = &[
    "undefined",
    "NaN",
    "Infinity",
    "globalThis",
    "window",
    "document",
    "navigator",
    "console",
    "self",
    "Object",
    "Array",
    "Function",
    "Boolean",
    "Number",
    "String",
    "Symbol",
    "BigInt",
    "Math",
    "Date",
    "RegExp",
    "JSON",
    "Promise",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "WeakRef",
    "Proxy",
    "Reflect",
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ArrayBuffer",
    "DataView",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
    "TextEncoder",
    "TextDecoder",
    "URL",
    "URLSearchParams",
    "AbortController",
    "Event",
    "EventTarget",
    "Element",
    "HTMLElement",
    "Node",
    "parseInt",
    "parseFloat",
    "isNaN",
    "isFinite",
    "setTimeout",
    "clearTimeout",
    "Intl",
];

/// Functions of built-in objects that only make a value of what they are given.
const MAKERS: &[(&str, &[&str])] = &[
    (
        "Object",
        &[
            "create",
            "freeze",
            "seal",
            "keys",
            "values",
            "entries",
            "fromEntries",
            "getPrototypeOf",
            "getOwnPropertyNames",
            "is",
        ],
    ),
    ("Array", &["isArray", "of"]),
    ("Symbol", &["for"]),
    (
        "Math",
        &[
            "max", "min", "floor", "ceil", "round", "abs", "pow", "sqrt", "sin", "cos", "tan",
            "log", "log2", "exp", "trunc", "sign",
        ],
    ),
    ("String", &["fromCharCode", "raw"]),
    ("Number", &["isInteger", "isFinite", "isNaN", "parseFloat"]),
];

/// Whether a function must stay one: it has a `this` or `arguments` of its own.
pub(super) fn needs_function(function: &Function) -> bool {
    struct Own(bool);
    impl Visit for Own {
        noop_visit_type!();
        fn visit_this_expr(&mut self, _: &ThisExpr) {
            self.0 = true;
        }
        fn visit_ident(&mut self, ident: &Ident) {
            self.0 |= ident.sym == "arguments";
        }
        fn visit_meta_prop_expr(&mut self, meta: &MetaPropExpr) {
            self.0 |= meta.kind == MetaPropKind::NewTarget;
        }
        fn visit_function(&mut self, _: &Function) {}
        fn visit_constructor(&mut self, _: &Constructor) {}
        fn visit_class(&mut self, class: &Class) {
            class.super_class.visit_with(self);
        }
    }
    let mut own = Own(function.is_generator || function.is_async);
    function.params.visit_with(&mut own);
    function.body.visit_with(&mut own);
    own.0
}

/// Judges the expressions of one module.
pub(super) struct Judge<'a> {
    comments: &'a SingleThreadedComments,
    unresolved: SyntaxContext,
    names: &'a Names,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        comments: &'a SingleThreadedComments,
        marks: Marks,
        names: &'a Names,
    ) -> Self {
        Self {
            comments,
            unresolved: SyntaxContext::empty().apply_mark(marks.unresolved),
            names,
        }
    }

    fn is_global(&self, ident: &Ident) -> bool {
        ident.ctxt == self.unresolved && GLOBALS.contains(&&*ident.sym)
    }

    /// A name that is surely declared: of this module, of a function in it, or a mark.
    fn is_declared(&self, ident: &Ident) -> bool {
        ident.ctxt != self.unresolved
            || !ident.sym.is_ascii()
            || self.names.contains_key(&ident.to_id())
    }

    fn is_marked(&self, at: BytePos) -> bool {
        at.is_pure() || self.comments.has_flag(at, "PURE")
    }

    /// Whether evaluating it does nothing.
    pub(super) fn expression(&self, expression: &Expr) -> bool {
        let all = |elements: &[Option<ExprOrSpread>]| {
            elements
                .iter()
                .flatten()
                .all(|element| match element.spread {
                    Some(_) => {
                        matches!(&*element.expr, Expr::Array(_)) && self.expression(&element.expr)
                    }
                    None => self.expression(&element.expr),
                })
        };
        match expression {
            Expr::Lit(_) | Expr::Fn(_) | Expr::Arrow(_) | Expr::This(_) | Expr::MetaProp(_) => true,
            Expr::Ident(ident) => self.is_declared(ident) || self.is_global(ident),
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Class(class) => self.class(&class.class),
            Expr::Array(array) => all(&array.elems),
            Expr::Object(object) => object.props.iter().all(|prop| self.property(prop)),
            Expr::Tpl(template) => template.exprs.iter().all(|each| self.expression(each)),
            Expr::Unary(unary) => {
                unary.op != UnaryOp::Delete
                    && (self.is_typeof_global(unary) || self.expression(&unary.arg))
            }
            Expr::Bin(binary) => self.expression(&binary.left) && self.expression(&binary.right),
            Expr::Cond(condition) => {
                self.expression(&condition.test)
                    && self.expression(&condition.cons)
                    && self.expression(&condition.alt)
            }
            Expr::Seq(sequence) => sequence.exprs.iter().all(|each| self.expression(each)),
            Expr::Member(member) => self.member(member),
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => {
                    self.expression(&member.obj) && self.prop(&member.prop)
                }
                OptChainBase::Call(_) => false,
            },
            Expr::Call(call) => self.call(call),
            Expr::New(new) => {
                let known = matches!(&*new.callee, Expr::Ident(ident) if self.is_global(ident)
                    && matches!(&*ident.sym, "Map" | "Set" | "WeakMap" | "WeakSet" | "Error" | "TypeError" | "Array" | "Object" | "Date" | "RegExp" | "AbortController" | "EventTarget" | "TextEncoder" | "TextDecoder"));
                let harmless = known
                    && match &*new.callee {
                        // Others walk over what they are given.
                        Expr::Ident(ident)
                            if matches!(&*ident.sym, "Map" | "Set" | "WeakMap" | "WeakSet") =>
                        {
                            new.args.iter().flatten().all(|arg| {
                                matches!(&*arg.expr, Expr::Array(_) | Expr::Lit(Lit::Null(_)))
                            })
                        }
                        _ => true,
                    };
                (harmless || self.is_marked(new.span.lo))
                    && self.arguments(new.args.as_deref().unwrap_or_default())
            }
            _ => false,
        }
    }

    fn is_typeof_global(&self, unary: &UnaryExpr) -> bool {
        unary.op == UnaryOp::TypeOf && matches!(&*unary.arg, Expr::Ident(_))
    }

    fn arguments(&self, arguments: &[ExprOrSpread]) -> bool {
        arguments.iter().all(|argument| {
            let walked = argument.spread.is_some() && !matches!(&*argument.expr, Expr::Array(_));
            !walked && self.expression(&argument.expr)
        })
    }

    fn member(&self, member: &MemberExpr) -> bool {
        let holder = match &*member.obj {
            Expr::Ident(ident) => self.is_declared(ident) || self.is_global(ident),
            Expr::MetaProp(_) | Expr::Fn(_) | Expr::Arrow(_) | Expr::Lit(_) => true,
            Expr::Member(inner) => self.member(inner),
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Object(_) | Expr::Array(_) => self.expression(&member.obj),
            _ => false,
        };
        holder && self.prop(&member.prop)
    }

    fn prop(&self, prop: &MemberProp) -> bool {
        match prop {
            MemberProp::Ident(_) | MemberProp::PrivateName(_) => true,
            MemberProp::Computed(computed) => self.expression(&computed.expr),
        }
    }

    fn call(&self, call: &CallExpr) -> bool {
        let Callee::Expr(callee) = &call.callee else {
            return false;
        };
        if !self.arguments(&call.args) {
            return false;
        }
        if self.is_marked(call.span.lo) {
            return true;
        }
        match &**callee {
            Expr::Paren(paren) => self.immediate(&paren.expr, &call.args),
            Expr::Ident(ident) => {
                ident.ctxt == self.unresolved
                    && matches!(
                        &*ident.sym,
                        "Symbol" | "Boolean" | "Number" | "String" | "BigInt"
                    )
            }
            Expr::Member(MemberExpr {
                obj,
                prop: MemberProp::Ident(name),
                ..
            }) => match &**obj {
                Expr::Ident(object) if object.ctxt == self.unresolved => {
                    let maker = MAKERS.iter().any(|(known, names)| {
                        *known == &*object.sym && names.contains(&&*name.sym)
                    });
                    // Freezing what is someone else's is noticed.
                    let made = !matches!(&*name.sym, "freeze" | "seal")
                        || call
                            .args
                            .first()
                            .is_some_and(|first| self.is_fresh(&first.expr));
                    let assigned = object.sym == "Object"
                        && name.sym == "assign"
                        && call
                            .args
                            .first()
                            .is_some_and(|first| matches!(&*first.expr, Expr::Object(_)));
                    maker && made || assigned
                }
                _ => false,
            },
            other => self.immediate(other, &call.args),
        }
    }

    /// `(() => value)()`.
    fn immediate(&self, callee: &Expr, arguments: &[ExprOrSpread]) -> bool {
        match callee {
            Expr::Arrow(arrow) if arguments.is_empty() && !arrow.is_async => match &*arrow.body {
                ArrowFunctionBody::FunctionBody(body) => body.stmts.is_empty(),
                ArrowFunctionBody::Expr(value) => self.expression(value),
            },
            _ => false,
        }
    }

    fn property(&self, prop: &PropOrSpread) -> bool {
        match prop {
            PropOrSpread::Spread(spread) => self.expression(&spread.expr),
            PropOrSpread::Prop(prop) => match &**prop {
                Prop::Shorthand(ident) => self.is_declared(ident) || self.is_global(ident),
                Prop::KeyValue(pair) => self.key(&pair.key) && self.expression(&pair.value),
                Prop::Getter(getter) => self.key(&getter.key),
                Prop::Setter(setter) => self.key(&setter.key),
                Prop::Method(method) => self.key(&method.key),
                Prop::Assign(_) => false,
            },
        }
    }

    fn key(&self, key: &PropName) -> bool {
        match key {
            PropName::Computed(computed) => self.expression(&computed.expr),
            _ => true,
        }
    }

    /// Whether declaring the class does nothing.
    pub(super) fn class(&self, class: &Class) -> bool {
        let extends = class
            .super_class
            .as_ref()
            .is_none_or(|base| self.expression(base));
        extends
            && class.decorators.is_empty()
            && class.body.iter().all(|member| match member {
                ClassMember::Method(method) => {
                    self.key(&method.key) && method.function.decorators.is_empty()
                }
                ClassMember::ClassProp(field) => {
                    let value = !field.is_static
                        || field
                            .value
                            .as_ref()
                            .is_none_or(|value| self.expression(value));
                    self.key(&field.key) && field.decorators.is_empty() && value
                }
                ClassMember::PrivateProp(field) => {
                    !field.is_static
                        || field
                            .value
                            .as_ref()
                            .is_none_or(|value| self.expression(value))
                }
                ClassMember::Constructor(_)
                | ClassMember::PrivateMethod(_)
                | ClassMember::Empty(_)
                | ClassMember::TsIndexSignature(_) => true,
                ClassMember::StaticBlock(block) => block.body.stmts.is_empty(),
                ClassMember::AutoAccessor(_) => false,
            })
    }

    /// Whether taking a value apart does nothing.
    pub(super) fn pattern(&self, pattern: &Pat, value: Option<&Expr>) -> bool {
        match pattern {
            Pat::Ident(_) => true,
            Pat::Object(object) => object.props.iter().all(|prop| match prop {
                ObjectPatProp::KeyValue(pair) => {
                    self.key(&pair.key) && matches!(&*pair.value, Pat::Ident(_))
                }
                ObjectPatProp::Assign(assign) => assign
                    .value
                    .as_ref()
                    .is_none_or(|value| self.expression(value)),
                ObjectPatProp::Rest(rest) => matches!(&*rest.arg, Pat::Ident(_)),
            }),
            Pat::Array(array) => {
                matches!(value, Some(Expr::Array(_)))
                    && array
                        .elems
                        .iter()
                        .flatten()
                        .all(|each| matches!(each, Pat::Ident(_)))
            }
            _ => false,
        }
    }

    /// Whether the value is new, so that changing it changes nothing else.
    pub(super) fn is_fresh(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Paren(paren) => self.is_fresh(&paren.expr),
            Expr::Fn(_) | Expr::Arrow(_) | Expr::Class(_) | Expr::Object(_) | Expr::Array(_) => {
                true
            }
            Expr::Call(call) => self.is_marked(call.span.lo),
            Expr::New(new) => self.expression(expression) && !new.span.is_dummy(),
            _ => false,
        }
    }

    /// `Object.defineProperty` and the like.
    pub(super) fn is_definer(&self, callee: &Expr) -> bool {
        match callee {
            Expr::Member(MemberExpr {
                obj,
                prop: MemberProp::Ident(name),
                ..
            }) => {
                matches!(&**obj, Expr::Ident(object) if object.ctxt == self.unresolved && object.sym == "Object")
                    && matches!(
                        &*name.sym,
                        "defineProperty"
                            | "defineProperties"
                            | "assign"
                            | "setPrototypeOf"
                            | "freeze"
                    )
            }
            _ => false,
        }
    }
}
