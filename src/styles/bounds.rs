//! What a sheet may cost, from its text alone: the parser recurses with brackets, and lowering nested rules repeats
//! the selectors around them.

/// The deepest nesting of brackets of all kinds.
const DEEPEST: usize = 64;
/// The deepest nesting of parentheses alone.
const DEEPEST_PARENTHESES: usize = 16;
/// How many readings of parentheses there may be: the parser tries two of each, so they double with the depth.
const READINGS: usize = 1 << 17;
/// How many more there may be for each byte of the sheet, and in all.
const READINGS_PER_BYTE: usize = 8;
const READINGS_AT_MOST: usize = 1 << 22;
/// How many operators a calculation may have: its tree is as deep as that.
const LONGEST_CALCULATION: usize = 500;
/// How large the selectors may grow, in bytes, when nested rules are written out.
const GROWN: usize = 16 << 20;

/// What the text says before it is parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It can be parsed; the offset of a bracket or comment that isn't closed, where there is one.
    Bounded { unclosed: Option<usize> },
    /// It nests too deep or would grow too large, at this offset.
    TooMuch(usize),
}

struct Open {
    bracket: u8,
    at: usize,
    /// Bytes of the selector of the rule around, written out.
    selector: usize,
    operators: usize,
}

/// What stands between the last end of a statement and here.
#[derive(Default)]
struct Prelude {
    start: usize,
    parents: usize,
    at_rule: bool,
    blank: bool,
}

impl Prelude {
    fn at(start: usize) -> Self {
        Self {
            start,
            parents: 1,
            at_rule: false,
            blank: true,
        }
    }
}

/// Reads a sheet's brackets.
pub(crate) fn shape(text: &str) -> Shape {
    let bytes = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut prelude = Prelude::at(0);
    let mut grown = 0usize;
    let mut parentheses = 0;
    let mut readings = 0;
    let most_readings = (READINGS + READINGS_PER_BYTE * text.len()).min(READINGS_AT_MOST);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if let Some(end) = opaque(bytes, at) {
            match end {
                Some(end) => at = end,
                None => return Shape::Bounded { unclosed: Some(at) },
            }
            continue;
        }
        match byte {
            b'{' | b'(' | b'[' => {
                let around = open.last().map_or(0, |open| open.selector);
                let mut selector = around;
                if byte == b'{' && !prelude.at_rule {
                    selector = (at - prelude.start).saturating_add(prelude.parents * around);
                    grown = grown.saturating_add(selector);
                }
                if byte == b'(' {
                    parentheses += 1;
                    readings += 1 << parentheses;
                }
                let too_deep = open.len() == DEEPEST || parentheses > DEEPEST_PARENTHESES;
                if too_deep || readings > most_readings || grown > GROWN {
                    return Shape::TooMuch(at);
                }
                open.push(Open {
                    bracket: byte,
                    at,
                    selector,
                    operators: 0,
                });
                if byte == b'{' {
                    prelude = Prelude::at(at + 1);
                }
            }
            b'}' | b')' | b']' => {
                let matching = match byte {
                    b'}' => b'{',
                    b')' => b'(',
                    _ => b'[',
                };
                if open.last().is_some_and(|open| open.bracket == matching) {
                    open.pop();
                    parentheses -= usize::from(byte == b')');
                }
                if byte == b'}' {
                    prelude = Prelude::at(at + 1);
                }
            }
            b';' => prelude = Prelude::at(at + 1),
            b'&' | b',' => prelude.parents += 1,
            b'@' if prelude.blank => prelude.at_rule = true,
            b'+' | b'-' | b'*' | b'/' => {
                if let Some(open) = open.last_mut().filter(|open| open.bracket == b'(') {
                    open.operators += 1;
                    if open.operators > LONGEST_CALCULATION {
                        return Shape::TooMuch(at);
                    }
                }
            }
            _ => {}
        }
        prelude.blank &= byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}' | b';');
        at += 1;
    }
    Shape::Bounded {
        unclosed: open.last().map(|open| open.at),
    }
}

/// Where an at-rule ends that `text` starts with: behind its `;` or block, or before what closes the block around it.
pub(crate) fn rule_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = opaque(bytes, at) {
            at = end.unwrap_or(bytes.len());
            continue;
        }
        match bytes[at] {
            b';' if depth == 0 => return at + 1,
            b'}' if depth == 0 => return at,
            b'{' | b'(' | b'[' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Where the comment, string, escape or bare URL ends that starts at `at`: `None` when nothing such does,
/// `Some(None)` when it has no end.
#[expect(
    clippy::option_option,
    reason = "nothing there and no end are two things"
)]
fn opaque(bytes: &[u8], at: usize) -> Option<Option<usize>> {
    match bytes[at] {
        b'/' if bytes.get(at + 1) == Some(&b'*') => {
            let end = bytes[at + 2..].windows(2).position(|pair| pair == b"*/");
            Some(end.map(|end| at + end + 4))
        }
        quote @ (b'"' | b'\'') => {
            let mut end = at + 1;
            while let Some(byte) = bytes.get(end) {
                match byte {
                    b'\\' => end += 1,
                    b'\n' | b'\r' | b'\x0c' => return Some(Some(end)),
                    byte if *byte == quote => return Some(Some(end + 1)),
                    _ => {}
                }
                end += 1;
            }
            Some(None)
        }
        b'\\' => Some(Some((at + 2).min(bytes.len()))),
        b'u' | b'U' if starts_url(bytes, at) => bare_url_end(bytes, at + 4),
        _ => None,
    }
}

fn starts_url(bytes: &[u8], at: usize) -> bool {
    let name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || byte >= 128;
    bytes
        .get(at..at + 4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"url("))
        && !(at > 0 && name(bytes[at - 1]))
}

#[expect(clippy::option_option, reason = "as `opaque`")]
fn bare_url_end(bytes: &[u8], mut at: usize) -> Option<Option<usize>> {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    if matches!(bytes.get(at), Some(b'"' | b'\'')) {
        return None;
    }
    while let Some(byte) = bytes.get(at) {
        match byte {
            b')' => return Some(Some(at + 1)),
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    Some(None)
}
