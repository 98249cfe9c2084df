//! swc's minifier over a module's body. Its top level stays as it is: the linker leaves statements out one by one, and
//! what is merged could no longer be told apart.

use super::Context;
use crate::factory::statement;
use swc_core::ecma::ast::*;
use swc_core::ecma::minifier::{
    optimize,
    option::{CompressOptions, ExtraOptions, MinifyOptions},
};
use swc_core::ecma::transforms::base::{fixer::paren_remover, rename::contains_eval};

/// Minifies what the statements hold.
pub(super) fn minified(context: &Context<'_>, stmts: Vec<Stmt>) -> Vec<Stmt> {
    let body = stmts.into_iter().map(ModuleItem::Stmt).collect();
    let items = run(context, body);
    items.into_iter().filter_map(ModuleItem::stmt).collect()
}

/// Minifies a function's body, and makes an arrow function of it where it needs no `this`.
pub(super) fn minified_function(context: &Context<'_>, function: Expr) -> Stmt {
    // As an export it is used, whatever the minifier thinks of it.
    let export = ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(ExportDefaultExpr {
        span: Default::default(),
        expr: Box::new(function),
    }));
    let mut function = Expr::Invalid(Invalid::default());
    for item in run(context, vec![export]) {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
                function = *export.expr;
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(ExportDefaultDecl {
                decl: DefaultDecl::Fn(decl),
                ..
            })) => function = decl.into(),
            _ => {}
        }
    }
    statement(arrow(function))
}

fn run(context: &Context<'_>, body: Vec<ModuleItem>) -> Vec<ModuleItem> {
    let mut program = Program::Module(Module {
        body,
        ..Module::default()
    });
    // What `eval` may name must stay.
    if contains_eval(&program, true) {
        return items(program);
    }
    program.mutate(paren_remover(Some(context.comments)));
    let options = MinifyOptions {
        compress: Some(CompressOptions {
            ecma: EsVersion::Es2022,
            hoist_props: false,
            // Dropping parameters that nothing reads takes those with a default from between others.
            keep_fargs: true,
            keep_infinity: true,
            passes: 2,
            ..CompressOptions::default()
        }),
        ..MinifyOptions::default()
    };
    let extra = ExtraOptions {
        unresolved_mark: context.marks.unresolved,
        top_level_mark: context.marks.top_level,
        mangle_name_cache: None,
    };
    let comments: &dyn swc_core::common::comments::Comments = context.comments;
    let program = optimize(
        program,
        context.map.clone(),
        Some(comments),
        None,
        &options,
        &extra,
    );
    items(program)
}

fn items(program: Program) -> Vec<ModuleItem> {
    match program {
        Program::Module(module) => module.body,
        Program::Script(script) => script.body.into_iter().map(ModuleItem::Stmt).collect(),
    }
}

fn arrow(function: Expr) -> Expr {
    match function {
        Expr::Fn(FnExpr {
            ident: None,
            function,
        }) if !super::purity::needs_function(&function) => {
            let Function { params, body, .. } = *function;
            ArrowExpr {
                params: params.into_iter().map(|param| param.pat).collect(),
                body: Box::new(ArrowFunctionBody::FunctionBody(body.unwrap_or_default())),
                ..ArrowExpr::default()
            }
            .into()
        }
        other => other,
    }
}
