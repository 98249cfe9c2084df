//! The few source lines around a problem, with a caret under it.

use crate::{LineIndex, Position};
use std::fmt::Write;

/// Longest stretch of a line that a frame shows, in characters.
const WIDTH: usize = 120;
/// How many characters a frame keeps in front of the problem when the line is too long.
const LEAD: usize = 40;

/// Two lines before, the line itself with carets, one line after.
pub(crate) fn frame(lines: &LineIndex<'_>, start: Position, end: Position) -> String {
    let first = start.line.saturating_sub(2).max(1);
    let digits = (start.line + 1).to_string().len();
    let skip = clip(lines.line(start.line).unwrap_or(""), start);
    let mut text = String::new();
    for number in first..=start.line + 1 {
        let Some(line) = lines.line(number) else {
            break;
        };
        let shown: String = line.chars().skip(skip).take(WIDTH).map(printable).collect();
        let mark = if number == start.line { '>' } else { ' ' };
        let _ = writeln!(
            text,
            "{}",
            format!("{mark} {number:>digits$} | {shown}").trim_end()
        );
        if number == start.line {
            let (from, count) = carets(line, start, end, skip);
            let _ = writeln!(
                text,
                "  {:>digits$} | {}{}",
                "",
                " ".repeat(from),
                "^".repeat(count)
            );
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn clip(line: &str, start: Position) -> usize {
    if line.chars().count() <= WIDTH {
        return 0;
    }
    characters_before(line, start.column).saturating_sub(LEAD)
}

fn carets(line: &str, start: Position, end: Position, skip: usize) -> (usize, usize) {
    let from = characters_before(line, start.column);
    let to = if end.line == start.line {
        characters_before(line, end.column)
    } else {
        line.chars().count()
    };
    let from = from.saturating_sub(skip).min(WIDTH);
    let to = to.saturating_sub(skip).min(WIDTH);
    (from, to.saturating_sub(from).max(1))
}

fn characters_before(line: &str, column: u32) -> usize {
    let mut units = 0;
    line.chars()
        .take_while(|character| {
            units += character.len_utf16() as u32;
            units < column
        })
        .count()
}

fn printable(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}
