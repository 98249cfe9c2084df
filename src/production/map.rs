//! A chunk's source map, version 3, written while the chunk is.

use crate::write::quoted;
use std::collections::BTreeMap;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The map so far.
pub(crate) struct Map<'a> {
    sources: &'a BTreeMap<String, String>,
    numbers: BTreeMap<&'a str, i64>,
    mappings: String,
    /// How much of the code was looked at, and where that ends.
    seen: usize,
    column: i64,
    /// What the last mapping said: column, source, line, column there.
    last: [i64; 4],
    first: bool,
}

impl<'a> Map<'a> {
    pub fn new(sources: &'a BTreeMap<String, String>) -> Self {
        Self {
            sources,
            numbers: sources.keys().map(String::as_str).zip(0..).collect(),
            mappings: String::new(),
            seen: 0,
            column: 0,
            last: [0; 4],
            first: true,
        }
    }

    /// What is added to `code` from now on comes from there.
    pub fn from(&mut self, code: &str, id: &str, line: u32, column: u32) {
        let Some(source) = self.numbers.get(id).copied() else {
            return;
        };
        for each in code[self.seen..].chars() {
            self.column += each.len_utf16() as i64;
            if each == '\n' {
                self.mappings.push(';');
                (self.column, self.last[0], self.first) = (0, 0, true);
            }
        }
        self.seen = code.len();
        if !std::mem::take(&mut self.first) {
            self.mappings.push(',');
        }
        let now = [self.column, source, line.into(), column.into()];
        for (now, last) in now.iter().zip(self.last) {
            number(&mut self.mappings, now - last);
        }
        self.last = now;
    }

    /// The map as JSON; `None` where nothing is mapped.
    pub fn finish(self) -> Option<String> {
        if self.sources.is_empty() {
            return None;
        }
        let list = |texts: Vec<String>| texts.join(",");
        let names = list(self.sources.keys().map(|id| quoted(id)).collect());
        let texts = list(self.sources.values().map(|text| quoted(text)).collect());
        Some(format!(
            "{{\"version\":3,\"sources\":[{names}],\"sourcesContent\":[{texts}],\"names\":[],\"mappings\":\"{}\"}}",
            self.mappings
        ))
    }
}

/// A number as base64 digits, the low ones first; the lowest bit is the sign.
fn number(text: &mut String, value: i64) {
    let mut rest = match value < 0 {
        true => (-value << 1) | 1,
        false => value << 1,
    };
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        let more = if rest > 0 { 32 } else { 0 };
        text.push(char::from(DIGITS[digit | more]));
        if rest == 0 {
            return;
        }
    }
}
