//! Statements of a configuration: what they declare, and what a function returns.

use super::{Evaluator, scope::Scope, value::Closure, value::Code, value::Value};
use std::rc::Rc;
use swc_core::common::{DUMMY_SP, Spanned};
use swc_core::ecma::ast::*;

/// How a statement ends.
pub(super) enum Flow<'a> {
    Next,
    Return(Value<'a>),
    /// What comes after depends on what can't be told.
    Lost,
}

impl<'a> Evaluator<'a> {
    /// What the file exports by default.
    pub fn program(&self, program: &'a Program) -> Value<'a> {
        let scope = Rc::new(Scope::default());
        let exports = Value::object(Vec::new());
        let module = Value::object(vec![("exports".into(), exports.clone())]);
        scope.declare("exports", exports);
        scope.declare("module", module.clone());
        let value = match program {
            Program::Module(file) => self.module(file, &scope),
            Program::Script(script) => {
                self.block(script.body.iter(), &scope);
                None
            }
        };
        let value = value.unwrap_or_else(|| self.member(&module, "exports", DUMMY_SP));
        let value = self.configuration(value);
        scope.clear();
        value
    }

    fn module(&self, file: &'a Module, scope: &Rc<Scope<'a>>) -> Option<Value<'a>> {
        let mut exported = None;
        let statements = file.body.iter().filter_map(|item| match item {
            ModuleItem::Stmt(statement) => Some(statement),
            ModuleItem::ModuleDecl(_) => None,
        });
        self.hoist(statements, scope);
        for item in &file.body {
            if let ModuleItem::ModuleDecl(ModuleDecl::Import(import)) = item {
                self.import(import, scope);
            }
        }
        for item in &file.body {
            match item {
                ModuleItem::Stmt(statement) => {
                    self.statement(statement, scope);
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                    self.declaration(&export.decl, scope);
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
                    exported = Some(self.expression(&export.expr, scope));
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                    if let DefaultDecl::Fn(function) = &export.decl {
                        exported = Some(self.closure(&function.function, scope));
                    }
                }
                ModuleItem::ModuleDecl(ModuleDecl::TsExportAssignment(export)) => {
                    exported = Some(self.expression(&export.expr, scope));
                }
                ModuleItem::ModuleDecl(_) => {}
            }
        }
        exported
    }

    /// An exported function is called as Vite calls it.
    fn configuration(&self, value: Value<'a>) -> Value<'a> {
        let Value::Function(function) = &value else {
            return value;
        };
        let text = |text: &str| Value::text(text);
        let argument = Value::object(vec![
            ("command".into(), text(&self.inputs.command)),
            ("mode".into(), text(&self.inputs.mode)),
            ("isSsrBuild".into(), Value::Bool(false)),
            ("isPreview".into(), Value::Bool(false)),
        ]);
        self.invoke(function, vec![argument])
    }

    fn import(&self, import: &'a ImportDecl, scope: &Rc<Scope<'a>>) {
        let module = import.src.value.to_string_lossy();
        for specifier in &import.specifiers {
            let (local, export) = match specifier {
                ImportSpecifier::Default(default) => (&default.local, "default".into()),
                ImportSpecifier::Namespace(namespace) => (&namespace.local, "*".into()),
                ImportSpecifier::Named(named) => {
                    let export = match &named.imported {
                        Some(ModuleExportName::Ident(ident)) => ident.sym.to_string(),
                        Some(ModuleExportName::Str(text)) => text.value.to_string_lossy().into(),
                        None => named.local.sym.to_string(),
                    };
                    (&named.local, export)
                }
            };
            scope.declare(&local.sym, self.imported(&module, &export, import.span));
        }
    }

    /// Runs statements in a scope of their own making.
    pub fn block(
        &self,
        statements: impl Iterator<Item = &'a Stmt> + Clone,
        scope: &Rc<Scope<'a>>,
    ) -> Flow<'a> {
        self.hoist(statements.clone(), scope);
        for statement in statements {
            match self.statement(statement, scope) {
                Flow::Next => {}
                end => return end,
            }
        }
        Flow::Next
    }

    /// Declares functions before anything runs.
    fn hoist(&self, statements: impl Iterator<Item = &'a Stmt>, scope: &Rc<Scope<'a>>) {
        for statement in statements {
            if let Stmt::Decl(Decl::Fn(function)) = statement {
                scope.declare(&function.ident.sym, self.closure(&function.function, scope));
            }
        }
    }

    fn closure(&self, function: &'a Function, scope: &Rc<Scope<'a>>) -> Value<'a> {
        Value::Function(Rc::new(Closure {
            code: Code::Function(function),
            scope: scope.clone(),
            span: function.span,
        }))
    }

    fn declaration(&self, declaration: &'a Decl, scope: &Rc<Scope<'a>>) {
        match declaration {
            Decl::Var(variables) => {
                for declarator in &variables.decls {
                    let value = match &declarator.init {
                        Some(init) => self.expression(init, scope),
                        None => Value::Undefined,
                    };
                    self.bind(&declarator.name, value, scope);
                }
            }
            Decl::Fn(function) => {
                scope.declare(&function.ident.sym, self.closure(&function.function, scope));
            }
            Decl::Class(class) => scope.declare(&class.ident.sym, self.unknown(class.class.span)),
            Decl::TsEnum(declared) => {
                scope.declare(&declared.id.sym, self.unknown(declared.span));
            }
            _ => {}
        }
    }

    fn statement(&self, statement: &'a Stmt, scope: &Rc<Scope<'a>>) -> Flow<'a> {
        if !self.step(1) {
            return Flow::Lost;
        }
        match statement {
            Stmt::Decl(declaration) => self.declaration(declaration, scope),
            Stmt::Expr(statement) => {
                self.expression(&statement.expr, scope);
            }
            Stmt::Return(statement) => {
                return Flow::Return(match &statement.arg {
                    Some(argument) => self.expression(argument, scope),
                    None => Value::Undefined,
                });
            }
            Stmt::Block(block) => return self.block(block.stmts.iter(), &Scope::inside(scope)),
            Stmt::If(branch) => {
                return match self.expression(&branch.test, scope).truthy() {
                    Some(true) => self.statement(&branch.cons, scope),
                    Some(false) => match &branch.alt {
                        Some(other) => self.statement(other, scope),
                        None => Flow::Next,
                    },
                    // Most such tests ask for something of the machine that isn't there.
                    None => match &branch.alt {
                        Some(other) => self.statement(other, scope),
                        None => Flow::Next,
                    },
                };
            }
            Stmt::Try(attempt) => {
                return self.block(attempt.block.stmts.iter(), &Scope::inside(scope));
            }
            Stmt::ForOf(each) => return self.each(each, scope),
            Stmt::Empty(_) | Stmt::Debugger(_) => {}
            _ => return Flow::Lost,
        }
        Flow::Next
    }

    fn each(&self, each: &'a ForOfStmt, scope: &Rc<Scope<'a>>) -> Flow<'a> {
        let Some(items) = self.items(&self.expression(&each.right, scope)) else {
            return Flow::Lost;
        };
        for item in items {
            let inner = Scope::inside(scope);
            if let ForHead::VarDecl(variables) = &each.left
                && let Some(declarator) = variables.decls.first()
            {
                self.bind(&declarator.name, item, &inner);
            }
            match self.statement(&each.body, &inner) {
                Flow::Next => {}
                end => return end,
            }
        }
        Flow::Next
    }

    /// Declares the names of a pattern.
    pub fn bind(&self, pattern: &'a Pat, value: Value<'a>, scope: &Rc<Scope<'a>>) {
        match pattern {
            Pat::Ident(name) => scope.declare(&name.id.sym, value),
            Pat::Assign(default) => {
                let value = match value {
                    Value::Undefined => self.expression(&default.right, scope),
                    value => value,
                };
                self.bind(&default.left, value, scope);
            }
            Pat::Object(object) => {
                let mut taken: Vec<Rc<str>> = Vec::new();
                for property in &object.props {
                    match property {
                        ObjectPatProp::KeyValue(pair) => {
                            let key = self.key(&pair.key, scope).unwrap_or_default();
                            let inner = self.member(&value, &key, pair.key.span());
                            taken.push(key);
                            self.bind(&pair.value, inner, scope);
                        }
                        ObjectPatProp::Assign(pair) => {
                            let name = &pair.key.id.sym;
                            taken.push(name.as_str().into());
                            let inner = match (self.member(&value, name, pair.span), &pair.value) {
                                (Value::Undefined, Some(default)) => {
                                    self.expression(default, scope)
                                }
                                (inner, _) => inner,
                            };
                            scope.declare(name, inner);
                        }
                        ObjectPatProp::Rest(rest) => {
                            let others = match &value {
                                Value::Object(properties) => {
                                    let properties = properties.borrow();
                                    let kept = properties.iter();
                                    let kept = kept.filter(|(key, _)| !taken.contains(key));
                                    Value::object(kept.cloned().collect())
                                }
                                _ => self.unknown(rest.span),
                            };
                            self.bind(&rest.arg, others, scope);
                        }
                    }
                }
            }
            Pat::Array(array) => {
                let items = self.items(&value).unwrap_or_default();
                for (at, pattern) in array.elems.iter().enumerate() {
                    match pattern {
                        Some(Pat::Rest(rest)) => {
                            let others = items.get(at..).unwrap_or_default().to_vec();
                            self.bind(&rest.arg, Value::array(others), scope);
                        }
                        Some(pattern) => {
                            let item = items.get(at).cloned().unwrap_or(Value::Undefined);
                            self.bind(pattern, item, scope);
                        }
                        None => {}
                    }
                }
            }
            Pat::Rest(_) | Pat::Expr(_) | Pat::Invalid(_) => {}
        }
    }
}
