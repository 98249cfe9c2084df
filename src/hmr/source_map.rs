//! Looking places up in a chunk's indexed source map (https://tc39.es/ecma426/).

use serde::Deserialize;

/// A place in a source. 1-based, the column in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The source, as the map names it: `/src/App.tsx`.
    pub source: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The source's text, where the map has it.
    pub text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Map {
    sources: Vec<Option<String>>,
    #[serde(default)]
    sources_content: Vec<Option<String>>,
    mappings: String,
}

/// How a section starts; its quotes can't stand like that in a text of the map.
const SECTION: &str = "{\"offset\":{\"line\":";

/// Where the place at a 1-based `line` and `column` of the script comes from, by a map as `production` writes it or an
/// indexed one as `link` does. Of that, only the section that the line is in is read.
pub fn original(map: &str, line: u32, column: u32) -> Option<Original> {
    let line = line.checked_sub(1)?;
    let sections = map.split(SECTION).skip(1).filter_map(|section| {
        let (starts, rest) = section.split_once(',')?;
        Some((starts.parse::<u32>().ok()?, rest.split_once("\"map\":")?.1))
    });
    let (starts, text) = match map.contains(SECTION) {
        true => sections.take_while(|(starts, _)| *starts <= line).last()?,
        false => (0, map),
    };
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map>();
    let map = values.next()?.ok()?;
    let [source, at_line, at_column] =
        mapping(&map.mappings, line - starts, column.checked_sub(1)?)?;
    let index = usize::try_from(source).ok()?;
    Some(Original {
        source: map.sources.get(index)?.clone()?,
        line: u32::try_from(at_line).ok()? + 1,
        column: u32::try_from(at_column).ok()? + 1,
        text: map.sources_content.get(index).cloned().flatten(),
    })
}

/// Source, line and column of the last mapping at or before a place; the first of the line where all come after it.
fn mapping(mappings: &str, line: u32, column: u32) -> Option<[i64; 3]> {
    let mut state = [0_i64; 3];
    for (at, text) in (0_u32..).zip(mappings.split(';')) {
        let mut generated = 0;
        let mut found = None;
        for segment in text.split(',').filter(|segment| !segment.is_empty()) {
            let numbers = numbers(segment)?;
            generated += numbers.first()?;
            if let [_, source, line, column, ..] = numbers[..] {
                for (value, change) in state.iter_mut().zip([source, line, column]) {
                    *value += change;
                }
            }
            let mapped = numbers.len() >= 4;
            if mapped && at == line && (found.is_none() || generated <= i64::from(column)) {
                found = Some(state);
            }
        }
        if at == line {
            return found;
        }
    }
    None
}

/// The numbers of a segment, in base64 digits of five bits, the low ones first; the lowest bit is the sign.
fn numbers(segment: &str) -> Option<Vec<i64>> {
    let mut numbers = Vec::with_capacity(5);
    let (mut value, mut shift) = (0_i64, 0);
    for byte in segment.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        if shift > 30 {
            return None;
        }
        value |= i64::from(digit & 31) << shift;
        shift += 5;
        if digit & 32 == 0 {
            numbers.push(if value & 1 == 1 {
                -(value >> 1)
            } else {
                value >> 1
            });
            (value, shift) = (0, 0);
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `AAAA` maps the start of a line to the start of the source's first line; `IAEI` is 4 columns on, 2 lines down,
    /// 4 columns on.
    const MAP: &str = r#"{"version":3,"sections":[
        {"offset":{"line":2,"column":0},"map":{"version":3,"sources":["/src/a.ts"],"sourcesContent":["one"],"mappings":"AAAA,IAEI;;IACA"}},
        {"offset":{"line":10,"column":0},"map":{"version":3,"sources":["/src/b.ts"],"mappings":"AAAA"}}]}"#;

    #[test]
    fn places_are_looked_up_in_their_section() {
        let at = |line, column| {
            let found = original(MAP, line, column)?;
            Some((found.source, found.line, found.column))
        };
        let a = |line, column| Some(("/src/a.ts".to_owned(), line, column));
        assert_eq!(at(3, 1), a(1, 1));
        assert_eq!(at(3, 4), a(1, 1));
        assert_eq!(at(3, 5), a(3, 5));
        assert_eq!(at(3, 99), a(3, 5));
        assert_eq!(at(4, 1), None);
        assert_eq!(at(5, 1), a(4, 5));
        assert_eq!(at(11, 7), Some(("/src/b.ts".to_owned(), 1, 1)));
        assert_eq!(at(1, 1), None);
        assert_eq!(at(0, 0), None);
        assert_eq!(original(MAP, 3, 1).unwrap().text.as_deref(), Some("one"));
        let plain =
            r#"{"version":3,"sources":["/worker/index.ts"],"names":[],"mappings":"AAAA,IAEI"}"#;
        assert_eq!(original(plain, 1, 5).unwrap().line, 3);
    }

    #[test]
    fn what_is_no_map_has_no_places() {
        for map in [
            "",
            "{}",
            "[]",
            r#"{"sections":[{"offset":{"line":0},"map":{"sources":[],"mappings":"!"}}]}"#,
            r#"{"sections":[{"offset":{"line":0},"map":{"sources":["a"],"mappings":"gggggggggggggA"}}]}"#,
        ] {
            assert_eq!(original(map, 1, 1), None, "{map}");
        }
    }
}
