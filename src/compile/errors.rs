//! What swc says about a file, as diagnostics.

use crate::{language::Dialect, source::Source};
use overskill_diagnostics::Diagnostic;
use std::sync::{Arc, Mutex};
use swc_core::common::{
    Span,
    errors::{DiagnosticBuilder, Emitter, Handler},
};
use swc_core::ecma::parser::error::{Error, SyntaxError};

/// How many syntax errors of one file are told: after the first few they follow from one another.
const TOLD: usize = 10;

const RENAME: &str = "This looks like JSX: rename the file to `.tsx`.";

/// The parser's errors in the order of the text, each place once.
pub(crate) fn describe(
    source: &Source<'_>,
    dialect: Dialect,
    mut errors: Vec<Error>,
) -> Vec<Diagnostic> {
    errors.sort_by_key(|error| error_span(error).lo);
    errors.dedup_by_key(|error| error_span(error).lo);
    errors
        .iter()
        .take(TOLD)
        .map(|error| {
            let hint = hint(source, dialect, error);
            let message = match hint {
                Some(RENAME) => "JSX can't be read in a `.ts` file.".to_owned(),
                _ => sentence(&error.kind().msg()),
            };
            let mut diagnostic = Diagnostic::error("syntax-error", message);
            diagnostic.hint = hint.map(str::to_owned);
            source.at(diagnostic, error_span(error))
        })
        .collect()
}

fn error_span(error: &Error) -> Span {
    swc_core::common::Spanned::span(error)
}

fn sentence(message: &str) -> String {
    let message = message.trim();
    match message.ends_with(['.', '!', '?']) {
        true => message.to_owned(),
        false => format!("{message}."),
    }
}

fn hint(source: &Source<'_>, dialect: Dialect, error: &Error) -> Option<&'static str> {
    let at = error_span(error).lo.0.saturating_sub(1) as usize;
    let before = source.text.get(..at.min(source.text.len())).unwrap_or("");
    let after = source.text.get(at..).unwrap_or("");
    if dialect.typescript && !dialect.jsx && looks_like_jsx(before, after) {
        return Some(RENAME);
    }
    let at_end = after.trim().is_empty();
    match error.kind() {
        SyntaxError::JSXExpectedClosingTag { .. }
        | SyntaxError::JSXExpectedClosingTagForLtGt
        | SyntaxError::UnterminatedJSXContents => {
            Some("Every element is closed, by `</name>` or as `<name />`.")
        }
        SyntaxError::Eof => {
            Some("The file ends too early: a bracket, brace or tag before is not closed.")
        }
        SyntaxError::UnterminatedTpl => Some("A template ends with a backtick."),
        _ if at_end => {
            Some("The file ends too early: a bracket, brace or tag before is not closed.")
        }
        _ if after.starts_with("<<<<<<<")
            || after.starts_with(">>>>>>>")
            || after.starts_with("=======") =>
        {
            Some("This is a marker of a merge conflict: choose one of the two sides.")
        }
        _ if after.starts_with("```") => Some("This is a fence of Markdown, not code: remove it."),
        _ => None,
    }
}

/// Whether the error stands at, or shortly behind, something that opens or closes an element.
fn looks_like_jsx(before: &str, after: &str) -> bool {
    let tag = |text: &str| {
        let mut characters = text.chars();
        characters.next() == Some('<')
            && characters
                .next()
                .is_some_and(|next| next.is_ascii_alphabetic() || next == '>' || next == '/')
    };
    let line = before.rsplit('\n').next().unwrap_or("");
    let opened = line
        .match_indices('<')
        .any(|(at, _)| tag(&line[at..]) && !line[..at].ends_with(|c: char| c.is_alphanumeric()));
    tag(after) || opened || line.contains("</") || line.contains("/>")
}

/// What passes report while they run. They need a handler even when they have nothing to say.
#[derive(Clone, Default)]
pub(crate) struct Reports(Arc<Mutex<Vec<(String, Option<Span>)>>>);

impl Reports {
    pub(crate) fn handler(&self) -> Handler {
        Handler::with_emitter(false, false, Box::new(self.clone()))
    }

    pub(crate) fn into_diagnostics(self, source: &Source<'_>) -> Vec<Diagnostic> {
        let reports = self.0.lock().map(|reports| reports.clone());
        reports
            .unwrap_or_default()
            .into_iter()
            .map(|(message, span)| {
                let diagnostic = Diagnostic::error("syntax-error", sentence(&message));
                match span {
                    Some(span) => source.at(diagnostic, span),
                    None => diagnostic.in_file(source.path),
                }
            })
            .collect()
    }
}

impl Emitter for Reports {
    fn emit(&mut self, report: &mut DiagnosticBuilder<'_>) {
        if report.is_error()
            && let Ok(mut reports) = self.0.lock()
        {
            reports.push((report.message(), report.span.primary_span()));
        }
    }
}
