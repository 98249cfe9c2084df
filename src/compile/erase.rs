//! TypeScript → the same text with spaces in place of its types, so that every place stays where it is. It is for
//! configurations, which another reader evaluates.

use crate::{
    config::parsed,
    language::{Dialect, Language},
    source::Source,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use swc_core::common::{BytePos, Span, Spanned};
use swc_core::ecma::ast::{
    BindingIdent, Decl, ExportDecl, ExportSpecifier, ImportDecl, ImportSpecifier, NamedExport,
    TsAsExpr, TsConstAssertion, TsEnumDecl, TsImportEqualsDecl, TsInstantiation, TsInterfaceDecl,
    TsModuleDecl, TsNonNullExpr, TsSatisfiesExpr, TsTypeAliasDecl, TsTypeAnn, TsTypeAssertion,
    TsTypeParamDecl, TsTypeParamInstantiation,
};
use swc_core::ecma::visit::{Visit, VisitWith};

/// The text without its types, as long in UTF-16 units; or what is wrong with it. Total.
pub fn erase_types(path: &ModulePath, text: &str) -> Result<String, Box<Diagnostic>> {
    let source = Source::new(path, text);
    let Language::Script(
        dialect @ Dialect {
            typescript: true, ..
        },
    ) = Language::of(path)
    else {
        return Ok(text.to_owned());
    };
    let parsed = parsed(&source, dialect).map_err(|problems| {
        let first = problems.into_iter().next();
        Box::new(first.unwrap_or_else(|| Diagnostic::error("syntax-error", "It can't be read.")))
    })?;
    let mut eraser = Eraser {
        text: source.text,
        types: Vec::new(),
        code: None,
    };
    parsed.program.visit_with(&mut eraser);
    if let Some((what, span)) = eraser.code {
        let message = format!("{what} make code, which isn't understood in a configuration.");
        let error = Diagnostic::error("config-not-understood", message);
        return Err(Box::new(source.at(error, span)));
    }
    let mark = &text[..text.len() - source.text.len()];
    Ok(format!("{mark}{}", blanked(source.text, eraser.types)))
}

/// `text` with spaces in place of the ranges, line ends kept.
fn blanked(text: &str, mut ranges: Vec<(usize, usize)>) -> String {
    ranges.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in ranges {
        let start = start.max(at);
        let (Some(kept), Some(gone)) = (text.get(at..start), text.get(start..end)) else {
            continue;
        };
        out.push_str(kept);
        for character in gone.chars() {
            match character {
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push(character),
                _ => out.extend(std::iter::repeat_n(' ', character.len_utf16())),
            }
        }
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

struct Eraser<'a> {
    text: &'a str,
    types: Vec<(usize, usize)>,
    /// TypeScript that is more than types.
    code: Option<(&'static str, Span)>,
}

/// Positions start at 1.
fn offset(position: BytePos) -> usize {
    (position.0 as usize).saturating_sub(1)
}

impl Eraser<'_> {
    fn erase(&mut self, from: BytePos, to: BytePos) {
        self.types.push((offset(from), offset(to)));
    }

    fn gone(&mut self, span: Span) {
        self.erase(span.lo, span.hi);
    }

    /// Erases one of a list, with the comma behind it.
    fn item(&mut self, span: Span) {
        let end = offset(span.hi);
        let rest = self.text.get(end..).unwrap_or_default();
        let comma = rest.trim_start().starts_with(',');
        let comma = match comma {
            true => rest.len() - rest.trim_start().len() + 1,
            false => 0,
        };
        self.types.push((offset(span.lo), end + comma));
    }
}

impl Visit for Eraser<'_> {
    fn visit_import_decl(&mut self, node: &ImportDecl) {
        if node.type_only {
            return self.gone(node.span);
        }
        for specifier in &node.specifiers {
            if let ImportSpecifier::Named(named) = specifier
                && named.is_type_only
            {
                self.item(named.span);
            }
        }
    }

    fn visit_named_export(&mut self, node: &NamedExport) {
        if node.type_only {
            return self.gone(node.span);
        }
        for specifier in &node.specifiers {
            if let ExportSpecifier::Named(named) = specifier
                && named.is_type_only
            {
                self.item(named.span);
            }
        }
    }

    fn visit_export_decl(&mut self, node: &ExportDecl) {
        match &node.decl {
            Decl::TsInterface(_) | Decl::TsTypeAlias(_) => self.gone(node.span),
            decl if declared(decl) => self.gone(node.span),
            _ => node.visit_children_with(self),
        }
    }

    fn visit_decl(&mut self, node: &Decl) {
        match declared(node) {
            true => self.gone(node.span()),
            false => node.visit_children_with(self),
        }
    }

    fn visit_ts_interface_decl(&mut self, node: &TsInterfaceDecl) {
        self.gone(node.span);
    }

    fn visit_ts_type_alias_decl(&mut self, node: &TsTypeAliasDecl) {
        self.gone(node.span);
    }

    fn visit_ts_enum_decl(&mut self, node: &TsEnumDecl) {
        self.code.get_or_insert(("Enums", node.span));
    }

    fn visit_ts_module_decl(&mut self, node: &TsModuleDecl) {
        self.code.get_or_insert(("Namespaces", node.span));
    }

    fn visit_ts_import_equals_decl(&mut self, node: &TsImportEqualsDecl) {
        self.code.get_or_insert(("Imports by `=`", node.span));
    }

    fn visit_binding_ident(&mut self, node: &BindingIdent) {
        if node.id.optional {
            let start = offset(node.id.span.lo) + node.id.sym.len();
            let rest = self.text.get(start..).unwrap_or_default();
            let at = start + rest.len() - rest.trim_start().len();
            if rest.trim_start().starts_with('?') {
                self.types.push((at, at + 1));
            }
        }
        node.visit_children_with(self);
    }

    fn visit_ts_type_ann(&mut self, node: &TsTypeAnn) {
        self.gone(node.span);
    }

    fn visit_ts_type_param_decl(&mut self, node: &TsTypeParamDecl) {
        self.gone(node.span);
    }

    fn visit_ts_type_param_instantiation(&mut self, node: &TsTypeParamInstantiation) {
        self.gone(node.span);
    }

    fn visit_ts_as_expr(&mut self, node: &TsAsExpr) {
        node.expr.visit_with(self);
        self.erase(node.expr.span_hi(), node.span.hi);
    }

    fn visit_ts_const_assertion(&mut self, node: &TsConstAssertion) {
        node.expr.visit_with(self);
        self.erase(node.expr.span_hi(), node.span.hi);
    }

    fn visit_ts_satisfies_expr(&mut self, node: &TsSatisfiesExpr) {
        node.expr.visit_with(self);
        self.erase(node.expr.span_hi(), node.span.hi);
    }

    fn visit_ts_non_null_expr(&mut self, node: &TsNonNullExpr) {
        node.expr.visit_with(self);
        self.erase(node.expr.span_hi(), node.span.hi);
    }

    fn visit_ts_instantiation(&mut self, node: &TsInstantiation) {
        node.expr.visit_with(self);
        self.erase(node.expr.span_hi(), node.span.hi);
    }

    fn visit_ts_type_assertion(&mut self, node: &TsTypeAssertion) {
        self.erase(node.span.lo, node.expr.span_lo());
        node.expr.visit_with(self);
    }
}

/// Whether a declaration only tells of something that is elsewhere.
fn declared(node: &Decl) -> bool {
    match node {
        Decl::Class(node) => node.declare,
        Decl::Fn(node) => node.declare,
        Decl::Var(node) => node.declare,
        Decl::TsEnum(node) => node.declare,
        Decl::TsModule(node) => node.declare,
        Decl::Using(_) | Decl::TsInterface(_) | Decl::TsTypeAlias(_) => false,
    }
}
