//! Candidates as Tailwind 4.3's scanner finds them.
//!
//! Upstream runs state machines over the bytes. Here a candidate is parsed where one may begin: after a character that ends another word, or, for a word that a colon and white space follow (a key of an object, say), nearly anywhere. What a parse reads in brackets may be read again from a place within; how often is bounded, so that the time is linear in the text.

mod brackets;
mod class;
mod preprocess;
mod text;

#[cfg(test)]
mod tests;

use class::Parsed;
use std::collections::{BTreeSet, HashSet};
use text::{Text, is_space};

/// The candidates in a file's text. The file's extension, without the dot, is that of a template language or of anything else. The names of custom properties are candidates as well: a theme's variable is written if it is used.
pub fn extract(text: &str, extension: &str) -> BTreeSet<String> {
    let text = preprocess::prepared(text, extension);
    let text = Text::new(&text);
    let mut found = HashSet::new();
    classes(&text, &mut found);
    custom_properties(&text, &mut found);
    found.into_iter().map(str::to_owned).collect()
}

fn classes<'a>(text: &Text<'a>, found: &mut HashSet<&'a str>) {
    let mut at = 0;
    // Up to here, only what stands after a boundary begins anything.
    let mut closed = 0;
    // What is no class within brackets is over where they end.
    let mut brackets = 0;
    while at < text.len() {
        let after_boundary = at == 0 || may_precede(text.byte(at - 1));
        if at < closed && !after_boundary {
            at += 1;
            continue;
        }
        match class::parse(text, at, after_boundary) {
            Parsed::Class(end) => {
                found.insert(text.slice(at, end));
                at = end;
            }
            Parsed::Key(end) => {
                found.insert(text.slice(at, end));
                at = end + 1;
            }
            Parsed::Passed(end) => at = end,
            Parsed::Brackets(end) => {
                brackets = brackets.max(end);
                at += 1;
            }
            Parsed::Nothing { mut resume } => {
                if at < brackets {
                    resume = resume.min(brackets);
                }
                closed = closed.max(resume);
                at += 1;
            }
        }
    }
}

/// Whether a candidate may begin after this byte.
pub(crate) fn may_precede(byte: u8) -> bool {
    is_space(byte) || matches!(byte, 0 | b'"' | b'\'' | b'`' | b'.' | b'}' | b'>')
}

fn custom_properties<'a>(text: &Text<'a>, found: &mut HashSet<&'a str>) {
    let mut from = 0;
    while let Some(at) = text.find(b"--", from) {
        match brackets::custom_property(text, at) {
            Ok(end) => {
                found.insert(text.slice(at, end));
                from = end;
            }
            Err(end) => from = end,
        }
    }
}
