//! What production code sees of its environment: `import.meta.env`, `import.meta.hot` and Vite's `define`, put in as
//! values so that what they decide can be left out. `process.env` is an empty object, but for `NODE_ENV`.
//!
//! Input: `if (import.meta.hot) x(); y(import.meta.env.MODE)`. Output: `if (undefined) x(); y("production")`.

use overskill_module::Defines;
use std::collections::BTreeMap;
use swc_core::common::{DUMMY_SP, FileName, Mark, SourceMap, SyntaxContext, sync::Lrc};
use swc_core::ecma::ast::*;
use swc_core::ecma::parser::{EsSyntax, Syntax, parse_file_as_expr};
use swc_core::ecma::transforms::base::resolver;
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

/// Replaces what `defines` has. `text` is the source, which most of it can be told from.
pub(crate) fn replace(program: &mut Program, defines: &Defines, text: &str, unresolved: Mark) {
    let meta = text.contains("import.meta") || text.contains("process");
    let first = |name: &str| {
        let first = name.split('.').next().unwrap_or(name);
        text.contains(first)
    };
    let wanted: BTreeMap<&str, Expr> = defines
        .define
        .iter()
        .filter(|(name, _)| first(name))
        .filter_map(|(name, value)| Some((name.as_str(), parsed(value, unresolved)?)))
        .collect();
    if !meta && wanted.is_empty() {
        return;
    }
    let env = defines.env.iter();
    let env = env.filter_map(|(name, value)| Some((name.as_str(), parsed(value, unresolved)?)));
    let mut environment = Environment {
        env: env.collect(),
        define: wanted,
        unresolved: SyntaxContext::empty().apply_mark(unresolved),
    };
    program.visit_mut_with(&mut environment);
}

fn parsed(text: &str, unresolved: Mark) -> Option<Expr> {
    let map: Lrc<SourceMap> = Lrc::default();
    let file = map.new_source_file(FileName::Anon.into(), text.to_owned());
    let syntax = Syntax::Es(EsSyntax::default());
    let mut errors = Vec::new();
    let parsed = parse_file_as_expr(&file, syntax, EsVersion::latest(), None, &mut errors);
    let mut expression = parsed.ok().filter(|_| errors.is_empty())?;
    expression.visit_mut_with(&mut resolver(unresolved, Mark::new(), false));
    expression.visit_mut_with(&mut NoSpans);
    Some(*expression)
}

struct NoSpans;

impl VisitMut for NoSpans {
    fn visit_mut_span(&mut self, span: &mut swc_core::common::Span) {
        *span = DUMMY_SP;
    }
}

struct Environment<'a> {
    env: BTreeMap<&'a str, Expr>,
    define: BTreeMap<&'a str, Expr>,
    unresolved: SyntaxContext,
}

impl Environment<'_> {
    /// `a.b.c` as written, from a global or `import.meta` on.
    fn dotted(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Paren(paren) => self.dotted(&paren.expr),
            Expr::TsAs(typed) => self.dotted(&typed.expr),
            Expr::TsNonNull(typed) => self.dotted(&typed.expr),
            Expr::TsSatisfies(typed) => self.dotted(&typed.expr),
            Expr::TsTypeAssertion(typed) => self.dotted(&typed.expr),
            Expr::Ident(ident) if ident.ctxt == self.unresolved => Some(ident.sym.to_string()),
            Expr::MetaProp(meta) if meta.kind == MetaPropKind::ImportMeta => {
                Some("import.meta".to_owned())
            }
            Expr::Member(MemberExpr { obj, prop, .. }) => {
                let name = property(prop)?;
                Some(format!("{}.{name}", self.dotted(obj)?))
            }
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(MemberExpr { obj, prop, .. }) => {
                    let name = property(prop)?;
                    Some(format!("{}.{name}", self.dotted(obj)?))
                }
                OptChainBase::Call(_) => None,
            },
            _ => None,
        }
    }

    fn value(&self, expression: &Expr) -> Option<Expr> {
        let at = match expression {
            Expr::Ident(_) | Expr::Member(_) | Expr::OptChain(_) => self.dotted(expression)?,
            _ => return None,
        };
        if let Some(value) = self.define.get(at.as_str()) {
            return Some(value.clone());
        }
        if [
            "process.env",
            "global.process.env",
            "globalThis.process.env",
        ]
        .contains(&at.as_str())
        {
            return Some(ObjectLit::default().into());
        }
        let rest = at.strip_prefix("import.meta.")?;
        if rest == "hot" {
            return Some(*Expr::undefined(DUMMY_SP));
        }
        if rest == "env" {
            return Some(self.object());
        }
        let name = rest.strip_prefix("env.")?;
        match self.env.get(name) {
            Some(value) => Some(value.clone()),
            None if name.contains('.') => None,
            None => Some(*Expr::undefined(DUMMY_SP)),
        }
    }

    fn object(&self) -> Expr {
        let props = self.env.iter().map(|(name, value)| {
            PropOrSpread::Prop(Box::new(Prop::KeyValue(KeyValueProp {
                key: PropName::Str((*name).into()),
                value: Box::new(value.clone()),
            })))
        });
        ObjectLit {
            span: DUMMY_SP,
            props: props.collect(),
        }
        .into()
    }
}

fn property(prop: &MemberProp) -> Option<String> {
    match prop {
        MemberProp::Ident(name) => Some(name.sym.to_string()),
        MemberProp::Computed(computed) => match &*computed.expr {
            Expr::Lit(Lit::Str(text)) => Some(text.value.to_string_lossy().into_owned()),
            _ => None,
        },
        MemberProp::PrivateName(_) => None,
    }
}

impl VisitMut for Environment<'_> {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expression: &mut Expr) {
        match self.value(expression) {
            Some(value) => *expression = value,
            // What it decides is told by its name.
            None if self.dotted(expression).as_deref() == Some("process.env.NODE_ENV") => {}
            None => expression.visit_mut_children_with(self),
        }
    }

    fn visit_mut_prop(&mut self, prop: &mut Prop) {
        if let Prop::Shorthand(ident) = prop
            && ident.ctxt == self.unresolved
            && let Some(value) = self.define.get(&*ident.sym)
        {
            *prop = Prop::KeyValue(KeyValueProp {
                key: PropName::Ident(ident.clone().into()),
                value: Box::new(value.clone()),
            });
            return;
        }
        prop.visit_mut_children_with(self);
    }

    fn visit_mut_simple_assign_target(&mut self, target: &mut SimpleAssignTarget) {
        // What is assigned to is not replaced, only what it is reached through.
        if let SimpleAssignTarget::Member(member) = target {
            if self.dotted(&member.obj).is_none() {
                member.visit_mut_children_with(self);
            } else if let MemberProp::Computed(computed) = &mut member.prop {
                computed.visit_mut_with(self);
            }
            return;
        }
        target.visit_mut_children_with(self);
    }
}
