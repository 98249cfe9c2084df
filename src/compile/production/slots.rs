//! What a body says of other modules → marks. The body has been through `references`, so all of it is said through `os`
//! and through holders.

use crate::{
    esm::Gathered,
    factory::{call, literal},
    script::Marks,
};
use overskill_module::{Dependency, DependencyKind, ModuleFacts, Slot};
use std::collections::HashMap;
use swc_core::common::{DUMMY_SP, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{
    Visit, VisitMut, VisitMutWith, VisitWith, noop_visit_mut_type, noop_visit_type,
};

/// The top-level names of a module and their slots.
pub(super) type Names = HashMap<Id, u32>;

/// The state of the rewriting.
pub(super) struct Slots {
    pub(super) mark: char,
    pub(super) list: Vec<Slot>,
    known: HashMap<Slot, u32>,
    dependencies: Vec<Dependency>,
    os: Option<Id>,
    /// The specifier of each holder.
    holders: HashMap<Id, String>,
    /// CommonJS's own `require`.
    require: Option<Ident>,
    unresolved: SyntaxContext,
}

impl Slots {
    pub(super) fn new(mark: char, gathered: &Gathered, marks: Marks) -> Self {
        let holders = gathered.holders.iter().filter_map(|holder| {
            let ident = holder.ident.as_ref()?;
            Some((ident.to_id(), holder.specifier.clone()))
        });
        Self {
            mark,
            list: Vec::new(),
            known: HashMap::new(),
            dependencies: gathered.facts.dependencies.clone(),
            os: Some(gathered.os.to_id()),
            holders: holders.collect(),
            require: None,
            unresolved: SyntaxContext::empty().apply_mark(marks.unresolved),
        }
    }

    pub(super) fn of_commonjs(
        mark: char,
        facts: &ModuleFacts,
        require: &Ident,
        marks: Marks,
    ) -> Self {
        Self {
            mark,
            list: Vec::new(),
            known: HashMap::new(),
            dependencies: facts.dependencies.clone(),
            os: None,
            holders: HashMap::new(),
            require: Some(require.clone()),
            unresolved: SyntaxContext::empty().apply_mark(marks.unresolved),
        }
    }

    /// Puts marks into a body.
    pub(super) fn rewrite(&mut self, stmts: &mut Vec<Stmt>) {
        stmts.visit_mut_with(self);
    }

    /// Slots for what the top level declares.
    pub(super) fn declare(&mut self, stmts: &[Stmt]) -> Names {
        let mut names = Names::new();
        for ident in stmts.iter().flat_map(declared) {
            names.entry(ident.to_id()).or_insert_with(|| {
                self.list.push(Slot::Local);
                self.list.len() as u32 - 1
            });
        }
        names
    }

    pub(super) fn import(&mut self, specifier: &str, name: Option<String>) -> u32 {
        match self.dependency(specifier) {
            Some(at) => self.slot(Slot::Import(at, name)),
            None => self.slot(Slot::NoRequire),
        }
    }

    /// The static dependency with this specifier.
    pub(super) fn dependency(&self, specifier: &str) -> Option<usize> {
        self.position(specifier, DependencyKind::Static)
    }

    fn position(&self, specifier: &str, kind: DependencyKind) -> Option<usize> {
        let mut all = self.dependencies.iter();
        all.position(|at| at.kind == kind && at.specifier == specifier)
    }

    fn slot(&mut self, slot: Slot) -> u32 {
        let next = self.list.len() as u32;
        let at = *self.known.entry(slot.clone()).or_insert(next);
        if at == next {
            self.list.push(slot);
        }
        at
    }

    /// A mark as a name. To the minifier it is a global that nothing is known of.
    fn name(&mut self, slot: Slot, called: bool) -> Expr {
        let at = self.slot(slot);
        let called = if called { "c" } else { "" };
        let text = format!("{0}{at}{called}{0}", self.mark);
        Ident::new(text.into(), DUMMY_SP, self.unresolved).into()
    }

    /// What a holder, or what is reached through it by plain properties, stands for.
    fn imported(&self, expression: &Expr) -> Option<Slot> {
        match expression {
            Expr::Member(MemberExpr { obj, prop, .. }) => {
                let prop = match prop {
                    MemberProp::Ident(name) => name.sym.to_string(),
                    MemberProp::Computed(computed) => literal(&computed.expr)?.0,
                    MemberProp::PrivateName(_) => return None,
                };
                Some(match self.imported(obj)? {
                    Slot::Import(at, None) => Slot::Import(at, Some(prop)),
                    Slot::Import(at, Some(name)) => Slot::Path(at, name, vec![prop]),
                    Slot::Path(at, name, mut path) => {
                        path.push(prop);
                        Slot::Path(at, name, path)
                    }
                    _ => return None,
                })
            }
            Expr::Ident(ident) => {
                let specifier = self.holders.get(&ident.to_id())?;
                Some(Slot::Import(self.dependency(specifier)?, None))
            }
            _ => None,
        }
    }

    /// The `name` of `os.name`.
    fn os<'e>(&self, expression: &'e Expr) -> Option<&'e str> {
        match expression {
            Expr::Member(MemberExpr {
                obj,
                prop: MemberProp::Ident(name),
                ..
            }) => match &**obj {
                Expr::Ident(ident) if Some(ident.to_id()) == self.os => Some(&*name.sym),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_require(&self, expression: &Expr) -> bool {
        matches!((&self.require, expression), (Some(require), Expr::Ident(ident)) if ident.to_id() == require.to_id())
    }

    /// What stands for a call of `os`.
    fn asked(&mut self, request: &mut CallExpr) -> Option<Expr> {
        let Callee::Expr(callee) = &request.callee else {
            return None;
        };
        let first = request.args.first();
        let text = first.and_then(|first| literal(&first.expr)).map(|it| it.0);
        if self.is_require(callee) {
            let at = self.position(&text?, DependencyKind::Require)?;
            return Some(self.name(Slot::Require(at), false));
        }
        if let Expr::Member(MemberExpr {
            obj,
            prop: MemberProp::Ident(name),
            ..
        }) = &**callee
            && name.sym == "import"
            && self.is_require(obj)
        {
            return self.import_call(request, text);
        }
        let number = |at: usize| match request.args.get(at).map(|at| &*at.expr) {
            Some(Expr::Lit(Lit::Num(number))) => Some(number.value as usize),
            _ => None,
        };
        let name = self.os(callee)?.to_owned();
        let slot = match name.as_str() {
            "import" => return self.import_call(request, text),
            "require" => {
                match text.and_then(|text| self.position(&text, DependencyKind::Require)) {
                    Some(at) => Slot::Require(at),
                    None => {
                        request.args.visit_mut_with(self);
                        let callee = self.name(Slot::NoRequire, false);
                        request.callee = Callee::Expr(Box::new(callee));
                        return Some(Expr::Call(request.clone()));
                    }
                }
            }
            "u" => Slot::Url(self.position(&text?, DependencyKind::Url)?),
            "w" => {
                let kind = match request.args.get(1).and_then(|kind| literal(&kind.expr)) {
                    Some((kind, _)) if kind == "module" => DependencyKind::ModuleWorker,
                    _ => DependencyKind::ClassicWorker,
                };
                Slot::Worker(self.position(&text?, kind)?)
            }
            "glob" => Slot::Glob(number(0)?),
            "pick" => {
                let slot = Slot::Pick(number(0)?, number(2)?);
                let mut path = request.args.get(1)?.expr.clone();
                path.visit_mut_with(self);
                let callee = self.name(slot, false);
                return Some(call(callee, vec![*path], request.span));
            }
            "wasm" => {
                request.args.visit_mut_with(self);
                let callee = self.name(Slot::Wasm, false);
                request.callee = Callee::Expr(Box::new(callee));
                return Some(Expr::Call(request.clone()));
            }
            _ => return None,
        };
        Some(self.name(slot, false))
    }

    fn import_call(&mut self, request: &mut CallExpr, text: Option<String>) -> Option<Expr> {
        match text.and_then(|text| self.position(&text, DependencyKind::Dynamic)) {
            Some(at) => Some(self.name(Slot::Dynamic(at), false)),
            None => {
                request.args.visit_mut_with(self);
                let callee = self.name(Slot::Computed, false);
                request.callee = Callee::Expr(Box::new(callee));
                Some(Expr::Call(request.clone()))
            }
        }
    }

    fn meta(&mut self, expression: &Expr) -> Option<Expr> {
        if let Expr::Member(MemberExpr {
            obj,
            prop: MemberProp::Ident(name),
            ..
        }) = expression
            && self.os(obj) == Some("meta")
            && name.sym == "url"
        {
            return Some(self.name(Slot::MetaUrl, false));
        }
        match self.os(expression)? {
            "meta" => Some(
                MetaPropExpr {
                    span: DUMMY_SP,
                    kind: MetaPropKind::ImportMeta,
                }
                .into(),
            ),
            "require" => Some(self.name(Slot::NoRequire, false)),
            _ => None,
        }
    }
}

impl VisitMut for Slots {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expression: &mut Expr) {
        if let Expr::Seq(SeqExpr { exprs, .. }) = expression
            && let [zero, member] = &exprs[..]
            && matches!(&**zero, Expr::Lit(Lit::Num(_)))
            && let Some(slot @ Slot::Import(_, Some(_))) = self.imported(member)
        {
            *expression = self.name(slot, true);
            return;
        }
        if let Some(slot) = self.imported(expression) {
            *expression = self.name(slot, false);
            return;
        }
        if let Some(meta) = self.meta(expression) {
            *expression = meta;
            return;
        }
        if let Expr::Call(request) = expression
            && let Some(asked) = self.asked(request)
        {
            *expression = asked;
            return;
        }
        expression.visit_mut_children_with(self);
    }

    fn visit_mut_member_expr(&mut self, member: &mut MemberExpr) {
        // Reached for what is assigned to: the holder then refuses it.
        member.visit_mut_children_with(self);
    }

    fn visit_mut_update_expr(&mut self, update: &mut UpdateExpr) {
        match &mut *update.arg {
            Expr::Member(member) => member.visit_mut_children_with(self),
            other => other.visit_mut_with(self),
        }
    }

    fn visit_mut_unary_expr(&mut self, unary: &mut UnaryExpr) {
        match (unary.op, &mut *unary.arg) {
            (UnaryOp::Delete, Expr::Member(member)) => member.visit_mut_children_with(self),
            (_, other) => other.visit_mut_with(self),
        }
    }
}

/// What a statement of the top level declares there.
pub(super) fn declared(stmt: &Stmt) -> Vec<Ident> {
    let lexical = match stmt {
        Stmt::Decl(Decl::Fn(function)) => return vec![function.ident.clone()],
        Stmt::Decl(Decl::Class(class)) => vec![class.ident.clone()],
        Stmt::Decl(Decl::Var(var)) if var.kind != VarDeclKind::Var => find_pat_ids(&var.decls),
        _ => Vec::new(),
    };
    let mut vars = Vars(lexical);
    stmt.visit_with(&mut vars);
    vars.0
}

struct Vars(Vec<Ident>);

impl Visit for Vars {
    noop_visit_type!();

    fn visit_var_decl(&mut self, var: &VarDecl) {
        if var.kind == VarDeclKind::Var {
            self.0.extend(find_pat_ids::<_, Ident>(&var.decls));
        }
        var.visit_children_with(self);
    }

    fn visit_function(&mut self, _: &Function) {}
    fn visit_arrow_expr(&mut self, _: &ArrowExpr) {}
    fn visit_class(&mut self, _: &Class) {}
}
