//! Rewriting what a module's body says about other modules: imported names, `import()`, `import.meta`, `require`.
//! What Vite reads before the code runs, `import.meta.glob` and the like, is in `analysed`.

mod analysed;

use crate::{
    dependencies::Dependencies,
    factory::{detached, is_global, literal, member, string},
    refresh,
    script::Marks,
    source::Source,
};
use overskill_diagnostics::Diagnostic;
use overskill_module::{DependencyKind, Glob};
use std::collections::HashMap;
use swc_core::common::{DUMMY_SP, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

/// The namespace object of one specifier, as a constant of the factory.
pub(crate) struct Holder {
    pub(crate) specifier: String,
    pub(crate) ident: Option<Ident>,
}

/// What an imported name stands for.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) holder: Ident,
    pub(crate) specifier: String,
    /// `None` is the namespace itself.
    pub(crate) name: Option<String>,
}

impl Binding {
    pub(crate) fn read(&self, span: Span) -> Expr {
        let holder: Expr = Ident {
            span: DUMMY_SP,
            ..self.holder.clone()
        }
        .into();
        match &self.name {
            Some(name) => member(holder, name, span),
            None => holder,
        }
    }
}

/// What the walk found besides what it rewrote.
pub(crate) struct Found {
    pub(crate) dependencies: Dependencies,
    pub(crate) hot: bool,
    pub(crate) top_level_await: bool,
    pub(crate) globs: Vec<Glob>,
    pub(crate) told: Vec<Diagnostic>,
}

pub(crate) struct References<'a> {
    source: &'a Source<'a>,
    os: Ident,
    bindings: HashMap<Id, Binding>,
    unresolved: SyntaxContext,
    found: Found,
    /// How many `try` blocks are around.
    tries: usize,
    /// How many functions are around.
    functions: usize,
}

impl<'a> References<'a> {
    pub(crate) fn new(
        source: &'a Source<'a>,
        os: Ident,
        bindings: HashMap<Id, Binding>,
        dependencies: Dependencies,
        marks: Marks,
    ) -> Self {
        Self {
            source,
            os,
            bindings,
            unresolved: SyntaxContext::empty().apply_mark(marks.unresolved),
            found: Found {
                dependencies,
                hot: false,
                top_level_await: false,
                globs: Vec::new(),
                told: Vec::new(),
            },
            tries: 0,
            functions: 0,
        }
    }

    pub(crate) fn finish(self) -> Found {
        self.found
    }

    fn os(&self, name: &str, span: Span) -> Expr {
        member(self.os.clone().into(), name, span)
    }

    fn binding(&self, expression: &Expr) -> Option<&Binding> {
        match expression {
            Expr::Ident(ident) => self.bindings.get(&ident.to_id()),
            Expr::Paren(paren) => self.binding(&paren.expr),
            _ => None,
        }
    }

    /// An imported name in a place that would take its holder for `this`.
    fn callee(&mut self, expression: &mut Box<Expr>) {
        match self.binding(expression) {
            Some(binding) => {
                let read = binding.read(span_of(expression));
                **expression = match binding.name {
                    Some(_) => detached(read),
                    None => read,
                };
            }
            None => expression.visit_mut_with(self),
        }
    }

    fn depend(&mut self, argument: &Expr, kind: DependencyKind) {
        if let Some((specifier, span)) = literal(argument) {
            let span = self.source.span(span);
            self.found
                .dependencies
                .add(&specifier, kind, span, self.tries > 0);
        }
    }

    /// `import(…)` and `require(…)`.
    fn request(&mut self, request: &mut CallExpr) -> bool {
        let (kind, name) = match &request.callee {
            Callee::Import(_) => (DependencyKind::Dynamic, "import"),
            Callee::Expr(callee) if is_global(callee, "require", self.unresolved) => {
                (DependencyKind::Require, "require")
            }
            _ => return false,
        };
        if let [first, ..] = &mut request.args[..]
            && first.spread.is_none()
        {
            self.depend(&first.expr, kind);
            if let Some((specifier, _)) = literal(&first.expr) {
                *first.expr = string(&specifier);
            } else if kind == DependencyKind::Dynamic && self.variable_import(request) {
                return true;
            }
        }
        request.args.visit_mut_with(self);
        request.callee = Callee::Expr(Box::new(self.os(name, DUMMY_SP)));
        true
    }

    fn inside_function(&mut self, visit: impl FnOnce(&mut Self)) {
        self.functions += 1;
        visit(self);
        self.functions -= 1;
    }
}

fn span_of(expression: &Expr) -> Span {
    swc_core::common::Spanned::span(expression)
}

fn is_meta(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::MetaProp(MetaPropExpr {
            kind: MetaPropKind::ImportMeta,
            ..
        })
    )
}

impl VisitMut for References<'_> {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expression: &mut Expr) {
        if let Expr::Call(request) = expression {
            if let Some(glob) = self.glob(request) {
                *expression = glob;
                return;
            }
            if self.request(request) {
                return;
            }
        }
        match expression {
            Expr::Ident(ident) => {
                if let Some(binding) = self.bindings.get(&ident.to_id()) {
                    *expression = binding.read(ident.span);
                } else if let Some(name) = refresh::in_os(ident) {
                    *expression = self.os(name, ident.span);
                }
                return;
            }
            Expr::MetaProp(meta) if meta.kind == MetaPropKind::ImportMeta => {
                *expression = self.os("meta", meta.span);
                return;
            }
            Expr::Member(MemberExpr {
                obj,
                prop: MemberProp::Ident(prop),
                ..
            }) if is_meta(obj) && prop.sym == "hot" => self.found.hot = true,
            Expr::New(new) => self.address(new),
            Expr::Await(_) if self.functions == 0 => self.found.top_level_await = true,
            _ => {}
        }
        expression.visit_mut_children_with(self);
    }

    fn visit_mut_callee(&mut self, callee: &mut Callee) {
        match callee {
            Callee::Expr(expression) => self.callee(expression),
            other => other.visit_mut_children_with(self),
        }
    }

    fn visit_mut_opt_call(&mut self, optional: &mut OptCall) {
        self.callee(&mut optional.callee);
        optional.args.visit_mut_with(self);
    }

    fn visit_mut_tagged_tpl(&mut self, tagged: &mut TaggedTpl) {
        self.callee(&mut tagged.tag);
        tagged.tpl.visit_mut_with(self);
    }

    fn visit_mut_prop(&mut self, prop: &mut Prop) {
        if let Prop::Shorthand(ident) = prop
            && let Some(binding) = self.bindings.get(&ident.to_id())
        {
            *prop = Prop::KeyValue(KeyValueProp {
                value: Box::new(binding.read(ident.span)),
                key: PropName::Ident(ident.clone().into()),
            });
            return;
        }
        prop.visit_mut_children_with(self);
    }

    fn visit_mut_simple_assign_target(&mut self, target: &mut SimpleAssignTarget) {
        // Only in packages: in an app's own file it is an error. At run time the holder throws, as it should.
        if let SimpleAssignTarget::Ident(ident) = target
            && let Some(binding) = self.bindings.get(&ident.to_id())
            && let Expr::Member(read) = binding.read(ident.span)
        {
            *target = SimpleAssignTarget::Member(read);
            return;
        }
        target.visit_mut_children_with(self);
    }

    fn visit_mut_try_stmt(&mut self, attempt: &mut TryStmt) {
        self.tries += 1;
        attempt.block.visit_mut_with(self);
        self.tries -= 1;
        attempt.handler.visit_mut_with(self);
        attempt.finalizer.visit_mut_with(self);
    }

    fn visit_mut_for_of_stmt(&mut self, each: &mut ForOfStmt) {
        if each.is_await && self.functions == 0 {
            self.found.top_level_await = true;
        }
        each.visit_mut_children_with(self);
    }

    fn visit_mut_function(&mut self, function: &mut Function) {
        self.inside_function(|this| function.visit_mut_children_with(this));
    }

    fn visit_mut_arrow_expr(&mut self, arrow: &mut ArrowExpr) {
        self.inside_function(|this| arrow.visit_mut_children_with(this));
    }

    fn visit_mut_constructor(&mut self, constructor: &mut Constructor) {
        self.inside_function(|this| constructor.visit_mut_children_with(this));
    }
}
