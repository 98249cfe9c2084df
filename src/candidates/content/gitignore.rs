//! What the `.gitignore` files of a tree leave out.

use super::glob::{Dialect, Glob};

struct Rule {
    glob: Glob,
    keeps: bool,
    folders_only: bool,
}

/// One ignore file: the folder it stands in, and its rules.
struct IgnoreFile {
    folder: String,
    rules: Vec<Rule>,
}

/// All ignore files of a tree.
pub(super) struct Ignored(Vec<IgnoreFile>);

impl Ignored {
    /// Reads ignore files, each with the folder that it stands in (`""` for the root).
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let read = |(folder, text): (&str, &str)| IgnoreFile {
            folder: folder.to_owned(),
            rules: text.lines().filter_map(rule).collect(),
        };
        let mut files: Vec<IgnoreFile> = files.into_iter().map(read).collect();
        // The deepest decides.
        files.sort_by_key(|file| std::cmp::Reverse(file.folder.len()));
        Self(files)
    }

    /// Whether the file or folder at a path is left out by a rule about itself.
    pub fn is_ignored(&self, path: &str, is_folder: bool) -> bool {
        for file in &self.0 {
            let Some(path) = within(path, &file.folder) else {
                continue;
            };
            let applies =
                |rule: &&Rule| (is_folder || !rule.folders_only) && rule.glob.matches(path);
            if let Some(rule) = file.rules.iter().rev().find(applies) {
                return !rule.keeps;
            }
        }
        false
    }
}

/// A path relative to a folder that it is in.
pub(super) fn within<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

fn rule(line: &str) -> Option<Rule> {
    let mut text = line.trim_end_matches('\r');
    while let Some(rest) = text.strip_suffix(' ') {
        if rest.ends_with('\\') {
            break;
        }
        text = rest;
    }
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let (keeps, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (folders_only, text) = match text.strip_suffix('/') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // A slash anywhere but at the end ties the rule to the folder.
    let pattern = match text.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if text.contains('/') => text.to_owned(),
        None => format!("**/{text}"),
    };
    let dialect = Dialect {
        dots: true,
        groups: false,
    };
    // What is in a folder is not the folder.
    let pattern = match pattern.strip_suffix("/**") {
        Some(folder) => format!("{folder}/**/*"),
        None => pattern,
    };
    // Braces mean nothing here.
    let glob = Glob::new(&pattern.replace('{', "[{]"), dialect);
    Some(Rule {
        glob,
        keeps,
        folders_only,
    })
}
