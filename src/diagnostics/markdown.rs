//! Diagnostics as compact markdown, made to be pasted into a prompt.

use crate::{Diagnostic, Severity};
use std::fmt::Write;

/// How many diagnostics are written out; the rest are counted.
const SHOWN: usize = 25;

/// The diagnostics of one version. Errors come first; equal problems keep their given order.
pub fn markdown(version: u64, diagnostics: &[Diagnostic]) -> String {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut text = match (errors, warnings) {
        (0, 0) => format!("Version {version} builds without errors.\n"),
        (0, _) => format!(
            "Version {version} builds, with {}.\n",
            plural(warnings, "warning")
        ),
        _ => format!(
            "Version {version} does not build: {}, {}.\n",
            plural(errors, "error"),
            plural(warnings, "warning")
        ),
    };
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    for diagnostic in sorted.iter().take(SHOWN) {
        entry(&mut text, diagnostic);
    }
    if sorted.len() > SHOWN {
        let _ = write!(text, "\n…and {} more.\n", sorted.len() - SHOWN);
    }
    text
}

fn entry(text: &mut String, diagnostic: &Diagnostic) {
    let (place, severity) = (diagnostic.place(), diagnostic.severity.name());
    let _ = write!(
        text,
        "\n## {place}{severity} `{}`\n{}\n",
        diagnostic.code, diagnostic.message
    );
    if let Some(frame) = &diagnostic.frame {
        let fence = fence(frame);
        let _ = write!(text, "{fence}\n{frame}\n{fence}\n");
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = writeln!(text, "Hint: {hint}");
    }
}

/// A fence longer than any run of backticks in the frame, so that source can't break out of its block.
fn fence(frame: &str) -> String {
    let longest = frame.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_lead_and_source_cannot_leave_its_block() {
        let mut error = Diagnostic::error("syntax-error", "Expected `}`").hint("Close the block.");
        error.frame = Some("> 1 | ````\n    | ^".into());
        let text = markdown(3, &[Diagnostic::warning("w", "Odd"), error]);
        assert_eq!(
            text,
            "Version 3 does not build: 1 error, 1 warning.\n\n## error `syntax-error`\nExpected `}`\n`````\n> 1 | ````\n    | ^\n`````\nHint: Close the block.\n\n## warning `w`\nOdd\n"
        );
    }
}
