//! A module's top-level `this` is `undefined`; so is its `arguments`, which would be the factory's.

use swc_core::common::Mark;
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

/// Runs before anything is lowered, while functions and classes still show whose `this` it is.
pub(crate) fn undefine_top_level(program: &mut Program, unresolved: Mark) {
    program.visit_mut_with(&mut TopLevel { unresolved });
}

struct TopLevel {
    unresolved: Mark,
}

impl VisitMut for TopLevel {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expression: &mut Expr) {
        match expression {
            Expr::This(this) => *expression = *Expr::undefined(this.span),
            Expr::Ident(ident)
                if ident.sym == "arguments" && ident.ctxt.outer() == self.unresolved =>
            {
                *expression = *Expr::undefined(ident.span);
            }
            _ => expression.visit_mut_children_with(self),
        }
    }

    fn visit_mut_function(&mut self, function: &mut Function) {
        function.decorators.visit_mut_with(self);
    }

    fn visit_mut_constructor(&mut self, _: &mut Constructor) {}

    fn visit_mut_class_prop(&mut self, field: &mut ClassProp) {
        field.key.visit_mut_with(self);
    }

    fn visit_mut_private_prop(&mut self, _: &mut PrivateProp) {}

    fn visit_mut_auto_accessor(&mut self, accessor: &mut AutoAccessor) {
        accessor.key.visit_mut_with(self);
    }

    fn visit_mut_static_block(&mut self, _: &mut StaticBlock) {}
}
