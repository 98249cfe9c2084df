//! Which files of an app Tailwind reads: by the globs of a version 3 config, or by version 4's detection and its `@source` rules.
//!
//! Paths are those of the tree, relative to its root, without a slash at either end. What is asked for outside the tree, such as files of packages, is told apart, so that an author can be told.

mod gitignore;
mod glob;
mod v3;
mod v4;

#[cfg(test)]
mod tests;

pub use v3::V3Globs;
pub use v4::{V4Source, V4Sources};

/// A relative path from a folder of the tree as one from its root, without `.` and `..`. Nothing if that leaves the tree.
fn resolved(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a resolved path leads into installed packages, which are no part of a tree.
fn in_packages(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}
