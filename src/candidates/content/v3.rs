//! The globs of `content` in a config of version 3.

use super::glob::{Dialect, Glob};
use super::{in_packages, resolved};

/// The globs of a config's `content`. Entries that hold text themselves (`raw`) name no files and are the caller's.
pub struct V3Globs {
    wanted: Vec<Glob>,
    unwanted: Vec<Glob>,
    outside: Vec<String>,
}

impl V3Globs {
    /// Reads the globs, which are relative to a folder of the tree: its root, or the config's folder where `content.relative` is set.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>, base: &str) -> Self {
        let mut globs = Self {
            wanted: Vec::new(),
            unwanted: Vec::new(),
            outside: Vec::new(),
        };
        for pattern in patterns {
            let (negated, text) = match pattern.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, pattern),
            };
            let path = (!text.starts_with('/'))
                .then(|| resolved(base, text))
                .flatten();
            let Some(path) = path.filter(|path| negated || !in_packages(path)) else {
                globs.outside.push(pattern.to_owned());
                continue;
            };
            // What is not wanted is so even where it begins with a dot.
            let dialect = Dialect {
                dots: negated,
                groups: true,
            };
            let list = if negated {
                &mut globs.unwanted
            } else {
                &mut globs.wanted
            };
            list.push(Glob::new(&with_plain_base(&path), dialect));
        }
        globs
    }

    /// Whether Tailwind would read the file at a path of the tree.
    pub fn matches(&self, path: &str) -> bool {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(path));
        any(&self.wanted) && !any(&self.unwanted)
    }

    /// The globs that lead out of the tree or into packages, as they were written. They match nothing here.
    pub fn outside(&self) -> &[String] {
        &self.outside
    }
}

/// The glob with the folders before its first sign taken as they are: a question mark alone makes no glob.
fn with_plain_base(path: &str) -> String {
    let mut is_base = true;
    let segment = |segment: &str| {
        is_base &= !segment.contains(['*', '[', '{', '(']);
        if is_base {
            segment.replace('?', "\\?")
        } else {
            segment.to_owned()
        }
    };
    let segments: Vec<String> = path.split('/').map(segment).collect();
    segments.join("/")
}
