//! Elements and templates: text in which code stands in braces; and which element is not closed.

use super::{Before, Open, Scan};
use std::ops::Range;

/// An element and the end that doesn't fit it, each as its name's place.
pub(crate) struct Mismatch {
    pub(crate) opened: Range<usize>,
    /// `None` at the end of the text.
    pub(crate) closed: Option<Range<usize>>,
}

/// The first element that is not closed where it should be.
pub(crate) fn mismatch(text: &str) -> Option<Mismatch> {
    let mut scan = Scan::new(text, true);
    while scan.at < scan.text.len() && scan.mismatch.is_none() {
        scan.step();
    }
    let open = |scan: &Scan<'_>| {
        let level = scan
            .levels
            .iter()
            .rfind(|level| level.open == Open::Children)?;
        Some(Mismatch {
            opened: scan.name(level.at),
            closed: None,
        })
    };
    scan.mismatch.take().or_else(|| open(&scan))
}

impl Scan<'_> {
    /// The name of an element that starts at `at`; empty for a fragment.
    fn name(&self, at: usize) -> Range<usize> {
        let at = at.min(self.text.len());
        let rest = &self.text[at..];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>/{".contains(byte);
        at..at + rest.iter().position(ends).unwrap_or(rest.len())
    }

    pub(super) fn template(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'\\', _) => self.at += 2,
            (b'`', _) => {
                self.at += 1;
                self.pop();
                self.before = Before::Operand;
            }
            (b'$', b'{') => {
                self.at += 2;
                self.push(Open::Brace);
            }
            _ => self.at += 1,
        }
    }

    pub(super) fn children(&mut self) {
        match self.peek(0) {
            b'{' => {
                self.at += 1;
                self.push(Open::Brace);
            }
            b'<' => self.element(),
            _ => self.at += 1,
        }
    }

    /// At the `<` of an element, or of its end.
    pub(super) fn element(&mut self) {
        match self.peek(1) {
            b'/' => {
                self.unreadable |= self.is_namespaced_member(self.at + 1)
                    || self.is_namespaced_member(self.at + 2);
                let closed = self.name(self.at + 2);
                let level = self
                    .levels
                    .iter()
                    .rfind(|level| level.open == Open::Children);
                let opened = level.map(|level| self.name(level.at));
                if let Some(opened) =
                    opened.filter(|at| self.text[at.clone()] != self.text[closed.clone()])
                {
                    self.mismatch.get_or_insert(Mismatch {
                        opened,
                        closed: Some(closed),
                    });
                }
                while self.at < self.text.len() && self.peek(0) != b'>' {
                    self.at += 1;
                }
                self.at += 1;
                self.close(|open| open == Open::Children);
                self.before = Before::Operand;
            }
            b'>' => {
                self.at += 1;
                self.push(Open::Children);
                self.at += 1;
            }
            _ => {
                self.at += 1;
                self.push(Open::Tag);
                self.unreadable |= self.is_namespaced_member(self.at);
            }
        }
    }

    /// Whether at `at` is `a:b.c`, which is no name of an element.
    pub(super) fn is_namespaced_member(&self, at: usize) -> bool {
        let word =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"_$-\\".contains(byte) || *byte >= 128;
        let mut rest = &self.text[at.min(self.text.len())..];
        for separator in [b':', b'.'] {
            rest = without_blank(rest);
            let length = rest.iter().take_while(|byte| word(byte)).count();
            let Some(next) = without_blank(&rest[length..]).strip_prefix(&[separator]) else {
                return false;
            };
            rest = next;
        }
        true
    }

    pub(super) fn tag(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'/', b'/' | b'*') => self.comment(),
            (b'/', b'>') => {
                self.at += 2;
                self.pop();
                self.before = Before::Operand;
            }
            (quote @ (b'"' | b'\''), _) => {
                self.at += 1;
                while self.at < self.text.len() && self.peek(0) != quote {
                    self.at += 1;
                }
                self.at += 1;
            }
            (b'{', _) => {
                self.at += 1;
                self.push(Open::Brace);
            }
            (b'<', _) if self.text[..self.at].trim_ascii_end().ends_with(b"=") => self.element(),
            (b'<', _) => {
                self.at += 1;
                self.push(Open::Angle { prefix: false });
            }
            (b'>', _) => {
                self.at += 1;
                if let Some(level) = self.levels.last_mut() {
                    level.open = Open::Children;
                }
            }
            // No tag after all: type parameters.
            (b',' | b'(' | b')' | b';' | b'[', _) => self.pop(),
            _ => self.at += 1,
        }
    }
}

/// The text behind white space and comments.
fn without_blank(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        let end: &[u8] = match text {
            [b'/', b'/', ..] => b"\n",
            [b'/', b'*', ..] => b"*/",
            _ => return text,
        };
        let rest = text.get(2..).unwrap_or_default();
        match rest.windows(end.len()).position(|part| part == end) {
            Some(at) => text = &rest[at + end.len()..],
            None => return &[],
        }
    }
}
