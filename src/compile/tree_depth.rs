//! How deep a tree is. The parser loops over `a + a + a …` and `a.b.c …`, so that no check of brackets sees those;
//! what walks the tree recurses over them.

use swc_core::common::{Span, Spanned};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith};

/// The deepest tree that the passes walk within [`crate::STACK_BYTES`].
pub(crate) const DEEPEST: usize = 3_000;

/// How many classes may stand in one another's `extends`: swc resolves the names in there twice, so each doubles the
/// time.
const HERITAGE: usize = 8;

/// The depth, or where it is too deep.
pub(crate) fn measure(program: &Program) -> Result<usize, Span> {
    let mut measure = Measure {
        depth: 0,
        deepest: 0,
        heritage: 0,
        beyond: None,
    };
    program.visit_with(&mut measure);
    match measure.beyond {
        Some(span) => Err(span),
        None => Ok(measure.deepest),
    }
}

struct Measure {
    depth: usize,
    deepest: usize,
    heritage: usize,
    beyond: Option<Span>,
}

impl Measure {
    fn enter<N: VisitWith<Self> + Spanned>(&mut self, node: &N) {
        if self.beyond.is_some() {
            return;
        }
        if self.depth == DEEPEST {
            self.beyond = Some(node.span());
            return;
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        node.visit_children_with(self);
        self.depth -= 1;
    }
}

impl Visit for Measure {
    fn visit_expr(&mut self, node: &Expr) {
        self.enter(node);
    }

    fn visit_class(&mut self, class: &Class) {
        class.decorators.visit_with(self);
        class.body.visit_with(self);
        class.type_params.visit_with(self);
        class.super_type_params.visit_with(self);
        class.implements.visit_with(self);
        if class.super_class.is_some() && self.heritage == HERITAGE {
            self.beyond.get_or_insert(class.span);
            return;
        }
        self.heritage += 1;
        class.super_class.visit_with(self);
        self.heritage -= 1;
    }

    fn visit_stmt(&mut self, node: &Stmt) {
        self.enter(node);
    }

    fn visit_pat(&mut self, node: &Pat) {
        self.enter(node);
    }

    fn visit_jsx_element(&mut self, node: &JSXElement) {
        self.enter(node);
    }

    fn visit_jsx_fragment(&mut self, node: &JSXFragment) {
        self.enter(node);
    }

    fn visit_ts_type(&mut self, node: &TsType) {
        self.enter(node);
    }

    fn visit_ts_qualified_name(&mut self, node: &TsQualifiedName) {
        self.enter(node);
    }

    fn visit_ts_namespace_decl(&mut self, node: &TsNamespaceDecl) {
        self.enter(node);
    }

    fn visit_jsx_member_expr(&mut self, node: &JSXMemberExpr) {
        self.enter(node);
    }
}
