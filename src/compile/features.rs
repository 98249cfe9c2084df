//! What a text may use, told from its letters alone: passes over what can't be there are not run.

/// Each is true where the feature may be there; keywords and punctuation can't be written in any other way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Features {
    /// `class`.
    pub(crate) classes: bool,
    /// `@decorator` and `accessor`, which goes with them.
    pub(crate) decorators: bool,
    /// `using`.
    pub(crate) resources: bool,
    /// `||=`, `&&=`, `??=` and `1_000`.
    pub(crate) es2021: bool,
}

impl Features {
    /// Reads a source.
    pub(crate) fn of(text: &str) -> Self {
        let classes = text.contains("class");
        let resources = text.contains("using");
        let assignments = ["||=", "&&=", "??="];
        let separated = |pair: &[u8]| pair[0].is_ascii_hexdigit() && pair[1] == b'_';
        Self {
            classes,
            decorators: classes && (text.contains('@') || text.contains("accessor")),
            resources,
            // What lowers resources writes some of it.
            es2021: resources
                || assignments.iter().any(|operator| text.contains(operator))
                || text.as_bytes().windows(2).any(separated),
        }
    }
}
