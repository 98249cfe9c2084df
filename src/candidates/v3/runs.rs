//! The tables of one word: how far a class of characters goes from each place, and where something was last found.
//!
//! Each question that a greedy expression answers by backtracking is answered from these at once, which is what keeps the whole linear.

use super::Syntax;
use memchr::memmem::Finder;

/// For each place, the last place up to it where something is, plus one; 0 for nowhere.
#[derive(Default)]
pub(super) struct Last(Vec<usize>);

impl Last {
    fn read(&mut self, length: usize, mut is_at: impl FnMut(usize) -> bool) {
        self.0.clear();
        let mut last = 0;
        self.0.extend((0..=length).map(|at| {
            if is_at(at) {
                last = at + 1;
            }
            last
        }));
    }

    /// The last such place between these two, both included.
    pub fn between(&self, from: usize, to: usize) -> Option<usize> {
        let last = self.0.get(to)?.checked_sub(1)?;
        (last >= from).then_some(last)
    }
}

/// For each place, where the run of a class of characters that starts there ends.
#[derive(Default)]
pub(super) struct End(Vec<usize>);

impl End {
    fn read(&mut self, text: &[u8], holds: impl Fn(u8) -> bool) {
        self.0.clear();
        self.0.resize(text.len() + 1, text.len());
        for at in (0..text.len()).rev() {
            self.0[at] = if holds(text[at]) { self.0[at + 1] } else { at };
        }
    }

    pub fn of(&self, at: usize) -> usize {
        self.0.get(at).copied().unwrap_or(at)
    }
}

/// The tables that differ between the expression that knows no quotes in variants, and the one that does.
#[derive(Default)]
pub(super) struct Quoting {
    /// Runs of what a variant's name may hold.
    pub name: End,
    /// Runs of what its brackets may hold.
    pub value: End,
}

/// The tables of the word that was read last. What has to do with brackets is filled in for words that have any.
#[derive(Default)]
pub(super) struct Runs<'a> {
    pub prefix: &'a [u8],
    pub separator_length: usize,
    separator: Option<Finder<'a>>,
    pub text: Vec<u8>,
    pub brackets: bool,
    pub quoting: [Quoting; 2],
    pub separators: Last,
    /// `]` with a separator after it.
    pub close: Last,
    /// `]` with a modifier and a separator after it, and where that ends.
    pub close_modified: Last,
    pub modified_end: Vec<usize>,
    /// `]` after which a variant that begins with `@[` may end.
    pub close_container: Last,
    /// `']`, `"]` and `` `] `` that may end a value.
    pub close_quoted: [Last; 3],
    pub open: Last,
    /// Runs of a property's name in brackets: the strict form, and the one that holds no `]`.
    pub property: [End; 2],
    /// Runs without brackets.
    pub flat: End,
    /// Where a property whose value has brackets may last close the inner ones, and where it then ends.
    pub nested: Option<(usize, usize)>,
}

pub(super) const QUOTES: [u8; 3] = [b'\'', b'"', b'`'];

pub(super) fn is_quote(byte: u8) -> bool {
    QUOTES.contains(&byte)
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn is_inner(byte: u8) -> bool {
    !is_quote(byte) && !b"<>(){}[]#=%$".contains(&byte)
}

pub(super) fn is_inner_start(byte: u8) -> bool {
    is_inner(byte) && byte != b'.'
}

pub(super) fn is_inner_end(byte: u8) -> bool {
    is_inner_start(byte) && byte != b':'
}

impl<'a> Runs<'a> {
    pub fn new(syntax: Syntax<'a>) -> Self {
        Self {
            prefix: syntax.prefix.as_bytes(),
            separator_length: syntax.separator.len(),
            separator: Some(Finder::new(syntax.separator.as_bytes())),
            ..Self::default()
        }
    }

    /// The byte at a place, 0 past the end.
    pub fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or_default()
    }

    /// Fills the tables for a word, which holds no white space.
    pub fn read(&mut self, text: &[u8]) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.brackets = memchr::memchr(b'[', text).is_some();
        self.read_separators();
        let [bare, quoted] = &mut self.quoting;
        bare.name
            .read(text, |byte| !is_quote(byte) && !b"[\\".contains(&byte));
        quoted.name.read(text, |byte| !b"`[\\".contains(&byte));
        if !self.brackets {
            return;
        }
        bare.value.read(text, |byte| !is_quote(byte));
        quoted.value.read(text, |byte| byte != b'`');
        let [strict, loose] = &mut self.property;
        strict.read(text, |byte| !is_quote(byte) && byte != b':');
        loose.read(text, |byte| !is_quote(byte) && !b":]".contains(&byte));
        self.flat.read(text, |byte| !b"[]".contains(&byte));
        self.open.read(text.len(), |at| text.get(at) == Some(&b'['));
        self.read_closing();
    }

    fn read_separators(&mut self) {
        let mut places = self
            .separator
            .iter()
            .flat_map(|finder| Occurrences {
                finder,
                text: &self.text,
                from: 0,
            })
            .peekable();
        self.separators
            .read(self.text.len(), |at| places.next_if_eq(&at).is_some());
    }

    fn read_closing(&mut self) {
        let (text, separators) = (&self.text, &self.separators);
        let byte = |at: usize| text.get(at).copied().unwrap_or_default();
        let separated = |at: usize| separators.between(at, at).is_some();
        self.close
            .read(text.len(), |at| byte(at) == b']' && separated(at + 1));
        let ends = &mut self.modified_end;
        ends.clear();
        ends.resize(text.len() + 1, 0);
        self.close_modified.read(text.len(), |at| {
            if byte(at) != b']' || byte(at + 1) != b'/' {
                return false;
            }
            let rest = &text[at + 2..];
            let length = rest.iter().position(|&byte| !is_word(byte) && byte != b'-');
            let end = at + 2 + length.unwrap_or(rest.len());
            let last = separators.between(at + 3, end);
            ends[at] = last.unwrap_or_default();
            last.is_some()
        });
        let values = &self.quoting[0].value;
        self.close_container.read(text.len(), |at| {
            let modified = || separators.between(at + 3, values.of(at)).is_some();
            byte(at) == b']' && (separated(at + 1) || (byte(at + 1) == b'/' && modified()))
        });
        for (quote, close) in QUOTES.into_iter().zip(&mut self.close_quoted) {
            close.read(text.len(), |at| {
                let ends = byte(at) == quote && byte(at + 1) == b']';
                ends && !before_empty(byte(at + 2), byte(at + 3))
            });
        }
        self.nested = nested(text);
    }
}

/// Whether what follows a value says that it is none: an opening sign and a `]` at once.
pub(super) fn before_empty(first: u8, second: u8) -> bool {
    b"{([".contains(&first) && second == b']'
}

/// The last `]` that leaves room for something and another `]`, and the end of the first such one.
fn nested(text: &[u8]) -> Option<(usize, usize)> {
    let last = memchr::memrchr(b']', text)?;
    let inner = memchr::memrchr(b']', &text[..last.checked_sub(1)?])?;
    let end = memchr::memchr(b']', text.get(inner + 2..)?)?;
    Some((inner, inner + 2 + end + 1))
}

/// The places of a text, overlapping ones as well, which `find_iter` leaves out.
struct Occurrences<'a, 'b> {
    finder: &'b Finder<'a>,
    text: &'b [u8],
    from: usize,
}

impl Iterator for Occurrences<'_, '_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = self.from + self.finder.find(self.text.get(self.from..)?)?;
        self.from = at + 1;
        Some(at)
    }
}
