//! What is wrong with a sheet, in its author's terms.

use crate::{collect::Unknown, source::Source};
use lightningcss::{
    error::{Error, ParserError, PrinterErrorKind, SelectorError},
    printer::PrinterOptions,
    traits::ToCss,
};
use overskill_diagnostics::{Diagnostic, LineIndex, Severity, Span};
use overskill_model::ModulePath;
use std::{collections::BTreeSet, fmt::Display};

/// How many problems of one sheet are told.
const TOLD: usize = 10;

const TAILWIND: [&str; 12] = [
    "tailwind",
    "apply",
    "theme",
    "utility",
    "variant",
    "custom-variant",
    "plugin",
    "config",
    "source",
    "screen",
    "variants",
    "responsive",
];

/// A sheet, for placing diagnostics in it.
pub(crate) struct Place<'a> {
    pub path: &'a ModulePath,
    /// The file's whole text.
    pub whole: &'a str,
    pub source: &'a Source<'a>,
}

impl Place<'_> {
    pub fn at(&self, diagnostic: Diagnostic, span: Span) -> Diagnostic {
        diagnostic.at(self.path, &LineIndex::new(self.whole), span)
    }

    pub fn too_much(&self, offset: usize) -> Diagnostic {
        let error = Diagnostic::error(
            "css-too-deep",
            "The style sheet nests too deep to be compiled.",
        );
        self.at(error, self.source.character(offset))
            .hint("Take the inner rules or expressions out of the outer ones.")
    }

    pub fn unclosed(&self, offset: usize) -> Diagnostic {
        let what = match self.source.text.as_bytes().get(offset) {
            Some(b'/') => "comment",
            Some(b'"' | b'\'') => "string",
            Some(b'u' | b'U') => "`url(`",
            Some(b'(') => "`(`",
            Some(b'[') => "`[`",
            _ => "`{`",
        };
        let warning = Diagnostic::warning("css-syntax", format!("This {what} is never closed."));
        self.at(warning, self.source.character(offset)).hint(
            "All that follows is read as part of it. Close it, or check that the file is complete.",
        )
    }

    /// An error that no recovery gets around.
    pub fn fatal<T: Display>(&self, error: &Error<T>) -> Box<Diagnostic> {
        self.located(sentence(&error.kind.to_string()), error)
    }

    /// An error of the last step.
    pub fn unprintable(&self, error: &Error<PrinterErrorKind>) -> Box<Diagnostic> {
        use PrinterErrorKind::{InvalidComposesNesting, InvalidComposesSelector};
        match error.kind {
            InvalidComposesNesting | InvalidComposesSelector => {
                let message = "`composes` stands only in rules whose selector is one class.";
                let hint = "Give the element a class of its own that composes the others.";
                Box::new(self.located(message.to_owned(), error).hint(hint))
            }
            _ => self.fatal(error),
        }
    }

    fn located<T>(&self, message: String, error: &Error<T>) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::error("css-syntax", message);
        Box::new(match &error.loc {
            Some(loc) => {
                let offset = self.source.offset(loc.line, loc.column);
                self.at(diagnostic, self.source.character(offset))
            }
            None => diagnostic.in_file(self.path),
        })
    }

    /// What the parser skipped, as browsers will.
    pub fn skipped(
        &self,
        warnings: &[Error<ParserError<'_>>],
        unknown: &[Unknown<'_>],
    ) -> Vec<Diagnostic> {
        let names: BTreeSet<&str> = unknown.iter().map(|rule| rule.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        warnings
            .iter()
            .filter(|warning| {
                !matches!(&warning.kind, ParserError::AtRuleInvalid(name) if names.contains(&**name))
            })
            .filter(|warning| seen.insert(warning.loc.as_ref().map(|loc| (loc.line, loc.column))))
            .take(TOLD)
            .map(|warning| self.one_skipped(warning))
            .collect()
    }

    fn one_skipped(&self, warning: &Error<ParserError<'_>>) -> Diagnostic {
        let (line, column) = warning
            .loc
            .as_ref()
            .map_or((0, 1), |loc| (loc.line, loc.column));
        let offset = self.source.offset(line, column);
        let rest = &self.source.text[offset..];
        let offset = match rest.trim_start() {
            "" => offset,
            next => offset + rest.len() - next.len(),
        };
        let mut span = self.source.character(offset);
        let (message, hint) = match &warning.kind {
            ParserError::UnexpectedToken(token) => {
                let written = token
                    .to_css_string(PrinterOptions::default())
                    .unwrap_or_default();
                if !written.is_empty() && self.source.text[offset..].starts_with(&written) {
                    span = self.source.span(offset, offset + written.len());
                }
                let message = match written.trim() {
                    "" => "Unexpected end of a value.".to_owned(),
                    written => format!("Unexpected `{written}`."),
                };
                (
                    message,
                    "Browsers skip the declaration or rule that it is in.",
                )
            }
            ParserError::EndOfInput => (
                "Something is missing here.".to_owned(),
                "Browsers skip the declaration or rule that ends here.",
            ),
            ParserError::DeprecatedCssModulesValueRule => {
                return self
                    .at(
                        Diagnostic::new(
                            Severity::Info,
                            "css-modules-value",
                            "`@value` isn't supported.",
                        ),
                        span,
                    )
                    .hint("Use a custom property (`--name: …` and `var(--name)`) in its place.");
            }
            ParserError::UnexpectedImportRule => (
                "This `@import` comes too late: it is skipped.".to_owned(),
                "Move it above all other rules.",
            ),
            ParserError::SelectorError(SelectorError::UnsupportedPseudoClass(name)) => (
                format!("`:{name}` is no pseudo-class that is known here."),
                "Browsers that don't know it either skip the rule.",
            ),
            ParserError::SelectorError(SelectorError::UnsupportedPseudoElement(name)) => (
                format!("`::{name}` is no pseudo-element that is known here."),
                "Browsers that don't know it either skip the rule.",
            ),
            ParserError::SelectorError(_) => (
                "This selector can't be read.".to_owned(),
                "Browsers skip its whole rule.",
            ),
            other => (sentence(&other.to_string()), "Browsers skip it."),
        };
        self.at(Diagnostic::warning("css-syntax", message), span)
            .hint(hint)
    }

    /// One warning for all at-rules that browsers don't know.
    pub fn unknown(&self, unknown: &[Unknown<'_>]) -> Option<Diagnostic> {
        let first = unknown.first()?;
        let names: BTreeSet<&str> = unknown.iter().map(|rule| rule.name.as_str()).collect();
        let listed: Vec<String> = names
            .iter()
            .take(8)
            .map(|name| format!("`@{name}`"))
            .collect();
        let (verb, them) = if names.len() == 1 {
            ("is", "it")
        } else {
            ("are", "them")
        };
        let warning = Diagnostic::warning(
            "css-unknown-at-rule",
            format!(
                "{} {verb} not CSS that browsers know; they skip {them}.",
                listed.join(", ")
            ),
        );
        let end = first.at + self.source.text[first.at..].len().min(first.name.len() + 1);
        let hint = match names.iter().any(|name| TAILWIND.contains(name)) {
            true => {
                "This is Tailwind's: add `tailwindcss` to `package.json`, and import it in this sheet."
            }
            false => "Correct the name, or remove the rule.",
        };
        Some(self.at(warning, self.source.span(first.at, end)).hint(hint))
    }
}

fn sentence(message: &str) -> String {
    match message.ends_with(['.', '!', '?']) {
        true => message.to_owned(),
        false => format!("{message}."),
    }
}
