//! Which of an answer's two forms a caller prefers.

/// Whether an `Accept` header prefers `text/markdown` to `application/json`, which is what a caller gets who says
/// nothing (RFC 9110, 12.5.1).
pub fn prefers_markdown(accept: &str) -> bool {
    quality(accept, "text", "markdown") > quality(accept, "application", "json")
}

/// Whether an `Accept` header names `application/x-ndjson`, so that news may come ahead of the answer.
pub fn takes_lines(accept: &str) -> bool {
    let named = accept.split(',').any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-ndjson")
    });
    named && quality(accept, "application", "x-ndjson") > 0.0
}

/// The weight of a media type: that of the most specific range that covers it.
fn quality(accept: &str, kind: &str, subtype: &str) -> f32 {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let (of_kind, of_subtype) = parts.next()?.split_once('/')?;
        let specific = match (of_kind, of_subtype) {
            ("*", "*") => 0,
            (k, "*") if k.eq_ignore_ascii_case(kind) => 1,
            (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype) => 2,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let weight = weight.map_or(1.0, |text| text.parse().unwrap_or(0.0));
        Some((specific, weight))
    });
    ranges
        .max_by_key(|(specific, _)| *specific)
        .map_or(0.0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_for_those_who_prefer_it() {
        for (accept, markdown) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("text/markdown", true),
            ("Text/Markdown;charset=utf-8", true),
            ("text/*", true),
            ("text/markdown, application/json", false),
            ("application/json;q=0.5, text/markdown", true),
            ("text/markdown;q=0.1, */*", false),
            ("text/markdown, */*;q=0.1", true),
            ("text/markdown;q=0", false),
            ("nonsense;;,", false),
        ] {
            assert_eq!(prefers_markdown(accept), markdown, "{accept:?}");
        }
    }

    #[test]
    fn lines_are_for_those_who_name_them() {
        for (accept, lines) in [
            ("", false),
            ("*/*", false),
            ("application/*", false),
            ("application/x-ndjson", true),
            ("application/json, Application/X-NDJSON;q=0.5", true),
            ("application/x-ndjson;q=0", false),
            ("application/x-ndjsonx", false),
        ] {
            assert_eq!(takes_lines(accept), lines, "{accept:?}");
        }
    }
}
