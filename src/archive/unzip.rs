//! The files of a zip, one after the other, so that no more than one is in memory at a time. What it says of itself is not
//! trusted: sizes are counted while it is read.

use crate::ArchiveError;
use std::io::{Cursor, Read};
use zip::{ZipArchive, result::ZipError};

/// What stands before each entry of a zip's directory.
const ENTRY: &[u8] = b"PK\x01\x02";
/// The directory is read whole: so many entries for each file that it may have.
const DIRECTORY: usize = 20;

/// How much a zip may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZipLimits {
    /// Files.
    pub files: usize,
    /// Bytes of one, expanded.
    pub file_bytes: usize,
    /// Bytes of all of them, expanded.
    pub bytes: usize,
}

/// A zip that is being read: gives each file's name, with slashes and without one at its start, and its content.
pub struct Unzip<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    limits: ZipLimits,
    /// The names of all files, in the archive's order, and where they are.
    names: std::vec::IntoIter<(usize, String)>,
    left: usize,
}

impl<'a> Unzip<'a> {
    /// Opens one.
    ///
    /// # Errors
    /// Where it is no zip, has too many files, links, encrypted ones, or one whose name leads out of
    /// the folder that it is for.
    pub fn open(bytes: &'a [u8], limits: ZipLimits) -> Result<Self, ArchiveError> {
        let entries = bytes.windows(ENTRY.len()).filter(|at| *at == ENTRY);
        if entries.count() > limits.files * DIRECTORY {
            return Err(ArchiveError::TooManyEntries(limits.files));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(corrupt)?;
        let mut names = Vec::new();
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at).map_err(corrupt)?;
            let raw = entry.name_raw().to_vec();
            let name = String::from_utf8(raw).map_err(|error| {
                ArchiveError::Name(String::from_utf8_lossy(error.as_bytes()).into_owned())
            })?;
            let kind = entry.unix_mode().unwrap_or_default() & 0o170_000;
            match kind {
                0o120_000 => return Err(ArchiveError::Link(name)),
                0 | 0o100_000 | 0o040_000 => {}
                _ => return Err(ArchiveError::Special(name)),
            }
            if entry.encrypted() {
                return Err(ArchiveError::Special(name));
            }
            let folder = name.ends_with('/');
            if !stays_inside(name.strip_suffix('/').unwrap_or(&name)) {
                return Err(ArchiveError::Outside(name));
            }
            if folder {
                continue;
            }
            if names.len() == limits.files {
                return Err(ArchiveError::TooManyEntries(limits.files));
            }
            names.push((at, name));
        }
        Ok(Self {
            archive,
            limits,
            names: names.into_iter(),
            left: limits.bytes,
        })
    }

    fn read(&mut self, at: usize) -> Result<Vec<u8>, ArchiveError> {
        let entry = self.archive.by_index(at).map_err(corrupt)?;
        let most = self.limits.file_bytes.min(self.left);
        let mut content = Vec::new();
        // At its end the checksum is held against what was read.
        entry
            .take(most as u64 + 1)
            .read_to_end(&mut content)
            .map_err(|error| ArchiveError::Corrupt(error.to_string()))?;
        if content.len() > most {
            return Err(ArchiveError::TooLarge(match most < self.left {
                true => self.limits.file_bytes,
                false => self.limits.bytes,
            }));
        }
        self.left -= content.len();
        Ok(content)
    }
}

impl Iterator for Unzip<'_> {
    type Item = Result<(String, Vec<u8>), ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (at, name) = self.names.next()?;
        Some(self.read(at).map(|content| (name, content)))
    }
}

/// Whether a name is one below a folder, however a system reads it.
fn stays_inside(name: &str) -> bool {
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    name.split('/').all(plain) && !name.contains(['\\', '\0']) && !name.contains(":/")
}

fn corrupt(error: ZipError) -> ArchiveError {
    ArchiveError::Corrupt(error.to_string())
}
