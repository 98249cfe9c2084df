//! URLs as pages and style sheets write them.

/// Whether a URL may name one of the app's files: it has no scheme and no origin of its own, and is no mere fragment.
pub fn may_name_file(url: &str) -> bool {
    let scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    });
    !url.is_empty() && !scheme && !url.starts_with('#') && !url.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_neither_scheme_nor_origin() {
        for url in ["a.png", "/a", "./a:b", "?x", "a b:c", "1:2"] {
            assert!(may_name_file(url), "{url}");
        }
        for url in ["", "#a", "//x/y", "https://x", "DATA:,", "web+a:b"] {
            assert!(!may_name_file(url), "{url}");
        }
    }
}
