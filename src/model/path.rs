//! A file's place in its app: relative, slash-separated, and unable to point anywhere else.

use crate::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::{fmt, rc::Rc, sync::Arc};

/// A path inside an app's tree, such as `src/App.tsx`. It never starts with `/`, has no empty, `.` or `..` segment,
/// no backslash, control character or drive letter, and compares byte by byte: case and normalisation count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(transparent, extend("pattern" = ModulePath::PATTERN))]
pub struct ModulePath(#[schemars(with = "String")] Arc<str>);

/// Why a text is not a path of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPath {
    /// There is nothing in it.
    Empty,
    /// It starts with `/` or with a drive letter.
    Absolute,
    /// It has a `.` or `..` segment.
    Relative,
    /// It has an empty segment: `//`, or a trailing `/`.
    EmptySegment,
    /// It has a NUL, another control character, a backslash, or an invisible character that reorders text.
    Character,
    /// A segment is longer than allowed.
    SegmentTooLong,
    /// The whole is longer than [`Limits::PATH_BYTES`].
    TooLong,
}

impl InvalidPath {
    /// What to tell the caller.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Empty => "the path is empty",
            Self::Absolute => "the path is absolute; paths are relative to the app's root",
            Self::Relative => "the path has a `.` or `..` segment",
            Self::EmptySegment => "the path has an empty segment",
            Self::Character => {
                "the path has a control character, a backslash or a text-direction mark"
            }
            Self::SegmentTooLong => "a segment of the path is too long",
            Self::TooLong => "the path is longer than 900 bytes",
        }
    }
}

impl ModulePath {
    /// The rules as a regular expression of ECMA-262, for schemas; lengths are in characters there.
    pub const PATTERN: &str = r"^(?=.{1,900}$)(?![A-Za-z]:)(?!(?:.*/)?\.{1,2}(?:/|$))[^/\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+(?:/[^/\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+)*$";

    /// Reads a path as a caller wrote it.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, InvalidPath> {
        let path = Self::check(text)?;
        if text
            .split('/')
            .any(|segment| segment.chars().count() > limits.path_segment)
        {
            return Err(InvalidPath::SegmentTooLong);
        }
        Ok(path)
    }

    fn check(text: &str) -> Result<Self, InvalidPath> {
        if text.is_empty() {
            return Err(InvalidPath::Empty);
        }
        if text.len() > Limits::PATH_BYTES {
            return Err(InvalidPath::TooLong);
        }
        if text.chars().any(forbidden) {
            return Err(InvalidPath::Character);
        }
        let bytes = text.as_bytes();
        let drive = bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
        if bytes[0] == b'/' || drive {
            return Err(InvalidPath::Absolute);
        }
        for segment in text.split('/') {
            match segment {
                "" => return Err(InvalidPath::EmptySegment),
                "." | ".." => return Err(InvalidPath::Relative),
                _ => {}
            }
        }
        Ok(Self(text.into()))
    }

    /// Resolves a specifier that starts with `./`, `../` or `/` (the app's root) against this file's folder.
    /// `None` when it climbs out of the app or names no possible file.
    pub fn join(&self, specifier: &str) -> Option<Self> {
        let mut segments: Vec<&str> = match specifier.strip_prefix('/') {
            Some(_) => Vec::new(),
            None => self.folder().split('/').filter(|s| !s.is_empty()).collect(),
        };
        for segment in specifier.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop()?;
                }
                name => segments.push(name),
            }
        }
        Self::check(&segments.join("/")).ok()
    }

    /// The path with `suffix` appended, as when an extension is tried. `None` when that is no path.
    pub fn with_suffix(&self, suffix: &str) -> Option<Self> {
        Self::check(&format!("{}{suffix}", self.0)).ok()
    }

    /// The folder that holds the file, without a trailing slash; empty at the root.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// What follows the name's last dot, in lower case; empty when it has none or starts with its only one.
    pub fn extension(&self) -> String {
        match self.name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn forbidden(character: char) -> bool {
    character.is_control()
        || character == '\\'
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::borrow::Borrow<str> for ModulePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for ModulePath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ModulePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::check(&text).map_err(|invalid| D::Error::custom(invalid.reason()))
    }
}

impl From<ModulePath> for Rc<str> {
    fn from(path: ModulePath) -> Self {
        path.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ModulePath, InvalidPath> {
        ModulePath::parse(text, &Limits::default())
    }

    #[test]
    fn ordinary_paths_are_kept_as_written() {
        for text in [
            "index.html",
            "src/App.tsx",
            "src/[id]/$page.tsx",
            ".env",
            "a b/ü.ts",
            "__proto__",
            "constructor/toString.ts",
        ] {
            assert_eq!(parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn nothing_points_out_of_the_app() {
        for (text, why) in [
            ("", InvalidPath::Empty),
            ("/etc/passwd", InvalidPath::Absolute),
            ("C:/x", InvalidPath::Absolute),
            ("c:x", InvalidPath::Absolute),
            ("../x", InvalidPath::Relative),
            ("a/../b", InvalidPath::Relative),
            ("a/./b", InvalidPath::Relative),
            ("a//b", InvalidPath::EmptySegment),
            ("a/", InvalidPath::EmptySegment),
            ("a\\..\\b", InvalidPath::Character),
            ("a\0b", InvalidPath::Character),
            ("a\nb", InvalidPath::Character),
            ("a\u{202e}b", InvalidPath::Character),
        ] {
            assert_eq!(parse(text), Err(why), "{text:?}");
        }
        assert_eq!(parse(&"x".repeat(201)), Err(InvalidPath::SegmentTooLong));
        assert_eq!(parse(&"x/".repeat(500)), Err(InvalidPath::TooLong));
    }

    #[test]
    fn specifiers_resolve_within_the_app_only() {
        let from = parse("src/pages/Home.tsx").unwrap();
        let join = |specifier| from.join(specifier).map(|path| path.to_string());
        assert_eq!(join("./a"), Some("src/pages/a".into()));
        assert_eq!(join("../a.ts"), Some("src/a.ts".into()));
        assert_eq!(join("/public/a"), Some("public/a".into()));
        assert_eq!(join("../../index"), Some("index".into()));
        assert_eq!(join("../../../x"), None);
        assert_eq!(join("./a\0"), None);
    }

    #[test]
    fn a_dotfile_has_no_extension() {
        assert_eq!(parse(".env").unwrap().extension(), "");
        assert_eq!(parse("a/Logo.SVG").unwrap().extension(), "svg");
    }
}
