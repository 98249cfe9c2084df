//! A text, and how much may still be read of it in brackets.

use super::may_precede;
use std::cell::Cell;

/// How many bytes in brackets are read for each byte of the text, at most.
const RATIO: usize = 16;
/// How long a value in brackets may be once that is used up.
const SPENT: usize = 128;

/// A text as bytes, which ends in zeros without end.
pub(super) struct Text<'a> {
    text: &'a str,
    budget: Cell<usize>,
    /// Where a word ends that includes the second place, both as they were looked for last.
    word: Cell<(usize, usize)>,
}

impl<'a> Text<'a> {
    pub fn new(text: &'a str) -> Self {
        let budget = Cell::new(text.len().saturating_mul(RATIO));
        let word = Cell::new((0, 0));
        Self { text, budget, word }
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

    /// Where the word ends that a place stands in. Upstream looks for that in one line only.
    pub fn word_end(&self, at: usize) -> Option<usize> {
        let (from, mut end) = self.word.get();
        if !(from..=end).contains(&at) || end == 0 {
            let inside = |byte| !may_precede(byte) && byte != b'[';
            end = self.while_from(at, inside);
            self.word.set((at, end));
        }
        (end < self.len() && self.byte(end) != b'\n').then_some(end)
    }

    /// Where reading in brackets that starts at a place has to end.
    pub fn bound(&self, from: usize) -> usize {
        let length = self.budget.get().max(SPENT);
        self.len().min(from + length)
    }

    /// Whether so much may be read once more, taking note of it. What has dots is read again from behind each.
    pub fn afford(&self, bytes: usize) -> bool {
        self.spend(bytes);
        bytes < SPENT || self.budget.get() > 0
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
