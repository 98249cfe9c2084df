//! The URLs in a `srcset`, where a comma may be part of a URL or end a candidate.

use std::ops::Range;

/// Byte ranges of the candidates' URLs.
pub(crate) fn urls(value: &str) -> Vec<Range<usize>> {
    let bytes = value.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b',') {
            at += 1;
        }
        if at == bytes.len() {
            return found;
        }
        let start = at;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let url = value[start..at].trim_end_matches(',');
        found.push(start..start + url.len());
        if url.len() == at - start {
            at = descriptors_end(bytes, at);
        }
    }
}

fn descriptors_end(bytes: &[u8], mut at: usize) -> usize {
    let mut inside = false;
    while at < bytes.len() {
        match bytes[at] {
            b'(' => inside = true,
            b')' => inside = false,
            b',' if !inside => break,
            _ => {}
        }
        at += 1;
    }
    at
}
