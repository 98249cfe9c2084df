//! `using` → `try … finally`. At the top level swc moves exports behind the block, where what they declare would be too
//! late for it; so declarations and their exports are taken apart first.
//!
//! Input: `using a = b; export const c = a`. Output: `using a = b; const c = a; export { c }`, and then as swc does it.

use crate::factory::{constants, is_anonymous, named_default};
use swc_core::common::DUMMY_SP;
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::proposal::explicit_resource_management::explicit_resource_management;
use swc_core::ecma::utils::{find_pat_ids, private_ident};

/// Lowers every `using`. Runs after types are gone.
pub(crate) fn lower(program: &mut Program) {
    if let Program::Module(module) = program {
        let used = |item: &ModuleItem| matches!(item, ModuleItem::Stmt(Stmt::Decl(Decl::Using(_))));
        if module.body.iter().any(used) {
            module.body = std::mem::take(&mut module.body)
                .into_iter()
                .flat_map(apart)
                .collect();
        }
    }
    program.mutate(explicit_resource_management());
}

fn apart(item: ModuleItem) -> Vec<ModuleItem> {
    match item {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(ExportDecl {
            decl: Decl::Var(var),
            ..
        })) => {
            let names: Vec<Ident> = find_pat_ids(&var.decls);
            let specifiers = names.into_iter().map(|name| specifier(name, None));
            let export = exported(specifiers.collect());
            vec![ModuleItem::Stmt(Stmt::Decl(Decl::Var(var))), export]
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
            let local = private_ident!("_default");
            let value = match is_anonymous(&export.expr) {
                true => named_default(*export.expr),
                false => *export.expr,
            };
            let name = Ident::new_no_ctxt("default".into(), DUMMY_SP);
            let export = exported(vec![specifier(local.clone(), Some(name))]);
            vec![ModuleItem::Stmt(constants(vec![(local, value)])), export]
        }
        other => vec![other],
    }
}

fn specifier(local: Ident, exported: Option<Ident>) -> ExportSpecifier {
    ExportSpecifier::Named(ExportNamedSpecifier {
        span: DUMMY_SP,
        orig: ModuleExportName::Ident(local),
        exported: exported.map(ModuleExportName::Ident),
        is_type_only: false,
    })
}

fn exported(specifiers: Vec<ExportSpecifier>) -> ModuleItem {
    ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(NamedExport {
        span: DUMMY_SP,
        specifiers,
        src: None,
        type_only: false,
        with: None,
    }))
}
