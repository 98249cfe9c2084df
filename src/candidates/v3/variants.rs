//! A class: its variants, as many as there are, and then what they apply to.

use super::runs::Runs;

impl Runs<'_> {
    /// Where the class ends that starts at a place, variants with or without quotes in them.
    pub fn class(&self, at: usize, quotes: bool) -> Option<usize> {
        let after = self.variants(at, quotes);
        let varied = (after > at).then(|| self.important(after)).flatten();
        varied.or_else(|| self.important(at))
    }

    fn important(&self, at: usize) -> Option<usize> {
        let marked = (self.byte(at) == b'!').then(|| self.prefixed(at + 1));
        marked.flatten().or_else(|| self.prefixed(at))
    }

    fn prefixed(&self, at: usize) -> Option<usize> {
        let prefixed = |from: usize| {
            let rest = self.text.get(from..)?;
            rest.starts_with(self.prefix)
                .then(|| self.utility(from + self.prefix.len()))?
        };
        if self.prefix.is_empty() {
            return self.utility(at);
        }
        let negative = (self.byte(at) == b'-').then(|| prefixed(at + 1));
        let found = negative.flatten().or_else(|| prefixed(at));
        found.or_else(|| self.utility(at))
    }

    fn variants(&self, from: usize, quotes: bool) -> usize {
        let mut at = from;
        while let Some(end) = self.variant(at, quotes) {
            at = end;
        }
        at
    }

    /// The end of one variant with its separator. Each kind is tried in upstream's order, and each reaches as far as it can.
    fn variant(&self, at: usize, quotes: bool) -> Option<usize> {
        let name_end = self.quoting[usize::from(quotes)].name.of(at);
        if self.brackets {
            let container = (!quotes && self.byte(at) == b'@' && self.byte(at + 1) == b'[')
                .then(|| self.container(at + 1));
            let bracketed = container.flatten().or_else(|| self.bracketed(at, quotes));
            if bracketed.is_some() {
                return bracketed;
            }
        }
        let last = self.separators.between(at + 1, name_end)?;
        Some(last + self.separator_length)
    }

    /// `@[…]` with or without a modifier, from its bracket.
    fn container(&self, open: usize) -> Option<usize> {
        let end = self.quoting[0].value.of(open + 1);
        let close = self
            .close_container
            .between(open + 2, end.checked_sub(1)?)?;
        let modified = (self.byte(close + 1) == b'/')
            .then(|| self.separators.between(close + 3, end))
            .flatten();
        Some(modified.unwrap_or(close + 1) + self.separator_length)
    }

    /// `[…]`, `name-[…]` and the same with a modifier.
    fn bracketed(&self, at: usize, quotes: bool) -> Option<usize> {
        // A name before brackets never holds quotes.
        let open = self.quoting[0].name.of(at);
        let named = open >= at + 2 && self.byte(open - 1) == b'-';
        if self.byte(open) != b'[' || (open > at && !named) {
            return None;
        }
        let end = self.quoting[usize::from(quotes)].value.of(open + 1);
        let last = end.checked_sub(1)?;
        if let Some(close) = self.close_modified.between(open + 2, last) {
            return Some(self.modified_end[close] + self.separator_length);
        }
        let close = self.close.between(open + 2, last)?;
        Some(close + 1 + self.separator_length)
    }
}
