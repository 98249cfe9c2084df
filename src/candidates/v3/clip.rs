//! What a match is cut down to, and the classes that are chained in it with dots, as in Pug.

/// A match with an arbitrary value, up to where its brackets and quotes are balanced.
pub(super) fn clipped(text: &str) -> &str {
    if !text.contains("-[") {
        return text;
    }
    let bytes = text.as_bytes();
    let is_sign = |byte: u8| matches!(byte, b'[' | b']' | b'\'' | b'"' | b'`');
    let mut depth = 0i64;
    let mut quotes: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let sign = bytes[at];
        at += 1;
        if !is_sign(sign) {
            continue;
        }
        let within = quotes.last().copied();
        if within == Some(sign) {
            quotes.pop();
        } else if !matches!(sign, b'[' | b']') {
            quotes.push(sign);
        }
        match (within, sign) {
            (None, b'[') => depth += 1,
            (None, b']') => depth -= 1,
            (None, _) if depth == 0 => return &text[..at - 1],
            _ => {}
        }
        // What follows a sign counts as well, be it nothing.
        if quotes.is_empty() {
            let next = bytes.get(at).copied().filter(|&byte| !is_sign(byte));
            if depth < 0 {
                return &text[..at - 1];
            }
            if depth == 0 && matches!(next, Some(b'<' | b'>')) {
                return &text[..at];
            }
        }
    }
    text
}

/// The parts between dots that stand in no brackets. A part before a number is left out, and so is the number: `px-1.5` is one class.
pub(super) fn subclasses(text: &str) -> impl Iterator<Item = &str> {
    let parts = if text.contains('.') {
        split_at_dots(text)
    } else {
        Vec::new()
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < parts.len() {
            let part = parts[at];
            at += 1;
            match parts.get(at) {
                Some(next) if is_number(next) => at += 1,
                _ => return Some(part),
            }
        }
        None
    })
}

fn split_at_dots(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut open = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'.' && open.is_empty() && !escaped {
            parts.push(&text[from..at]);
            from = at + 1;
        }
        escaped = !escaped && byte == b'\\';
        match byte {
            b'(' => open.push(b')'),
            b'[' => open.push(b']'),
            b'{' => open.push(b'}'),
            b')' | b']' | b'}' if open.last() == Some(&byte) => {
                open.pop();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// Whether ECMAScript's `Number` makes a number of a text that has neither dots nor white space. It makes 0 of nothing.
fn is_number(text: &str) -> bool {
    if let Some((sign, rest)) = text.split_at_checked(2) {
        let base = match sign {
            "0x" | "0X" => 16,
            "0o" | "0O" => 8,
            "0b" | "0B" => 2,
            _ => 0,
        };
        if base != 0 {
            return !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(base));
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match unsigned.split_once(['e', 'E']) {
        Some((whole, power)) => {
            digits(whole) && digits(power.strip_prefix(['+', '-']).unwrap_or(power))
        }
        None => text.is_empty() || unsigned == "Infinity" || digits(unsigned),
    }
}
