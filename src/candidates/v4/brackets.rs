//! What stands in brackets: values, properties, variables.

use super::text::{Text, is_quote, is_space};

/// What the brackets of a text hold, which decides what they may not hold.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    /// `[…]` after a name, or of a variant.
    Value,
    /// What follows the colon of `[name:…]`.
    Property,
    /// What follows the comma of `(--name,…)`.
    Fallback,
}

/// The place after a value in square brackets, from the opening one.
pub(super) fn value(text: &Text, open: usize) -> Option<usize> {
    // Nothing is no value, so that the first bracket is part of one.
    let first = usize::from(text.byte(open + 1) == b']');
    balanced(text, open + 1 + first, Holds::Value)
}

/// The place after `[name:value]`, from the bracket.
pub(super) fn property(text: &Text, open: usize) -> Option<usize> {
    let colon = if text.byte(open + 1) == b'-' && text.byte(open + 2) == b'-' {
        custom_property(text, open + 1).ok()?
    } else {
        text.while_from(open + 1, |byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let named = colon > open + 1 && text.byte(colon) == b':';
    if !named || text.byte(colon + 1) == b'/' {
        return None;
    }
    balanced(text, colon + 1, Holds::Property)
}

/// The place after `(--name)`, from the bracket. A type may stand before the name, and a fallback after it.
pub(super) fn variable(text: &Text, open: usize) -> Option<usize> {
    let mut at = open + 1;
    if text.byte(at).is_ascii_lowercase() {
        at = text.while_from(at, |byte| byte.is_ascii_lowercase() || byte == b'-');
        if text.byte(at) != b':' {
            return None;
        }
        at += 1;
    }
    let end = custom_property(text, at).ok()?;
    match text.byte(end) {
        b')' => Some(end + 1),
        b',' => balanced(text, end + 1, Holds::Fallback),
        _ => None,
    }
}

/// The end of the name of a custom property; what failed where there is none.
pub(super) fn custom_property(text: &Text, start: usize) -> Result<usize, usize> {
    if text.byte(start) != b'-' || text.byte(start + 1) != b'-' {
        return Err(start + 1);
    }
    let is_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || !byte.is_ascii();
    let mut at = text.while_from(start + 2, is_name);
    while text.byte(at) == b'\\' {
        let after = at + 2;
        at = text.while_from(after, is_name);
        // Something has to follow what is escaped.
        if is_space(text.byte(after - 1)) || (at == after && text.byte(at) != b'\\') {
            return Err(at);
        }
    }
    if at > start + 2 { Ok(at) } else { Err(at) }
}

/// The place after the bracket that closes what is read from a place within.
fn balanced(text: &Text, from: usize, holds: Holds) -> Option<usize> {
    let bound = text.bound(from);
    let mut at = from;
    let closed = closing(text, &mut at, bound, holds);
    text.spend(at - from);
    closed
}

fn closing(text: &Text, at: &mut usize, bound: usize, holds: Holds) -> Option<usize> {
    let closes = if holds == Holds::Fallback { b')' } else { b']' };
    let mut open: Vec<u8> = Vec::new();
    while *at < bound {
        let byte = text.byte(*at);
        *at += 1;
        match byte {
            _ if is_space(byte) => return None,
            b'\\' if is_space(text.byte(*at)) => return None,
            b'\\' => *at += 1,
            // An expression in a template, whose value nobody knows.
            b'$' if text.byte(*at) == b'{' => return None,
            b'(' => open.push(b')'),
            b'[' => open.push(b']'),
            b'{' => open.push(b'}'),
            b')' | b']' | b'}' => match open.pop() {
                Some(expected) if expected == byte => {}
                Some(_) => return None,
                None if byte == closes => return Some(*at),
                None => {}
            },
            _ if is_quote(byte) => string(text, at, bound, byte)?,
            b':' if open.is_empty() && holds != Holds::Value => return None,
            b'!' if open.is_empty() && holds == Holds::Property => return None,
            _ => {}
        }
    }
    None
}

/// Reads on to the end of a string, which holds no white space.
fn string(text: &Text, at: &mut usize, bound: usize, quote: u8) -> Option<()> {
    while *at < bound {
        let byte = text.byte(*at);
        *at += 1;
        match byte {
            b'\\' if is_space(text.byte(*at)) => return None,
            b'\\' => *at += 1,
            _ if is_space(byte) => return None,
            _ if byte == quote => return Some(()),
            _ => {}
        }
    }
    None
}
