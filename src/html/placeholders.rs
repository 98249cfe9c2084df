//! `%NAME%` in the page, as Vite replaces it.

/// Replaces each `%NAME%` whose name `env` knows; what it doesn't know stays as written. Values are inserted as they are.
pub fn substitute(text: &str, env: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let tail = &after[1..];
        let length = tail
            .bytes()
            .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
            .unwrap_or(tail.len());
        let closed = length > 0 && tail.as_bytes().get(length) == Some(&b'%');
        match closed.then(|| env(&tail[..length])).flatten() {
            Some(value) => {
                out.push_str(&value);
                rest = &tail[length + 1..];
            }
            None => {
                // The closing `%` may open the next name.
                out.push_str(&after[..=length]);
                rest = &tail[length..];
            }
        }
    }
    out.push_str(rest);
    out
}
