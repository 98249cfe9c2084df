//! Byte offsets into a source turned into the lines and columns that editors show.

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets into a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A place in a source text: both parts 1-based, the column in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Where each line of a source text starts.
pub struct LineIndex<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Reads `source` once. Lines end at `\n`, `\r\n` or a lone `\r`.
    pub fn new(source: &'a str) -> Self {
        let bytes = source.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        Self { source, starts }
    }

    /// The place of a byte offset; offsets past the end, or inside a character, are moved back to one that is there.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.source.len());
        while !self.source.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column: usize = self.source[self.starts[line]..offset]
            .chars()
            .map(char::len_utf16)
            .sum();
        Position {
            line: line as u32 + 1,
            column: column as u32 + 1,
        }
    }

    /// The text of a 1-based line, without its ending.
    pub fn line(&self, line: u32) -> Option<&'a str> {
        let at = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(at)?;
        let end = self
            .starts
            .get(at + 1)
            .copied()
            .unwrap_or(self.source.len());
        Some(self.source[start..end].trim_end_matches(['\n', '\r']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units() {
        let index = LineIndex::new("a\r\n😀b\rc");
        assert_eq!(index.position(0), Position { line: 1, column: 1 });
        assert_eq!(index.position(7), Position { line: 2, column: 3 });
        assert_eq!(index.position(4), Position { line: 2, column: 1 });
        assert_eq!(index.position(99), Position { line: 3, column: 2 });
        assert_eq!(index.line(2), Some("😀b"));
        assert_eq!(index.line(4), None);
    }
}
