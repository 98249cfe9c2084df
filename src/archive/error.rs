//! Why an archive is refused.

use std::fmt;

/// Why an archive is refused; entries are named as they stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveError {
    /// It is cut short, or is no archive of that kind.
    Corrupt(String),
    /// It holds a symbolic or hard link.
    Link(String),
    /// It holds a device, a pipe or something else that is no file.
    Special(String),
    /// It has more entries than allowed.
    TooManyEntries(usize),
    /// It expands to more bytes than allowed.
    TooLarge(usize),
    /// The name of an entry is not UTF-8.
    Name(String),
    /// The name of an entry leads out of the archive's folder.
    Outside(String),
}

impl ArchiveError {
    /// A stable kebab-case name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Corrupt(_) => "archive-corrupt",
            Self::Link(_) => "archive-link",
            Self::Special(_) => "archive-device",
            Self::TooManyEntries(_) => "too-many-files",
            Self::TooLarge(_) => "archive-too-large",
            Self::Name(_) | Self::Outside(_) => "invalid-path",
        }
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(why) => write!(f, "the archive cannot be read: {why}"),
            Self::Link(name) => write!(f, "the archive holds a link, {name:?}"),
            Self::Special(name) => write!(f, "the archive holds {name:?}, which is no file"),
            Self::TooManyEntries(limit) => write!(f, "the archive has more than {limit} entries"),
            Self::TooLarge(limit) => write!(f, "the archive expands to more than {limit} bytes"),
            Self::Name(name) => write!(f, "the name {name:?} is not UTF-8"),
            Self::Outside(name) => write!(f, "the name {name:?} leads out of the archive"),
        }
    }
}

impl std::error::Error for ArchiveError {}
