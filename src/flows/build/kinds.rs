//! What the app's config says about kinds of files.

use overskill_link::{Kinds, Pattern};

/// Vite's own lists, and SVGs as components by SVGR's query.
pub(super) fn kinds() -> Kinds {
    Kinds {
        components: Pattern::parse("**/*.svg\\?react", false, true)
            .into_iter()
            .collect(),
        ..Kinds::default()
    }
}
