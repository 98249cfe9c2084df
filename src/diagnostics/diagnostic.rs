//! One problem in an app's files.

use crate::{LineIndex, Position, Span, frame::frame};
use overskill_model::ModulePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is: only an `Error` keeps a version from being served.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The app does not build.
    Error,
    /// The app builds, and probably doesn't do what its author meant.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A problem as the author is told of it. Lines and columns are 1-based, columns in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// A stable kebab-case name of the kind of problem, such as `unresolved-import`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, without position or frame.
    pub message: String,
    /// The file it is in, when it is in one.
    pub path: Option<ModulePath>,
    /// First line.
    pub line: Option<u32>,
    /// First column.
    pub column: Option<u32>,
    /// Line of the end.
    pub end_line: Option<u32>,
    /// Column one past the end.
    pub end_column: Option<u32>,
    /// The source lines around it.
    pub frame: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A problem of the whole app.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            message: message.into(),
            path: None,
            line: None,
            column: None,
            end_line: None,
            end_column: None,
            frame: None,
            hint: None,
        }
    }

    /// An error of the whole app.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning about the whole app.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Puts it in a file.
    pub fn in_file(mut self, path: &ModulePath) -> Self {
        self.path = Some(path.clone());
        self
    }

    /// Puts it at a span of a file's source, and draws the frame.
    pub fn at(self, path: &ModulePath, lines: &LineIndex<'_>, span: Span) -> Self {
        let start = lines.position(span.start);
        let end = lines.position(span.end.max(span.start));
        self.between(path, lines, start, end)
    }

    /// Puts it between two positions of a file's source, and draws the frame.
    pub fn between(
        mut self,
        path: &ModulePath,
        lines: &LineIndex<'_>,
        start: Position,
        end: Position,
    ) -> Self {
        self.path = Some(path.clone());
        self.line = Some(start.line);
        self.column = Some(start.column);
        self.end_line = Some(end.line);
        self.end_column = Some(end.column);
        self.frame = Some(frame(lines, start, end));
        self
    }

    /// Says what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Where it is, followed by a space: `src/a.ts:3:9 `; empty for a problem of the whole app.
    pub fn place(&self) -> String {
        match (&self.path, self.line, self.column) {
            (Some(path), Some(line), Some(column)) => format!("{path}:{line}:{column} "),
            (Some(path), ..) => format!("{path} "),
            _ => String::new(),
        }
    }

    /// Whether it keeps a version from being served.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The order in which diagnostics are listed: by file, place, severity, code.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |d: &Self| {
            (
                d.path.clone(),
                d.line,
                d.column,
                d.severity,
                d.code.clone(),
                d.message.clone(),
            )
        };
        key(self).cmp(&key(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overskill_model::Limits;

    #[test]
    fn a_frame_points_at_the_problem() {
        let path = ModulePath::parse("src/a.ts", &Limits::default()).unwrap();
        let source = "one\ntwo\nlet ü = oops;\nfour\nfive";
        let lines = LineIndex::new(source);
        let diagnostic = Diagnostic::error("x", "m").at(&path, &lines, Span { start: 17, end: 21 });
        assert_eq!(diagnostic.line, Some(3));
        assert_eq!(diagnostic.column, Some(9));
        assert_eq!(diagnostic.end_column, Some(13));
        assert_eq!(
            diagnostic.frame.unwrap(),
            "  1 | one\n  2 | two\n> 3 | let ü = oops;\n    |         ^^^^\n  4 | four"
        );
    }

    #[test]
    fn a_minified_line_is_clipped_around_the_problem() {
        let path = ModulePath::parse("a.js", &Limits::default()).unwrap();
        let source = "x".repeat(100_000);
        let lines = LineIndex::new(&source);
        let diagnostic = Diagnostic::error("x", "m").at(
            &path,
            &lines,
            Span {
                start: 50_000,
                end: 60_000,
            },
        );
        assert!(diagnostic.frame.unwrap().len() < 400);
    }
}
