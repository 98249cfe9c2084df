//! What an app's author is told: coded, located, with a frame and a hint; as JSON and as markdown for prompts.

mod diagnostic;
mod frame;
mod markdown;
mod position;

pub use diagnostic::{Diagnostic, Severity};
pub use markdown::markdown;
pub use position::{LineIndex, Position, Span};
