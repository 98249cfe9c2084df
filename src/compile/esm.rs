//! An ECMAScript module's tree → its factory.
//!
//! Input: `import { a } from "x"; export default a`.
//! Output: `function*(os){"use strict"; os.x({default: () => _default}); const i0 = os.i("x"); yield; const _default = i0.a }`.

use crate::{
    dependencies::Dependencies,
    factory::{
        call, constants, function, getters, is_anonymous, member, named_default, statement, string,
    },
    references::{Binding, Holder, References},
    refresh,
    script::Marks,
    source::Source,
};
use overskill_diagnostics::Diagnostic;
use overskill_module::{DependencyKind, Export, ImportedName, ModuleFacts, ModuleFormat};
use std::collections::HashMap;
use swc_core::common::{DUMMY_SP, Span, Spanned};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::{find_pat_ids, private_ident};
use swc_core::ecma::visit::VisitMutWith;

/// Gives an anonymous default export its name, before lowering gives it another. Functions wait for [`build`]: they
/// are hoisted.
pub(crate) fn name_default(program: &mut Program) {
    let Program::Module(module) = program else {
        return;
    };
    for item in &mut module.body {
        let ModuleItem::ModuleDecl(declaration) = item else {
            continue;
        };
        let (span, expression) = match declaration {
            ModuleDecl::ExportDefaultExpr(export) if is_anonymous(&export.expr) => {
                (export.span, (*export.expr).clone())
            }
            ModuleDecl::ExportDefaultDecl(ExportDefaultDecl {
                span,
                decl: DefaultDecl::Class(class @ ClassExpr { ident: None, .. }),
            }) => (*span, Expr::from(class.clone())),
            _ => continue,
        };
        *declaration = ModuleDecl::ExportDefaultExpr(ExportDefaultExpr {
            span,
            expr: Box::new(named_default(expression)),
        });
    }
}

/// A module taken apart: what it gives, and a body in which other modules are reached through `os` and holders.
pub(crate) struct Gathered {
    pub(crate) os: Ident,
    pub(crate) holders: Vec<Holder>,
    pub(crate) exports: Vec<(String, Exported)>,
    /// Values of anonymous functions, which are there before anything runs.
    pub(crate) hoisted: Vec<Stmt>,
    pub(crate) body: Vec<Stmt>,
    pub(crate) facts: ModuleFacts,
    pub(crate) told: Vec<Diagnostic>,
}

/// Takes a module apart.
pub(crate) fn gather(source: &Source<'_>, program: Program, marks: Marks) -> Gathered {
    let items = match program {
        Program::Module(module) => module.body,
        Program::Script(script) => script.body.into_iter().map(ModuleItem::Stmt).collect(),
    };
    let os = private_ident!("os");
    let mut builder = Builder {
        source,
        holders: Vec::new(),
        bindings: HashMap::new(),
        exports: Vec::new(),
        stars: Vec::new(),
        dependencies: Dependencies::default(),
        hoisted: Vec::new(),
        body: Vec::new(),
    };
    for item in items {
        builder.item(item);
    }
    let Builder {
        holders,
        bindings,
        exports,
        stars,
        dependencies,
        mut hoisted,
        mut body,
        ..
    } = builder;

    let exports: Vec<(String, Exported)> = exports
        .into_iter()
        .map(|(name, exported)| match exported {
            Exported::Local(ident) => match bindings.get(&ident.to_id()) {
                Some(binding) => (name, Exported::Imported(binding.clone())),
                None => (name, Exported::Local(ident)),
            },
            imported => (name, imported),
        })
        .collect();
    let mut facts = ModuleFacts {
        format: ModuleFormat::Esm,
        exports: exports
            .iter()
            .map(|(name, exported)| Export {
                name: name.clone(),
                from: exported.origin(),
            })
            .collect(),
        star_exports: stars,
        ..ModuleFacts::default()
    };
    let mut references = References::new(source, os.clone(), bindings, dependencies, marks);
    hoisted.visit_mut_with(&mut references);
    body.visit_mut_with(&mut references);
    let found = references.finish();
    facts.dependencies = found.dependencies.into_list();
    facts.hot = found.hot;
    facts.globs = found.globs;
    facts.top_level_await = found.top_level_await;
    Gathered {
        os,
        holders,
        exports,
        hoisted,
        body,
        facts,
        told: found.told,
    }
}

/// Writes the factory.
pub(crate) fn build(
    source: &Source<'_>,
    program: Program,
    marks: Marks,
) -> (Expr, ModuleFacts, Vec<Diagnostic>) {
    let gathered = gather(source, program, marks);
    let os = gathered.os;
    let mut head = vec![statement(string("use strict"))];
    if !gathered.exports.is_empty() {
        let values = gathered
            .exports
            .into_iter()
            .map(|(name, exported)| (name, exported.into_value()))
            .collect();
        head.push(os_call(&os, "x", getters(values)));
    }
    for star in &gathered.facts.star_exports {
        head.push(os_call(&os, "s", string(star)));
    }
    let held: Vec<(Ident, Expr)> = gathered
        .holders
        .iter()
        .filter_map(|holder| {
            let callee = member(os.clone().into(), "i", DUMMY_SP);
            let value = call(callee, vec![string(&holder.specifier)], DUMMY_SP);
            Some((holder.ident.clone()?, value))
        })
        .collect();
    if !held.is_empty() {
        head.push(constants(held));
    }
    head.extend(gathered.hoisted);
    head.push(statement(
        YieldExpr {
            span: DUMMY_SP,
            arg: None,
            delegate: false,
        }
        .into(),
    ));
    head.extend(gathered.body);
    let top_level_await = gathered.facts.top_level_await;
    let factory = function(vec![os], head, true, top_level_await);
    (factory, gathered.facts, gathered.told)
}

fn os_call(os: &Ident, name: &str, argument: Expr) -> Stmt {
    let callee = member(os.clone().into(), name, DUMMY_SP);
    statement(call(callee, vec![argument], DUMMY_SP))
}

/// What an export's getter reads.
pub(crate) enum Exported {
    Local(Ident),
    Imported(Binding),
}

impl Exported {
    fn origin(&self) -> Option<(String, String)> {
        match self {
            Self::Local(_) => None,
            Self::Imported(binding) => Some((
                binding.specifier.clone(),
                binding.name.clone().unwrap_or_else(|| "*".to_owned()),
            )),
        }
    }

    fn into_value(self) -> Expr {
        match self {
            Self::Local(ident) => Ident {
                span: DUMMY_SP,
                ..ident
            }
            .into(),
            Self::Imported(binding) => binding.read(DUMMY_SP),
        }
    }
}

struct Builder<'a> {
    source: &'a Source<'a>,
    holders: Vec<Holder>,
    bindings: HashMap<Id, Binding>,
    exports: Vec<(String, Exported)>,
    stars: Vec<String>,
    dependencies: Dependencies,
    hoisted: Vec<Stmt>,
    body: Vec<Stmt>,
}

impl Builder<'_> {
    fn item(&mut self, item: ModuleItem) {
        let declaration = match item {
            // A hoisted function may be called, and sign, before anything runs.
            ModuleItem::Stmt(statement) if refresh::is_handles(&statement) => {
                return self.hoisted.push(statement);
            }
            ModuleItem::Stmt(statement) => return self.body.push(statement),
            ModuleItem::ModuleDecl(declaration) => declaration,
        };
        match declaration {
            ModuleDecl::Import(import) if !import.type_only => self.import(import),
            ModuleDecl::ExportDecl(export) => {
                for ident in declared(&export.decl) {
                    let name = ident.sym.to_string();
                    self.exports.push((name, Exported::Local(ident)));
                }
                self.body.push(Stmt::Decl(export.decl));
            }
            ModuleDecl::ExportNamed(export) if !export.type_only => self.named(export),
            ModuleDecl::ExportDefaultDecl(export) => self.default_declaration(export),
            ModuleDecl::ExportDefaultExpr(export) => {
                let local = self.default_local();
                self.body.push(constants(vec![(local, *export.expr)]));
            }
            ModuleDecl::ExportAll(export) if !export.type_only => {
                let specifier = export.src.value.to_string_lossy().into_owned();
                self.depend(&specifier, export.src.span, []);
                if !self.stars.contains(&specifier) {
                    self.stars.push(specifier);
                }
            }
            // Types, and what the TypeScript pass has already rewritten.
            _ => {}
        }
    }

    fn import(&mut self, import: ImportDecl) {
        let specifier = import.src.value.to_string_lossy().into_owned();
        self.depend(&specifier, import.src.span, []);
        for part in import.specifiers {
            let (local, name, span) = match part {
                ImportSpecifier::Named(named) if named.is_type_only => continue,
                ImportSpecifier::Named(named) => {
                    let span = named
                        .imported
                        .as_ref()
                        .map_or(named.local.span, Spanned::span);
                    let name = match &named.imported {
                        Some(name) => text(name),
                        None => named.local.sym.to_string(),
                    };
                    (named.local, Some(name), span)
                }
                ImportSpecifier::Default(default) => {
                    let span = default.local.span;
                    (default.local, Some("default".to_owned()), span)
                }
                ImportSpecifier::Namespace(namespace) => (namespace.local, None, DUMMY_SP),
            };
            let binding = self.bind(&specifier, import.src.span, name, span);
            self.bindings.insert(local.to_id(), binding);
        }
    }

    fn named(&mut self, export: NamedExport) {
        let Some(src) = export.src else {
            for part in export.specifiers {
                let ExportSpecifier::Named(named) = part else {
                    continue;
                };
                if let (false, ModuleExportName::Ident(local)) = (named.is_type_only, named.orig) {
                    let name = named.exported.as_ref().map_or(local.sym.to_string(), text);
                    self.exports.push((name, Exported::Local(local)));
                }
            }
            return;
        };
        let specifier = src.value.to_string_lossy().into_owned();
        self.depend(&specifier, src.span, []);
        for part in export.specifiers {
            let (name, imported, span) = match part {
                ExportSpecifier::Named(named) if named.is_type_only => continue,
                ExportSpecifier::Named(named) => {
                    let imported = text(&named.orig);
                    let name = named.exported.as_ref().map_or(imported.clone(), text);
                    (name, Some(imported), named.orig.span())
                }
                ExportSpecifier::Namespace(namespace) => (text(&namespace.name), None, DUMMY_SP),
                ExportSpecifier::Default(default) => {
                    let span = default.exported.span;
                    (
                        default.exported.sym.to_string(),
                        Some("default".to_owned()),
                        span,
                    )
                }
            };
            let binding = self.bind(&specifier, src.span, imported, span);
            self.exports.push((name, Exported::Imported(binding)));
        }
    }

    fn default_declaration(&mut self, export: ExportDefaultDecl) {
        match export.decl {
            DefaultDecl::Fn(FnExpr {
                ident: Some(ident),
                function,
            }) => {
                self.export_default(ident.clone());
                self.body.push(
                    FnDecl {
                        ident,
                        declare: false,
                        function,
                    }
                    .into(),
                );
            }
            DefaultDecl::Fn(function) => {
                let local = self.default_local();
                let value = named_default(function.into());
                self.hoisted.push(constants(vec![(local, value)]));
            }
            DefaultDecl::Class(ClassExpr {
                ident: Some(ident),
                class,
            }) => {
                self.export_default(ident.clone());
                self.body.push(
                    ClassDecl {
                        ident,
                        declare: false,
                        class,
                    }
                    .into(),
                );
            }
            DefaultDecl::Class(class) => {
                let local = self.default_local();
                let value = named_default(class.into());
                self.body.push(constants(vec![(local, value)]));
            }
            DefaultDecl::TsInterfaceDecl(_) => {}
        }
    }

    fn default_local(&mut self) -> Ident {
        let local = private_ident!("_default");
        self.export_default(local.clone());
        local
    }

    fn export_default(&mut self, local: Ident) {
        self.exports
            .push(("default".to_owned(), Exported::Local(local)));
    }

    fn depend(
        &mut self,
        specifier: &str,
        span: Span,
        name: impl IntoIterator<Item = ImportedName>,
    ) {
        self.dependencies
            .add(
                specifier,
                DependencyKind::Static,
                self.source.span(span),
                false,
            )
            .names
            .extend(name);
    }

    fn bind(&mut self, specifier: &str, src: Span, name: Option<String>, span: Span) -> Binding {
        let imported = name.clone().map(|name| ImportedName {
            name,
            span: self.source.span(span),
        });
        let whole = imported.is_none();
        self.depend(specifier, src, imported);
        if whole {
            let span = self.source.span(src);
            let kind = DependencyKind::Static;
            self.dependencies.add(specifier, kind, span, false).whole = true;
        }
        let known = self
            .holders
            .iter()
            .find(|holder| holder.specifier == specifier)
            .and_then(|holder| holder.ident.clone());
        let holder = known.unwrap_or_else(|| {
            let name = format!("i{}", self.holders.len());
            let ident = private_ident!(name);
            self.holders.push(Holder {
                specifier: specifier.to_owned(),
                ident: Some(ident.clone()),
            });
            ident
        });
        Binding {
            holder,
            specifier: specifier.to_owned(),
            name,
        }
    }
}

fn text(name: &ModuleExportName) -> String {
    match name {
        ModuleExportName::Ident(ident) => ident.sym.to_string(),
        ModuleExportName::Str(text) => text.value.to_string_lossy().into_owned(),
    }
}

fn declared(declaration: &Decl) -> Vec<Ident> {
    match declaration {
        Decl::Class(class) => vec![class.ident.clone()],
        Decl::Fn(function) => vec![function.ident.clone()],
        Decl::Var(var) => find_pat_ids(&var.decls),
        Decl::Using(using) => find_pat_ids(&using.decls),
        _ => Vec::new(),
    }
}
