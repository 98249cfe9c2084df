//! What is changed in a text before it is read, because its language writes classes in a way of its own.
//!
//! Languages that no app of this kind has content in (Pug, Haml, Slim, Ruby, Clojure, Elixir) are read as they are.

use super::text::is_space;
use std::borrow::Cow;

/// The text as it is read, for a file with this extension.
pub(super) fn prepared<'a>(text: &'a str, extension: &str) -> Cow<'a, str> {
    let change: fn(&mut [u8]) = match extension {
        "svelte" => directives,
        "json" => structure,
        "md" | "mdx" => attributes,
        "cshtml" | "razor" => escapes,
        _ => return Cow::Borrowed(text),
    };
    let mut bytes = text.as_bytes().to_vec();
    change(&mut bytes);
    // What is written in place of ASCII is ASCII.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// `class:flex={…}` of Svelte.
fn directives(bytes: &mut [u8]) {
    const NAME: &[u8] = b"class:";
    for at in 1..bytes.len() {
        if is_space(bytes[at - 1]) && bytes[at..].starts_with(NAME) {
            bytes[at + NAME.len() - 1] = b' ';
        }
    }
}

/// The brackets of JSON, which may stand at a string without white space.
fn structure(bytes: &mut [u8]) {
    let (mut quoted, mut escaped) = (false, false);
    for byte in bytes {
        match *byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'}' | b'[' | b']' if !quoted => *byte = b' ',
            _ => {}
        }
    }
}

/// `{.flex .block}` behind something in Markdown.
fn attributes(bytes: &mut [u8]) {
    let mut within = false;
    let mut open: Vec<u8> = Vec::new();
    for byte in bytes {
        match *byte {
            b'{' if !within => {
                within = true;
                *byte = b' ';
            }
            _ if !within => {}
            b'(' | b'[' | b'{' | b'<' => open.push(*byte),
            b'}' if open.is_empty() => {
                within = false;
                *byte = b' ';
            }
            b')' | b']' | b'}' | b'>' => {
                open.pop();
            }
            b'.' if open.is_empty() => *byte = b' ',
            _ => {}
        }
    }
}

/// `@@` of Razor, which stands for one.
fn escapes(bytes: &mut [u8]) {
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] == b'@' && bytes[at + 1] == b'@' {
            bytes[at] = b' ';
            at += 1;
        }
        at += 1;
    }
}
