//! What Vite reads before the code runs: `import.meta.glob`, `import()` of texts with variables,
//! `new URL("./x", import.meta.url)`, `new Worker(new URL("./w.ts", import.meta.url))`.
//!
//! Input: ``import.meta.glob("./*.ts"); import(`./a/${b}.ts`); new URL("./x.png", import.meta.url)``.
//! Output: ``os.glob(0); os.pick(1, `./a/${b}.ts`, 3); new URL(os.u("./x.png"), os.meta.url)``.

use super::{References, span_of};
use crate::{
    factory::{call, is_global, literal, string},
    globs::{self, is_glob, is_meta_member},
    templates::{self, Variable},
};
use overskill_diagnostics::Diagnostic;
use overskill_module::{DependencyKind, Glob, GlobUse};
use swc_core::common::{DUMMY_SP, Span, Spanned};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::VisitMutWith;

const IGNORE: &str = "@vite-ignore";

impl References<'_> {
    /// What `import.meta.glob(…)`, by itself or in `Object.keys(…)`, is.
    pub(super) fn glob(&mut self, request: &mut CallExpr) -> Option<Expr> {
        if is_glob(request) {
            return Some(self.glob_call(request, GlobUse::Record));
        }
        let Callee::Expr(callee) = &request.callee else {
            return None;
        };
        if is_meta_member(callee, "globEager") {
            let warning = Diagnostic::warning(
                "glob-eager-gone",
                "`import.meta.globEager` is no more; the call will throw.",
            );
            let warning = warning.hint("Write `import.meta.glob(…, { eager: true })`.");
            self.tell(warning, request.span);
            return None;
        }
        let keys = matches!(&**callee, Expr::Member(MemberExpr { obj, prop: MemberProp::Ident(prop), .. })
            if prop.sym == "keys" && is_global(obj, "Object", self.unresolved));
        if !keys {
            return None;
        }
        let [argument] = &mut request.args[..] else {
            return None;
        };
        match &mut *argument.expr {
            Expr::Call(inner) if is_glob(inner) => {
                *argument.expr = self.glob_call(inner, GlobUse::Keys);
                Some(Expr::Call(request.clone()))
            }
            _ => None,
        }
    }

    fn glob_call(&mut self, request: &CallExpr, wanted: GlobUse) -> Expr {
        match globs::read(request, wanted) {
            Ok(glob) => {
                let number = self.add_glob(glob, request.span);
                call(self.os("glob", DUMMY_SP), vec![number], request.span)
            }
            Err(problem) => {
                let error = Diagnostic::error("invalid-glob", problem.message);
                self.tell(error, problem.span);
                Expr::Call(request.clone())
            }
        }
    }

    fn add_glob(&mut self, mut glob: Glob, span: Span) -> Expr {
        glob.span = self.source.span(span);
        self.found.globs.push(glob);
        number(self.found.globs.len() - 1)
    }

    fn tell(&mut self, diagnostic: Diagnostic, span: Span) {
        let diagnostic = self.source.at(diagnostic, span);
        self.found.told.push(diagnostic);
    }

    /// `import()` of what is no literal. `true` when nothing is left to be done.
    pub(super) fn variable_import(&mut self, request: &mut CallExpr) -> bool {
        let Some(first) = request.args.first_mut() else {
            return false;
        };
        let span = span_of(&first.expr);
        if self.source.between(request.span, span).contains(IGNORE) {
            return false;
        }
        let unclear = match &*first.expr {
            Expr::Tpl(template) => match templates::import(template) {
                Variable::Files {
                    pattern,
                    query,
                    parts,
                } => {
                    let glob = Glob {
                        patterns: vec![pattern],
                        wanted: GlobUse::Import,
                        query,
                        ..Glob::default()
                    };
                    let at = self.add_glob(glob, span);
                    first.expr.visit_mut_with(self);
                    let path = std::mem::replace(&mut *first.expr, number(0));
                    let callee = self.os("pick", DUMMY_SP);
                    let picked = call(callee, vec![at, path, number(parts)], request.span);
                    if let Expr::Call(picked) = picked {
                        *request = picked;
                    }
                    return true;
                }
                Variable::Elsewhere => return false,
                Variable::Unclear(why) => why,
            },
            _ => "Which module this `import()` loads is only known when it runs.",
        };
        let warning = Diagnostic::warning("dynamic-import-unclear", unclear).hint(
            "Write it like ``import(`./pages/${name}.tsx`)``, or put `/* @vite-ignore */` in it to keep it as it is.",
        );
        self.tell(warning, span);
        false
    }

    /// `new URL("./x", import.meta.url)`, and workers made of one.
    pub(super) fn address(&mut self, new: &mut NewExpr) {
        let worker = ["Worker", "SharedWorker"]
            .iter()
            .any(|name| is_global(&new.callee, name, self.unresolved));
        if !worker {
            return self.url(new);
        }
        let Some([first, options @ ..]) = new.args.as_deref_mut() else {
            return;
        };
        let Expr::New(url) = &mut *first.expr else {
            return;
        };
        if !self.is_own_url(url) {
            return;
        }
        let address = url.args.as_deref_mut().and_then(<[_]>::first_mut);
        let Some(address) = address else { return };
        let Some((specifier, span)) = literal(&address.expr) else {
            if matches!(&*address.expr, Expr::Tpl(_)) {
                let error = Diagnostic::error(
                    "worker-unclear",
                    "A worker's file must be a plain text, without variables.",
                );
                self.tell(error, span_of(&address.expr));
            }
            return;
        };
        let after = self.source.between(
            span,
            Span {
                lo: new.span.hi,
                ..new.span
            },
        );
        let kind = match worker_kind(options, after) {
            Ok(kind) => kind,
            Err((message, span)) => {
                return self.tell(Diagnostic::error("worker-unclear", message), span);
            }
        };
        self.depend(&address.expr, kind);
        let name = match kind {
            DependencyKind::ModuleWorker => "module",
            _ => "classic",
        };
        *address.expr = call(
            self.os("w", DUMMY_SP),
            vec![string(&specifier), string(name)],
            DUMMY_SP,
        );
    }

    fn url(&mut self, new: &mut NewExpr) {
        if !self.is_own_url(new) {
            return;
        }
        let start = new.span;
        let Some([first, ..]) = new.args.as_deref_mut() else {
            return;
        };
        if self
            .source
            .between(start, span_of(&first.expr))
            .contains(IGNORE)
        {
            return;
        }
        if let Some((specifier, _)) = literal(&first.expr) {
            if !specifier.is_empty() && overskill_model::may_name_file(&specifier) {
                self.depend(&first.expr, DependencyKind::Url);
                *first.expr = call(self.os("u", DUMMY_SP), vec![string(&specifier)], DUMMY_SP);
            }
            return;
        }
        let Expr::Tpl(template) = &mut *first.expr else {
            return;
        };
        let Some((pattern, query)) = templates::url(template) else {
            return;
        };
        let glob = Glob {
            patterns: vec![pattern],
            eager: true,
            import: Some("default".to_owned()),
            query,
            ..Glob::default()
        };
        let span = template.span;
        cut_query(template);
        let at = self.add_glob(glob, span);
        let files = call(self.os("glob", DUMMY_SP), vec![at], DUMMY_SP);
        let key = std::mem::replace(&mut *first.expr, number(0));
        *first.expr = MemberExpr {
            span: DUMMY_SP,
            obj: Box::new(files),
            prop: MemberProp::Computed(ComputedPropName {
                span: DUMMY_SP,
                expr: Box::new(key),
            }),
        }
        .into();
    }

    fn is_own_url(&self, new: &NewExpr) -> bool {
        is_global(&new.callee, "URL", self.unresolved)
            && matches!(new.args.as_deref(), Some([first, base])
                if first.spread.is_none() && is_meta_member(&base.expr, "url"))
    }
}

fn number(value: usize) -> Expr {
    Lit::Num(Number {
        span: DUMMY_SP,
        value: value as f64,
        raw: None,
    })
    .into()
}

/// Takes what stands behind `?` away: the files have it.
fn cut_query(template: &mut Tpl) {
    let found = template
        .quasis
        .iter()
        .position(|quasi| quasi.raw.contains('?'));
    let Some(at) = found else { return };
    template.quasis.truncate(at + 1);
    template.exprs.truncate(at);
    if let Some(last) = template.quasis.last_mut() {
        let raw = last.raw.split('?').next().unwrap_or_default().to_owned();
        last.cooked = Some(raw.clone().into());
        last.raw = raw.into();
        last.tail = true;
    }
}

/// Which kind of worker the options ask for. `written` is the source from the worker's URL on.
fn worker_kind(
    options: &[ExprOrSpread],
    written: &str,
) -> Result<DependencyKind, (&'static str, Span)> {
    let Some(options) = options.first() else {
        return Ok(DependencyKind::ClassicWorker);
    };
    let span = options.span();
    let object = match &*options.expr {
        _ if written.contains(IGNORE) => {
            return Ok(match written.contains("module") {
                true => DependencyKind::ModuleWorker,
                false => DependencyKind::ClassicWorker,
            });
        }
        Expr::Object(object) => object,
        Expr::Lit(Lit::Null(_)) => return Ok(DependencyKind::ClassicWorker),
        Expr::Ident(ident) if ident.sym == "undefined" => return Ok(DependencyKind::ClassicWorker),
        Expr::Unary(UnaryExpr {
            op: UnaryOp::Void, ..
        }) => {
            return Ok(DependencyKind::ClassicWorker);
        }
        _ => {
            return Err((
                "The worker's options must be an object literal: its `type` is needed before the code runs.",
                span,
            ));
        }
    };
    let mut kind = None;
    let mut spread = false;
    for property in &object.props {
        let PropOrSpread::Prop(property) = property else {
            spread = true;
            kind = None;
            continue;
        };
        let (name, value) = match &**property {
            Prop::KeyValue(KeyValueProp { key, value }) => (key, value),
            Prop::Shorthand(name) if name.sym == "type" => {
                return Err(("The worker's `type` must be a literal.", name.span));
            }
            _ => continue,
        };
        let is_type = match name {
            PropName::Ident(name) => name.sym == "type",
            PropName::Str(text) => text.value == *"type",
            _ => false,
        };
        if is_type {
            kind = match literal(value) {
                Some((text, _)) if text == "module" => Some(DependencyKind::ModuleWorker),
                Some(_) => Some(DependencyKind::ClassicWorker),
                None if matches!(&**value, Expr::Ident(ident) if ident.sym == "undefined") => {
                    Some(DependencyKind::ClassicWorker)
                }
                None => return Err(("The worker's `type` must be a literal.", value.span())),
            };
        }
    }
    match kind {
        None if spread => Err((
            "The worker's `type` must stand behind what is spread into its options.",
            span,
        )),
        kind => Ok(kind.unwrap_or(DependencyKind::ClassicWorker)),
    }
}
