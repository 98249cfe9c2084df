//! React Fast Refresh: what swc's pass writes into a module, made fit for ours.
//!
//! Input: `export default () => { const [a] = useState(0); return <b/> }`.
//! Output: `var _s = os.g(); const _default = …; _s(_default, "key")`, and `os.r(Foo, "Foo")` for components.

use crate::{
    factory::{call, member, named_default, statement, string},
    script::Marks,
};
use overskill_module::{CompileOptions, Jsx};
use swc_core::common::{
    DUMMY_SP, SourceMap, SyntaxContext, comments::SingleThreadedComments, sync::Lrc,
    util::take::Take,
};
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::react::{RefreshOptions, refresh};
use swc_core::ecma::utils::private_ident;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// Registers a component. What swc writes has no syntax context, so that no name of an author is taken for it.
const REGISTER: &str = "$RefreshReg$";
/// Makes a function that signs.
const SIGNATURE: &str = "$RefreshSig$";

/// Whether the pass is for this module: React's elements, and nobody else's.
pub(crate) fn applies(text: &str, options: &CompileOptions) -> bool {
    let react = match &options.jsx {
        Jsx::Automatic { import_source } => import_source != "preact",
        Jsx::Classic { pragma, .. } => pragma.starts_with("React."),
    };
    react && !options.production && !options.package && !text.contains("@jsxImportSource preact")
}

/// Runs the pass; before JSX becomes calls. Says whether the module updates itself by React Refresh's rules: it registers
/// components, or has class components.
pub(crate) fn run(
    program: &mut Program,
    text: &str,
    jsx_file: bool,
    map: &Lrc<SourceMap>,
    comments: &SingleThreadedComments,
    marks: Marks,
) -> bool {
    let jsx = jsx_file || contains_jsx(program);
    if !jsx && !text.contains("use") {
        return false;
    }
    let default = name_default(program);
    program.mutate(refresh(
        true,
        Some(RefreshOptions::default()),
        map.clone(),
        Some(comments.clone()),
        marks.top_level,
    ));
    let Program::Module(module) = program else {
        return false;
    };
    if let Some(default) = default {
        unname_default(&mut module.body, &default, jsx);
    }
    if !jsx {
        // What such a file has with a capital letter is no component for that: its importers must see it change.
        module.body.retain(|item| !registers(item));
        return false;
    }
    module.body.iter().any(registers) || extends_component(text)
}

fn registers(item: &ModuleItem) -> bool {
    matches!(item, ModuleItem::Stmt(Stmt::Expr(ExprStmt { expr, .. })) if is_call(expr, REGISTER))
}

/// Whether a statement makes the functions that sign: they must be there before a hoisted function is called.
pub(crate) fn is_handles(statement: &Stmt) -> bool {
    match statement {
        Stmt::Decl(Decl::Var(var)) if var.kind == VarDeclKind::Var => {
            !var.decls.is_empty()
                && var.decls.iter().all(|declared| {
                    declared
                        .init
                        .as_ref()
                        .is_some_and(|init| is_call(init, SIGNATURE))
                })
        }
        _ => false,
    }
}

/// The name in `os` of a function that swc's output calls.
pub(crate) fn in_os(ident: &Ident) -> Option<&'static str> {
    if ident.ctxt != SyntaxContext::empty() {
        return None;
    }
    match &*ident.sym {
        REGISTER => Some("r"),
        SIGNATURE => Some("g"),
        _ => None,
    }
}

fn is_call(expression: &Expr, name: &str) -> bool {
    let Expr::Call(call) = expression else {
        return false;
    };
    matches!(&call.callee, Callee::Expr(callee) if matches!(&**callee, Expr::Ident(ident)
        if ident.sym == *name && ident.ctxt == SyntaxContext::empty()))
}

/// Gives an anonymous function that is the default export a name, without which swc doesn't sign it.
fn name_default(program: &mut Program) -> Option<Ident> {
    let Program::Module(module) = program else {
        return None;
    };
    let at = module.body.iter().position(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
            anonymous_function(&export.expr)
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
            matches!(&export.decl, DefaultDecl::Fn(function) if function.ident.is_none())
        }
        _ => false,
    })?;
    let ident = private_ident!("_default");
    let declared = match module.body.remove(at) {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
            Stmt::Decl(Decl::Var(Box::new(VarDecl {
                kind: VarDeclKind::Const,
                decls: vec![VarDeclarator {
                    span: DUMMY_SP,
                    name: ident.clone().into(),
                    init: Some(Box::new(bare(*export.expr))),
                    definite: false,
                }],
                ..VarDecl::default()
            })))
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(ExportDefaultDecl {
            decl: DefaultDecl::Fn(function),
            ..
        })) => Stmt::Decl(Decl::Fn(FnDecl {
            ident: ident.clone(),
            declare: false,
            function: function.function,
        })),
        other => {
            module.body.insert(at, other);
            return None;
        }
    };
    let export = NamedExport {
        span: DUMMY_SP,
        specifiers: vec![ExportSpecifier::Named(ExportNamedSpecifier {
            span: DUMMY_SP,
            orig: ModuleExportName::Ident(ident.clone()),
            exported: Some(ModuleExportName::Ident(Ident::new_no_ctxt(
                "default".into(),
                DUMMY_SP,
            ))),
            is_type_only: false,
        })],
        src: None,
        type_only: false,
        with: None,
    };
    let export = ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export));
    module
        .body
        .splice(at..at, [ModuleItem::Stmt(declared), export]);
    Some(ident)
}

/// Takes the name away again: the language calls such a function `default`. One that is a component is registered.
fn unname_default(body: &mut Vec<ModuleItem>, ident: &Ident, jsx: bool) {
    let signed = body.iter().any(|item| {
        match item {
        ModuleItem::Stmt(Stmt::Expr(statement)) => match &*statement.expr {
            Expr::Call(call) => call.args.first().is_some_and(|argument| {
                matches!(&*argument.expr, Expr::Ident(name) if name.to_id() == ident.to_id())
            }),
            _ => false,
        },
        _ => false,
    }
    });
    let mut component = false;
    let mut after = None;
    for (at, item) in body.iter_mut().enumerate() {
        match item {
            ModuleItem::Stmt(Stmt::Decl(Decl::Var(var))) => {
                for declared in &mut var.decls {
                    if let Pat::Ident(name) = &declared.name
                        && name.to_id() == ident.to_id()
                        && let Some(init) = &mut declared.init
                    {
                        component = signed || contains_jsx(init);
                        **init = named_default((**init).take());
                        after = Some((at, None));
                    }
                }
            }
            ModuleItem::Stmt(Stmt::Decl(Decl::Fn(function)))
                if function.ident.to_id() == ident.to_id() =>
            {
                component = signed || contains_jsx(&function.function);
                after = Some((at, Some(called_default(ident))));
            }
            _ => {}
        }
    }
    let Some((at, naming)) = after else { return };
    if let Some(naming) = naming {
        body.insert(at + 1, ModuleItem::Stmt(naming));
    }
    if component && jsx {
        let callee = Ident::new_no_ctxt(REGISTER.into(), DUMMY_SP);
        let arguments = vec![ident.clone().into(), string("default")];
        let register = call(callee.into(), arguments, DUMMY_SP);
        body.push(ModuleItem::Stmt(statement(register)));
    }
}

/// `Object.defineProperty(ident, "name", { value: "default", configurable: true })`, for a function that is hoisted.
fn called_default(ident: &Ident) -> Stmt {
    let property = |name: &str, value: Expr| {
        PropOrSpread::Prop(Box::new(Prop::KeyValue(KeyValueProp {
            key: PropName::Ident(IdentName::new(name.into(), DUMMY_SP)),
            value: Box::new(value),
        })))
    };
    let descriptor = ObjectLit {
        span: DUMMY_SP,
        props: vec![
            property("value", string("default")),
            property("configurable", Lit::Bool(true.into()).into()),
        ],
    };
    let object = Ident::new_no_ctxt("Object".into(), DUMMY_SP);
    let define = member(object.into(), "defineProperty", DUMMY_SP);
    let arguments = vec![ident.clone().into(), string("name"), descriptor.into()];
    statement(call(define, arguments, DUMMY_SP))
}

/// Whether there is JSX in it.
fn contains_jsx<N: VisitWith<JsxFinder>>(node: &N) -> bool {
    let mut finder = JsxFinder(false);
    node.visit_with(&mut finder);
    finder.0
}

struct JsxFinder(bool);

impl Visit for JsxFinder {
    noop_visit_type!();

    fn visit_jsx_element(&mut self, _: &JSXElement) {
        self.0 = true;
    }

    fn visit_jsx_fragment(&mut self, _: &JSXFragment) {
        self.0 = true;
    }
}

/// Whether a class of the text is a component by what it extends, as plugin-react sees it.
fn extends_component(text: &str) -> bool {
    text.match_indices("extends").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start();
        let rest = rest.strip_prefix("React.").unwrap_or(rest);
        let rest = rest.strip_prefix("Pure").unwrap_or(rest);
        rest.strip_prefix("Component").is_some_and(|rest| {
            !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '$')
        })
    })
}

fn anonymous_function(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(paren) => anonymous_function(&paren.expr),
        Expr::Arrow(_) => true,
        Expr::Fn(function) => function.ident.is_none(),
        _ => false,
    }
}

fn bare(expression: Expr) -> Expr {
    match expression {
        Expr::Paren(paren) => bare(*paren.expr),
        other => other,
    }
}
