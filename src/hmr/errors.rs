//! The run-time errors of open previews, mapped to source; the same ones are counted together, and the oldest go.

use crate::{source_map::original, stack::frames};
use overskill_diagnostics::{Diagnostic, LineIndex, Position};
use overskill_model::{ContentHasher, ModulePath};
use overskill_protocol::{ErrorFrame, PageError, RuntimeError, RuntimeErrors};
use std::fmt::Write;

/// How many different errors are kept.
const KEPT: usize = 50;
/// How many are taken of one report.
const REPORTED: usize = 20;
/// Longest message, in characters.
const MESSAGE: usize = 2_000;
/// Longest stack that is read, in bytes.
const STACK: usize = 16_384;

/// Takes a report in; gives each of its errors as it is now kept, in order. `map` gives the source map of a script by the
/// script's path.
pub fn take(
    kept: &mut RuntimeErrors,
    seq: u64,
    reported: Vec<PageError>,
    now: u64,
    map: &dyn Fn(&str) -> Option<String>,
) -> Vec<RuntimeError> {
    let reported = reported.into_iter().take(REPORTED);
    let mut taken = Vec::new();
    for error in reported {
        let mut error = mapped(error, seq, now, map);
        if let Some(at) = kept.errors.iter().position(|known| known.id == error.id) {
            let known = kept.errors.remove(at);
            error.count += known.count;
            error.first_at = known.first_at;
        }
        taken.push(error.clone());
        kept.errors.insert(0, error);
    }
    kept.errors.truncate(KEPT);
    taken
}

fn mapped(
    error: PageError,
    seq: u64,
    now: u64,
    map: &dyn Fn(&str) -> Option<String>,
) -> RuntimeError {
    let mut stack = error.stack.unwrap_or_default();
    let mut end = stack.len().min(STACK);
    while !stack.is_char_boundary(end) {
        end -= 1;
    }
    stack.truncate(end);
    let mut thrown: Option<(ModulePath, Position, Option<String>)> = None;
    let mut maps: Vec<(String, Option<String>)> = Vec::new();
    let mut calls = Vec::new();
    for call in frames(&stack) {
        let script = path_of(&call.url).to_owned();
        if !maps.iter().any(|(known, _)| *known == script) {
            let found = script.starts_with("/__overskill/").then(|| map(&script));
            maps.push((script.clone(), found.flatten()));
        }
        let text = maps.iter().find(|(known, _)| *known == script);
        let place = text
            .and_then(|(_, map)| original(map.as_ref()?, call.line, call.column))
            .and_then(|place| {
                let path = place.source.trim_start_matches('/');
                let path = ModulePath::parse(path, &Default::default()).ok()?;
                Some((path, place))
            });
        calls.push(match place {
            Some((path, place)) => {
                let (line, column) = (place.line, place.column);
                if thrown.is_none() {
                    let frame = place
                        .text
                        .as_deref()
                        .and_then(|text| drawn(text, line, column));
                    thrown = Some((path.clone(), Position { line, column }, frame));
                }
                ErrorFrame {
                    function: call.function,
                    path: Some(path),
                    url: None,
                    line,
                    column,
                }
            }
            None => ErrorFrame {
                function: call.function,
                path: None,
                url: Some(call.url),
                line: call.line,
                column: call.column,
            },
        });
    }
    let message: String = error.message.chars().take(MESSAGE).collect();
    let (path, place, frame) = match thrown {
        Some((path, place, frame)) => (Some(path), Some(place), frame),
        None => (None, None, None),
    };
    let id = ContentHasher::new()
        .field(format!("{:?} {:?}", error.kind, error.name))
        .field(&message)
        .field(format!("{path:?} {place:?}"));
    RuntimeError {
        id: id.finish().short(),
        kind: error.kind,
        name: error.name.map(|name| name.chars().take(100).collect()),
        message,
        path,
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        frame,
        frames: calls,
        url: error.url.map(|url| url.chars().take(MESSAGE).collect()),
        seq,
        count: 1,
        first_at: now,
        last_at: now,
    }
}

/// A script's path: its URL without origin and query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or(rest, |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// The lines around a place.
fn drawn(text: &str, line: u32, column: u32) -> Option<String> {
    let lines = LineIndex::new(text);
    let start = Position { line, column };
    let path = ModulePath::parse("a", &Default::default()).ok()?;
    let end = Position {
        line,
        column: column + 1,
    };
    Diagnostic::error("", "")
        .between(&path, &lines, start, end)
        .frame
}

/// The errors as markdown, made to be pasted into a prompt.
pub fn errors_markdown(errors: &RuntimeErrors) -> String {
    let mut text = match errors.errors.len() {
        0 => "No run-time errors were reported.\n".to_owned(),
        1 => "1 run-time error was reported by open previews.\n".to_owned(),
        count => format!("{count} run-time errors were reported by open previews.\n"),
    };
    for error in &errors.errors {
        let name = error.name.as_deref().unwrap_or("Error");
        let place = match (&error.path, error.line, error.column) {
            (Some(path), Some(line), Some(column)) => format!("{path}:{line}:{column} "),
            _ => String::new(),
        };
        let message = error.message.replace('\n', " ");
        let times = match error.count {
            1 => String::new(),
            count => format!(", {count} times"),
        };
        let _ = write!(
            text,
            "\n## {place}`{name}`\n{message} (version {}{times})\n",
            error.seq
        );
        if let Some(frame) = &error.frame {
            let longest = frame.split(|it| it != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            let _ = write!(text, "{fence}\n{frame}\n{fence}\n");
        }
        let own = error.frames.iter().filter(|frame| frame.path.is_some());
        for frame in own.take(8) {
            if let Some(path) = &frame.path {
                let function = frame.function.as_deref().unwrap_or("(anonymous)");
                let _ = writeln!(
                    text,
                    "- {function} ({path}:{}:{})",
                    frame.line, frame.column
                );
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use overskill_protocol::PageErrorKind;

    const MAP: &str = r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":{"version":3,"sources":["/src/a.tsx"],"sourcesContent":["first\nsecond"],"mappings":"AAAA,IACA"}}]}"#;

    fn report(message: &str, column: u32) -> PageError {
        PageError {
            kind: PageErrorKind::Error,
            name: Some("TypeError".to_owned()),
            message: message.to_owned(),
            stack: Some(format!(
                "TypeError: {message}\n  at App (http://x.localhost/__overskill/app-1.js:1:{column})\n  at run (http://x.localhost/__overskill/packages-2.js:9:9)"
            )),
            url: None,
        }
    }

    fn maps(script: &str) -> Option<String> {
        (script == "/__overskill/app-1.js").then(|| MAP.to_owned())
    }

    #[test]
    fn errors_are_mapped_and_equal_ones_counted() {
        let mut kept = RuntimeErrors::default();
        let taken = take(
            &mut kept,
            3,
            vec![report("x", 5), report("y", 1)],
            10,
            &maps,
        );
        assert_eq!(taken.len(), 2);
        let (line, column) = (taken[0].line, taken[0].column);
        assert_eq!((line, column), (Some(2), Some(1)));
        assert_eq!(taken[0].path.as_ref().unwrap().as_str(), "src/a.tsx");
        assert!(taken[0].frame.as_ref().unwrap().contains("> 2 | second"));
        assert_eq!(taken[0].frames[1].path, None);
        assert!(
            taken[0].frames[1]
                .url
                .as_ref()
                .unwrap()
                .ends_with("packages-2.js")
        );
        let again = take(&mut kept, 4, vec![report("x", 5)], 20, &maps);
        assert_eq!(
            (
                again[0].count,
                again[0].first_at,
                again[0].last_at,
                again[0].seq
            ),
            (2, 10, 20, 4)
        );
        let order: Vec<&str> = kept.errors.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(order, ["x", "y"]);
        let text = errors_markdown(&kept);
        assert!(
            text.contains("## src/a.tsx:2:1 `TypeError`\nx (version 4, 2 times)\n```\n"),
            "{text}"
        );
        assert!(text.contains("- App (src/a.tsx:2:1)"), "{text}");
    }

    #[test]
    fn floods_are_bounded() {
        let mut kept = RuntimeErrors::default();
        for round in 0..10_u32 {
            let many = (0..30)
                .map(|at| report(&format!("{round} {at}"), 1))
                .collect();
            assert_eq!(take(&mut kept, 1, many, 1, &|_| None).len(), REPORTED);
        }
        assert_eq!(kept.errors.len(), KEPT);
        let mut long = report(&"é".repeat(10_000), 1);
        long.stack = Some("é".repeat(100_000));
        let taken = take(&mut kept, 1, vec![long], 1, &maps);
        assert_eq!(taken[0].message.chars().count(), MESSAGE);
        assert_eq!(taken[0].frames, []);
    }
}
