//! Early errors that the parser leaves alone and that have nothing to do with scopes: `super` and private names out of
//! place, parameters of one name, regular expressions that are none. A factory that a browser can't parse would take
//! the whole chunk with it. Runs on plain JavaScript, after types are gone.

use crate::source::Source;
use overskill_diagnostics::Diagnostic;
use overskill_module::ModuleFormat;
use std::collections::HashMap;
use swc_core::atoms::Atom;
use swc_core::common::Span;
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};
use swc_ecma_regexp::{LiteralParser, Options};

/// Groups in one another, past which a regular expression isn't read: reading recurses.
const GROUPS: usize = 200;

/// Everything that is wrong.
pub(crate) fn check(
    source: &Source<'_>,
    program: &Program,
    format: ModuleFormat,
) -> Result<(), Vec<Diagnostic>> {
    let mut checker = Checker {
        source,
        strict: format == ModuleFormat::Esm,
        home: Home::default(),
        privates: Vec::new(),
        found: Vec::new(),
    };
    program.visit_with(&mut checker);
    match checker.found.is_empty() {
        true => Ok(()),
        false => Err(checker.found),
    }
}

/// What `super` may do here.
#[derive(Clone, Copy, Default)]
struct Home {
    property: bool,
    call: bool,
}

struct Checker<'a> {
    source: &'a Source<'a>,
    strict: bool,
    home: Home,
    /// The private names of the classes around.
    privates: Vec<HashMap<Atom, Private>>,
    found: Vec<Diagnostic>,
}

/// How a private name is declared: a getter and a setter make one together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Private {
    Getter { is_static: bool },
    Setter { is_static: bool },
    Whole,
}

impl Checker<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        let error = Diagnostic::error("syntax-error", message);
        self.found.push(self.source.at(error, span));
    }

    fn at_home(&mut self, home: Home, visit: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.home, home);
        visit(self);
        self.home = outside;
    }

    fn once(&mut self, params: &[&Pat], needed: bool) {
        let plain = params.iter().all(|param| matches!(param, Pat::Ident(_)));
        if !needed && !self.strict && plain {
            return;
        }
        let mut seen: Vec<Atom> = Vec::new();
        for param in params {
            for ident in find_pat_ids::<_, Ident>(*param) {
                if seen.contains(&ident.sym) {
                    self.error(
                        ident.span,
                        format!("Two parameters are called `{}`.", ident.sym),
                    );
                }
                seen.push(ident.sym);
            }
        }
    }

    fn method(&mut self, function: &Function, call: bool) {
        function.decorators.visit_with(self);
        self.once(&patterns(function), true);
        let home = Home {
            property: true,
            call,
        };
        self.at_home(home, |this| {
            function.params.visit_with(this);
            function.body.visit_with(this);
        });
    }

    fn declare(&mut self, names: &mut HashMap<Atom, Private>, key: &PrivateName, private: Private) {
        let pair = match (names.insert(key.name.clone(), private), private) {
            (None, _) => return,
            (Some(Private::Getter { is_static: a }), Private::Setter { is_static: b })
            | (Some(Private::Setter { is_static: a }), Private::Getter { is_static: b }) => a == b,
            _ => false,
        };
        match pair {
            true => {
                names.insert(key.name.clone(), Private::Whole);
            }
            false => self.error(key.span, format!("`#{}` is declared twice.", key.name)),
        }
    }

    fn private_names(&mut self, class: &Class) -> HashMap<Atom, Private> {
        let mut names = HashMap::new();
        for member in &class.body {
            match member {
                ClassMember::PrivateMethod(method) => {
                    let is_static = method.is_static;
                    let private = match method.kind {
                        MethodKind::Method => Private::Whole,
                        MethodKind::Getter => Private::Getter { is_static },
                        MethodKind::Setter => Private::Setter { is_static },
                    };
                    self.declare(&mut names, &method.key, private);
                }
                ClassMember::PrivateProp(field) => {
                    self.declare(&mut names, &field.key, Private::Whole);
                }
                ClassMember::AutoAccessor(AutoAccessor {
                    key: Key::Private(key),
                    ..
                }) => self.declare(&mut names, key, Private::Whole),
                _ => {}
            }
        }
        names
    }

    fn name(&mut self, name: &Atom, span: Span) {
        // `\\u0030x`: the parser checks escapes in front of a name only for being escapes.
        if name.starts_with(|first: char| first.is_ascii_digit()) && !span.is_dummy() {
            self.error(span, "A name can't start with a digit.");
        }
    }
}

fn patterns(function: &Function) -> Vec<&Pat> {
    function.params.iter().map(|param| &param.pat).collect()
}

impl Visit for Checker<'_> {
    noop_visit_type!();

    fn visit_function(&mut self, function: &Function) {
        function.decorators.visit_with(self);
        self.once(&patterns(function), false);
        self.at_home(Home::default(), |this| {
            function.params.visit_with(this);
            function.body.visit_with(this);
        });
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        let params: Vec<&Pat> = arrow.params.iter().collect();
        self.once(&params, true);
        arrow.visit_children_with(self);
    }

    fn visit_class(&mut self, class: &Class) {
        class.decorators.visit_with(self);
        class.super_class.visit_with(self);
        let names = self.private_names(class);
        self.privates.push(names);
        let home = Home {
            property: true,
            call: false,
        };
        for member in &class.body {
            match member {
                ClassMember::Constructor(constructor) => {
                    let params = constructor.params.iter().filter_map(|param| match param {
                        ParamOrTsParamProp::Param(param) => Some(&param.pat),
                        ParamOrTsParamProp::TsParamProp(_) => None,
                    });
                    self.once(&params.collect::<Vec<_>>(), true);
                    let call = class.super_class.is_some();
                    self.at_home(Home { call, ..home }, |this| {
                        constructor.visit_children_with(this);
                    });
                }
                ClassMember::Method(method) => {
                    method.key.visit_with(self);
                    let prototype = match &method.key {
                        PropName::Ident(name) => name.sym == "prototype",
                        PropName::Str(name) => name.value == *"prototype",
                        _ => false,
                    };
                    if method.is_static && prototype {
                        self.error(method.span, "A class can't have a static `prototype`.");
                    }
                    self.method(&method.function, false);
                }
                ClassMember::PrivateMethod(method) => self.method(&method.function, false),
                ClassMember::ClassProp(field) => {
                    field.decorators.visit_with(self);
                    field.key.visit_with(self);
                    self.at_home(home, |this| field.value.visit_with(this));
                }
                ClassMember::PrivateProp(field) => {
                    field.decorators.visit_with(self);
                    self.at_home(home, |this| field.value.visit_with(this));
                }
                ClassMember::AutoAccessor(field) => {
                    field.decorators.visit_with(self);
                    if let Key::Public(key) = &field.key {
                        key.visit_with(self);
                    }
                    self.at_home(home, |this| field.value.visit_with(this));
                }
                ClassMember::StaticBlock(block) => {
                    self.at_home(home, |this| block.body.visit_with(this));
                }
                _ => {}
            }
        }
        self.privates.pop();
    }

    fn visit_method_prop(&mut self, method: &MethodProp) {
        method.key.visit_with(self);
        self.method(&method.function, false);
    }

    fn visit_getter_prop(&mut self, getter: &GetterProp) {
        getter.key.visit_with(self);
        self.method(&getter.function, false);
    }

    fn visit_setter_prop(&mut self, setter: &SetterProp) {
        setter.key.visit_with(self);
        self.method(&setter.function, false);
    }

    fn visit_super_prop_expr(&mut self, access: &SuperPropExpr) {
        if !self.home.property {
            self.error(access.span, "`super` is only known in methods.");
        }
        access.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Super(callee) = &call.callee
            && !self.home.call
        {
            self.error(
                callee.span,
                "`super()` is only known in the constructor of a class that extends another.",
            );
        }
        call.visit_children_with(self);
    }

    fn visit_private_name(&mut self, name: &PrivateName) {
        let declared = self
            .privates
            .iter()
            .any(|names| names.contains_key(&name.name));
        if !declared && !name.span.is_dummy() {
            self.error(
                name.span,
                format!("`#{}` is not declared in a class around here.", name.name),
            );
        }
    }

    fn visit_unary_expr(&mut self, unary: &UnaryExpr) {
        if unary.op == UnaryOp::Delete && self.strict {
            let mut arg = &*unary.arg;
            while let Expr::Paren(paren) = arg {
                arg = &paren.expr;
            }
            if let Expr::Ident(ident) = arg {
                self.error(ident.span, "A variable can't be deleted.");
            }
        }
        unary.visit_children_with(self);
    }

    fn visit_object_lit(&mut self, object: &ObjectLit) {
        let mut seen = false;
        for prop in &object.props {
            if let PropOrSpread::Prop(prop) = prop
                && let Prop::KeyValue(pair) = &**prop
                && let (true, span) = match &pair.key {
                    PropName::Ident(name) => (name.sym == "__proto__", name.span),
                    PropName::Str(name) => (name.value == *"__proto__", name.span),
                    _ => continue,
                }
            {
                if seen {
                    self.error(span, "An object has one `__proto__`.");
                }
                seen = true;
            }
        }
        object.visit_children_with(self);
    }

    fn visit_ident(&mut self, ident: &Ident) {
        self.name(&ident.sym, ident.span);
    }

    fn visit_ident_name(&mut self, name: &IdentName) {
        self.name(&name.sym, name.span);
    }

    fn visit_regex(&mut self, regex: &Regex) {
        if let Some(why) = not_a_regex(&regex.exp, &regex.flags) {
            self.error(regex.span, format!("This is no regular expression: {why}."));
        }
    }
}

fn not_a_regex(pattern: &str, flags: &str) -> Option<String> {
    let mut depth: usize = 0;
    for byte in pattern.bytes() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > GROUPS {
            return Some("its groups nest too deep".to_owned());
        }
    }
    let read = LiteralParser::new(pattern, Some(flags), Options::default()).parse();
    let message = read.err()?.to_string();
    let reason = message.rsplit(": ").next().unwrap_or(&message);
    Some(reason.trim_end_matches('.').to_lowercase())
}
