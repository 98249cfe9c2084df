//! The types that a module exports, which are gone from its code: so that who takes one for a value can be told so.

use std::collections::BTreeSet;
use swc_core::ecma::ast::*;

/// Their names, in order.
pub(crate) fn exported(program: &Program) -> Vec<String> {
    let Program::Module(module) = program else {
        return Vec::new();
    };
    let declared: BTreeSet<&str> = module.body.iter().flat_map(local).collect();
    let mut names = BTreeSet::new();
    for item in &module.body {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                names.extend(type_name(&export.decl).map(str::to_owned));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                if let DefaultDecl::TsInterfaceDecl(_) = export.decl {
                    names.insert("default".to_owned());
                }
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) => {
                for specifier in &export.specifiers {
                    let ExportSpecifier::Named(named) = specifier else {
                        continue;
                    };
                    let orig = text(&named.orig);
                    let written = export.type_only || named.is_type_only;
                    if written || export.src.is_none() && declared.contains(orig.as_str()) {
                        names.insert(named.exported.as_ref().map_or(orig, text));
                    }
                }
            }
            _ => {}
        }
    }
    names.into_iter().collect()
}

fn text(name: &ModuleExportName) -> String {
    match name {
        ModuleExportName::Ident(ident) => ident.sym.to_string(),
        ModuleExportName::Str(text) => text.value.to_string_lossy().into_owned(),
    }
}

fn type_name(decl: &Decl) -> Option<&str> {
    match decl {
        Decl::TsInterface(interface) => Some(&interface.id.sym),
        Decl::TsTypeAlias(alias) => Some(&alias.id.sym),
        _ => None,
    }
}

/// The types that an item declares or imports.
fn local(item: &ModuleItem) -> Vec<&str> {
    match item {
        ModuleItem::Stmt(Stmt::Decl(decl)) => type_name(decl).into_iter().collect(),
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
            type_name(&export.decl).into_iter().collect()
        }
        ModuleItem::ModuleDecl(ModuleDecl::Import(import)) => {
            let specifiers = import.specifiers.iter();
            let types = specifiers.filter(|specifier| match specifier {
                ImportSpecifier::Named(named) => import.type_only || named.is_type_only,
                _ => import.type_only,
            });
            types.map(|specifier| &*specifier.local().sym).collect()
        }
        _ => Vec::new(),
    }
}
