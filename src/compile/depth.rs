//! How deep the parser would have to recurse, guessed from the text alone: a trap of the stack would reset the Worker.
//!
//! Brackets, elements and template parts nest; between two ends of statements, what needs no bracket to nest (prefix
//! operators, arrows, conditions, `else if`, generics) adds up. The guess may be too high for odd code, never by much,
//! and the limit is far above what people write.

mod scan;

use scan::Refused;
pub(crate) use scan::{Mismatch, mismatch};

use crate::{language::Dialect, source::Source};
use overskill_diagnostics::{Diagnostic, Span};

/// The deepest text that the parser reads within [`crate::STACK_BYTES`].
pub(crate) const DEEPEST: usize = 1_500;

/// Refuses text that nests too deep, or that the parser does not survive otherwise.
pub(crate) fn check(source: &Source<'_>, dialect: Dialect) -> Result<(), Vec<Diagnostic>> {
    let (diagnostic, at) = match scan::beyond(source.text, dialect.jsx, DEEPEST) {
        None => return Ok(()),
        Some(Refused::TooDeep(at)) => (too_deep(), at),
        Some(Refused::ElementName(at)) => {
            let message = "An element's name has a colon or dots, not both.";
            (Diagnostic::error("syntax-error", message), at)
        }
    };
    let span = Span {
        start: at as u32,
        end: at as u32 + 1,
    };
    Err(vec![source.at_offsets(diagnostic, span)])
}

/// What the author of such text is told.
pub(crate) fn too_deep() -> Diagnostic {
    Diagnostic::error("too-deep", "The code nests too deep to be compiled.")
        .hint("Move the inner parts into functions or variables of their own, or the data into a JSON file.")
}
