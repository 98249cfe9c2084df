//! Early errors that the parser leaves alone and that would break the chunk or surprise the author: names declared or
//! exported twice, assignments to imports. Runs on plain JavaScript, after types are gone.

use crate::source::Source;
use overskill_diagnostics::Diagnostic;
use overskill_module::ModuleFormat;
use std::collections::{HashMap, HashSet};
use swc_core::atoms::Atom;
use swc_core::common::{Mark, Span, Spanned};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// Everything wrong with the program's names.
pub(crate) fn check(
    source: &Source<'_>,
    program: &Program,
    format: ModuleFormat,
    package: bool,
    unresolved: Mark,
) -> Result<(), Vec<Diagnostic>> {
    let mut checker = Checker {
        source,
        strict: format == ModuleFormat::Esm,
        scopes: Vec::new(),
        exported: HashSet::new(),
        imported: HashSet::new(),
        unresolved,
        found: Vec::new(),
    };
    if let Program::Module(module) = program
        && !package
    {
        checker.imported = imported(module);
    }
    program.visit_with(&mut checker);
    match checker.found.is_empty() {
        true => Ok(()),
        false => Err(checker.found),
    }
}

/// Standard decorators know none on parameters, and swc would leave them standing.
pub(crate) fn refuse_parameter_decorators(
    source: &Source<'_>,
    program: &Program,
) -> Result<(), Vec<Diagnostic>> {
    struct Parameters(Vec<Span>);
    impl Visit for Parameters {
        fn visit_param(&mut self, param: &Param) {
            self.0
                .extend(param.decorators.first().map(|first| first.span));
            param.visit_children_with(self);
        }

        fn visit_ts_param_prop(&mut self, param: &TsParamProp) {
            self.0
                .extend(param.decorators.first().map(|first| first.span));
            param.visit_children_with(self);
        }
    }
    let mut parameters = Parameters(Vec::new());
    program.visit_with(&mut parameters);
    let errors: Vec<Diagnostic> = parameters
        .0
        .into_iter()
        .map(|span| {
            let error = Diagnostic::error(
                "syntax-error",
                "Standard decorators can't be put on parameters.",
            )
            .hint(
                "Set `experimentalDecorators` in `tsconfig.json` for TypeScript's own decorators.",
            );
            source.at(error, span)
        })
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors),
    }
}

fn imported(module: &Module) -> HashSet<Id> {
    let specifiers = module.body.iter().filter_map(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::Import(import)) => Some(&import.specifiers),
        _ => None,
    });
    specifiers
        .flatten()
        .map(|specifier| specifier.local().to_id())
        .collect()
}

/// How a name is declared, as far as declaring it again goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `let`, `const`, `class`, `using`, `import`.
    Lexical,
    /// A function where it may be declared once only.
    Function,
    /// `var`, a parameter, a function where it is like `var`.
    Loose,
}

#[derive(Default)]
struct Scope {
    names: HashMap<Atom, Kind>,
    /// Whether `var`s stop here.
    function: bool,
}

struct Checker<'a> {
    source: &'a Source<'a>,
    strict: bool,
    scopes: Vec<Scope>,
    exported: HashSet<String>,
    imported: HashSet<Id>,
    unresolved: Mark,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn scope(&mut self, function: bool, visit: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope {
            function,
            ..Scope::default()
        });
        visit(self);
        self.scopes.pop();
    }

    fn declare(&mut self, ident: &Ident, kind: Kind) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        let before = scope.names.insert(ident.sym.clone(), kind);
        let clash = match (before, kind) {
            (None, _) | (Some(Kind::Loose), Kind::Loose) => false,
            // Annex B lets sloppy code repeat functions in a block.
            (Some(Kind::Function), Kind::Function) => self.strict,
            _ => true,
        };
        if clash {
            self.twice(ident);
        }
    }

    /// A `var` is declared in its function, and must not pass a lexical declaration on the way there.
    fn declare_var(&mut self, ident: &Ident) {
        let mut clash = false;
        for scope in self.scopes.iter_mut().rev() {
            match scope.names.get(&ident.sym) {
                Some(Kind::Lexical | Kind::Function) => clash = true,
                Some(Kind::Loose) => {}
                None if scope.function => {
                    scope.names.insert(ident.sym.clone(), Kind::Loose);
                }
                None => {}
            }
            if scope.function {
                break;
            }
        }
        if clash {
            self.twice(ident);
        }
    }

    fn twice(&mut self, ident: &Ident) {
        // Helpers that passes added are nobody's mistake.
        if ident.span.is_dummy() {
            return;
        }
        let error = Diagnostic::error(
            "duplicate-declaration",
            format!("`{}` is declared twice.", ident.sym),
        )
        .hint("Rename one of the two, or remove it.");
        self.found.push(self.source.at(error, ident.span));
    }

    fn export(&mut self, name: String, span: Span) {
        if self.exported.contains(&name) {
            let message = match name.as_str() {
                "default" => "The module has two default exports.".to_owned(),
                name => format!("`{name}` is exported twice."),
            };
            let error = Diagnostic::error("duplicate-export", message);
            self.found.push(self.source.at(error, span));
        }
        self.exported.insert(name);
    }

    fn assign(&mut self, ident: &Ident) {
        if self.imported.contains(&ident.to_id()) {
            let error = Diagnostic::error(
                "assign-to-import",
                format!(
                    "`{}` is imported, and imports can't be assigned to.",
                    ident.sym
                ),
            )
            .hint("Export a function that changes it from its own module, and call that.");
            self.found.push(self.source.at(error, ident.span));
        }
    }

    fn function_body(&mut self, params: &[&Pat], body: impl FnOnce(&mut Self)) {
        self.scope(true, |this| {
            for param in params {
                for ident in find_pat_ids::<_, Ident>(*param) {
                    if let Some(scope) = this.scopes.last_mut() {
                        scope.names.insert(ident.sym, Kind::Loose);
                    }
                }
                param.visit_with(this);
            }
            body(this);
        });
    }
}

impl Visit for Checker<'_> {
    noop_visit_type!();

    fn visit_program(&mut self, program: &Program) {
        self.scope(true, |this| program.visit_children_with(this));
    }

    fn visit_function(&mut self, function: &Function) {
        let params: Vec<&Pat> = function.params.iter().map(|param| &param.pat).collect();
        self.function_body(&params, |this| {
            if let Some(body) = &function.body {
                body.stmts.visit_with(this);
            }
        });
        function.decorators.visit_with(self);
    }

    fn visit_constructor(&mut self, constructor: &Constructor) {
        self.scope(true, |this| {
            for param in &constructor.params {
                if let ParamOrTsParamProp::Param(param) = param {
                    for ident in find_pat_ids::<_, Ident>(&param.pat) {
                        if let Some(scope) = this.scopes.last_mut() {
                            scope.names.insert(ident.sym, Kind::Loose);
                        }
                    }
                    param.pat.visit_with(this);
                }
            }
            if let Some(body) = &constructor.body {
                body.stmts.visit_with(this);
            }
        });
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        let params: Vec<&Pat> = arrow.params.iter().collect();
        self.function_body(&params, |this| match &*arrow.body {
            ArrowFunctionBody::FunctionBody(body) => body.stmts.visit_with(this),
            other => other.visit_children_with(this),
        });
    }

    fn visit_static_block(&mut self, block: &StaticBlock) {
        self.scope(true, |this| block.visit_children_with(this));
    }

    fn visit_class_prop(&mut self, field: &ClassProp) {
        self.scope(true, |this| field.visit_children_with(this));
    }

    fn visit_block_stmt(&mut self, block: &BlockStmt) {
        self.scope(false, |this| block.visit_children_with(this));
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause) {
        self.scope(false, |this| {
            if let Some(param) = &clause.param {
                let kind = match param {
                    // Annex B: `var e` in `catch (e)` is fine.
                    Pat::Ident(_) => Kind::Loose,
                    _ => Kind::Lexical,
                };
                for ident in find_pat_ids::<_, Ident>(param) {
                    this.declare(&ident, kind);
                }
                param.visit_with(this);
            }
            // The block's own names are in one scope with the parameter.
            clause.body.stmts.visit_with(this);
        });
    }

    fn visit_switch_stmt(&mut self, switch: &SwitchStmt) {
        switch.discriminant.visit_with(self);
        self.scope(false, |this| switch.cases.visit_with(this));
    }

    fn visit_for_stmt(&mut self, each: &ForStmt) {
        self.scope(false, |this| each.visit_children_with(this));
    }

    fn visit_for_in_stmt(&mut self, each: &ForInStmt) {
        self.scope(false, |this| each.visit_children_with(this));
    }

    fn visit_for_of_stmt(&mut self, each: &ForOfStmt) {
        self.scope(false, |this| each.visit_children_with(this));
    }

    fn visit_var_decl(&mut self, var: &VarDecl) {
        for ident in find_pat_ids::<_, Ident>(&var.decls) {
            match var.kind {
                VarDeclKind::Var => self.declare_var(&ident),
                VarDeclKind::Let | VarDeclKind::Const => self.declare(&ident, Kind::Lexical),
            }
        }
        for declarator in &var.decls {
            declarator.init.visit_with(self);
            declarator.name.visit_children_with(self);
        }
    }

    fn visit_using_decl(&mut self, using: &UsingDecl) {
        for ident in find_pat_ids::<_, Ident>(&using.decls) {
            self.declare(&ident, Kind::Lexical);
        }
        using.visit_children_with(self);
    }

    fn visit_class_decl(&mut self, class: &ClassDecl) {
        self.declare(&class.ident, Kind::Lexical);
        class.class.visit_with(self);
    }

    fn visit_fn_decl(&mut self, function: &FnDecl) {
        let top = self.scopes.last().is_some_and(|scope| scope.function);
        let module = self.strict && self.scopes.len() == 1;
        let kind = match top && !module {
            true => Kind::Loose,
            false => Kind::Function,
        };
        self.declare(&function.ident, kind);
        function.function.visit_with(self);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        for specifier in &import.specifiers {
            self.declare(specifier.local(), Kind::Lexical);
        }
    }

    fn visit_export_decl(&mut self, export: &ExportDecl) {
        let names: Vec<Ident> = match &export.decl {
            Decl::Class(class) => vec![class.ident.clone()],
            Decl::Fn(function) => vec![function.ident.clone()],
            Decl::Var(var) => find_pat_ids(&var.decls),
            _ => Vec::new(),
        };
        for ident in names {
            self.export(ident.sym.to_string(), ident.span);
        }
        export.decl.visit_with(self);
    }

    fn visit_export_default_decl(&mut self, export: &ExportDefaultDecl) {
        self.export("default".to_owned(), export.span);
        match &export.decl {
            DefaultDecl::Fn(FnExpr {
                ident: Some(ident), ..
            }) => self.declare(ident, Kind::Function),
            DefaultDecl::Class(ClassExpr {
                ident: Some(ident), ..
            }) => self.declare(ident, Kind::Lexical),
            _ => {}
        }
        export.decl.visit_with(self);
    }

    fn visit_export_default_expr(&mut self, export: &ExportDefaultExpr) {
        self.export("default".to_owned(), export.span);
        export.expr.visit_with(self);
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        for specifier in &export.specifiers {
            if let (None, ExportSpecifier::Named(named)) = (&export.src, specifier)
                && let ModuleExportName::Ident(local) = &named.orig
                && local.ctxt.outer() == self.unresolved
            {
                let message = format!("`{}` is exported but not declared.", local.sym);
                let error = Diagnostic::error("undefined-export", message);
                self.found.push(self.source.at(error, local.span));
            }
            let name = match specifier {
                ExportSpecifier::Named(named) => named.exported.as_ref().unwrap_or(&named.orig),
                ExportSpecifier::Namespace(namespace) => &namespace.name,
                ExportSpecifier::Default(_) => continue,
            };
            let text = match name {
                ModuleExportName::Ident(ident) => ident.sym.to_string(),
                ModuleExportName::Str(text) => text.value.to_string_lossy().into_owned(),
            };
            self.export(text, name.span());
        }
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        match &assignment.left {
            AssignTarget::Simple(SimpleAssignTarget::Ident(ident)) => self.assign(ident),
            AssignTarget::Pat(pat) => {
                for ident in find_pat_ids::<_, Ident>(pat) {
                    self.assign(&ident);
                }
            }
            AssignTarget::Simple(_) => {}
        }
        assignment.visit_children_with(self);
    }

    fn visit_update_expr(&mut self, update: &UpdateExpr) {
        match &*update.arg {
            Expr::Ident(ident) => self.assign(ident),
            other => other.visit_with(self),
        }
    }

    fn visit_for_head(&mut self, head: &ForHead) {
        if let ForHead::Pat(pat) = head {
            for ident in find_pat_ids::<_, Ident>(pat) {
                self.assign(&ident);
            }
        }
        head.visit_children_with(self);
    }
}
