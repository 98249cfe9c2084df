//! `index.html`: what it loads, and the page with other things in their place.
//!
//! The page is tokenized as a browser does; whatever is not replaced is kept byte for byte.

mod css;
mod elements;
mod placeholders;
mod references;
mod render;
mod scan;
mod srcset;
#[cfg(test)]
mod tests;

pub use placeholders::substitute;
pub use references::{PageReference, ReferenceKind};
pub use render::RenderPlan;
pub use scan::{Page, PageScript, ScriptKind};
