//! The text being compiled, and where spans of its syntax tree lie in it.

use overskill_diagnostics::{Diagnostic, LineIndex, Span};
use overskill_model::ModulePath;
use swc_core::common;

/// A file without its byte order mark. It is the first file of its source map, so its positions start at 1.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a ModulePath,
    pub(crate) text: &'a str,
    mark: u32,
    lines: LineIndex<'a>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(path: &'a ModulePath, source: &'a str) -> Self {
        let text = source.strip_prefix('\u{feff}').unwrap_or(source);
        Self {
            path,
            text,
            mark: (source.len() - text.len()) as u32,
            lines: LineIndex::new(text),
        }
    }

    /// How the file is called in source maps and in JSX's `fileName`.
    pub(crate) fn name(&self) -> String {
        format!("/{}", self.path)
    }

    /// Byte offsets in the file as it was given; the empty span at its start for what no one wrote.
    pub(crate) fn span(&self, span: common::Span) -> Span {
        match self.offsets(span) {
            Some(span) => Span {
                start: span.start + self.mark,
                end: span.end + self.mark,
            },
            None => Span::default(),
        }
    }

    /// Puts a diagnostic where the tree says.
    pub(crate) fn at(&self, diagnostic: Diagnostic, span: common::Span) -> Diagnostic {
        match self.offsets(span) {
            Some(span) => self.at_offsets(diagnostic, span),
            None => diagnostic.in_file(self.path),
        }
    }

    /// Puts a diagnostic at offsets into [`Self::text`].
    pub(crate) fn at_offsets(&self, diagnostic: Diagnostic, span: Span) -> Diagnostic {
        diagnostic.at(self.path, &self.lines, span)
    }

    /// The text at offsets that [`Self::span`] gave.
    pub(crate) fn slice(&self, span: Span) -> Option<&'a str> {
        let start = span.start.checked_sub(self.mark)? as usize;
        let end = span.end.checked_sub(self.mark)? as usize;
        self.text.get(start..end)
    }

    /// The offset into [`Self::text`] of a 1-based line and a byte column in it.
    pub(crate) fn offset(&self, line: usize, column: usize) -> u32 {
        let start: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let offset = (start + column.saturating_sub(1)).min(self.text.len());
        // What counts bytes may stop within a character.
        self.text.floor_char_boundary(offset) as u32
    }

    fn offsets(&self, span: common::Span) -> Option<Span> {
        let end = self.text.len() as u32 + 1;
        let inside = span.lo.0 >= 1 && span.lo.0 <= end;
        inside.then(|| Span {
            start: span.lo.0 - 1,
            end: span.hi.0.clamp(span.lo.0, end) - 1,
        })
    }
}
