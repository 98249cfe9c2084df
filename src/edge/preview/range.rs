//! The `Range` header (RFC 9110, 14.1.2): one range of bytes.

/// What a range comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// First and last byte.
    Part(usize, usize),
    /// Nothing of it is there.
    Unsatisfiable,
}

/// Reads `bytes=…`. `None` for what may be ignored: other units, several ranges, nonsense.
pub(super) fn parse(text: &str, length: usize) -> Option<Range> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && !text.is_empty()).then(|| text.parse().unwrap_or(usize::MAX))
    };
    let (first, last) = match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix)? {
            0 => return Some(Range::Unsatisfiable),
            count => (length.saturating_sub(count), length.checked_sub(1)),
        },
        (first, "") => (number(first)?, length.checked_sub(1)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, length.checked_sub(1).map(|end| last.min(end)))
        }
    };
    Some(match last {
        Some(last) if first <= last => Range::Part(first, last),
        _ => Range::Unsatisfiable,
    })
}
