//! A body → parts that can be left out one by one.
//!
//! Input: `const a = f(), b = 1; a.x = 2, g()`. Output: `a = f()`, `b = 1`, `a.x = 2`, `g()`.

use super::{
    Context,
    purity::Judge,
    slots::{Names, declared},
};
use crate::{factory::statement, print::Places};
use overskill_module::{Statement, StatementKind};
use std::collections::HashSet;
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;

/// One of them, not yet printed.
pub(super) struct Part {
    pub(super) stmt: Stmt,
    kind: StatementKind,
    declares: Vec<u32>,
    effects: bool,
    owner: Option<u32>,
}

impl Part {
    /// One that always stands as it is.
    pub(super) fn plain(stmt: Stmt) -> Self {
        Self {
            stmt,
            kind: StatementKind::Plain,
            declares: Vec::new(),
            effects: true,
            owner: None,
        }
    }

    /// With its code.
    pub(super) fn statement(self, code: String, mut places: Places) -> Statement {
        let code = match self.kind {
            StatementKind::Plain | StatementKind::Function => code,
            StatementKind::Let | StatementKind::Var => {
                let keyword = ["let", "const", "var"].iter();
                let mut stripped = keyword.filter_map(|keyword| code.strip_prefix(keyword));
                let rest = stripped.next().unwrap_or(&code).trim_start();
                let before = (code.len() - rest.len()) as u32;
                for place in &mut places {
                    place.0 = place.0.saturating_sub(before);
                }
                rest.trim_end_matches(';').to_owned()
            }
        };
        Statement {
            code,
            kind: self.kind,
            declares: self.declares,
            effects: self.effects,
            owner: self.owner,
            places,
        }
    }
}

/// Splits a body. Parts that do nothing and declare nothing are gone.
pub(super) fn split(context: &Context<'_>, stmts: Vec<Stmt>, names: &Names) -> Vec<Part> {
    let mut split = Split {
        judge: Judge::new(context.comments, context.marks, names),
        names,
        fresh: HashSet::new(),
        parts: Vec::new(),
    };
    for stmt in stmts {
        split.stmt(stmt);
    }
    split.parts
}

struct Split<'a> {
    judge: Judge<'a>,
    names: &'a Names,
    /// Names that hold what nothing else can reach.
    fresh: HashSet<u32>,
    parts: Vec<Part>,
}

impl Split<'_> {
    fn stmt(&mut self, stmt: Stmt) {
        match stmt {
            Stmt::Empty(_) => {}
            Stmt::Expr(expr) => self.expression(*expr.expr),
            Stmt::Decl(Decl::Var(var)) => {
                let kind = var.kind;
                for declarator in var.decls {
                    self.declarator(kind, declarator);
                }
            }
            Stmt::Decl(Decl::Fn(function)) => {
                let declares = self.slots([&function.ident]);
                self.fresh.extend(&declares);
                self.parts.push(Part {
                    stmt: Stmt::Decl(Decl::Fn(function)),
                    kind: StatementKind::Function,
                    declares,
                    effects: false,
                    owner: None,
                });
            }
            Stmt::Decl(Decl::Class(class)) => {
                let declares = self.slots([&class.ident]);
                self.fresh.extend(&declares);
                let effects = !self.judge.class(&class.class);
                self.parts.push(Part {
                    stmt: Stmt::Decl(Decl::Class(class)),
                    kind: StatementKind::Plain,
                    declares,
                    effects,
                    owner: None,
                });
            }
            other => {
                let declared = declared(&other);
                let declares = self.slots(&declared);
                self.parts.push(Part {
                    declares,
                    ..Part::plain(other)
                });
            }
        }
    }

    fn slots<'i>(&self, idents: impl IntoIterator<Item = &'i Ident>) -> Vec<u32> {
        let found = idents.into_iter();
        let found = found.filter_map(|ident| self.names.get(&ident.to_id()));
        found.copied().collect()
    }

    fn expression(&mut self, expression: Expr) {
        match expression {
            Expr::Paren(paren) => self.expression(*paren.expr),
            Expr::Seq(sequence) => {
                for each in sequence.exprs {
                    self.expression(*each);
                }
            }
            // A directive that is no longer one, or a value that nobody takes.
            expression if self.judge.expression(&expression) => {}
            expression => {
                let owner = self.owner(&expression);
                self.parts.push(Part {
                    effects: owner.is_none(),
                    owner,
                    ..Part::plain(statement(expression))
                });
            }
        }
    }

    fn declarator(&mut self, kind: VarDeclKind, mut declarator: VarDeclarator) {
        // What runs before the value can stand before the declaration.
        if let Some(init) = &mut declarator.init
            && let Expr::Seq(sequence) = &mut **init
            && let Some(last) = sequence.exprs.pop()
        {
            let before = std::mem::take(&mut sequence.exprs);
            **init = *last;
            for each in before {
                self.expression(*each);
            }
        }
        let idents: Vec<Ident> = find_pat_ids(&declarator.name);
        let declares = self.slots(&idents);
        let init = declarator.init.as_deref();
        if init.is_some_and(|init| self.judge.is_fresh(init)) {
            self.fresh.extend(&declares);
        }
        let pure = init.is_none_or(|init| self.judge.expression(init))
            && self.judge.pattern(&declarator.name, init);
        let (kind, statement_kind) = match kind {
            VarDeclKind::Var => (VarDeclKind::Var, StatementKind::Var),
            VarDeclKind::Let | VarDeclKind::Const => (VarDeclKind::Let, StatementKind::Let),
        };
        let stmt = VarDecl {
            kind,
            decls: vec![declarator],
            ..VarDecl::default()
        };
        self.parts.push(Part {
            stmt: stmt.into(),
            kind: statement_kind,
            declares,
            effects: !pure,
            owner: None,
        });
    }

    /// The name whose value is all that the expression changes.
    fn owner(&self, expression: &Expr) -> Option<u32> {
        match expression {
            Expr::Assign(AssignExpr {
                op: AssignOp::Assign,
                left: AssignTarget::Simple(target),
                right,
                ..
            }) if self.judge.expression(right) => match target {
                SimpleAssignTarget::Ident(name) => self.names.get(&name.to_id()).copied(),
                SimpleAssignTarget::Member(member) => self.member_owner(member),
                _ => None,
            },
            Expr::Call(CallExpr {
                callee: Callee::Expr(callee),
                args,
                ..
            }) if self.judge.is_definer(callee) => {
                let (first, rest) = args.split_first()?;
                let pure = rest
                    .iter()
                    .all(|each| each.spread.is_none() && self.judge.expression(&each.expr));
                match &*first.expr {
                    Expr::Ident(name) if pure && first.spread.is_none() => self.fresh(name),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn member_owner(&self, member: &MemberExpr) -> Option<u32> {
        if let MemberProp::Computed(computed) = &member.prop
            && !self.judge.expression(&computed.expr)
        {
            return None;
        }
        match &*member.obj {
            Expr::Ident(name) => self.fresh(name),
            // `A.prototype.x = …`
            Expr::Member(inner) => match (&*inner.obj, &inner.prop) {
                (Expr::Ident(name), MemberProp::Ident(prop)) if prop.sym == "prototype" => {
                    self.fresh(name)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn fresh(&self, name: &Ident) -> Option<u32> {
        let slot = self.names.get(&name.to_id())?;
        self.fresh.contains(slot).then_some(*slot)
    }
}
