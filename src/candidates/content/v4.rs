//! Content as version 4 detects it, and the rules of `@source`.

use super::gitignore::{Ignored, within};
use super::glob::{Dialect, Glob};
use super::{in_packages, resolved};

/// Folders in which nothing is content, wherever they are.
const FOLDERS: [&str; 15] = [
    ".git",
    ".hg",
    ".jj",
    ".next",
    ".parcel-cache",
    ".pnpm-store",
    ".svelte-kit",
    ".svn",
    ".turbo",
    ".venv",
    ".vercel",
    ".yarn",
    "__pycache__",
    "node_modules",
    "venv",
];

/// Files that are no content.
const FILES: [&str; 6] = [
    "package-lock.json",
    "pnpm-lock.yaml",
    ".DS_Store",
    ".env",
    "bun.lockb",
    ".gitignore",
];

/// Extensions of files that are no content: style sheets of preprocessors, locks, and what is no text.
const EXTENSIONS: [&str; 59] = [
    "less", "lock", "sass", "scss", "styl", "log", "7z", "aac", "ai", "apk", "avi", "avif", "bin",
    "bmp", "bz2", "class", "db", "dll", "dmg", "eot", "exe", "flac", "gif", "gz", "ico", "img",
    "iso", "jar", "jpeg", "jpg", "key", "lockb", "mkv", "mov", "mp3", "mp4", "ogg", "otf", "pdf",
    "png", "psd", "rar", "sketch", "snap", "so", "sqlite", "tar", "tgz", "tiff", "ttf", "wasm",
    "wav", "webm", "webp", "wmv", "woff", "woff2", "xz", "zip",
];

/// A source as upstream's compiler lists it: a glob or path, and the folder of the tree that it is relative to.
#[derive(Clone, Copy, Debug)]
pub struct V4Source<'a> {
    /// The folder, relative to the tree's root; `""` for the root.
    pub base: &'a str,
    /// A glob, a file or a folder. `**/*` stands for detection in the folder.
    pub pattern: &'a str,
    /// Whether the rule is `@source not`.
    pub negated: bool,
}

enum Rule {
    /// Detection in a folder. A path without glob signs is both: that file, or this.
    Detected(String),
    Wanted(Glob),
    Unwanted(Glob),
}

/// All sources of a style sheet.
pub struct V4Sources {
    rules: Vec<Rule>,
    outside: Vec<String>,
    ignored: Ignored,
}

impl V4Sources {
    /// Reads the sources in the order of their rules, and the tree's `.gitignore` files, each with the folder that it stands in. Without `source(none)`, the first source is detection in the root or in what `source("…")` names; the caller puts it there.
    pub fn new<'a>(
        sources: impl IntoIterator<Item = V4Source<'a>>,
        gitignores: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut read = Self {
            rules: Vec::new(),
            outside: Vec::new(),
            ignored: Ignored::new(gitignores),
        };
        for source in sources {
            read.add(source);
        }
        read
    }

    fn add(&mut self, source: V4Source) {
        let V4Source {
            base,
            pattern,
            negated,
        } = source;
        let absolute = pattern.starts_with('/');
        let path = (!absolute).then(|| resolved(base, pattern)).flatten();
        let Some(path) = path.filter(|path| negated || !in_packages(path)) else {
            if !negated {
                self.outside.push(pattern.to_owned());
            }
            return;
        };
        let dialect = Dialect {
            dots: true,
            groups: false,
        };
        if negated {
            self.rules.push(Rule::Unwanted(Glob::new(&path, dialect)));
            return;
        }
        let everything = path.strip_suffix("**/*");
        let folder = everything.unwrap_or(&path).trim_end_matches('/');
        let is_glob = folder.contains(['*', '?', '[', '{']);
        if !is_glob {
            self.rules.push(Rule::Detected(folder.to_owned()));
        }
        if is_glob || everything.is_none() {
            self.rules.push(Rule::Wanted(Glob::new(&path, dialect)));
        }
    }

    /// Whether Tailwind would read the file at a path of the tree.
    pub fn matches(&self, path: &str) -> bool {
        let mut content = false;
        // What one rule does not want, a later one may name; but a folder is not looked into again, nor is anything detected again.
        let mut undetected = false;
        for rule in &self.rules {
            match rule {
                Rule::Wanted(glob) => content |= glob.matches(path),
                Rule::Detected(folder) => {
                    content |= !undetected && self.is_detected(path, folder);
                }
                Rule::Unwanted(glob) => {
                    let mut unwanted = places(path).filter(|(place, _)| glob.matches(place));
                    let Some((_, is_folder)) = unwanted.next() else {
                        continue;
                    };
                    if is_folder {
                        return false;
                    }
                    content = false;
                    undetected = true;
                }
            }
        }
        content
    }

    fn is_detected(&self, path: &str, base: &str) -> bool {
        if within(path, base).is_none() {
            return false;
        }
        let mut below = places(path).filter(|(place, _)| within(place, base).is_some());
        below.all(|(place, is_folder)| {
            let name = place.rsplit('/').next().unwrap_or(place);
            let usual = if is_folder {
                !FOLDERS.contains(&name)
            } else {
                may_be_content(name)
            };
            usual && !self.ignored.is_ignored(place, is_folder)
        })
    }

    /// The patterns that lead out of the tree or into packages, as they were written. They match nothing here.
    pub fn outside(&self) -> &[String] {
        &self.outside
    }
}

/// The folders that a file is in, from the outermost, and the file: each path, and whether it is a folder's.
fn places(path: &str) -> impl Iterator<Item = (&str, bool)> {
    let slashes = path.match_indices('/').map(|(at, _)| (&path[..at], true));
    slashes.chain([(path, false)])
}

fn may_be_content(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let known = extension.is_some_and(|extension| EXTENSIONS.contains(&extension));
    !known && !FILES.contains(&name) && !name.starts_with(".env.")
}
