//! Candidates as Tailwind 3.4's default extractor finds them.
//!
//! Upstream runs three regular expressions over each line. Nothing that they match spans white space, so each distinct word is looked at once here, and what the expressions find by trying again and again is looked up in tables. The time is linear in the text.

mod clip;
mod runs;
mod utility;
mod variants;

#[cfg(test)]
mod tests;

use clip::{clipped, subclasses};
use runs::{Runs, is_inner, is_inner_end, is_inner_start};
use std::collections::{BTreeSet, HashSet};

/// What the config says about how classes are written.
#[derive(Clone, Copy, Debug)]
pub struct Syntax<'a> {
    /// What stands between a variant and what it applies to: `:` unless configured. Taken literally, where upstream takes it as part of a regular expression.
    pub separator: &'a str,
    /// What stands before every utility, `""` for nothing.
    pub prefix: &'a str,
}

impl Default for Syntax<'_> {
    fn default() -> Self {
        Self {
            separator: ":",
            prefix: "",
        }
    }
}

/// The candidates in a file's text. The file's extension, without the dot, matters for `svelte` only.
pub fn extract(text: &str, extension: &str, syntax: Syntax) -> BTreeSet<String> {
    let svelte = extension == "svelte";
    let mut runs = Runs::new(syntax);
    let mut found = HashSet::new();
    let mut seen = HashSet::new();
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        let directive = svelte.then(|| word.strip_prefix("class:")).flatten();
        let word = directive.unwrap_or(word);
        if seen.insert(word) {
            in_word(word, &mut runs, &mut found);
        }
    }
    // Upstream leaves the first out, and makes nothing of the second.
    found.remove("!*");
    found.remove("");
    found.into_iter().map(str::to_owned).collect()
}

/// White space as regular expressions of ECMAScript have it.
fn is_space(character: char) -> bool {
    match character {
        '\u{feff}' => true,
        '\u{85}' => false,
        other => other.is_whitespace(),
    }
}

fn in_word<'a>(word: &'a str, runs: &mut Runs, found: &mut HashSet<&'a str>) {
    runs.read(word.as_bytes());
    let mut keep = |from: usize, to: usize| {
        let text = clipped(&word[from..to]);
        found.insert(text);
        found.extend(subclasses(text));
    };
    for quotes in [false, true] {
        let mut at = 0;
        while at < word.len() {
            let end = word.is_char_boundary(at).then(|| runs.class(at, quotes));
            match end.flatten() {
                Some(end) => {
                    keep(at, end);
                    at = end;
                }
                None => at += 1,
            }
        }
    }
    inner(word, keep);
}

/// What stands between the signs that markup and programs are made of, two UTF-16 units or more.
fn inner(word: &str, mut keep: impl FnMut(usize, usize)) {
    let bytes = word.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_inner(bytes[at]) {
            at += 1;
            continue;
        }
        let rest = &bytes[at..];
        let length = rest.iter().position(|&byte| !is_inner(byte));
        let end = at + length.unwrap_or(rest.len());
        let start = bytes[at..end].iter().position(|&byte| is_inner_start(byte));
        let last = bytes[at..end].iter().rposition(|&byte| is_inner_end(byte));
        if let (Some(start), Some(last)) = (start, last) {
            let (start, last) = (at + start, at + last);
            let first = word[start..].chars().next().map_or(1, char::len_utf16);
            let rest = word[start..].chars().next().map_or(1, char::len_utf8);
            if last >= start + rest || (first == 2 && last >= start) {
                keep(start, last + 1);
            }
        }
        at = end;
    }
}
