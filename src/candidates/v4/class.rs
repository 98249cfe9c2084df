//! A class: variants, and what they apply to.

use super::brackets::{property, value, variable};
use super::text::{Text, is_quote, is_space};

/// What a place in the text turned out to be.
pub(super) enum Parsed {
    /// A class that ends here.
    Class(usize),
    /// A class that a colon and white space follow, as in the key of an object.
    Key(usize),
    /// No class. From `resume` on, one may begin without a boundary before it.
    Nothing {
        /// Where what was no class ends.
        resume: usize,
    },
    /// Brackets up to here that are no class; one may begin anywhere within.
    Brackets(usize),
    /// No class, and none begins before this place.
    Passed(usize),
}

/// Reads what begins at a place.
pub(super) fn parse(text: &Text, at: usize, after_boundary: bool) -> Parsed {
    let first = text.byte(at);
    match first {
        b'A'..=b'Z' | b'<' => {
            let resume = text.word_end(at + 1).unwrap_or(at + 1);
            return Parsed::Nothing { resume };
        }
        b'a'..=b'z' | b'0'..=b'9' | b'@' | b'*' | b'!' | b'-' | b'[' => {}
        _ => return Parsed::Nothing { resume: at + 1 },
    }
    let mut after = at;
    let mut variants = 0;
    while let Some(end) = variant(text, after) {
        after = end;
        variants += 1;
    }
    if let Some(end) = important(text, after) {
        return match slashed(text, at) {
            _ if after_boundary => Parsed::Class(end),
            Some(end) if variants == 0 => Parsed::Passed(end),
            _ => Parsed::Nothing { resume: end },
        };
    }
    if variants == 0 {
        if let Some(end) = slashed(text, at) {
            return Parsed::Passed(end);
        }
        if first == b'[' {
            return Parsed::Brackets(value(text, at).unwrap_or(at + 1));
        }
        let end = text.while_from(at + 1, |byte| byte == b'-' || is_name(byte));
        return Parsed::Nothing { resume: end + 1 };
    }
    let ends = after >= text.len() || is_space(text.byte(after));
    if variants == 1 && ends && utility(text, at) == Some(after - 1) && after > at + 2 {
        return Parsed::Key(after - 1);
    }
    Parsed::Nothing { resume: after }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of a utility that is complete, with the sign that makes it important before or after it.
fn important(text: &Text, at: usize) -> Option<usize> {
    let before = text.byte(at) == b'!';
    let start = at + usize::from(before);
    let mut end = utility(text, start)?;
    if !before && text.byte(end) == b'!' {
        end += 1;
    }
    let next = text.byte(end);
    let apart = end >= text.len() || next == 0 || is_space(next) || is_quote(next);
    // One letter alone is too little to be told from other text, were it not set apart.
    let follows = matches!(next, b'<' | b'=' | b'\\' | b']' | b'{') && end > start + 1;
    let short = end == start + 2 && text.byte(start + 1) == b'!' && !before;
    ((apart || follows) && !short).then_some(end)
}

/// The end of a utility without anything that makes it important.
fn utility(text: &Text, at: usize) -> Option<usize> {
    let named = |from| name(text, from);
    let (end, bare) = match text.byte(at) {
        b'[' => (property(text, at)?, false),
        b'a'..=b'z' => named(at)?,
        b'-' if text.byte(at + 1).is_ascii_lowercase() => named(at + 1)?,
        b'@' if text.byte(at + 1).is_ascii_alphabetic()
            || matches!(text.byte(at + 1), b'_' | b'-') =>
        {
            named(at + 1)?
        }
        _ => return None,
    };
    if text.byte(end) != b'/' {
        return Some(end);
    }
    if bare && end == at + 1 {
        return None;
    }
    modifier(text, end + 1)
}

/// The end of a utility's name with its value, and whether it is a name alone.
fn name(text: &Text, start: usize) -> Option<(usize, bool)> {
    let digit = |at: usize| text.byte(at).is_ascii_digit();
    let mut at = start;
    loop {
        at = text.while_from(at, is_name);
        match text.byte(at) {
            b'-' => match text.byte(at + 1) {
                b'[' => return Some((value(text, at + 1)?, false)),
                b'(' => return Some((variable(text, at + 1)?, false)),
                next if text.byte(at - 1) != b'_'
                    && (next == b'-' || next.is_ascii_alphanumeric()) =>
                {
                    at += 1;
                }
                _ => return None,
            },
            b'.' if digit(at - 1) && digit(at + 1) && text.afford(at - start) => at += 1,
            b'%' if digit(at - 1) => return Some((at + 1, true)),
            _ => return Some((at, true)),
        }
    }
}

/// The end of a modifier, from after its slash.
fn modifier(text: &Text, at: usize) -> Option<usize> {
    match text.byte(at) {
        b'[' => value(text, at),
        b'(' => variable(text, at),
        first if first.is_ascii_alphanumeric() => {
            let holds = |byte| is_name(byte) || matches!(byte, b'-' | b'.');
            Some(text.while_from(at, holds))
        }
        _ => None,
    }
}

/// The place after one variant and its colon.
fn variant(text: &Text, at: usize) -> Option<usize> {
    let end = match (text.byte(at), text.byte(at + 1)) {
        (b'[', _) => value(text, at)?,
        (b'@', b'[') => modified(text, value(text, at + 1)?)?,
        (b'@', next) if next.is_ascii_alphanumeric() || next == b'*' => variant_name(text, at + 1)?,
        (first, _) if first.is_ascii_lowercase() || first.is_ascii_digit() || first == b'*' => {
            variant_name(text, at)?
        }
        _ => return None,
    };
    (text.byte(end) == b':').then_some(end + 1)
}

fn variant_name(text: &Text, start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at = text.while_from(at, |byte| byte.is_ascii_alphanumeric() || byte == b'*');
        let next = text.byte(at + 1);
        match text.byte(at) {
            b'[' => return modified(text, value(text, at)?),
            b'-' if next == b'[' => return modified(text, value(text, at + 1)?),
            b'-' if next == b'(' => return modified(text, variable(text, at + 1)?),
            b'-' | b'_' if next.is_ascii_alphanumeric() || matches!(next, b'-' | b'_') => at += 1,
            b'.' if text.byte(at - 1).is_ascii_digit()
                && next.is_ascii_digit()
                && text.afford(at - start) =>
            {
                at += 1;
            }
            _ => return modified(text, at),
        }
    }
}

/// The end of a name, a slash and another name, which is nothing without a colon.
fn slashed(text: &Text, at: usize) -> Option<usize> {
    let end = text.while_from(at, |byte| {
        is_name(byte) || matches!(byte, b'-' | b'@' | b'*')
    });
    let simple = text.byte(end) == b'/' && text.byte(end + 1).is_ascii_alphanumeric();
    let named = simple && variant_name(text, at).is_some();
    named.then(|| modifier(text, end + 1))?
}

fn modified(text: &Text, at: usize) -> Option<usize> {
    if text.byte(at) == b'/' {
        modifier(text, at + 1)
    } else {
        Some(at)
    }
}
