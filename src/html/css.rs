//! Where style sheets in a page name files: `style` elements and attributes.

use std::ops::Range;

/// The ranges of the addresses in `url(…)`, quotes left out.
pub(crate) fn urls(css: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = css[at..].find(['/', 'u', 'U']) {
        let start = at + next;
        let rest = &css[start..];
        at = start + 1;
        if let Some(comment) = rest.strip_prefix("/*") {
            at = comment
                .find("*/")
                .map_or(css.len(), |end| start + 2 + end + 2);
            continue;
        }
        let named = rest
            .get(..4)
            .is_some_and(|name| name.eq_ignore_ascii_case("url("));
        let inside =
            css[..start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if !named || inside {
            continue;
        }
        let value = rest[4..].trim_ascii_start();
        let begin = css.len() - css[start + 4..].len() + (rest[4..].len() - value.len());
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (from, length) = match quote {
            Some(quote) => (begin + 1, value[1..].find(quote)),
            None => (begin, value.find(')')),
        };
        let Some(length) = length else { break };
        let address = css[from..from + length].trim_ascii_end();
        if !address.is_empty() {
            found.push(from..from + address.len());
        }
        at = from + length;
    }
    found
}
