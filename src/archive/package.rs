//! The files of an npm package's tarball, read as a stream: what nobody asks for is never held.

use crate::ArchiveError;
use flate2::read::MultiGzDecoder;
use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{self, Read},
    rc::Rc,
};
use tar::{Archive, EntryType};

/// How much a package may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageLimits {
    /// Entries, folders and links included.
    pub entries: usize,
    /// Bytes that the gzip expands to.
    pub expanded_bytes: u64,
    /// Bytes of the files that are kept, together.
    pub kept_bytes: u64,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            entries: 60_000,
            expanded_bytes: 512 << 20,
            kept_bytes: 40 << 20,
        }
    }
}

/// Reads a gzipped package. The archive's one folder is cut off the names; the last of equal names wins, as in npm.
/// Files that `keep` (given name and size) turns down are listed without their bytes. Links, devices and names that
/// point elsewhere are skipped: npm doesn't extract them either.
///
/// # Errors
/// When it is cut short or passes a limit.
pub fn unpack_package(
    bytes: &[u8],
    limits: &PackageLimits,
    keep: &dyn Fn(&str, u64) -> bool,
) -> Result<BTreeMap<String, Option<Vec<u8>>>, ArchiveError> {
    let exceeded = Rc::new(Cell::new(false));
    let stream = Bounded {
        inner: MultiGzDecoder::new(bytes),
        left: limits.expanded_bytes,
        exceeded: exceeded.clone(),
    };
    let too_large =
        |limit: u64| ArchiveError::TooLarge(usize::try_from(limit).unwrap_or(usize::MAX));
    let fail = |error: io::Error| match exceeded.get() {
        true => too_large(limits.expanded_bytes),
        false => ArchiveError::Corrupt(error.to_string()),
    };
    let mut files = BTreeMap::new();
    let mut kept = 0;
    let mut archive = Archive::new(stream);
    for (at, entry) in archive.entries().map_err(fail)?.enumerate() {
        let mut entry = entry.map_err(fail)?;
        if at == limits.entries {
            return Err(ArchiveError::TooManyEntries(limits.entries));
        }
        if !matches!(
            entry.header().entry_type(),
            EntryType::Regular | EntryType::Continuous
        ) {
            continue;
        }
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(name) = inside(&raw) else { continue };
        if !keep(name, entry.size()) {
            files.insert(name.to_owned(), None);
            continue;
        }
        kept += entry.size();
        if kept > limits.kept_bytes {
            return Err(too_large(limits.kept_bytes));
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(fail)?;
        if content.len() as u64 != entry.size() {
            return Err(ArchiveError::Corrupt(format!("{raw:?} is cut short")));
        }
        files.insert(name.to_owned(), Some(content));
    }
    match files.is_empty() {
        true => Err(ArchiveError::Corrupt("it holds no files".to_owned())),
        false => Ok(files),
    }
}

/// The name without the folder that npm wraps around a package; `None` for a name that is no plain path.
fn inside(name: &str) -> Option<&str> {
    let (_, rest) = name.strip_prefix("./").unwrap_or(name).split_once('/')?;
    let plain = !name.starts_with('/')
        && !name.contains(['\\', '\0'])
        && rest.split('/').all(|part| !matches!(part, "" | "." | ".."));
    plain.then_some(rest)
}

/// Fails, and says so, once more than `left` bytes are read.
struct Bounded<R> {
    inner: R,
    left: u64,
    exceeded: Rc<Cell<bool>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                self.exceeded.set(true);
                return Err(io::Error::other("too large"));
            }
        }
        Ok(count)
    }
}
