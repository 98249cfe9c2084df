//! `process.env.NODE_ENV` is `"development"`, or `"production"`; branches that this decides, and nothing else, are decided now.
//!
//! Input: `if (process.env.NODE_ENV === "production") { a() } else { b() }`. Output: `{ b() }`.

use swc_core::common::{DUMMY_SP, Mark, Span, SyntaxContext, util::take::Take};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::extract_var_ids;
use swc_core::ecma::visit::{
    Visit, VisitMut, VisitMutWith, VisitWith, noop_visit_mut_type, noop_visit_type,
};

/// Puts the value in and removes what became dead, so that no `require` in it counts.
pub(crate) fn fold(program: &mut Program, production: bool, unresolved: Mark) {
    let unresolved = SyntaxContext::empty().apply_mark(unresolved);
    let mut mention = Mention {
        unresolved,
        found: false,
    };
    program.visit_with(&mut mention);
    if mention.found {
        let node_env = match production {
            true => "production",
            false => "development",
        };
        program.visit_mut_with(&mut Fold {
            unresolved,
            node_env,
        });
    }
}

fn is_node_env(expression: &Expr, unresolved: SyntaxContext) -> bool {
    let Expr::Member(MemberExpr { obj, prop, .. }) = expression else {
        return false;
    };
    let Expr::Member(MemberExpr {
        obj: process,
        prop: env,
        ..
    }) = &**obj
    else {
        return false;
    };
    let named = |prop: &MemberProp, name: &str| match prop {
        MemberProp::Ident(ident) => ident.sym == name,
        MemberProp::Computed(computed) => {
            matches!(&*computed.expr, Expr::Lit(Lit::Str(text)) if text.value == *name)
        }
        MemberProp::PrivateName(_) => false,
    };
    named(prop, "NODE_ENV")
        && named(env, "env")
        && matches!(&**process, Expr::Ident(ident) if ident.sym == "process" && ident.ctxt == unresolved)
}

struct Mention {
    unresolved: SyntaxContext,
    found: bool,
}

impl Visit for Mention {
    noop_visit_type!();

    fn visit_expr(&mut self, expression: &Expr) {
        self.found |= is_node_env(expression, self.unresolved);
        if !self.found {
            expression.visit_children_with(self);
        }
    }
}

/// A value that follows from the define alone.
#[derive(Clone, PartialEq)]
enum Known {
    Text(String),
    Truth(bool),
}

impl Known {
    fn truthy(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Truth(truth) => *truth,
        }
    }

    fn into_expression(self, span: Span) -> Expr {
        match self {
            Self::Text(text) => Lit::Str(Str {
                span,
                value: text.into(),
                raw: None,
            })
            .into(),
            Self::Truth(value) => Lit::Bool(Bool { span, value }).into(),
        }
    }
}

struct Fold {
    unresolved: SyntaxContext,
    node_env: &'static str,
}

impl Fold {
    fn known(&self, expression: &Expr) -> Option<Known> {
        match expression {
            Expr::Paren(paren) => self.known(&paren.expr),
            Expr::Unary(UnaryExpr {
                op: UnaryOp::Bang,
                arg,
                ..
            }) => Some(Known::Truth(!self.known(arg)?.truthy())),
            Expr::Bin(BinExpr {
                op, left, right, ..
            }) => match op {
                BinaryOp::EqEq | BinaryOp::EqEqEq => Some(Known::Truth(self.equal(left, right)?)),
                BinaryOp::NotEq | BinaryOp::NotEqEq => {
                    Some(Known::Truth(!self.equal(left, right)?))
                }
                BinaryOp::LogicalAnd => match self.known(left)? {
                    left if left.truthy() => self.known(right),
                    left => Some(left),
                },
                BinaryOp::LogicalOr => match self.known(left)? {
                    left if left.truthy() => Some(left),
                    _ => self.known(right),
                },
                _ => None,
            },
            other => {
                is_node_env(other, self.unresolved).then(|| Known::Text(self.node_env.to_owned()))
            }
        }
    }

    fn equal(&self, left: &Expr, right: &Expr) -> Option<bool> {
        let text = |expression: &Expr| match expression {
            Expr::Lit(Lit::Str(text)) => Some(Known::Text(text.value.to_string_lossy().into())),
            _ => None,
        };
        match (self.known(left), self.known(right)) {
            (Some(left), Some(right)) => Some(left == right),
            (Some(left), None) => Some(left == text(right)?),
            (None, Some(right)) => Some(right == text(left)?),
            (None, None) => None,
        }
    }
}

impl VisitMut for Fold {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expression: &mut Expr) {
        if let Some(known) = self.known(expression) {
            let span = match expression {
                Expr::Member(member) => member.span,
                _ => DUMMY_SP,
            };
            *expression = known.into_expression(span);
            return;
        }
        let decided = match expression {
            Expr::Cond(CondExpr {
                test, cons, alt, ..
            }) => self
                .known(test)
                .map(|test| if test.truthy() { cons } else { alt }.take()),
            Expr::Bin(BinExpr {
                op: BinaryOp::LogicalAnd,
                left,
                right,
                ..
            }) => self.known(left).filter(Known::truthy).map(|_| right.take()),
            Expr::Bin(BinExpr {
                op: BinaryOp::LogicalOr,
                left,
                right,
                ..
            }) => self
                .known(left)
                .filter(|left| !left.truthy())
                .map(|_| right.take()),
            _ => None,
        };
        if let Some(decided) = decided {
            // The paren keeps `(true && a.b)()` from becoming a method call; the fixer removes it where it may.
            *expression = match *decided {
                member @ Expr::Member(_) => Expr::Seq(SeqExpr {
                    span: DUMMY_SP,
                    exprs: vec![0.0.into(), member.into()],
                }),
                other => other,
            };
        }
        expression.visit_mut_children_with(self);
    }

    fn visit_mut_assign_target(&mut self, target: &mut AssignTarget) {
        // `process.env.NODE_ENV = …` stays.
        if !matches!(target, AssignTarget::Simple(SimpleAssignTarget::Member(_))) {
            target.visit_mut_children_with(self);
        }
    }

    fn visit_mut_stmt(&mut self, statement: &mut Stmt) {
        if let Stmt::If(branch) = statement
            && let Some(test) = self.known(&branch.test)
        {
            let kept = match test.truthy() {
                true => Some(branch.cons.take()),
                false => branch.alt.take(),
            };
            let dropped = match test.truthy() {
                true => branch.alt.take(),
                false => Some(branch.cons.take()),
            };
            let mut kept =
                kept.map_or_else(|| Stmt::Empty(EmptyStmt { span: DUMMY_SP }), |kept| *kept);
            let vars = dropped.map_or_else(Vec::new, |dropped| extract_var_ids(&*dropped));
            kept.visit_mut_with(self);
            *statement = with_vars(kept, vars);
            return;
        }
        statement.visit_mut_children_with(self);
    }
}

/// `var`s of a dropped branch are still declared in the function around it.
fn with_vars(kept: Stmt, vars: Vec<Ident>) -> Stmt {
    if vars.is_empty() {
        return kept;
    }
    let decls = vars
        .into_iter()
        .map(|name| VarDeclarator {
            span: DUMMY_SP,
            name: name.into(),
            init: None,
            definite: false,
        })
        .collect();
    let declared = VarDecl {
        kind: VarDeclKind::Var,
        decls,
        ..VarDecl::default()
    };
    Stmt::Block(BlockStmt {
        stmts: vec![declared.into(), kept],
        ..BlockStmt::default()
    })
}
