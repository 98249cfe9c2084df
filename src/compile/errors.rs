//! What swc says about a file, as diagnostics.

use crate::{
    depth::{Mismatch, mismatch},
    language::Dialect,
    source::Source,
};
use overskill_diagnostics::Diagnostic;
use std::{
    ops::Range,
    sync::{Arc, Mutex},
};
use swc_core::common::{
    Span,
    errors::{DiagnosticBuilder, Emitter, Handler},
};
use swc_core::ecma::parser::error::{Error, SyntaxError};

/// How many syntax errors of one file are told: after the first few they follow from one another.
const TOLD: usize = 10;

const RETYPE: &str =
    "This looks like TypeScript: rename the file to `.ts`, or to `.tsx` where it has JSX.";

const RENAME: &str = "This looks like JSX: rename the file to `.tsx`.";

/// The parser's errors in the order of the text, each place once.
pub(crate) fn describe(
    source: &Source<'_>,
    dialect: Dialect,
    mut errors: Vec<Error>,
) -> Vec<Diagnostic> {
    errors.retain(|error| !is_about_types(error));
    errors.sort_by_key(|error| error_span(error).lo);
    errors.dedup_by_key(|error| error_span(error).lo);
    let elements = dialect.jsx && errors.iter().any(is_about_elements);
    let mut unclosed = elements.then(|| mismatch(source.text)).flatten();
    let mut told: Vec<Diagnostic> = errors
        .iter()
        .take(TOLD)
        .map(|error| {
            if is_about_elements(error)
                && let Some(mismatch) = unclosed.take()
            {
                return not_closed(source, mismatch);
            }
            let hint = hint(source, dialect, error);
            let message = match hint {
                Some(RENAME) => "JSX can't be read in a `.ts` file.".to_owned(),
                Some(RETYPE) => "TypeScript can't be read in a JavaScript file.".to_owned(),
                _ => message(source, error),
            };
            let mut diagnostic = Diagnostic::error("syntax-error", message);
            diagnostic.hint = hint.map(str::to_owned);
            source.at(diagnostic, error_span(error))
        })
        .collect();
    told.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    told
}

/// The parser gives up an element at the first mistake inside it, and then only misses its end.
fn is_about_elements(error: &Error) -> bool {
    match error.kind() {
        SyntaxError::JSXExpectedClosingTag { .. }
        | SyntaxError::JSXExpectedClosingTagForLtGt
        | SyntaxError::UnterminatedJSXContents => true,
        SyntaxError::Expected(wanted, _) => wanted == "</",
        _ => false,
    }
}

/// The parser's sentence, with what stands in the text where it would name a kind of token.
fn message(source: &Source<'_>, error: &Error) -> String {
    let at = error_span(error).lo.0.saturating_sub(1) as usize;
    let after = source.text.get(at..).unwrap_or("");
    let before = source.text.get(..at).unwrap_or("");
    let found = match token(after) {
        "" => "the end of the file".to_owned(),
        token => format!("`{token}`"),
    };
    match error.kind() {
        _ if is_about_elements(error) => format!("Unexpected {found} inside a JSX element."),
        SyntaxError::Expected(wanted, _) => format!("Expected `{wanted}`, found {found}."),
        SyntaxError::ExpectedSemi
        | SyntaxError::ExpectedSemiForExprStmt { .. }
        | SyntaxError::TS1005 => {
            format!("Expected the end of the statement, found {found}.")
        }
        SyntaxError::ExpectedIdent | SyntaxError::TS1003 => {
            format!("Expected a name, found {found}.")
        }
        SyntaxError::TS1109 => format!("Expected an expression, found {found}."),
        SyntaxError::UnterminatedRegExp if closes_element(before, after) => {
            "The end of an element stands where code is expected.".to_owned()
        }
        kind => sentence(&kind.msg()),
    }
}

fn token(after: &str) -> &str {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let length = match after.find(|c| !word(c)) {
        Some(0) => after.chars().next().map_or(0, char::len_utf8),
        Some(length) => length,
        None => after.len(),
    };
    &after[..length]
}

/// Whether the error stands behind the `<` of `</name>`.
fn closes_element(before: &str, after: &str) -> bool {
    before.ends_with('<') && after.starts_with('/')
}

/// What only checking types would mind, and Vite doesn't either.
fn is_about_types(error: &Error) -> bool {
    matches!(error.kind(), SyntaxError::TS4112)
}

fn not_closed(source: &Source<'_>, mismatch: Mismatch) -> Diagnostic {
    let name = |at: &Range<usize>| source.text.get(at.clone()).unwrap_or("");
    let opened = name(&mismatch.opened);
    let line = source.text[..mismatch.opened.start].matches('\n').count() + 1;
    let (message, at) = match mismatch.closed {
        Some(closed) => (
            format!(
                "`</{}>` doesn't close `<{opened}>`, opened in line {line}.",
                name(&closed)
            ),
            closed,
        ),
        None => (
            format!("`<{opened}>` is not closed."),
            mismatch.opened.clone(),
        ),
    };
    let hint = match opened {
        "" => "Close the fragment with `</>`.".to_owned(),
        name => format!("Every element is closed: add `</{name}>`, or write `<{name} />`."),
    };
    let span = overskill_diagnostics::Span {
        start: at.start as u32,
        end: at.end as u32,
    };
    source.at_offsets(Diagnostic::error("syntax-error", message).hint(hint), span)
}

const FENCE: &str = "This is a fence of Markdown, not code: remove it, and the one at the end.";

/// Code in a fence is mostly valid JavaScript: templates that are called.
pub(crate) fn fenced(source: &Source<'_>) -> Option<Diagnostic> {
    let start = source.text.len() - source.text.trim_start().len();
    source.text[start..].starts_with("```").then(|| {
        let span = overskill_diagnostics::Span {
            start: start as u32,
            end: start as u32 + 3,
        };
        let error = Diagnostic::error("syntax-error", "The file starts with a fence of Markdown.");
        source.at_offsets(error.hint(FENCE), span)
    })
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
    if !dialect.typescript && looks_like_types(before, after) {
        return Some(RETYPE);
    }
    let marker = ["<<<<<<<", "=======", ">>>>>>>"];
    match error.kind() {
        _ if marker.iter().any(|marker| after.starts_with(marker)) => {
            Some("This is a marker of a merge conflict: choose one of the two sides.")
        }
        _ if after.starts_with("```") => Some(FENCE),
        _ if after.starts_with(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']) => {
            Some("These are typographic quotes; code has `\"` and `'`.")
        }
        _ if after.starts_with("...\n") => {
            Some("If the dots stand for code that was left out, put the whole code there.")
        }
        SyntaxError::UnterminatedTpl => Some("A template ends with a backtick."),
        SyntaxError::UnterminatedStrLit => Some(
            "Close the text with the quote that it starts with; text over several lines goes between backticks.",
        ),
        _ if after.trim().is_empty() => {
            Some("The file ends too early: a bracket, brace or tag before is not closed.")
        }
        SyntaxError::UnterminatedRegExp if closes_element(before, after) => Some(
            "A `(` or `{` before is not closed, or two elements stand side by side: wrap those in `<>…</>`.",
        ),
        SyntaxError::TS1109 if before.trim_end().ends_with("export default") => Some(
            "Declare it in a statement of its own, then write `export default a` with its name.",
        ),
        SyntaxError::AwaitInFunction => Some("Write `async` before the function."),
        SyntaxError::Expected(wanted, _) => match wanted.as_str() {
            "</" => {
                Some("Look at the expression in braces, or the attributes, just before this place.")
            }
            "," => Some("A comma, or a bracket that closes, is missing before this place."),
            _ => None,
        },
        _ => None,
    }
}

/// Whether JavaScript stops where only TypeScript goes on.
fn looks_like_types(before: &str, after: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or("");
    let rest = after.lines().next().unwrap_or("");
    let first = line.trim_start().split(' ').next().unwrap_or("");
    let second = line.trim_start().trim_start_matches("export ");
    let annotated = rest.starts_with(':') && !line.trim_end().ends_with(['?', ':', '{', ',']);
    let declares = [
        "interface ",
        "type ",
        "enum ",
        "declare ",
        "namespace ",
        "abstract ",
    ];
    let begins = |text: &str| declares.iter().any(|word| text.starts_with(word));
    (annotated && (line.contains('(') || ["const", "let", "var"].contains(&first)))
        || begins(second)
        || begins(rest)
        || line.trim_start().starts_with("import type ")
        || ["as ", "satisfies "]
            .iter()
            .any(|word| rest.starts_with(word))
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
pub(crate) struct Reports(Arc<Mutex<Vec<Report>>>);

type Report = (String, Option<Span>);

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
