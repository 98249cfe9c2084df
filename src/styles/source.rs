//! The text of a sheet, and where its parser's lines and columns are in it.

use overskill_diagnostics::Span;
use std::cell::Cell;

/// A sheet's text. Lines end as CSS ends them, at form feeds too.
pub(crate) struct Source<'a> {
    /// Without a byte order mark.
    pub text: &'a str,
    /// How long the byte order mark is.
    mark: usize,
    starts: Vec<usize>,
    /// The last place asked for, as (line, UTF-16 units, offset): places are mostly asked for in order.
    last: Cell<(usize, u32, usize)>,
}

impl<'a> Source<'a> {
    pub fn new(whole: &'a str) -> Self {
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(byte, b'\n' | b'\x0c')
                || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
            {
                starts.push(at + 1);
            }
        }
        Self {
            text,
            mark: whole.len() - text.len(),
            starts,
            last: Cell::new((0, 0, 0)),
        }
    }

    /// The offset in `text` of a 0-based line and a 1-based column in UTF-16 units.
    pub fn offset(&self, line: u32, column: u32) -> usize {
        let line = (line as usize).min(self.starts.len() - 1);
        let wanted = column.saturating_sub(1);
        let (last_line, last_units, last_offset) = self.last.get();
        let (mut units, mut at) = match last_line == line && last_units <= wanted {
            true => (last_units, last_offset),
            false => (0, self.starts[line]),
        };
        for character in self.text[at..].chars() {
            if units >= wanted {
                break;
            }
            units += character.len_utf16() as u32;
            at += character.len_utf8();
        }
        self.last.set((line, units, at));
        at
    }

    /// The span in the file of a range of `text`.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span {
            start: (start + self.mark) as u32,
            end: (end + self.mark) as u32,
        }
    }

    /// The span of the first `needle` written shortly behind `offset`, or of the character there.
    pub fn find(&self, offset: usize, needle: &str) -> Span {
        const NEAR: usize = 256;
        let rest = &self.text[offset..];
        let mut end = rest.len().min(needle.len() + NEAR);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        match rest[..end].find(needle) {
            Some(at) => self.span(offset + at, offset + at + needle.len()),
            None => self.character(offset),
        }
    }

    /// The span of the character at `offset`.
    pub fn character(&self, offset: usize) -> Span {
        let length = self.text[offset..].chars().next().map_or(0, char::len_utf8);
        self.span(offset, offset + length)
    }
}
