//! A CommonJS file's tree → its factory, and whether a file is one.

use crate::{
    dependencies::Dependencies,
    factory::{function, is_global, literal, member},
    script::Marks,
    source::Source,
};
use overskill_module::{DependencyKind, ModuleFacts, ModuleFormat};
use swc_core::common::{DUMMY_SP, Mark, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::{
    base::helpers::inject_helpers,
    module::{
        common_js::{FeatureFlag, common_js},
        path::Resolver,
        util::Config,
    },
};
use swc_core::ecma::visit::{
    Visit, VisitMut, VisitMutWith, VisitWith, noop_visit_mut_type, noop_visit_type,
};

/// The factory's parameters.
const PARAMETERS: [&str; 3] = ["module", "exports", "require"];

/// Whether a script uses what only CommonJS gives it.
pub(crate) fn mentions(program: &Program, unresolved: Mark) -> bool {
    let mut mentions = Mentions {
        unresolved: SyntaxContext::empty().apply_mark(unresolved),
        found: false,
    };
    program.visit_with(&mut mentions);
    mentions.found
}

struct Mentions {
    unresolved: SyntaxContext,
    found: bool,
}

impl Visit for Mentions {
    noop_visit_type!();

    fn visit_ident(&mut self, ident: &Ident) {
        self.found |= ident.ctxt == self.unresolved && PARAMETERS.contains(&&*ident.sym);
    }
}

/// Writes the factory. A module, as `export =` may be in one, first becomes a script.
pub(crate) fn build(source: &Source<'_>, program: Program, marks: Marks) -> (Expr, ModuleFacts) {
    let (stmts, parameters, facts) = gather(source, program, marks);
    (function(parameters.into(), stmts, false, false), facts)
}

/// The factory's body and its parameters.
pub(crate) fn gather(
    source: &Source<'_>,
    mut program: Program,
    marks: Marks,
) -> (Vec<Stmt>, [Ident; 3], ModuleFacts) {
    if program.is_module() {
        let config = Config {
            ignore_dynamic: true,
            ..Config::default()
        };
        let features = FeatureFlag {
            support_block_scoping: true,
            support_arrow: true,
        };
        program.mutate(common_js(
            Resolver::Default,
            marks.unresolved,
            config,
            features,
        ));
    }
    program.mutate(inject_helpers(marks.unresolved));
    let mut stmts: Vec<Stmt> = match program {
        Program::Script(script) => script.body,
        Program::Module(module) => module
            .body
            .into_iter()
            .filter_map(ModuleItem::stmt)
            .collect(),
    };
    let unresolved = SyntaxContext::empty().apply_mark(marks.unresolved);
    let mut requests = Requests {
        source,
        unresolved,
        dependencies: Dependencies::default(),
        tries: 0,
    };
    stmts.visit_mut_with(&mut requests);
    let facts = ModuleFacts {
        format: ModuleFormat::CommonJs,
        dependencies: requests.dependencies.into_list(),
        ..ModuleFacts::default()
    };
    let parameters =
        PARAMETERS.map(|name| Ident::new(name.into(), DUMMY_SP, context_of(name, &stmts, marks)));
    (stmts, parameters, facts)
}

/// `var exports` at the top level is the parameter itself, not another variable of the name.
fn context_of(name: &str, stmts: &[Stmt], marks: Marks) -> SyntaxContext {
    let top_level = SyntaxContext::empty().apply_mark(marks.top_level);
    let mut vars = Vars {
        name,
        context: top_level,
        found: false,
    };
    stmts.visit_with(&mut vars);
    match vars.found {
        true => top_level,
        false => SyntaxContext::empty().apply_mark(marks.unresolved),
    }
}

struct Vars<'a> {
    name: &'a str,
    context: SyntaxContext,
    found: bool,
}

impl Visit for Vars<'_> {
    noop_visit_type!();

    fn visit_var_decl(&mut self, var: &VarDecl) {
        if var.kind == VarDeclKind::Var {
            let names: Vec<Ident> = swc_core::ecma::utils::find_pat_ids(&var.decls);
            self.found |= names
                .iter()
                .any(|name| name.sym == self.name && name.ctxt == self.context);
        }
        var.visit_children_with(self);
    }

    fn visit_fn_decl(&mut self, function: &FnDecl) {
        self.found |= function.ident.sym == self.name && function.ident.ctxt == self.context;
        function.visit_children_with(self);
    }
}

struct Requests<'a> {
    source: &'a Source<'a>,
    unresolved: SyntaxContext,
    dependencies: Dependencies,
    /// How many `try` blocks are around.
    tries: usize,
}

impl VisitMut for Requests<'_> {
    noop_visit_mut_type!();

    fn visit_mut_call_expr(&mut self, request: &mut CallExpr) {
        let kind = match &request.callee {
            Callee::Import(_) => Some(DependencyKind::Dynamic),
            Callee::Expr(callee) if is_global(callee, "require", self.unresolved) => {
                Some(DependencyKind::Require)
            }
            _ => None,
        };
        if let (Some(kind), Some(first)) = (kind, request.args.first())
            && first.spread.is_none()
            && let Some((specifier, span)) = literal(&first.expr)
        {
            let span = self.source.span(span);
            self.dependencies
                .add(&specifier, kind, span, self.tries > 0);
        }
        if kind == Some(DependencyKind::Dynamic) {
            let require = Ident::new("require".into(), DUMMY_SP, self.unresolved);
            let import = member(require.into(), "import", DUMMY_SP);
            request.callee = Callee::Expr(Box::new(import));
        }
        request.visit_mut_children_with(self);
    }

    fn visit_mut_try_stmt(&mut self, attempt: &mut TryStmt) {
        self.tries += 1;
        attempt.block.visit_mut_with(self);
        self.tries -= 1;
        attempt.handler.visit_mut_with(self);
        attempt.finalizer.visit_mut_with(self);
    }
}
