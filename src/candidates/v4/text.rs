//! A text, and how much may still be read of it in brackets.

use std::cell::Cell;

/// How many bytes in brackets are read for each byte of the text, at most.
const RATIO: usize = 16;
/// How long a value in brackets may be once that is used up.
const SPENT: usize = 128;

/// A text as bytes, which ends in zeros without end.
pub(super) struct Text<'a> {
    text: &'a str,
    budget: Cell<usize>,
}

impl<'a> Text<'a> {
    pub fn new(text: &'a str) -> Self {
        let budget = Cell::new(text.len().saturating_mul(RATIO));
        Self { text, budget }
    }

    pub fn len(&self) -> usize {
        self.text.len()
    }

    pub fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    /// Where a class ends, both places being at characters that are no part of another.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    pub fn find(&self, what: &[u8], from: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(from..)?;
        Some(from + memchr::memmem::find(rest, what)?)
    }

    /// Where the run of such bytes ends that starts at a place.
    pub fn while_from(&self, at: usize, holds: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| !holds(byte));
        at + length.unwrap_or(rest.len())
    }

    /// Where reading in brackets that starts at a place has to end.
    pub fn bound(&self, from: usize) -> usize {
        let length = self.budget.get().max(SPENT);
        self.len().min(from + length)
    }

    /// Takes note of how much was read in brackets.
    pub fn spend(&self, bytes: usize) {
        self.budget.set(self.budget.get().saturating_sub(bytes));
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}
