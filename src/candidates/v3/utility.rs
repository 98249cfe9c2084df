//! What variants apply to: an arbitrary property, or a name with or without a value.

use super::runs::{QUOTES, Runs, before_empty, is_quote, is_word};

impl Runs<'_> {
    /// Where the utility ends that starts at a place.
    pub fn utility(&self, at: usize) -> Option<usize> {
        if self.byte(at) == b'[' {
            return self.property(at).or_else(|| self.nested_property(at));
        }
        let sign = usize::from(matches!(self.byte(at), b'-' | b'@'));
        let end = self.while_from(at + sign, is_word);
        (end > at + sign).then(|| self.value(end).unwrap_or(end))
    }

    fn while_from(&self, at: usize, holds: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| !holds(byte));
        at + length.unwrap_or(rest.len())
    }

    /// `[name:value]` without brackets in the value.
    fn property(&self, open: usize) -> Option<usize> {
        let colon = self.property[0].of(open + 1);
        let end = self.flat.of(colon + 1);
        let whole = colon > open + 1 && self.byte(colon) == b':' && end > colon + 1;
        (whole && self.byte(end) == b']').then_some(end + 1)
    }

    /// `[name:value]` with brackets somewhere in the value.
    fn nested_property(&self, open: usize) -> Option<usize> {
        let colon = self.property[1].of(open + 1);
        if colon == open + 1 || self.byte(colon) != b':' {
            return None;
        }
        let (inner, end) = self.nested?;
        self.open.between(colon + 2, inner.checked_sub(2)?)?;
        Some(end)
    }

    /// The end of what follows a name.
    fn value(&self, at: usize) -> Option<usize> {
        if self.brackets && self.byte(at) == b'-' {
            let open = self.before_brackets(at);
            if self.byte(open) == b'[' {
                let strict = |byte| !is_quote(byte) && !b"\\><$".contains(&byte);
                let loose = |byte| !is_quote(byte) && !b"\\$".contains(&byte);
                let quoted = self
                    .quoted(open)
                    .or_else(|| self.bracketed_value(open, true));
                if let Some(end) = quoted {
                    return Some(self.modified(end, strict));
                }
                if let Some(end) = self.bracketed_value(open, false) {
                    return Some(self.modified(end, loose));
                }
            }
        }
        let normal = |byte| !is_quote(byte) && !b"\\$={><".contains(&byte);
        matches!(self.byte(at), b'-' | b'/').then(|| self.while_from(at + 1, normal))
    }

    fn modified(&self, at: usize, holds: impl Fn(u8) -> bool) -> usize {
        if self.byte(at) == b'/' {
            self.while_from(at + 1, holds)
        } else {
            at
        }
    }

    /// From the dash that ends the name: past all further parts of the name that a dash ends.
    fn before_brackets(&self, dash: usize) -> usize {
        let mut at = dash + 1;
        loop {
            let end = self.while_from(at, is_word);
            if end == at || self.byte(end) != b'-' {
                return at;
            }
            at = end + 1;
        }
    }

    /// A value in quotes, from its bracket.
    fn quoted(&self, open: usize) -> Option<usize> {
        let quote = QUOTES
            .iter()
            .position(|&quote| quote == self.byte(open + 1))?;
        let last = self.close_quoted[quote].between(open + 3, self.text.len())?;
        Some(last + 2)
    }

    /// A value that may hold brackets one level deep, from its own. The strict form has no colon after the last of them.
    fn bracketed_value(&self, open: usize, strict: bool) -> Option<usize> {
        let mut at = open + 1;
        loop {
            let end = self.flat.of(at);
            if end == at {
                return None;
            }
            if self.byte(end) == b'[' {
                let close = self.flat.of(end + 1);
                if close == end + 1 || self.byte(close) != b']' {
                    return None;
                }
                at = close + 1;
                continue;
            }
            let colon = || strict && memchr::memchr(b':', &self.text[at..end]).is_some();
            let ends = self.byte(end) == b']' && !colon();
            let follows = before_empty(self.byte(end + 1), self.byte(end + 2));
            return (ends && !follows).then_some(end + 1);
        }
    }
}
